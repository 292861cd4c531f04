"""The recorded answers to workflows that are wrong, and the declarations of nodes."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from engines.comfy import faults
from engines.comfy.context import ComfyContext
from engines.comfy.errors import NodeFailed, NodeRefused
from engines.comfy.execute import Executor
from engines.comfy.object_info import object_info
from engines.comfy.outputs import MemoryOutputs
from engines.comfy.validate import validate
from engines.diffusion.weights.library import Library
from tests.golden.conftest import DATA

INVALID = sorted((DATA / "api" / "invalid").glob("*.json"))
# a body that is no JSON never gets as far as a workflow
WITH_PROMPT = [path for path in INVALID if path.stem not in {"body_not_json", "no_prompt"}]


class Names(Library):
    """A library of the recorded names, with nothing behind them."""

    def names(self, kind: str) -> list[str]:
        recorded = {"checkpoints": ["random_sd15_small.safetensors"], "loras": ["lora_attention.safetensors"]}
        return recorded.get(kind, [])


@pytest.fixture
def comfy_context(tmp_path) -> ComfyContext:
    return ComfyContext(Names(tmp_path), DATA / "inputs", MemoryOutputs())


def request_of(recorded: dict) -> object:
    raw = recorded["request"] if "request" in recorded else json.loads(recorded["request_raw"])
    return raw["prompt"]


def plain(value):
    """Without ComfyUI's tool tips and tracebacks, and with errors of a node in one order."""
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items() if key not in {"tooltip", "traceback"}}
    if isinstance(value, list):
        items = [plain(item) for item in value]
        errors = all(isinstance(item, dict) and "type" in item for item in items)
        return sorted(items, key=lambda item: item["details"]) if errors else items
    return value


@pytest.mark.parametrize("path", WITH_PROMPT, ids=lambda path: path.stem)
def test_the_answer_is_comfyuis(comfy_context, path: Path):
    recorded = json.loads(path.read_text())
    answer = recorded["answer"]
    report = validate(request_of(recorded), comfy_context)
    assert (400 if report.error is not None else 200) == answer["status"]
    if answer["status"] == 400:
        assert plain(report.body()) == plain(answer["body"])
    else:
        assert plain(dict(report.node_errors)) == plain(answer["body"]["node_errors"])
        assert list(report.outputs) == answer.get("outputs_of", list(report.outputs))


def test_a_request_without_a_workflow():
    recorded = json.loads((DATA / "api" / "invalid" / "no_prompt.json").read_text())
    assert faults.no_prompt() == recorded["answer"]["body"]


ACCEPTED = [path for path in WITH_PROMPT if json.loads(path.read_text())["answer"]["status"] == 200]


@pytest.mark.parametrize("path", ACCEPTED, ids=lambda path: path.stem)
def test_what_is_accepted_ends_as_recorded(golden_executor, path: Path):
    recorded = json.loads(path.read_text())
    executor = Executor(replace(golden_executor.context, outputs=MemoryOutputs()))
    if recorded["answer"]["history_status"] == "error":
        with pytest.raises((NodeRefused, NodeFailed)):
            executor.run(request_of(recorded))
        return
    assert list(executor.run(request_of(recorded))) == recorded["answer"]["outputs_of"]


def tooltips(infos: dict) -> set[str]:
    """The inputs of a node that have one."""
    ports = [port for info in infos.values() for group in info["input"].values() for port in group.items()]
    return {name for name, config in ports if isinstance(config, list) and "tooltip" in config[1]}


@pytest.mark.parametrize("name", ["KSampler", "SaveImage", "CheckpointLoaderSimple", "unknown"])
def test_object_info_has_comfyuis_shape(comfy_context, name):
    recorded = json.loads((DATA / "api" / "http" / f"object_info_{name}.json").read_text())["body"]
    ours = object_info(comfy_context, "NoSuchNode" if name == "unknown" else name)
    for info in [*recorded.values(), *ours.values()]:
        info.pop("description")
        info.pop("output_tooltips", None)
    assert plain(ours) == plain(recorded)
    assert tooltips(recorded) <= tooltips(ours)
