"""The parts of FramePack on their machine: read from a diffusers folder, and moved where a memory mode has them.

MODEL_DIR/framepack                  what ``HunyuanVideoFramepackPipeline.save_pretrained`` writes
MODEL_DIR/framepack/transformer_f1   the second transformer, for films that grow forward; read when it is first needed
MODEL_DIR/framepack/prompt_template.json   for tokenizers other than Llama 3's

Memory modes:
resident  all parts stay on the device
lean      text encoders, picture encoder and autoencoder come for their work alone and leave again
offload   as lean, and the transformer's blocks come one by one
"""

import json
import threading
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import torch
from diffusers import HunyuanVideoFramepackPipeline  # pyright: ignore[reportPrivateImportUsage]
from diffusers.pipelines.hunyuan_video.pipeline_hunyuan_video_framepack import DEFAULT_PROMPT_TEMPLATE
from torch import nn

from engines.batching.rowwise import make_rowwise
from engines.framepack.lora_files import targets_in
from engines.framepack.lora_names import Targets
from engines.framepack.transformer import OneFrameTransformer
from foundation.errors import EngineNotReady

FOLDER = "framepack"
BASE, F1 = "base", "f1"
SUBFOLDERS = {BASE: "transformer", F1: "transformer_f1"}
MemoryMode = Literal["resident", "lean", "offload"]


@dataclass(frozen=True)
class WeightPlacement:
    """Where models run, with which numbers, and how they share memory. ``fp8`` stores the transformer in 8 bits."""

    device: torch.device
    dtype: torch.dtype = torch.float32
    memory: MemoryMode = "resident"
    fp8: bool = False


def is_there(folder: Path, variant: str = BASE) -> bool:
    """Whether a folder has the weights: those of all parts, or of the second transformer."""
    return (folder / SUBFOLDERS[variant] / "config.json").is_file() and (folder / "model_index.json").is_file()


class FramePackModels:
    """All parts. Used from several threads: one part beside the transformer works at a time."""

    def __init__(self, folder: Path, place: WeightPlacement) -> None:
        """Read everything but the second transformer. Raises EngineNotReady when there are no weights."""
        if not is_there(folder):
            raise EngineNotReady(f"there are no FramePack weights; put a diffusers folder at {FOLDER} below MODEL_DIR")
        self._folder = folder
        self.place = place
        self._targets: dict[str, Targets] = {}
        base = self._read(BASE)
        self.pipeline = HunyuanVideoFramepackPipeline.from_pretrained(
            folder, transformer=base, dtype=place.dtype, local_files_only=True
        )
        self._transformers = {BASE: base}
        self._reading, self._beside = threading.Lock(), threading.Lock()
        self.template = _template(folder)
        for part in self._parts_beside():
            part.eval()
            self._settle(part)
        if place.memory != "resident":
            self.pipeline.vae.enable_tiling()

    @property
    def variants(self) -> list[str]:
        """The transformers that are in memory."""
        return sorted(self._transformers)

    def transformer(self, variant: str) -> OneFrameTransformer:
        """``base`` or ``f1``. Raises EngineNotReady when there are no weights of it."""
        # one that is there does not wait for another that is being read
        if (found := self._transformers.get(variant)) is not None:
            return found
        with self._reading:
            if variant not in self._transformers:
                if not is_there(self._folder, variant):
                    raise EngineNotReady(
                        "sampling_mode forward needs the F1 transformer; put it at framepack/transformer_f1 below "
                        "MODEL_DIR, or choose reverse"
                    )
                self._transformers[variant] = self._read(variant)
            return self._transformers[variant]

    def targets(self, variant: str) -> Targets:
        """What names in LoRA files stand for in a transformer. Raises EngineNotReady as ``transformer`` does."""
        self.transformer(variant)
        return self._targets[variant]

    @contextmanager
    def beside(self, *parts: nn.Module) -> Generator[torch.device]:
        """The device with these parts on it, for the time of the block; others wait."""
        with self._beside:
            for part in parts:
                part.to(self.place.device)
            try:
                yield self.place.device
            finally:
                for part in parts:
                    self._settle(part)

    def _read(self, variant: str) -> OneFrameTransformer:
        loaded = OneFrameTransformer.from_pretrained(
            self._folder / SUBFOLDERS[variant], dtype=self.place.dtype, local_files_only=True
        )
        self._targets[variant] = targets_in(loaded)
        return prepare(loaded.by_row().eval(), self.place)

    def _parts_beside(self) -> list[nn.Module]:
        pipeline = self.pipeline
        return [pipeline.text_encoder, pipeline.text_encoder_2, pipeline.image_encoder, pipeline.vae]

    def _settle(self, part: nn.Module) -> None:
        part.to(self.place.device if self.place.memory == "resident" else "cpu")


def prepare(transformer: OneFrameTransformer, place: WeightPlacement) -> OneFrameTransformer:
    """A transformer at its place. On a CPU, rows of one call get the bits they would get alone."""
    if place.device.type == "cpu":
        make_rowwise(transformer)
    if place.fp8:
        transformer.enable_layerwise_casting(storage_dtype=torch.float8_e4m3fn, compute_dtype=place.dtype)
    if place.memory == "offload" and place.device.type != "cpu":
        transformer.enable_group_offload(
            onload_device=place.device,
            offload_device=torch.device("cpu"),
            offload_type="block_level",
            num_blocks_per_group=1,
            use_stream=True,
        )
        return transformer
    return transformer.to(place.device)  # pyright: ignore[reportArgumentType]


def _template(folder: Path) -> dict[str, Any]:
    own = folder / "prompt_template.json"
    return json.loads(own.read_text()) if own.is_file() else DEFAULT_PROMPT_TEMPLATE
