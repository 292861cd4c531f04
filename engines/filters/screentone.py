"""Screentones of printed pages: many small dots of one kind, which stand for an even grey."""

import cv2
import numpy as np
from numpy.typing import NDArray

from engines.filters.arrays import Picture, Plane

# in thousandths of the picture's mean side
LARGEST_DOT = 9.0
NEIGHBOURHOOD = 26.0
FEWEST_DOTS = 9
# dots are black on white, or nearly
LEAST_CONTRAST = 0.45
Mask = NDArray[np.bool_]


def descreen(picture: Picture, unit: float) -> Picture:
    """The picture with its screentones turned to even tones; lines and letters stay. H×W×3 in 0..1."""
    grey = cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY)
    dots, tone = np.zeros(grey.shape, bool), np.zeros(grey.shape, bool)
    ink = (grey < 0.5).astype(np.uint8)
    for polarity in (ink, 1 - ink):
        found, around = _dots(polarity, unit)
        dots |= found
        tone |= around
    if not dots.any():
        return picture
    reach = 2 * round(NEIGHBOURHOOD * unit / 3) + 1
    if _spread(grey, tone, reach) < LEAST_CONTRAST / 2:
        return picture
    return _fill(picture, tone & ~_lines(ink, dots, unit), reach)


def _dots(ink: NDArray[np.uint8], unit: float) -> tuple[Mask, Mask]:
    """The small spots of this ink that have many neighbours of their kind, and the ground that they cover."""
    largest = max(4.0, (LARGEST_DOT * unit) ** 2)
    _, labels, stats, centres = cv2.connectedComponentsWithStats(ink, connectivity=4)
    side = np.sqrt(largest) * 1.3
    small = (stats[:, 4] <= largest) & (stats[:, 2] <= side) & (stats[:, 3] <= side)
    small[0] = False
    # single pixels are noise, or the soft rims of lines
    small &= stats[:, 4] >= max(2.0, 2.5 * unit**2)
    count = np.zeros(ink.shape, np.float32)
    x, y = np.rint(centres[small]).astype(int).T
    np.add.at(count, (y, x), 1)
    window = 2 * round(NEIGHBOURHOOD * unit) + 1
    dense = cv2.boxFilter(count, -1, (window, window), normalize=False) >= FEWEST_DOTS
    dots = small[labels] & dense
    reach = 2 * round(NEIGHBOURHOOD * unit / 3) + 1
    ground = cv2.morphologyEx(dots.astype(np.uint8), cv2.MORPH_CLOSE, np.ones((reach, reach), np.uint8))
    return dots, ground.astype(bool)


def _spread(grey: Plane, where: Mask, reach: int) -> float:
    """The standard deviation of the grey within the tones, at the scale of a few dots."""
    mean = cv2.blur(grey, (reach, reach))
    spread = np.sqrt(np.maximum(cv2.blur(grey * grey, (reach, reach)) - mean * mean, 0))
    return float(np.median(spread[where]))


def _lines(ink: NDArray[np.uint8], dots: Mask, unit: float) -> Mask:
    """Ink that is no dot: lines and black areas, with their soft rims."""
    bold = (ink.astype(bool) & ~dots).astype(np.uint8)
    side = 2 * round(1.2 * unit) + 1
    return cv2.dilate(bold, np.ones((side, side), np.uint8)).astype(bool)


def _fill(picture: Picture, tone: Mask, reach: int) -> Picture:
    """The tones as the mean of what stands around within them."""
    weight = tone.astype(np.float32)
    total = cv2.blur(weight, (reach, reach))
    mean = cv2.blur(picture * weight[:, :, None], (reach, reach)) / np.maximum(total, 1e-6)[:, :, None]
    return np.where(tone[:, :, None], mean, picture).astype(np.float32)
