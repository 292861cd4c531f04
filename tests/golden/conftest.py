"""The checkpoint behind the golden pictures, made once, and an executor over it."""

import json
import shutil
from pathlib import Path

import pytest
import torch

from engines.comfy.context import ComfyContext
from engines.comfy.execute import Executor
from engines.comfy.outputs import MemoryOutputs
from engines.diffusion.weights.files import read_tensors
from engines.diffusion.weights.library import Library
from scripts.lib.tiny_models.diffusion import fingerprint, write_checkpoint

DATA = Path(__file__).parent / "comfyui"


@pytest.fixture(scope="session")
def golden_models(tmp_path_factory) -> Path:
    """ComfyUI's folders with the checkpoint, ControlNet and LoRA. Skips where the numbers are not the recorded ones."""
    folder = tmp_path_factory.mktemp("golden_models")
    checkpoint, control = write_checkpoint("golden-sd15", folder, as_folder=False)
    expected = json.loads((DATA / "weights.json").read_text())
    for path, name in ((checkpoint, "sha256"), (control, "controlnet_sha256")):
        found = fingerprint(read_tensors(path))
        if found != expected[name]:
            pytest.skip(f"this machine draws other random weights: {path.name} has {found}, not {expected[name]}")
    (folder / "loras").mkdir()
    shutil.copyfile(DATA / "inputs" / "lora_attention.safetensors", folder / "loras" / "lora_attention.safetensors")
    yield folder
    shutil.rmtree(folder)


@pytest.fixture(scope="session")
def golden_executor(golden_models) -> Executor:
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield Executor(ComfyContext(Library(golden_models), DATA / "inputs", MemoryOutputs()))
    torch.set_num_threads(threads)
