"""One UNet call on rows of any number of requests."""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from engines.batching.rowwise import make_rowwise
from engines.diffusion.conditioning import ControlNet

CPU = torch.device("cpu")


@dataclass(frozen=True)
class Denoiser:
    """A UNet that predicts noise. ``key`` tells its weights apart, LoRA set and all.

    On a CPU its layers are made rowwise, so that a shared call gives every row the bits of a call of its own.
    """

    unet: Any
    key: Hashable
    device: torch.device = CPU
    dtype: torch.dtype = torch.float32

    def __post_init__(self) -> None:
        if self.device.type == "cpu":
            make_rowwise(self.unet)

    @property
    def wants_sizes(self) -> bool:
        """Whether it is steered by pooled text and picture sizes, as SDXL is."""
        return self.unet.config.addition_embed_type == "text_time"

    @property
    def channels(self) -> int:
        """4, or 9 for models with inpainting channels."""
        return int(self.unet.config.in_channels)


@dataclass(frozen=True)
class ControlRow:
    """A control at work in one row: ``image`` is 3×H×W of the row's size in pixels."""

    net: ControlNet
    image: Tensor
    strength: float


@dataclass(frozen=True)
class DenoiserRow:
    """One sample of a UNet call.

    ``latent`` is C×h×w, already scaled by 1/sqrt(sigma²+1); ``context`` is T×D; ``pooled`` P and ``sizes`` 6 numbers
    for SDXL.
    """

    model: Denoiser
    latent: Tensor
    timestep: int
    context: Tensor
    pooled: Tensor | None = None
    sizes: tuple[int, ...] | None = None
    controls: tuple[ControlRow, ...] = ()

    @property
    def key(self) -> Hashable:
        """Rows with equal keys may share a call: weights, latent shape, context length, ControlNets."""
        nets = tuple(control.net.key for control in self.controls)
        return (self.model.key, tuple(self.latent.shape), self.context.shape[0], nets)


@torch.inference_mode()
def evaluate(rows: Sequence[DenoiserRow]) -> list[Tensor]:
    """The predicted noise of each row, 4×h×w float32. All rows must have one key."""
    model = rows[0].model
    latent = _stack([row.latent for row in rows], model)
    context = _stack([row.context for row in rows], model)
    steps = torch.tensor([row.timestep for row in rows], device=model.device)
    added = _added(model, rows)
    down, middle = _residuals(rows, latent, steps, context, added)
    output = model.unet(
        latent,
        steps,
        encoder_hidden_states=context,
        added_cond_kwargs=added,
        down_block_additional_residuals=down,
        mid_block_additional_residual=middle,
        return_dict=False,
    )[0]
    return list(output.float())


def evaluate_all(rows: Sequence[DenoiserRow]) -> list[Tensor]:
    """As ``evaluate`` for rows of any keys: one call for each key, answers in the order of the rows."""
    groups: dict[Hashable, list[int]] = {}
    for place, row in enumerate(rows):
        groups.setdefault(row.key, []).append(place)
    answers: dict[int, Tensor] = {}
    for places in groups.values():
        group = [rows[place] for place in places]
        answers.update(zip(places, evaluate(group), strict=True))
    return [answers[place] for place in range(len(rows))]


def _stack(tensors: Sequence[Tensor], model: Denoiser) -> Tensor:
    return torch.stack([t.to(model.device) for t in tensors]).to(model.dtype)


def _added(model: Denoiser, rows: Sequence[DenoiserRow]) -> dict[str, Tensor] | None:
    if not model.wants_sizes:
        return None
    pooled = [row.pooled for row in rows if row.pooled is not None]
    sizes = torch.tensor([row.sizes for row in rows], device=model.device, dtype=model.dtype)
    return {"text_embeds": _stack(pooled, model), "time_ids": sizes}


def _residuals(
    rows: Sequence[DenoiserRow], latent: Tensor, steps: Tensor, context: Tensor, added: dict[str, Tensor] | None
) -> tuple[tuple[Tensor, ...] | None, Tensor | None]:
    """What the rows' ControlNets add to the UNet's skips and to its middle, summed."""
    down: list[Tensor] | None = None
    middle: Tensor | None = None
    for place, control in enumerate(rows[0].controls):
        image = torch.stack([row.controls[place].image for row in rows]).to(latent)
        strength = torch.tensor([row.controls[place].strength for row in rows]).to(latent)[:, None, None, None]
        skips, centre = control.net.module(
            latent[:, :4],
            steps,
            encoder_hidden_states=context,
            controlnet_cond=image,
            added_cond_kwargs=added,
            return_dict=False,
        )
        skips, centre = [skip * strength for skip in skips], centre * strength
        down = skips if down is None else [a + b for a, b in zip(down, skips, strict=True)]
        middle = centre if middle is None else middle + centre
    return (tuple(down), middle) if down is not None else (None, None)
