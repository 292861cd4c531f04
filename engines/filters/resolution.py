"""From a small picture back to a large one, with the large one's own edges."""

import cv2
import numpy as np

from engines.filters.arrays import Picture, Plane
from engines.filters.scene import luma

EPSILON = 4e-4
# OpenCV's resampling takes no side of 32,767 pixels or more
LONGEST_SIDE = 16_384


def shrink(picture: Picture, pixels: int) -> Picture:
    """The picture with at most so many pixels and no side above 16,384, H×W or H×W×3; itself if it is no larger."""
    height, width = picture.shape[:2]
    scale = min(np.sqrt(pixels / (height * width)), LONGEST_SIDE / max(height, width))
    if scale >= 1:
        return picture
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    return cv2.resize(picture, size, interpolation=cv2.INTER_AREA)


def enlarge(filtered: Picture, small: Picture, full: Picture, top: int = 0, height: int = 0) -> Picture:
    """``filtered`` from ``small``, at the size of ``full``, of which ``small`` is a smaller copy.

    ``full`` may be the rows from ``top`` of a picture of ``height`` rows. Where ``filtered`` follows the brightness of
    ``small`` (at edges, in kept detail) it takes the same share of the detail that ``small`` has lost; where it does
    not (in flat colours, in strokes) it is only enlarged. This is a guided filter's linear model in windows of 5×5
    (He, Sun and Tang, 2013).
    """
    if filtered.shape == full.shape:
        return filtered
    grid = _grid(small.shape, full.shape, top, height or full.shape[0])
    first, last = max(0, int(grid[1].min()) - 4), int(grid[1].max()) + 6
    filtered, small, grid = filtered[first:last], small[first:last], (grid[0], grid[1] - first)
    grey = luma(small)
    lost = luma(full) - _sample(grey, grid)
    large = _sample(filtered, grid) + _sample(_slope(filtered, grey), grid) * lost[:, :, None]
    return np.clip(large, 0, 1)


def _grid(small: tuple[int, ...], full: tuple[int, ...], top: int, height: int) -> tuple[Plane, Plane]:
    """Where in the small picture the pixels of some rows of the large one lie: columns and rows."""
    columns = (np.arange(full[1], dtype=np.float32) + 0.5) * small[1] / full[1] - 0.5
    rows = (np.arange(top, top + full[0], dtype=np.float32) + 0.5) * small[0] / height - 0.5
    wide, high = np.meshgrid(np.clip(columns, 0, small[1] - 1), np.clip(rows, 0, small[0] - 1))
    return wide, high


def _sample(picture: Picture, grid: tuple[Plane, Plane]) -> Picture:
    parts = [
        cv2.remap(
            picture,
            grid[0][:, left : left + LONGEST_SIDE],
            grid[1][:, left : left + LONGEST_SIDE],
            cv2.INTER_LINEAR,
            borderMode=cv2.BORDER_REPLICATE,
        )
        for left in range(0, grid[0].shape[1], LONGEST_SIDE)
    ]
    return parts[0] if len(parts) == 1 else np.concatenate(parts, axis=1)


def _slope(filtered: Picture, grey: Plane) -> Picture:
    """How much each channel follows the brightness around each pixel: covariance over variance, kept in 0..1.5."""
    window = (5, 5)
    mean = cv2.blur(grey, window)
    variance = cv2.blur(grey * grey, window) - mean * mean
    together = cv2.blur(filtered * grey[:, :, None], window) - cv2.blur(filtered, window) * mean[:, :, None]
    return np.clip(together / (variance + EPSILON)[:, :, None], 0, 1.5)
