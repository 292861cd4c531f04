"""The operations that recipes are made of: functions of (rgb, strength, seed, parameters)."""

from collections.abc import Callable

import cv2
import numpy as np
from numpy.typing import NDArray

Rgb = NDArray[np.uint8]


def smooth(rgb: Rgb, strength: float, _seed: int, *, sigma: float = 60.0) -> Rgb:
    """Even out small differences and keep edges; ``sigma`` in levels of 255 at full strength."""
    return cv2.bilateralFilter(rgb, 7, max(1.0, sigma * strength), 5).astype(np.uint8)


OPERATIONS: dict[str, Callable[..., Rgb]] = {"smooth": smooth}
