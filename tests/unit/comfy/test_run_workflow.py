"""``scripts/run_workflow`` from the shell's side."""

import json

import numpy as np
import pytest
import typer
from PIL import Image
from typer.testing import CliRunner

from scripts.lib.run_workflow import main
from tests.unit.comfy.flows import base, node

APP = typer.Typer()
APP.command()(main)


@pytest.fixture
def call(tiny_models, inputs, tmp_path):
    def run(flow, *more: str):
        path = tmp_path / "flow.json"
        path.write_text(flow if isinstance(flow, str) else json.dumps(flow))
        folders = ["--models", str(tiny_models), "--inputs", str(inputs), "--out", str(tmp_path / "out")]
        return CliRunner().invoke(APP, [str(path), *folders, *more]), tmp_path / "out"

    return run


def test_pictures_lie_in_the_order_of_the_output_nodes(call):
    flow = {"20": node("SaveImage", images=["21", 0], filename_prefix="z/inverted")} | base(batch=2)
    flow["21"] = node("ImageInvert", image=["6", 0])
    result, out = call(flow)
    assert result.exit_code == 0
    pictures = sorted(out.glob("*.png"))
    assert result.stdout.split()[:4] == [str(path) for path in pictures]
    inverted, _, plain, _ = (np.asarray(Image.open(path)).astype(int) for path in pictures)
    assert np.abs(inverted + plain - 254).max() <= 1
    assert len(list(out.glob("*.latent"))) == 1
    with Image.open(pictures[0]) as image:
        assert image.info == {}


def test_the_workflow_goes_into_the_file_when_asked(call):
    result, out = call({"prompt": base()}, "--metadata")
    assert result.exit_code == 0
    with Image.open(sorted(out.glob("*.png"))[0]) as image:
        assert json.loads(image.info["prompt"]) == base()


@pytest.mark.parametrize(
    ("flow", "message"),
    [
        (base("none.safetensors"), "node 1 (CheckpointLoaderSimple): Value not in list: ckpt_name: 'none.safetensors'"),
        (base(steps=9000), "node 5 (KSampler): 9000 steps are too many"),
        ({"nodes": [], "links": []}, "Export (API)"),
        ("{", "cannot be read as JSON"),
        ({}, "Prompt has no outputs"),
        (base() | {"30": node("SaveImage", images=["6", 0])}, "node 30 (SaveImage): Required input is missing"),
    ],
)
def test_errors_are_said_and_end_in_1(call, flow, message):
    result, _ = call(flow)
    assert result.exit_code == 1
    assert message in result.stderr


def test_pictures_that_are_only_sent_are_files_too(call):
    flow = {"9": node("SaveImageWebsocket", images=["6", 0])} | base(batch=2)
    result, out = call(flow)
    assert result.exit_code == 0
    assert [path.name for path in sorted(out.glob("*.png"))][:2] == [
        "0001_node_9_00001_.png",
        "0002_node_9_00002_.png",
    ]
