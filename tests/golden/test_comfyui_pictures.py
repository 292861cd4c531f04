"""Every recorded workflow gives the picture that ComfyUI gave."""

import io
import json

import numpy as np
import pytest
from PIL import Image
from safetensors.torch import load, load_file

from engines.comfy.outputs import MemoryOutputs
from tests.golden.conftest import DATA

CASES = json.loads((DATA / "cases.json").read_text())
# of the latent's own deviation
LATENT_TOLERANCE = 2e-4


def pixels(source) -> np.ndarray:
    with Image.open(source) as image:
        return np.asarray(image.convert("RGB")).astype(int)


@pytest.mark.parametrize("name", CASES)
def test_the_picture_is_comfyuis(golden_executor, name):
    case = CASES[name]
    workflow = json.loads((DATA / name / "workflow.json").read_text())
    outputs = MemoryOutputs()
    golden_executor.run(workflow, outputs=outputs)
    pictures = [data for file, data in outputs.files.items() if file.endswith(".png")]
    assert len(pictures) == case["images"]
    latent = next(data for file, data in outputs.files.items() if file.endswith(".latent"))
    _compare_latents(load(latent)["latent_tensor"], load_file(DATA / name / "latent.safetensors")["latent"])
    for number, picture in enumerate(pictures):
        ours, theirs = pixels(io.BytesIO(picture)), pixels(DATA / name / f"image_{number}.png")
        assert ours.shape == theirs.shape
        difference = np.abs(ours - theirs)
        assert difference.max() <= case["max_difference"]
        assert (difference == 0).mean() >= case["min_identical"]


def _compare_latents(ours, theirs):
    assert ours.shape == theirs.shape
    assert (ours - theirs).abs().max() / theirs.std() < LATENT_TOLERANCE


def test_metadata_is_left_out(golden_executor):
    outputs = MemoryOutputs()
    golden_executor.run(json.loads((DATA / "vae_roundtrip" / "workflow.json").read_text()), outputs=outputs)
    picture = next(data for file, data in outputs.files.items() if file.endswith(".png"))
    with Image.open(io.BytesIO(picture)) as image:
        assert image.info == {}


def test_an_unchanged_workflow_runs_nothing_again(golden_executor):
    from engines.comfy.events import Cached, Executed, Executing
    from engines.comfy.execute import ExecutionHooks

    workflow = json.loads((DATA / "sgm_uniform_cfg_1" / "workflow.json").read_text())
    first = golden_executor.run(workflow)
    heard = []
    assert golden_executor.run(workflow, ExecutionHooks(on_event=heard.append)) == first
    assert not [event for event in heard if isinstance(event, Executing)]
    assert set(heard[0].nodes) == set(workflow)
    assert isinstance(heard[0], Cached)
    assert [event.node for event in heard if isinstance(event, Executed)] == list(first)
