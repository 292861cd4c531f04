"""Operations that even out: screentones, noise, and all but the main shapes."""

import cv2
import numpy as np

from engines.filters.arrays import Picture
from engines.filters.resolution import enlarge, shrink
from engines.filters.scene import FilterInput

# edges are kept by these many pixels as well as by more, and the filter's cost grows with the square of the radius
PIXELS = 350_000


def descreen(_picture: Picture, scene: FilterInput) -> Picture:
    """Turn screentones to even greys. The first step of a recipe: it starts from the input."""
    return scene.base


def flatten(picture: Picture, scene: FilterInput, *, levels: float = 24, radius: float = 5, rounds: int = 3) -> Picture:
    """Even out differences below ``levels`` (of 255) within ``radius`` and keep edges: bilateral filter, repeated."""
    small = shrink(picture, PIXELS)
    sigma = max(0.8, scene.size(radius) * float(np.sqrt(small.size / picture.size)) / 1.5)
    smoothed = (np.clip(small, 0, 1) * 255 + 0.5).astype(np.uint8)
    diameter = 2 * min(6, round(sigma * 1.5)) + 1
    for _ in range(rounds):
        smoothed = cv2.bilateralFilter(smoothed, diameter, levels, sigma)
    return enlarge(smoothed.astype(np.float32) / 255, small, picture)
