"""Workflows that mean harm, or mistakes as large as harm: refused with the node named, and quickly."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engines.comfy.catalogue import catalogue
from engines.comfy.context import ComfyContext, Limits
from engines.comfy.errors import NodeRefused, PromptRefused
from engines.comfy.outputs import MemoryOutputs
from engines.comfy.validate import validate
from tests.unit.comfy.flows import base, from_picture, node, run


def refused(executor, flow, word: str = "") -> dict:
    with pytest.raises(PromptRefused) as caught:
        executor.run(flow)
    body = caught.value.body
    json.dumps(body)
    assert word in json.dumps(body)
    return body


def one_output() -> dict:
    return {name: entry for name, entry in base().items() if name != "8"}


def test_circles(executor):
    flow = one_output()
    flow["6"] = node("ImageInvert", image=["9", 0])
    flow["9"] = node("ImageInvert", image=["6", 0])
    body = refused(executor, flow)
    assert {error["type"] for entry in body["node_errors"].values() for error in entry["errors"]} == {
        "dependency_cycle"
    }
    assert set(body["node_errors"]) <= {"6", "9"}


def test_a_node_that_needs_itself(executor):
    flow = one_output()
    flow["6"] = node("ImageInvert", image=["6", 0])
    assert list(refused(executor, flow)["node_errors"]) == ["6"]


def test_ten_thousand_nodes(executor):
    flow = {str(n): node("ImageInvert", image=[str(n - 1), 0]) for n in range(10_000)}
    body = refused(executor, flow)
    assert body["error"]["details"] == "Node ID '#60'"
    assert "10000" in body["error"]["message"]


def test_a_deep_chain_is_no_recursion(library, inputs):
    flow = {str(n): node("ImageInvert", image=[str(n - 1), 0]) for n in range(1, 20_000)}
    flow |= {"0": node("LoadImage", image="house.png"), "end": node("PreviewImage", images=["19999", 0])}
    report = validate(flow, ComfyContext(library, inputs, MemoryOutputs(), Limits(nodes=30_000)))
    assert report.error is None
    assert len(report.order) == 20_001


@pytest.mark.parametrize(
    "name",
    [
        "../../secret.safetensors",
        "/etc/passwd",
        "..\\x.safetensors",
        "a/../../x.safetensors",
        "",
        "x.ckpt",
        "\0",
        5,
        None,
    ],
)
@pytest.mark.parametrize(("target", "field"), [("1", "ckpt_name"), ("20", "lora_name"), ("21", "control_net_name")])
def test_names_that_lead_out_of_the_model_folder(executor, target, field, name):
    flow = base()
    flow["20"] = node("LoraLoaderModelOnly", model=["1", 0], lora_name="a.safetensors", strength_model=1.0)
    flow["21"] = node("ControlNetLoader", control_net_name="tiny-sd15-control.safetensors")
    flow["22"] = node("ControlNetApply", conditioning=["2", 0], control_net=["21", 0], image=["6", 0], strength=1.0)
    flow["5"]["inputs"] |= {"model": ["20", 0], "positive": ["22", 0]}
    flow["22"]["inputs"]["image"] = ["10", 0]
    flow["10"] = node("LoadImage", image="house.png")
    flow[target]["inputs"][field] = name
    assert target in refused(executor, flow, "value_not_in_list")["node_errors"]


@pytest.mark.parametrize(
    "name", ["../house.png", "/etc/passwd", "a/../../house.png", "..\\house.png", "none.png", "", "\0"]
)
def test_pictures_outside_the_inputs(executor, name):
    flow = from_picture(base(), name)
    assert list(refused(executor, flow, "custom_validation_failed")["node_errors"]) == ["10"]


@pytest.mark.parametrize("prefix", ["../out", "/tmp/out", "a/../../b", "..\\x", "C:\\x", "x" * 300, "a\0b"])
def test_file_names_outside_the_outputs(executor, prefix):
    flow = base()
    for output in ("7", "8"):
        flow[output]["inputs"]["filename_prefix"] = prefix
    assert set(refused(executor, flow, "custom_validation_failed")["node_errors"]) == {"7", "8"}


@pytest.mark.parametrize("size", [{"width": 16384, "height": 16384}, {"batch_size": 4096}, {"width": 1032}])
def test_huge_latents(executor, size):
    flow = base()
    flow["4"]["inputs"] |= size
    assert list(refused(executor, flow, "custom_validation_failed")["node_errors"]) == ["4"]


def test_huge_pictures_by_scaling_are_stopped_at_the_node(executor):
    flow = from_picture(base())
    flow["11"] = node(
        "ImageScale", image=["10", 0], upscale_method="bilinear", width=16000, height=16000, crop="disabled"
    )
    flow["4"]["inputs"]["pixels"] = ["11", 0]
    with pytest.raises(NodeRefused, match=r"node 11 \(ImageScale\)"):
        executor.run(flow)


def test_too_many_steps_and_too_long_texts(executor):
    flow = base(steps=9000)
    with pytest.raises(NodeRefused, match=r"node 5 \(KSampler\).*9000 steps"):
        executor.run(flow)
    flow = base()
    flow["2"]["inputs"]["text"] = "a" * 3000
    assert list(refused(executor, flow)["node_errors"]) == ["2"]


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -float("inf"), "nan", [], {}, "1e999", None, "9" * 5000])
def test_numbers_that_are_none(executor, value):
    flow = base()
    flow["5"]["inputs"]["cfg"] = value
    assert "5" in refused(executor, flow)["node_errors"]


@pytest.mark.parametrize(
    "entry", [None, 5, "x", [], {"class_type": 5}, {"class_type": None}, {"class_type": ["KSampler"]}, {"inputs": {}}]
)
def test_nodes_that_are_none(executor, entry):
    assert refused(executor, base() | {"9": entry})["error"]["details"] == "Node ID '#9'"


@pytest.mark.parametrize("inputs", [None, 5, [], "x"])
def test_inputs_that_are_none(executor, inputs):
    flow = one_output()
    flow["6"]["inputs"] = inputs
    assert "6" in refused(executor, flow)["node_errors"]


@pytest.mark.parametrize(
    "link",
    [
        ["1"],
        [],
        ["1", 0, 0],
        ["nine", 0],
        [1, 0],
        [None, None],
        ["1", "0"],
        ["1", -1],
        ["1", 99],
        ["1", True],
        [["1"], 0],
        [{}, 0],
    ],
)
def test_links_that_lead_nowhere(executor, link):
    flow = base()
    flow["5"]["inputs"]["model"] = link
    assert refused(executor, flow)["node_errors"]


@pytest.mark.parametrize("prompt", [None, 5, "x", [], {}, [1], True])
def test_prompts_that_are_none(executor, prompt):
    assert refused(executor, prompt)["error"]["type"] == "prompt_no_outputs"


@pytest.mark.parametrize(
    "text", ["(" * 5000, "(" * 900 + "a" + ")" * 900, "((((a:1e999))))", "(a:nan)", "\\" * 999, "\0", "🏠" * 300]
)
def test_texts_that_are_odd_still_make_pictures(executor, text):
    flow = base(steps=1)
    flow["2"]["inputs"]["text"] = text[:2000]
    assert run(executor, flow)[0][0].shape == (64, 64, 3)


def test_pictures_that_are_no_pictures(executor, inputs):
    (inputs / "fake.png").write_bytes(b"not a picture")
    with pytest.raises(NodeRefused, match=r"node 10 \(LoadImage\)"):
        executor.run(from_picture(base(), "fake.png"))


def test_weights_that_are_no_weights(executor, tiny_models):
    fake = tiny_models / "checkpoints" / "fake.safetensors"
    fake.write_bytes(b"\x10\0\0\0\0\0\0\0{}")
    try:
        with pytest.raises(NodeRefused, match=r"node 1 \(CheckpointLoaderSimple\)"):
            executor.run(base("fake.safetensors"))
    finally:
        fake.unlink()


def test_prompts_that_double_without_end(executor):
    for name, first, second in (
        ("ConditioningCombine", "conditioning_1", "conditioning_2"),
        ("ConditioningConcat", "conditioning_to", "conditioning_from"),
    ):
        flow = base()
        last = "2"
        for number in range(20, 50):
            flow[str(number)] = node(name, **{first: [last, 0], second: [last, 0]})
            last = str(number)
        flow["5"]["inputs"]["positive"] = [last, 0]
        with pytest.raises(NodeRefused, match=rf"\({name}\)"):
            executor.run(flow)


def test_a_denoise_of_next_to_nothing(executor):
    with pytest.raises(NodeRefused, match=r"node 5 .*denoise"):
        executor.run(base(denoise=1e-9))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=4,
)
IDS = st.sampled_from(["1", "2", "3", "4"])
LINKS = st.tuples(IDS, st.integers(-1, 3)).map(list)
NAMES = sorted({name for spec in catalogue().values() for name in spec.inputs})
ENTRIES = st.fixed_dictionaries(
    {
        "class_type": st.sampled_from(sorted(catalogue())),
        "inputs": st.dictionaries(st.sampled_from(NAMES), LINKS | JSON, max_size=10),
    }
)


@settings(max_examples=150, deadline=None)
@given(prompt=st.dictionaries(IDS, ENTRIES, min_size=1, max_size=4))
def test_any_workflow_gets_a_report(library, inputs, prompt):
    report = validate(prompt, ComfyContext(library, inputs, MemoryOutputs(), Limits()))
    json.dumps(report.body())
    assert set(report.node_errors) <= set(prompt)
    assert (report.error is None) == bool(report.outputs)
    for entry in report.node_errors.values():
        assert entry["errors"]
        assert entry["dependent_outputs"]
