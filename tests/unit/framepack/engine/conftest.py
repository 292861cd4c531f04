"""The stand-in of FramePack, written and read as real weights are, offline."""

from pathlib import Path

import pytest
import torch

from engines.framepack.models import FramePackModels, WeightPlacement
from engines.framepack.runtime import open_runtime
from scripts.lib.tiny_models.framepack import write_framepack

CPU = WeightPlacement(torch.device("cpu"))


@pytest.fixture(scope="session")
def framepack_folder(tmp_path_factory) -> Path:
    return write_framepack(tmp_path_factory.mktemp("weights"))


@pytest.fixture(scope="session")
def framepack_models(framepack_folder) -> FramePackModels:
    return FramePackModels(framepack_folder, CPU)


@pytest.fixture
def lora_folder(tmp_path) -> Path:
    folder = tmp_path / "loras"
    folder.mkdir()
    return folder


@pytest.fixture
def runtime(framepack_folder, lora_folder):
    result = open_runtime(framepack_folder, lora_folder, CPU, rows=8, pictures=8)
    yield result
    result.close()
