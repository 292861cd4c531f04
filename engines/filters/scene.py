"""What every operation of a recipe works on: a float picture, and the scene it belongs to."""

from dataclasses import dataclass
from functools import cached_property

import cv2
import numpy as np

from engines.filters.arrays import Picture, Plane
from engines.filters.screentone import descreen


@dataclass(frozen=True)
class FilterInput:
    """The input (H×W×3 in 0..1) with the request's ``strength`` (0.1 to 1) and ``seed``."""

    source: Picture
    strength: float
    seed: int

    @property
    def unit(self) -> float:
        """A thousandth of the picture's mean side in pixels: lengths in recipes are in it.

        So a style looks the same at 0.3 and at 8 megapixels.
        """
        return float(np.sqrt(self.source.shape[0] * self.source.shape[1])) / 1000

    @cached_property
    def base(self) -> Picture:
        """The input with its screentones turned to even greys: what lines and shapes are looked for in."""
        return descreen(self.source, self.unit)

    def size(self, length: float) -> float:
        """A length of a recipe in pixels; it grows with the strength from half its value to all of it."""
        return length * self.unit * (0.5 + 0.5 * self.strength)

    def rng(self, name: str) -> np.random.Generator:
        """Random numbers of one operation, the same for the same seed."""
        return np.random.default_rng([self.seed % 2**63, *name.encode()])


def blur(picture: Picture, sigma: float) -> Picture:
    """Gaussian blur; a wide one is done on a smaller picture."""
    if sigma < 0.2:
        return picture
    step = int(sigma // 4)
    if step < 2:
        return cv2.GaussianBlur(picture, (0, 0), sigma, borderType=cv2.BORDER_REFLECT)
    height, width = picture.shape[:2]
    small = cv2.resize(picture, (-(-width // step), -(-height // step)), interpolation=cv2.INTER_AREA)
    small = cv2.GaussianBlur(small, (0, 0), sigma / step, borderType=cv2.BORDER_REFLECT)
    return cv2.resize(small, (width, height), interpolation=cv2.INTER_CUBIC)


def luma(picture: Picture) -> Plane:
    """Brightness of 0..1 by ITU-R 601, H×W."""
    return cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY)


def mix(first: Picture, second: Picture, amount: float | Plane) -> Picture:
    """From ``first`` (0) to ``second`` (1), by a number or a plane."""
    if isinstance(amount, np.ndarray):
        amount = amount[:, :, None]
    return first + (second - first) * amount


def ramp(values: Plane, low: float | Plane, high: float | Plane) -> Plane:
    """0 below ``low``, 1 above ``high``, smooth between."""
    t = np.clip((values - low) / (high - low), 0, 1)
    return t * t * (3 - 2 * t)


def noise(rng: np.random.Generator, shape: tuple[int, ...], period: float) -> Plane:
    """Smooth noise of mean 0 and deviation 1, H×W; ``period`` in pixels."""
    height, width = shape[:2]
    step = max(1.0, period / 2)
    small = rng.standard_normal((int(height / step) + 3, int(width / step) + 3), dtype=np.float32)
    if step == 1.0:
        return small[:height, :width]
    plane = cv2.resize(small, (width, height), interpolation=cv2.INTER_CUBIC)
    return plane / max(float(plane.std()), 1e-3)
