"""The description of the nodes in ComfyUI's shape."""

from typing import Any

from engines.comfy.catalogue import catalogue
from engines.comfy.context import ComfyContext
from engines.comfy.registry import NodeSpec

PICTURE_INPUTS = {"prompt": "PROMPT", "extra_pnginfo": "EXTRA_PNGINFO"}


def object_info(context: ComfyContext, name: str | None = None) -> dict[str, Any]:
    """All nodes by class, or the requested one; nothing for a class that is not here."""
    specs = catalogue()
    chosen = specs if name is None else {name: specs[name]} if name in specs else {}
    return {key: _info(spec, context) for key, spec in chosen.items()}


def _info(spec: NodeSpec, context: ComfyContext) -> dict[str, Any]:
    inputs: dict[str, Any] = {"required": {name: port.config(context) for name, port in spec.required.items()}}
    if spec.optional:
        inputs["optional"] = {name: port.config(context) for name, port in spec.optional.items()}
    if spec.output_node:
        inputs["hidden"] = dict(PICTURE_INPUTS)
    return {
        "input": inputs,
        "input_order": {group: list(ports) for group, ports in inputs.items()},
        "output": list(spec.outputs),
        "output_is_list": [False] * len(spec.outputs),
        "output_name": list(spec.output_names),
        "name": spec.name,
        "display_name": spec.title,
        "description": spec.description,
        "python_module": "nodes",
        "category": spec.category,
        "output_node": spec.output_node,
    }
