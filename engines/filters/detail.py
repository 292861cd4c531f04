"""Detail as a camera and a darkroom give it: noise reduction, local contrast, sharpness, depth of field."""

import cv2
import numpy as np

from engines.filters.arrays import Picture, Plane
from engines.filters.colour import to_lab, to_rgb
from engines.filters.light import from_centre
from engines.filters.resolution import shrink
from engines.filters.scene import FilterInput, blur, luma, mix, ramp


def denoise(picture: Picture, scene: FilterInput, *, levels: float = 10.0) -> Picture:
    """Take out noise below ``levels`` of 255 and keep edges (a guided filter by the picture itself, He 2013)."""
    side = 2 * max(1, round(2 * scene.unit)) + 1
    mean = cv2.blur(picture, (side, side))
    variance = cv2.blur(picture * picture, (side, side)) - mean * mean
    slope = variance / (variance + (levels / 255) ** 2)
    return cv2.blur(slope, (side, side)) * picture + cv2.blur((1 - slope) * mean, (side, side))


def local_contrast(
    picture: Picture, _scene: FilterInput, *, clip: float = 1.6, tiles: int = 6, amount: float = 0.6
) -> Picture:
    """Contrast-limited adaptive histogram equalisation of the brightness, ``amount`` of it."""
    lab = to_lab(picture)
    level = (np.clip(lab[:, :, 0] / 100, 0, 1) * 65535).astype(np.uint16)
    equal = cv2.createCLAHE(clip, (tiles, tiles)).apply(level).astype(np.float32) / 655.35
    lab[:, :, 0] = mix(lab[:, :, :1], equal[:, :, None], amount)[:, :, 0]
    return to_rgb(lab)


def sharpen(
    picture: Picture, scene: FilterInput, *, amount: float = 0.6, radius: float = 1.2, clarity: float = 0.2
) -> Picture:
    """A fine unsharp mask of ``radius``, and a wide one that gives shapes weight (``clarity``) without halos."""
    grey = luma(picture)
    fine = np.clip(grey - blur(grey, max(0.6, radius * scene.unit)), -0.06, 0.06)
    wide = np.clip(grey - _ground(grey, 22 * scene.unit), -0.12, 0.12)
    return np.clip(picture + (amount * fine + clarity * wide)[:, :, None], 0, 1)


def _ground(grey: Plane, radius: float, edge: float = 0.09) -> Plane:
    """The brightness without detail, with its edges: a guided filter, which knows differences above ``edge``."""
    small = shrink(grey, 300_000)
    reach = max(1, round(radius * float(np.sqrt(small.size / grey.size))))
    window = (2 * reach + 1, 2 * reach + 1)
    mean = cv2.blur(small, window)
    variance = np.maximum(cv2.blur(small * small, window) - mean * mean, 0)
    slope = variance / (variance + edge * edge)
    size = (grey.shape[1], grey.shape[0])
    slope, offset = (cv2.resize(cv2.blur(v, window), size) for v in (slope, (1 - slope) * mean))
    return slope * grey + offset


def focus(picture: Picture, scene: FilterInput, *, radius: float = 3.0, inner: float = 0.55) -> Picture:
    """Lose sharpness towards the corners as a fast lens does, by ``radius`` in the corners."""
    return mix(picture, blur(picture, scene.size(radius)), ramp(from_centre(picture), inner, 1.1))
