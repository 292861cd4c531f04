"""The parts of a checkpoint as values: tensors that are shared, and the LoRAs that stand on them."""

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import torch
from diffusers import UNet2DConditionModel  # pyright: ignore[reportPrivateImportUsage]
from torch import Tensor

from engines.diffusion.evaluate import Denoiser
from engines.diffusion.text.clip import Clip
from engines.diffusion.text.embeddings import Lookup
from engines.diffusion.text.encoder import ClipEncoder
from engines.diffusion.vae import Vae
from engines.diffusion.weights.aliases import text_aliases, unet_aliases
from engines.diffusion.weights.build import blank, blank_text, filled
from engines.diffusion.weights.family import Family
from engines.diffusion.weights.lora import LoraUse, patched
from engines.diffusion.weights.names import unet_name

State = Mapping[str, Tensor]


@dataclass(frozen=True)
class ModelPlacement:
    """Where modules live and in which numbers they compute."""

    device: torch.device
    dtype: torch.dtype

    def moved(self, state: State) -> dict[str, Tensor]:
        """The tensors here; those that are here already are shared."""
        return {name: value.to(self.device, self.dtype) for name, value in state.items()}


@dataclass(frozen=True, eq=False)
class UnetWeights:
    """A UNet's tensors and configuration, with diffusers' names."""

    key: Hashable
    state: State
    config: Mapping[str, Any]
    family: Family


@dataclass(frozen=True, eq=False)
class DiffusionModel:
    """What MODEL links carry: a UNet and the LoRAs on it, in the order they were added."""

    weights: UnetWeights
    loras: tuple[LoraUse, ...] = ()

    @property
    def key(self) -> Hashable:
        """Equal for models that compute alike."""
        return (self.weights.key, tuple(use.key for use in self.loras))

    @property
    def family(self) -> Family:
        """SD 1.5 or SDXL."""
        return self.weights.family

    def with_lora(self, use: LoraUse) -> "DiffusionModel":
        """The same with one LoRA more."""
        return replace(self, loras=(*self.loras, use))

    def fits(self, use: LoraUse) -> bool:
        """Whether the LoRA speaks of any layer here."""
        return bool(use.lora.layers.keys() & self.aliases().keys())

    def aliases(self) -> dict[str, str]:
        """The names that LoRA files use for the layers."""
        config = self.weights.config
        ups = frozenset(n for n, block in enumerate(config["up_block_types"]) if block.startswith("CrossAttn"))
        return unet_aliases(self.weights.state, lambda name: unet_name(name, int(config["layers_per_block"]), ups))

    def denoiser(self, place: ModelPlacement) -> Denoiser:
        """The module to compute with; it shares all weights that no LoRA changes."""
        state, _ = patched(self.weights.state, self.loras, self.aliases()) if self.loras else (self.weights.state, 0)
        module = filled(blank(UNet2DConditionModel, self.weights.config), state, "UNet")
        return Denoiser(module, self.key, place.device, place.dtype)


@dataclass(frozen=True, eq=False)
class TextWeights:
    """One text encoder's tensors and configuration; ``fill`` is the token behind a prompt's end."""

    key: Hashable
    state: State
    config: Mapping[str, Any]
    projection: Tensor | None
    fill: int


@dataclass(frozen=True, eq=False)
class TextEncoders:
    """What CLIP links carry: text encoders, the LoRAs on them, and the layer to stop at."""

    weights: tuple[TextWeights, ...]
    tokenizer: Any
    family: Family
    loras: tuple[LoraUse, ...] = ()
    skip: int | None = None

    @property
    def key(self) -> Hashable:
        """Equal for encoders that compute alike, at whatever layer."""
        return (tuple(one.key for one in self.weights), tuple(use.key for use in self.loras))

    def with_lora(self, use: LoraUse) -> "TextEncoders":
        """The same with one LoRA more."""
        return replace(self, loras=(*self.loras, use))

    def stopped_at(self, layer: int) -> "TextEncoders":
        """The same, read after another layer: -1 is the last."""
        return replace(self, skip=layer)

    def fits(self, use: LoraUse) -> bool:
        """Whether the LoRA speaks of any layer here."""
        return any(use.lora.layers.keys() & self._aliases(place).keys() for place in range(len(self.weights)))

    def clip(self, lookup: Lookup) -> Clip:
        """The modules to encode with."""
        return Clip(tuple(self._encoder(n) for n in range(len(self.weights))), self.tokenizer, self.family, lookup)

    def _aliases(self, place: int) -> dict[str, str]:
        return text_aliases(self.weights[place].state, place, alone=len(self.weights) == 1)

    def _encoder(self, place: int) -> ClipEncoder:
        own = self.weights[place]
        state, _ = patched(own.state, self.loras, self._aliases(place)) if self.loras else (own.state, 0)
        return ClipEncoder(filled(blank_text(own.config), state, "text encoder"), own.projection, own.fill)


@dataclass(frozen=True, eq=False)
class Checkpoint:
    """Everything in one checkpoint."""

    model: DiffusionModel
    clip: TextEncoders
    vae: Vae
