"""Nodes that need themselves: each is told once, and where there is none nothing is."""

from engines.comfy.context import ComfyContext
from engines.comfy.outputs import MemoryOutputs
from engines.comfy.requirements import missing_parts
from engines.comfy.validate import validate
from engines.diffusion.weights.library import Library
from tests.unit.comfy.flows import base, node


def comfy_context(folder):
    return ComfyContext(Library(folder), folder, MemoryOutputs())


def test_each_node_of_a_circle_has_the_error_and_no_other(tmp_path):
    prompt = {
        "1": node("ImageInvert", image=["2", 0]),
        "2": node("ImageInvert", image=["4", 0]),
        "3": node("SaveImage", images=["1", 0], filename_prefix="x"),
        "4": node("ImageInvert", image=["1", 0]),
    }
    errors = validate(prompt, comfy_context(tmp_path)).body()["node_errors"]
    assert set(errors) == {"1", "2", "4"}
    for name, entry in errors.items():
        (error,) = entry["errors"]
        assert (error["type"], error["message"]) == ("dependency_cycle", "Dependency cycle detected")
        path = "1 (ImageInvert) -> 2 (ImageInvert) -> 4 (ImageInvert) -> 1 (ImageInvert)"
        assert (error["details"], error["extra_info"]) == (path, {"node_id": name, "cycle_nodes": ["1", "2", "4"]})
        assert entry["dependent_outputs"] == ["3"]


def test_a_node_that_is_its_own_input(tmp_path):
    prompt = {
        "1": node("ImageInvert", image=["1", 0]),
        "3": node("SaveImage", images=["1", 0], filename_prefix="x"),
    }
    errors = validate(prompt, comfy_context(tmp_path)).body()["node_errors"]
    assert [(name, [error["type"] for error in entry["errors"]]) for name, entry in errors.items()] == [
        ("1", ["dependency_cycle"])
    ]


def test_a_long_circle_is_told_in_few_words(tmp_path):
    prompt = {str(n): node("ImageInvert", image=[str((n + 1) % 400), 0]) for n in range(400)}
    prompt["save"] = node("SaveImage", images=["0", 0], filename_prefix="x")
    errors = validate(prompt, comfy_context(tmp_path)).body()["node_errors"]
    assert len(errors) == 400
    assert max(len(entry["errors"][0]["details"]) for entry in errors.values()) < 1000


def test_errors_of_a_node_are_in_the_order_of_its_inputs(tmp_path):
    prompt = base()
    wrong = {"denoise": "x", "scheduler": "none", "seed": "y", "cfg": "z"}
    prompt["5"]["inputs"] = wrong | {key: value for key, value in prompt["5"]["inputs"].items() if key not in wrong}
    errors = validate(prompt, comfy_context(tmp_path)).body()["node_errors"]["5"]["errors"]
    assert [error["extra_info"]["input_name"] for error in errors] == ["seed", "cfg", "scheduler", "denoise"]


def test_parts_that_are_missing_are_named_for_the_nodes_that_are_needed(tmp_path):
    assert missing_parts(base(), comfy_context(tmp_path)) == ["tiny-sd15.safetensors in MODEL_DIR/checkpoints"]
    unneeded = base() | {"30": node("LoraLoaderModelOnly", model=["1", 0], lora_name="x", strength_model=1.0)}
    assert missing_parts(unneeded, comfy_context(tmp_path)) == missing_parts(base(), comfy_context(tmp_path))
    (part,) = missing_parts(base() | {"31": node("IPAdapter")}, comfy_context(tmp_path))
    assert "IPAdapter" in part


def test_targets_are_the_only_outputs(tmp_path, executor):
    report = validate(base(), executor.context, ["7"])
    assert (report.outputs, "8" in report.order) == (("7",), False)
    assert validate(base(), executor.context, []).error["type"] == "prompt_no_outputs"
