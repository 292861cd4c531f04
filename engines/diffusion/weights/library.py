"""The folder of models: what is in it, and a small number of things loaded from it."""

import threading
from collections.abc import Callable, Hashable
from pathlib import Path
from typing import Any, TypeVar

import torch
from cachetools import LRUCache

from engines.diffusion.conditioning import ControlNet
from engines.diffusion.evaluate import Denoiser
from engines.diffusion.text.clip import Clip
from engines.diffusion.text.embeddings import embeddings_in
from engines.diffusion.vae import Vae
from engines.diffusion.weights.family import TOKENIZER, family_named
from engines.diffusion.weights.files import place_of, read_tensors
from engines.diffusion.weights.listing import names_in
from engines.diffusion.weights.lora import Lora, read_lora
from engines.diffusion.weights.models import Checkpoint, DiffusionModel, ModelPlacement, TextEncoders
from engines.diffusion.weights.readers import (
    read_checkpoint,
    read_controlnet,
    read_vae,
    text_weights,
    tokenizer_at,
    unet_weights,
)
from foundation.errors import KomaError, NotFound

FOLDERS = {
    "checkpoints": ("checkpoints",),
    "loras": ("loras",),
    "controlnet": ("controlnet",),
    "vae": ("vae",),
    "diffusion_models": ("diffusion_models", "unet"),
    "text_encoders": ("text_encoders", "clip"),
    "embeddings": ("embeddings",),
}
LORAS_IN_MEMORY = 16
Value = TypeVar("Value")


class Library:
    """Models below ``folder``, which has ComfyUI's folder names. Loads on one device in one type of number.

    ``room`` is how many of each kind stay in memory. Safe to use from several threads.
    """

    def __init__(self, folder: Path, device: str = "cpu", dtype: torch.dtype = torch.float32, room: int = 2) -> None:
        self.folder = folder
        self.place = ModelPlacement(torch.device(device), dtype)
        self._loaded: dict[str, LRUCache[Hashable, Any]] = {
            kind: LRUCache(room if kind != "loras" else LORAS_IN_MEMORY) for kind in [*FOLDERS, "denoisers", "clips"]
        }
        self._lock = threading.RLock()

    def names(self, kind: str) -> list[str]:
        """The names of this kind, sorted."""
        return sorted({name for folder in FOLDERS[kind] for name in names_in(self.folder / folder)})

    def stamp(self, kind: str, name: str) -> str:
        """Stands for what the name leads to now; empty where it leads nowhere."""
        try:
            return repr(self._key(kind, name, self._path(kind, name)))
        except (KomaError, OSError):
            return ""

    def checkpoint(self, name: str) -> Checkpoint:
        """A checkpoint by name. Raises InvalidInput or NotFound."""
        return self._load("checkpoints", name, lambda path, key: read_checkpoint(path, key, self.place))

    def lora(self, name: str) -> Lora:
        """A LoRA by name."""
        return self._load("loras", name, read_lora)

    def controlnet(self, name: str) -> ControlNet:
        """A ControlNet by name."""
        return self._load("controlnet", name, lambda path, key: read_controlnet(path, key, self.place))

    def vae(self, name: str) -> Vae:
        """An autoencoder by name."""
        sd15 = family_named("sd15")
        return self._load("vae", name, lambda path, _: read_vae(read_tensors(path), sd15, self.place))

    def unet(self, name: str) -> DiffusionModel:
        """A UNet of its own by name."""
        return self._load(
            "diffusion_models",
            name,
            lambda path, key: DiffusionModel(unet_weights(read_tensors(path), key, self.place)),
        )

    def text_encoders(self, names: list[str]) -> TextEncoders:
        """One text encoder as SD 1.5 has it, or two as SDXL has them, by names."""
        kind = "text_encoders"
        weights = tuple(
            self._load(kind, name, lambda path, key, n=n: text_weights(read_tensors(path), key, self.place, n))
            for n, name in enumerate(names)
        )
        family = family_named("sd15" if len(names) == 1 else "sdxl")
        return TextEncoders(weights, tokenizer_at(TOKENIZER), family)

    def denoiser(self, model: DiffusionModel) -> Denoiser:
        """The module of a MODEL value, LoRAs and all; the last few are kept."""
        with self._lock:
            return self._cached("denoisers", model.key, lambda: model.denoiser(self.place))

    def clip(self, value: TextEncoders) -> Clip:
        """The encoder of a CLIP value."""
        lookup = embeddings_in(self.folder / "embeddings")
        with self._lock:
            clip = self._cached("clips", value.key, lambda: value.clip(lookup))
        return clip if value.skip is None else clip.stopped_at(value.skip)

    def _load(self, kind: str, name: str, read: Callable[[Path, Hashable], Value]) -> Value:
        path = self._path(kind, name)
        key = self._key(kind, name, path)
        with self._lock:
            return self._cached(kind, key, lambda: read(path, key))

    def _cached(self, kind: str, key: Hashable, load: Callable[[], Value]) -> Value:
        values = self._loaded[kind]
        if key not in values:
            # room first: two large models must not be in memory for the third's sake
            while len(values) >= values.maxsize:
                values.popitem()
            values[key] = load()
        return values[key]

    def _key(self, kind: str, name: str, path: Path) -> Hashable:
        info = path.stat()
        return (kind, name, info.st_mtime_ns, info.st_size)

    def _path(self, kind: str, name: str) -> Path:
        error: KomaError = NotFound(f"there is no {name!r} in {kind}")
        for folder in FOLDERS[kind]:
            try:
                return place_of(self.folder / folder, name)
            except NotFound as missing:
                error = missing
        raise error
