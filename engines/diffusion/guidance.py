"""From a query to UNet rows, and from their answers to the denoised latent."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from engines.diffusion.conditioning import Conditioning
from engines.diffusion.evaluate import ControlRow, Denoiser, DenoiserRow
from engines.diffusion.resize import resize
from engines.diffusion.sigmas import LEVELS

# contexts of very different lengths are not repeated to one length: the calls would grow without end
MOST_REPEATS = 4
PIXELS = 8


@dataclass(frozen=True)
class PromptPart:
    """One prompt's share of the picture.

    ``area`` is top, left, height, width in latent cells, ``weight`` B×1×h×w of it; ``hints`` are the pictures of the
    prompt's controls in the size of the whole latent's pixels, B×3×H×W.
    """

    prompt: Conditioning
    area: tuple[int, int, int, int]
    weight: Tensor
    hints: tuple[Tensor, ...]


def parts_of(prompts: Sequence[Conditioning], shape: Sequence[int]) -> list[PromptPart]:
    """Where each prompt speaks and how strongly, for latents of B×C×h×w."""
    return [_part(prompt, shape[-2], shape[-1]) for prompt in prompts]


def _part(prompt: Conditioning, height: int, width: int) -> PromptPart:
    whole = (0, 0, height, width)
    hints = tuple(
        resize(control.image, width * PIXELS, height * PIXELS, "nearest-exact", "center") for control in prompt.controls
    )
    if prompt.mask is None:
        return PromptPart(prompt, whole, torch.ones(1, 1, height, width), hints)
    mask = prompt.mask[:, None].float()
    mask = F.interpolate(mask, size=(height, width), mode="bilinear") * prompt.mask_strength
    area = _bounds(mask) if prompt.to_bounds else whole
    top, left, high, wide = area
    return PromptPart(prompt, area, mask[:, :, top : top + high, left : left + wide], hints)


def _bounds(mask: Tensor) -> tuple[int, int, int, int]:
    """The box of everything above zero; an empty mask has the box of one cell."""
    covered = (mask > 0).any(dim=0).any(dim=0)
    ys, xs = covered.nonzero(as_tuple=True)
    if not len(ys):
        return (0, 0, 1, 1)
    top, left = int(ys.min()), int(xs.min())
    return (top, left, int(ys.max()) - top + 1, int(xs.max()) - left + 1)


def common_length(lengths: Sequence[int]) -> int | None:
    """The length to which all contexts are repeated, ``None`` where they had better stay as they are."""
    length = math.lcm(*lengths)
    return length if length <= MOST_REPEATS * max(lengths) else None


def rows_of(model: Denoiser, part: PromptPart, x: Tensor, sigma: Tensor, length: int | None) -> list[DenoiserRow]:
    """The rows of one prompt: one for each latent of the batch ``x``, B×4×h×w."""
    top, left, high, wide = part.area
    cut = x[:, :, top : top + high, left : left + wide]
    scaled = cut / (sigma**2 + 1).sqrt()
    scaled = torch.cat([scaled, _extra(model, part, x)], dim=1) if model.channels > scaled.shape[1] else scaled
    context = part.prompt.context
    context = context.repeat(1, length // context.shape[1], 1) if length else context
    controls = zip(part.prompt.controls, part.hints, strict=True)
    active = [(control, _cut(hint, part.area)) for control, hint in controls if control.acts_at(float(sigma))]
    timestep = LEVELS.timestep(sigma)
    rows: list[DenoiserRow] = []
    for place in range(x.shape[0]):
        hinted = tuple(ControlRow(one.net, hint[place % hint.shape[0]], one.strength) for one, hint in active)
        pooled, sizes = _pooled(model, part.prompt, place), _sizes(model, part.prompt, x)
        words = context[place % context.shape[0]]
        rows.append(DenoiserRow(model, scaled[place], timestep, words, pooled, sizes, hinted))
    return rows


def _pooled(model: Denoiser, prompt: Conditioning, place: int) -> Tensor | None:
    if not model.wants_sizes:
        return None
    if prompt.pooled is None:
        width = model.unet.config.projection_class_embeddings_input_dim - 6 * model.unet.config.addition_time_embed_dim
        return torch.zeros(width)
    return prompt.pooled[place % prompt.pooled.shape[0]]


def _sizes(model: Denoiser, prompt: Conditioning, x: Tensor) -> tuple[int, ...] | None:
    if not model.wants_sizes:
        return None
    height, width = x.shape[-2] * PIXELS, x.shape[-1] * PIXELS
    return prompt.sizes or (height, width, 0, 0, height, width)


def _extra(model: Denoiser, part: PromptPart, x: Tensor) -> Tensor:
    """The inpainting channels: mask and masked latent; a prompt without them masks nothing and shows grey."""
    top, left, high, wide = part.area
    extra = part.prompt.extra
    if extra is None:
        extra = torch.zeros(1, model.channels - x.shape[1], *x.shape[-2:])
        extra[:, 0] = 1
    extra = F.interpolate(extra, size=x.shape[-2:], mode="bilinear") if extra.shape[-2:] != x.shape[-2:] else extra
    places = [place % extra.shape[0] for place in range(x.shape[0])]
    return extra[places, :, top : top + high, left : left + wide].to(x)


def _cut(hint: Tensor, area: tuple[int, int, int, int]) -> Tensor:
    """The area's pixels."""
    top, left, high, wide = (PIXELS * edge for edge in area)
    return hint[:, :, top : top + high, left : left + wide]


def merge(parts: Sequence[PromptPart], predictions: Sequence[Tensor]) -> Tensor:
    """The mean of the prompts' predictions, each B×4×h×w of its part's area, weighted by their masks."""
    if len(parts) == 1 and parts[0].prompt.mask is None:
        return predictions[0]
    height, width = _extent(parts)
    batch, channels = predictions[0].shape[:2]
    total = torch.zeros(batch, channels, height, width, device=predictions[0].device)
    weights = torch.full_like(total, 1e-37)
    for part, prediction in zip(parts, predictions, strict=True):
        top, left, high, wide = part.area
        places = [place % part.weight.shape[0] for place in range(batch)]
        weight = part.weight[places].to(prediction)
        total[:, :, top : top + high, left : left + wide] += prediction * weight
        weights[:, :, top : top + high, left : left + wide] += weight
    return total / weights


def _extent(parts: Sequence[PromptPart]) -> tuple[int, int]:
    """Height and width of the whole latent."""
    return max(p.area[0] + p.area[2] for p in parts), max(p.area[1] + p.area[3] for p in parts)
