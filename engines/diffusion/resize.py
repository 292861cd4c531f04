"""Scaling of pictures and latents, B×C×H×W, with the methods that workflows name."""

from typing import Literal

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image
from torch import Tensor

Crop = Literal["disabled", "center"]
PICTURE_METHODS = ("nearest-exact", "bilinear", "area", "bicubic", "lanczos")
LATENT_METHODS = ("nearest-exact", "bilinear", "area", "bicubic", "bislerp")


def resize(samples: Tensor, width: int, height: int, method: str, crop: str = "disabled") -> Tensor:
    """To ``width``×``height``; ``center`` first cuts the middle of the new aspect ratio."""
    if crop == "center":
        samples = _centre(samples, width, height)
    if method == "lanczos":
        return _lanczos(samples, width, height)
    if method == "bislerp":
        return _bislerp(samples, width, height)
    return F.interpolate(samples, size=(height, width), mode=method)


def _centre(samples: Tensor, width: int, height: int) -> Tensor:
    old_height, old_width = samples.shape[-2:]
    old, new = old_width / old_height, width / height
    x = round((old_width - old_width * (new / old)) / 2) if old > new else 0
    y = round((old_height - old_height * (old / new)) / 2) if old < new else 0
    return samples[..., y : old_height - y, x : old_width - x]


def _lanczos(samples: Tensor, width: int, height: int) -> Tensor:
    """By Pillow, so in 8 bits."""
    pictures = (samples.movedim(1, -1).cpu().numpy() * 255).clip(0, 255).astype(np.uint8)
    sized: list[Tensor] = []
    for picture in pictures:
        image = Image.fromarray(picture.squeeze(-1) if picture.shape[-1] == 1 else picture)
        image = image.resize((width, height), Image.Resampling.LANCZOS)
        sized.append(torch.from_numpy(np.atleast_3d(np.asarray(image)).astype(np.float32) / 255))
    return torch.stack(sized).movedim(-1, 1).to(samples)


def _bislerp(samples: Tensor, width: int, height: int) -> Tensor:
    """Bilinear, but between two cells the direction of the channel vector turns instead of shrinking."""
    wide = _slerp_along(samples.float().movedim(1, -1), width, axis=2)
    return _slerp_along(wide, height, axis=1).movedim(-1, 1).to(samples)


def _slerp_along(cells: Tensor, size: int, axis: int) -> Tensor:
    """B×H×W×C, resampled along H or W."""
    old = cells.shape[axis]
    places = (torch.arange(size, dtype=torch.float32) + 0.5) * old / size - 0.5
    places = places.clamp(0, old - 1)
    low = places.floor().long()
    high = (low + 1).clamp(max=old - 1)
    shape = [1, 1, 1, 1]
    shape[axis] = size
    share = (places - low).reshape(shape).to(cells)
    return _slerp(cells.index_select(axis, low), cells.index_select(axis, high), share)


def _slerp(a: Tensor, b: Tensor, share: Tensor) -> Tensor:
    length_a, length_b = a.norm(dim=-1, keepdim=True), b.norm(dim=-1, keepdim=True)
    unit_a, unit_b = a / length_a.clamp(min=1e-12), b / length_b.clamp(min=1e-12)
    cosine = (unit_a * unit_b).sum(-1, keepdim=True).clamp(-1, 1)
    angle = cosine.acos()
    sine = angle.sin()
    turned = (unit_a * ((1 - share) * angle).sin() + unit_b * (share * angle).sin()) / sine.clamp(min=1e-6)
    turned = turned * (length_a * (1 - share) + length_b * share)
    # alike or opposite vectors have no one way between them
    return torch.where(sine < 1e-4, a * (1 - share) + b * share, turned)
