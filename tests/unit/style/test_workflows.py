"""Requests are written into workflows by following links, whatever the nodes are called."""

import copy
import json
from pathlib import Path

import pytest

from engines.style.presets import load_presets
from engines.style.workflows import Request, checked, load_workflows, write_request
from foundation.errors import InvalidInput, Misconfigured
from graphs.style.app import ASSETS

REQUEST = Request("in.png", "a red house", "fog", 0.35, 99)


@pytest.fixture
def template():
    return load_workflows([ASSETS / "workflows"])["style_change"]


def node(class_type, **inputs):
    return {"class_type": class_type, "inputs": inputs}


def test_the_house_s_template_takes_all_that_is_asked(template):
    before = copy.deepcopy(template)
    result = write_request(template, REQUEST)
    assert template == before
    assert result["1"]["inputs"]["image"] == "in.png"
    assert result["2"]["inputs"]["text"] == "a red house"
    assert result["3"]["inputs"]["text"] == "fog"
    assert (result["5"]["inputs"]["denoise"], result["5"]["inputs"]["seed"]) == (0.35, 99)
    changed = {"1", "2", "3", "5"}
    assert {name for name in result if result[name] != before[name]} == changed


def test_every_template_of_the_house_can_be_used():
    for workflow in load_workflows([ASSETS / "workflows"]).values():
        assert write_request(workflow, REQUEST) != workflow


def test_texts_are_found_through_controlnets_and_combinations(template):
    workflow = copy.deepcopy(template)
    workflow["20"] = node("ControlNetApplyAdvanced", positive=["21", 0], negative=["3", 0], control_net=["22", 0])
    workflow["21"] = node("ConditioningCombine", conditioning_1=["2", 0], conditioning_2=["23", 0])
    workflow["22"] = node("ControlNetLoader", control_net_name="x.safetensors")
    workflow["23"] = node("CLIPTextEncode", text="old", clip=["4", 1])
    workflow["5"]["inputs"] |= {"positive": ["20", 0], "negative": ["20", 1]}
    result = write_request(workflow, REQUEST)
    assert [result[n]["inputs"]["text"] for n in ("2", "23", "3")] == ["a red house", "a red house", "fog"]


def test_only_the_sampler_that_works_on_the_picture_takes_the_strength(template):
    workflow = copy.deepcopy(template)
    workflow["30"] = node("LatentUpscale", samples=["5", 0], width=1024, height=1024)
    workflow["31"] = copy.deepcopy(workflow["5"])
    workflow["31"]["inputs"] |= {"latent_image": ["30", 0], "denoise": 0.5}
    result = write_request(workflow, REQUEST)
    assert (result["5"]["inputs"]["denoise"], result["31"]["inputs"]["denoise"]) == (0.35, 0.5)
    assert result["31"]["inputs"]["seed"] == 99


def test_custom_and_advanced_samplers_take_the_strength_in_their_own_way(template):
    custom = copy.deepcopy(template)
    custom["40"] = node("BasicScheduler", model=["4", 0], scheduler="karras", steps=20, denoise=1.0)
    custom["5"] = node(
        "SamplerCustom", positive=["2", 0], negative=["3", 0], latent_image=["6", 0], sigmas=["40", 0], noise_seed=1
    )
    result = write_request(custom, REQUEST)
    assert result["40"]["inputs"]["denoise"] == 0.35
    assert result["5"]["inputs"]["noise_seed"] == 99
    advanced = copy.deepcopy(template)
    advanced["5"]["class_type"] = "KSamplerAdvanced"
    advanced["5"]["inputs"] = {k: v for k, v in advanced["5"]["inputs"].items() if k not in {"denoise", "seed"}}
    advanced["5"]["inputs"] |= {"noise_seed": 1, "start_at_step": 0, "end_at_step": 10000, "steps": 20}
    assert write_request(advanced, REQUEST)["5"]["inputs"]["start_at_step"] == 13


@pytest.mark.parametrize(
    ("broken", "reason"),
    [
        ([], "object of nodes"),
        ({}, "object of nodes"),
        ({"1": {"class_type": "LoadImage"}}, "object of nodes"),
        ({"nodes": [], "links": []}, "Export"),
        ({"1": node("CLIPTextEncode", text="x")}, "no LoadImage"),
        ({"1": node("LoadImage", image="a.png")}, "no sampler"),
    ],
)
def test_what_is_no_workflow_is_refused_with_its_reason(broken, reason):
    with pytest.raises(InvalidInput, match=reason):
        checked(broken)


def test_a_circle_of_links_ends(template):
    workflow = copy.deepcopy(template)
    workflow["2"] = node("ConditioningCombine", conditioning_1=["2", 0], conditioning_2=["2", 0])
    workflow["6"] = node("LatentUpscale", samples=["6", 0])
    with pytest.raises(InvalidInput, match="no LoadImage"):
        write_request(workflow, REQUEST)


def test_a_new_file_is_a_new_style_and_a_new_workflow(tmp_path, template):
    (tmp_path / "ink.json").write_text(json.dumps({"title": "Ink", "prompt": "ink drawing"}))
    found = load_presets([ASSETS / "styles", tmp_path])
    assert found["ink"].workflow == "style_change"
    assert len(found) == 6
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "soft.json").write_text(json.dumps(template))
    assert set(load_workflows([ASSETS / "workflows", tmp_path / "mine"])) >= {"style_change", "soft"}


@pytest.mark.parametrize(("name", "text"), [("a.json", "{"), ("b.json", '{"title": "x"}'), ("c.json", '{"colour": 1}')])
def test_a_broken_style_is_named_at_the_start(tmp_path: Path, name, text):
    (tmp_path / name).write_text(text)
    with pytest.raises(Misconfigured, match=name):
        load_presets([tmp_path])
