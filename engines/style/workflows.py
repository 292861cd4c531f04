"""Workflow templates: ComfyUI workflows in API format, one JSON file each; a new file is a new workflow.

Nothing in a template names its parts. They are found by following its links, from the samplers back:

positive, negative   the texts that a sampler's two conditionings come from
denoise              the sampler (or its schedule) that works on the input picture
image                the LoadImage from which that latent comes
"""

import copy
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from foundation.errors import InvalidInput, Misconfigured

Workflow = dict[str, dict[str, Any]]
Link = tuple[str, int]
SEEDS = ("seed", "noise_seed")
# what leads from a conditioning to the text it was made of
TOWARDS_TEXT = ("conditioning", "conditioning_1", "conditioning_2", "conditioning_to", "conditioning_from")
TOWARDS_PICTURE = ("latent_image", "samples", "pixels", "image", "destination", "samples_to")
TOWARDS_SCHEDULE = ("sigmas",)


@dataclass(frozen=True)
class Request:
    """What a client asks of a workflow. ``image`` is the name under which the engine finds the picture."""

    image: str
    prompt: str
    negative: str
    strength: float
    seed: int


def load_workflows(folders: Iterable[Path]) -> Mapping[str, Workflow]:
    """The templates of these folders by name; a later folder overrides. Raises Misconfigured for a broken file."""
    found: dict[str, Workflow] = {}
    for folder in folders:
        for path in sorted(folder.glob("*.json")):
            try:
                found[path.stem] = checked(json.loads(path.read_text()))
            except (ValueError, InvalidInput) as error:
                raise Misconfigured(f"the workflow {path.name} cannot be used: {error}") from error
    return found


def checked(workflow: Any) -> Workflow:
    """A workflow in API format that takes a picture and samples. Raises InvalidInput."""
    if isinstance(workflow, dict) and "nodes" in workflow:
        raise InvalidInput("this is ComfyUI's own file format; save it with Export (API)")
    plain = isinstance(workflow, dict) and all(
        isinstance(node, dict) and isinstance(node.get("class_type"), str) and isinstance(node.get("inputs"), dict)
        for node in workflow.values()
    )
    if not plain or not workflow:
        raise InvalidInput("a workflow is an object of nodes, each with class_type and inputs")
    if not any(node["class_type"] == "LoadImage" for node in workflow.values()):
        raise InvalidInput("the workflow has no LoadImage node for the picture")
    if not list(_samplers(workflow)):
        raise InvalidInput("the workflow has no sampler with positive and negative inputs")
    return workflow


def write_request(template: Workflow, request: Request) -> Workflow:
    """The template with a request written into it; the template stays as it was.

    Raises InvalidInput when the picture would not reach a sampler.
    """
    workflow = copy.deepcopy(template)
    samplers = list(_samplers(workflow))
    for sampler in samplers:
        for name, text in (("positive", request.prompt), ("negative", request.negative)):
            for node in _texts(workflow, workflow[sampler]["inputs"].get(name), set()):
                _write_text(workflow[node]["inputs"], text)
    for node in workflow.values():
        for name in SEEDS:
            if isinstance(node["inputs"].get(name), int):
                node["inputs"][name] = request.seed
    reached = [(sampler, image) for sampler in samplers for image in _pictures(workflow, sampler)]
    if not reached:
        raise InvalidInput("no LoadImage of this workflow leads to a sampler")
    for sampler, image in reached:
        workflow[image]["inputs"]["image"] = request.image
        _write_denoise(workflow, sampler, request.strength)
    return workflow


def with_checkpoint(template: Workflow, name: str | None) -> Workflow:
    """The template on another checkpoint; None leaves it as it is."""
    workflow = copy.deepcopy(template)
    for node in workflow.values():
        if name is not None and isinstance(node["inputs"].get("ckpt_name"), str):
            node["inputs"]["ckpt_name"] = name
    return workflow


def _samplers(workflow: Workflow) -> Iterator[str]:
    for name, node in workflow.items():
        inputs = node["inputs"]
        if (
            _link(workflow, inputs.get("positive"))
            and _link(workflow, inputs.get("negative"))
            and "latent_image" in inputs
        ):
            yield name


def _link(workflow: Workflow, value: Any) -> Link | None:
    linked = isinstance(value, list) and len(value) == 2 and isinstance(value[0], str) and value[0] in workflow
    return (value[0], int(value[1])) if linked else None


def _texts(workflow: Workflow, value: Any, seen: set[Link]) -> Iterator[str]:
    link = _link(workflow, value)
    if link is None or link in seen:
        return
    seen.add(link)
    name, slot = link
    inputs = workflow[name]["inputs"]
    if any(isinstance(inputs.get(text), str) for text in ("text", "text_g", "text_l")):
        yield name
        return
    # a node with two conditionings passes each one through at its own place
    through = ("positive", "negative")[min(slot, 1)]
    for key in (through, *TOWARDS_TEXT) if through in inputs else TOWARDS_TEXT:
        yield from _texts(workflow, inputs.get(key), seen)


def _write_text(inputs: dict[str, Any], text: str) -> None:
    for name in ("text", "text_g", "text_l"):
        if isinstance(inputs.get(name), str):
            inputs[name] = text


def _pictures(workflow: Workflow, sampler: str) -> Iterator[str]:
    """The LoadImage nodes that a sampler's latent comes from, with no other sampler between."""
    others = set(_samplers(workflow)) - {sampler}
    waiting, seen = [workflow[sampler]["inputs"].get("latent_image")], set[str]()
    while waiting:
        link = _link(workflow, waiting.pop())
        if link is None or link[0] in seen or link[0] in others:
            continue
        seen.add(link[0])
        if workflow[link[0]]["class_type"] == "LoadImage":
            yield link[0]
            continue
        waiting += [workflow[link[0]]["inputs"].get(name) for name in TOWARDS_PICTURE]


def _write_denoise(workflow: Workflow, sampler: str, strength: float) -> None:
    inputs = workflow[sampler]["inputs"]
    link = next((found for name in TOWARDS_SCHEDULE if (found := _link(workflow, inputs.get(name)))), None)
    target = workflow[link[0]]["inputs"] if link else inputs
    if isinstance(target.get("denoise"), int | float):
        target["denoise"] = strength
    elif "start_at_step" in target and isinstance(target.get("steps"), int):
        # an advanced sampler has no denoise: it begins later instead
        target["start_at_step"] = round(target["steps"] * (1 - strength))
