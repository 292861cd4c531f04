"""Flat grounds need no model: where the rim around a hole is one colour, the hole gets that colour."""

import cv2
import numpy as np
from numpy.typing import NDArray

from engines.inpaint.picture import Mask, Rgb

RIM_PIXELS = 4
# of 255: noise of a scan stays below, tones and gradients do not
MOST_SPREAD = 6.0
# a few pixels of a balloon's outline or of a letter that the region missed
MOST_OUTLIERS = 0.02
JOIN = 2 * RIM_PIXELS + 1


def fill_flat(rgb: Rgb, mask: Mask) -> Mask:
    """Fill the flat holes of ``rgb`` in place; gives the mask of the holes that remain for a model.

    Holes so near that their rims meet are looked at as one.
    """
    near = cv2.dilate(mask.astype(np.uint8), np.ones((JOIN, JOIN), np.uint8))
    count, labels, stats, _ = cv2.connectedComponentsWithStats(near, connectivity=8)
    remaining = mask.copy()
    for label in range(1, count):
        x, y, w, h = stats[label][:4]
        window = (slice(y, y + h), slice(x, x + w))
        cluster = labels[window] == label
        hole = mask[window] & cluster
        colour = _flat_colour(rgb[window], hole, cluster & ~mask[window])
        if colour is not None:
            rgb[window][hole] = colour
            remaining[window][hole] = False
    return remaining


def _flat_colour(rgb: Rgb, hole: Mask, rim: Mask) -> NDArray[np.uint8] | None:
    if rim.sum() < max(24, 0.3 * np.sqrt(hole.sum())):
        return None
    values = rgb[rim].astype(np.int16)
    middle = np.median(values, axis=0)
    far = np.abs(values - middle).max(axis=1) > MOST_SPREAD
    return np.rint(middle).astype(np.uint8) if far.mean() <= MOST_OUTLIERS else None
