"""The tiny stand-ins, made once, and houses over them."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from PIL import Image, ImageDraw

from engines.comfy.catalogue import catalogue
from engines.comfy.context import ComfyContext, Limits, NodeContext
from engines.comfy.execute import Executor
from engines.comfy.outputs import MemoryOutputs
from engines.diffusion.weights.library import Library
from scripts.lib.tiny_models.diffusion import write_checkpoint


@pytest.fixture(scope="session", autouse=True)
def _one_thread() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="session")
def tiny_models(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("models")
    write_checkpoint("tiny-sd15", folder)
    write_checkpoint("tiny-sdxl", folder)
    return folder


@pytest.fixture(scope="session")
def inputs(tmp_path_factory) -> Path:
    """A picture of a house of 64×64, one with a transparent hole, and one of an odd size."""
    folder = tmp_path_factory.mktemp("inputs")
    picture = Image.new("RGB", (64, 64), (120, 170, 230))
    drawing = ImageDraw.Draw(picture)
    drawing.rectangle((12, 30, 52, 60), fill=(200, 140, 90))
    drawing.polygon(((8, 30), (32, 8), (56, 30)), fill=(170, 50, 40))
    picture.save(folder / "house.png")
    picture.resize((70, 61)).save(folder / "odd.png")
    hole = picture.convert("RGBA")
    alpha = Image.new("L", (64, 64), 255)
    ImageDraw.Draw(alpha).ellipse((20, 20, 44, 44), fill=0)
    hole.putalpha(alpha)
    hole.save(folder / "hole.png")
    return folder


@pytest.fixture(scope="session")
def library(tiny_models) -> Library:
    return Library(tiny_models, room=4)


@pytest.fixture
def executor(library, inputs) -> Executor:
    limits = Limits(nodes=60, pixels=512 * 512, side=1024, batch=8, steps=50, text=2000)
    return Executor(ComfyContext(library, inputs, MemoryOutputs(), limits))


@pytest.fixture
def call(library, inputs):
    """Calls a node's function by class name."""
    comfy_context = ComfyContext(library, inputs, MemoryOutputs())
    context = NodeContext(comfy_context, "1", {}, lambda *_: None, lambda: False)
    return lambda name, **values: catalogue()[name].run(context, **values)
