"""LoRA: small files that change weights, W + strength·alpha/rank·(up @ down)."""

import re
from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from engines.diffusion.weights.files import read_tensors
from foundation.errors import InvalidInput

PARTS = {
    "lora_up.weight": "up",
    "lora_down.weight": "down",
    "lora_mid.weight": "mid",
    "lora_B.weight": "up",
    "lora_A.weight": "down",
    "lora.up.weight": "up",
    "lora.down.weight": "down",
    "lora_B.default.weight": "up",
    "lora_A.default.weight": "down",
    "up.weight": "up",
    "down.weight": "down",
    "alpha": "alpha",
}


@dataclass(frozen=True)
class Lora:
    """A LoRA file: for each layer by the name it has in the file, its tensors ``up``, ``down``, ``mid``, ``alpha``."""

    key: Hashable
    layers: Mapping[str, Mapping[str, Tensor]]


@dataclass(frozen=True)
class LoraUse:
    """A LoRA at a strength."""

    lora: Lora
    strength: float

    @property
    def key(self) -> Hashable:
        """Equal for uses that change weights alike."""
        return (self.lora.key, self.strength)


def read_lora(path: Path, key: Hashable) -> Lora:
    """A LoRA in kohya's, LDM's or diffusers' names. Raises InvalidInput where the file holds none."""
    layers: dict[str, dict[str, Tensor]] = {}
    for name, tensor in read_tensors(path).items():
        part = next((part for part in PARTS if name.endswith("." + part)), None)
        if part is not None:
            layers.setdefault(_plain(name[: -len(part) - 1]), {})[PARTS[part]] = tensor
    whole = {name: parts for name, parts in layers.items() if {"up", "down"} <= parts.keys()}
    if not whole:
        raise InvalidInput(f"{path.name} holds no LoRA of a kind that is known here (up and down matrices)")
    return Lora(key, whole)


def _plain(name: str) -> str:
    """One spelling for all: dots and underscores tell nothing apart, and older diffusers names have a processor."""
    name = re.sub(r"\.processor\.(to_\w+?)_lora$", r".\1", name.replace(".lora_linear_layer", ""))
    name = re.sub(r"\bto_out$", "to_out.0", name)
    return name.replace(".", "_")


def delta(parts: Mapping[str, Tensor], shape: torch.Size) -> Tensor:
    """What a layer's LoRA adds at strength 1, in float32. Raises InvalidInput where it does not fit the weight."""
    up, down = parts["up"].float(), parts["down"].float()
    alpha = float(parts["alpha"]) if "alpha" in parts else float(down.shape[0])
    try:
        if "mid" in parts:
            product = torch.einsum("or,rskl,si->oikl", up.flatten(1), parts["mid"].float(), down.flatten(1))
        else:
            product = up.flatten(1) @ down.flatten(1)
        return (product * (alpha / down.shape[0])).reshape(shape)
    except RuntimeError as error:
        raise InvalidInput(f"the LoRA does not fit the model: a weight of {tuple(shape)} ({error})") from error


def patched(
    state: Mapping[str, Tensor], uses: Iterable[LoraUse], aliases: Mapping[str, str]
) -> tuple[dict[str, Tensor], int]:
    """The tensors with LoRAs added, and how many were changed. All that stay as they are stay shared.

    ``aliases`` leads from a layer's plain name to the name of its weight in ``state``.
    """
    changed: dict[str, Tensor] = {}
    for use in uses:
        for name, parts in use.lora.layers.items():
            target = aliases.get(name)
            if target is None or use.strength == 0:
                continue
            before = changed.get(target, state[target])
            addition = delta(parts, before.shape).to(before.device) * use.strength
            changed[target] = (before.float() + addition).to(before.dtype)
    return {**state, **changed}, len(changed)
