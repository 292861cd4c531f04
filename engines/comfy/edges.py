"""Canny's edge detector (Canny 1986) on tensors."""

import math

import torch
import torch.nn.functional as F
from torch import Tensor

LUMA = (0.299, 0.587, 0.114)
EPSILON = 1e-6


def canny(image: Tensor, low: float, high: float) -> Tensor:
    """Edges of B×3×H×W as B×1×H×W of 0 and 1. ``low`` and ``high`` bound the gradient for weak and strong edges."""
    grey = (image * torch.tensor(LUMA)[:, None, None]).sum(1, keepdim=True)
    blurred = _gaussian(grey)
    dx, dy = _sobel(blurred)
    strength = (dx**2 + dy**2 + EPSILON).sqrt()
    thin = strength * _ridge(strength, torch.atan2(dy, dx))
    strong = thin > max(low, high)
    weak = thin > min(low, high)
    return _connected(strong, weak).float()


def _gaussian(grey: Tensor) -> Tensor:
    """A blur of 5×5 with sigma 1."""
    steps = torch.arange(-2, 3).float()
    line = torch.exp(-(steps**2) / 2)
    line = line / line.sum()
    padded = F.pad(grey, (2, 2, 2, 2), mode="reflect")
    return F.conv2d(F.conv2d(padded, line.reshape(1, 1, 1, 5)), line.reshape(1, 1, 5, 1))


def _sobel(grey: Tensor) -> tuple[Tensor, Tensor]:
    kernel = torch.tensor([[-1.0, 0, 1], [-2, 0, 2], [-1, 0, 1]])
    padded = F.pad(grey, (1, 1, 1, 1), mode="replicate")
    return F.conv2d(padded, kernel[None, None]), F.conv2d(padded, kernel.T[None, None])


def _ridge(strength: Tensor, angle: Tensor) -> Tensor:
    """Whether a pixel is stronger than both neighbours across its edge, the direction rounded to 45 degrees."""
    sector = (angle / (math.pi / 4)).round().long() % 4
    padded = F.pad(strength, (1, 1, 1, 1))
    height, width = strength.shape[-2:]
    maxima = torch.zeros_like(strength, dtype=torch.bool)
    for number, (dy, dx) in enumerate(((0, 1), (1, 1), (1, 0), (1, -1))):
        ahead = padded[..., 1 + dy : 1 + dy + height, 1 + dx : 1 + dx + width]
        behind = padded[..., 1 - dy : 1 - dy + height, 1 - dx : 1 - dx + width]
        maxima |= (sector == number) & (strength > ahead) & (strength > behind)
    return maxima


def _connected(strong: Tensor, weak: Tensor) -> Tensor:
    """Strong edges and all weak ones that touch them, directly or through others."""
    edges = strong
    while True:
        grown = (F.max_pool2d(edges.float(), 3, stride=1, padding=1) > 0) & weak
        if bool((grown == edges).all()):
            return edges
        edges = grown
