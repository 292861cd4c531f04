"""The shape of a UNet or ControlNet, read from the names and sizes of its tensors."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from torch import Tensor

from engines.diffusion.weights.family import Family
from foundation.errors import InvalidInput

TIME_WIDTH = 256
State = Mapping[str, Tensor]


@dataclass(frozen=True)
class Level:
    """One level of resolution: its channels, residual blocks, and transformer blocks in each attention (0: none)."""

    channels: int
    layers: int
    depth: int


@dataclass(frozen=True)
class Trunk:
    """The shape of a UNet; ``sizes_width`` is the width of pooled text and sizes together, for SDXL."""

    in_channels: int
    levels: tuple[Level, ...]
    middle: int
    context: int
    linear: bool
    sizes_width: int | None

    def config(self, family: Family) -> dict[str, Any]:
        """What diffusers' UNet and ControlNet have in common."""
        channels = tuple(level.channels for level in self.levels)
        config: dict[str, Any] = {
            "in_channels": self.in_channels,
            "block_out_channels": channels,
            "layers_per_block": self.levels[0].layers,
            "down_block_types": tuple(_block("Down", level) for level in self.levels),
            "transformer_layers_per_block": tuple(self._depth(n) for n in range(len(self.levels))),
            "cross_attention_dim": self.context,
            "attention_head_dim": tuple(family.heads(width) for width in channels),
            "use_linear_projection": self.linear,
        }
        if self.sizes_width is not None:
            config["addition_embed_type"] = "text_time"
            config["addition_time_embed_dim"] = TIME_WIDTH
            config["projection_class_embeddings_input_dim"] = self.sizes_width
        return config

    def unet_config(self, family: Family) -> dict[str, Any]:
        """The configuration of a diffusers UNet."""
        up = tuple(_block("Up", level) for level in reversed(self.levels))
        return self.config(family) | {"up_block_types": up}

    @property
    def up_attention(self) -> frozenset[int]:
        """Which up blocks have attention."""
        return frozenset(n for n, level in enumerate(reversed(self.levels)) if level.depth)

    def _depth(self, place: int) -> int:
        """A level without attention still says how deep the middle is, when it is the last."""
        return self.levels[place].depth or (self.middle if place == len(self.levels) - 1 else 1)


def _block(side: str, level: Level) -> str:
    return f"CrossAttn{side}Block2D" if level.depth else f"{side}Block2D"


def ldm_trunk(state: State) -> Trunk:
    """The trunk of a single file's UNet or ControlNet. Raises InvalidInput for other models."""
    levels: list[Level] = []
    layers, depth, channels = 0, 0, 0
    for place in range(1, _count(state, r"input_blocks\.(\d+)\.")):
        here = f"input_blocks.{place}."
        if f"{here}0.op.weight" in state:
            levels.append(Level(channels, layers, depth))
            layers, depth = 0, 0
            continue
        channels = _size(state, f"{here}0.out_layers.3.weight", 0)
        layers += 1
        depth = _count(state, re.escape(here) + r"1\.transformer_blocks\.(\d+)\.")
    levels.append(Level(channels, layers, depth))
    middle = _count(state, r"middle_block\.1\.transformer_blocks\.(\d+)\.")
    sizes = _size(state, "label_emb.0.0.weight", 1) if "label_emb.0.0.weight" in state else None
    return _trunk(state, levels, middle, sizes, "input_blocks.0.0.weight")


def diffusers_trunk(state: State) -> Trunk:
    """The trunk of a file with diffusers' names."""
    levels: list[Level] = []
    for place in range(_count(state, r"down_blocks\.(\d+)\.")):
        here = f"down_blocks.{place}."
        layers = _count(state, re.escape(here) + r"resnets\.(\d+)\.")
        depth = _count(state, re.escape(here) + r"attentions\.0\.transformer_blocks\.(\d+)\.")
        levels.append(Level(_size(state, f"{here}resnets.0.conv1.weight", 0), layers, depth))
    middle = _count(state, r"mid_block\.attentions\.0\.transformer_blocks\.(\d+)\.")
    wide = "add_embedding.linear_1.weight"
    sizes = _size(state, wide, 1) if wide in state else None
    return _trunk(state, levels, middle, sizes, "conv_in.weight")


def _trunk(state: State, levels: list[Level], middle: int, sizes: int | None, first: str) -> Trunk:
    keys = [name for name in state if name.endswith("attn2.to_k.weight")]
    projections = [name for name in state if name.endswith(".proj_in.weight")]
    if not keys or not projections or not all(level.channels for level in levels):
        raise InvalidInput("the file holds no UNet of Stable Diffusion 1.5 or SDXL")
    linear = state[projections[0]].dim() == 2
    return Trunk(_size(state, first, 1), tuple(levels), middle, _size(state, keys[0], 1), linear, sizes)


def _count(state: State, pattern: str) -> int:
    """How many numbers, from 0, the names have at the place of the pattern's group."""
    found = [int(match[1]) for name in state if (match := re.match(pattern, name))]
    return max(found, default=-1) + 1


def _size(state: State, name: str, axis: int) -> int:
    if name not in state:
        raise InvalidInput(f"the file lacks the tensor {name}: it is no UNet of Stable Diffusion 1.5 or SDXL")
    return int(state[name].shape[axis])
