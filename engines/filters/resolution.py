"""From a small picture back to a large one, with the large one's own edges."""

import cv2
import numpy as np

from engines.filters.scene import Picture, Plane, luma

EPSILON = 4e-4


def shrink(picture: Picture, pixels: int) -> Picture:
    """The picture with at most so many pixels, H×W or H×W×3; itself if it is no larger."""
    height, width = picture.shape[:2]
    scale = np.sqrt(pixels / (height * width))
    if scale >= 1:
        return picture
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    return cv2.resize(picture, size, interpolation=cv2.INTER_AREA)


def enlarge(made: Picture, small: Picture, full: Picture) -> Picture:
    """``made`` from ``small``, at the size of ``full``, of which ``small`` is a smaller copy.

    Where ``made`` follows the brightness of ``small`` (at edges, in kept detail) it takes the same share of the
    detail that ``small`` has lost; where it does not (in flat colours, in strokes) it is only enlarged. This is a
    guided filter's linear model in windows of 5×5 (He, Sun and Tang, 2013).
    """
    if made.shape == full.shape:
        return made
    size = (full.shape[1], full.shape[0])
    grey = luma(small)
    lost = luma(full) - cv2.resize(grey, size, interpolation=cv2.INTER_LINEAR)
    slope = cv2.resize(_slope(made, grey), size, interpolation=cv2.INTER_LINEAR)
    large = cv2.resize(made, size, interpolation=cv2.INTER_LINEAR)
    slope *= lost[:, :, None]
    large += slope
    return np.clip(large, 0, 1, out=large)


def _slope(made: Picture, grey: Plane) -> Picture:
    """How much each channel follows the brightness around each pixel: covariance over variance, kept in 0..1.5."""
    window = (5, 5)
    mean = cv2.blur(grey, window)
    variance = cv2.blur(grey * grey, window) - mean * mean
    together = cv2.blur(made * grey[:, :, None], window) - cv2.blur(made, window) * mean[:, :, None]
    return np.clip(together / (variance + EPSILON)[:, :, None], 0, 1.5)
