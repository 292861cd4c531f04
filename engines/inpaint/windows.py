"""Where the models look: windows of fixed sizes around holes, with real pixels as context.

Near holes share a window when that is less work. A window grows to the next size with pixels of the
picture, never with padding, unless the picture itself is smaller.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import cv2
import numpy as np

from engines.inpaint.picture import Mask

CONTEXT_PIXELS = 64
# four to an octave, so that small windows meet others of their size in a batch; large ones are as tight as they can be
SIZES = (128, 160, 192, 224, 256, 320, 384, 448, 512, 640, 768, 896, *range(1024, 2049, 64))
Box = tuple[int, int, int, int]
"""Left, top, right, bottom in pixels; right and bottom are outside."""
MOST_HOLES = 96


@dataclass(frozen=True)
class Geometry:
    """What shapes a model wants: sides from ``sizes``, ``square`` or not."""

    sizes: tuple[int, ...] = SIZES
    square: bool = False


def auto_windows(mask: Mask, geometry: Geometry, context: int = CONTEXT_PIXELS) -> list[tuple[Box, list[Box]]]:
    """Windows in reading order, each with the holes that are its own."""
    height, width = mask.shape
    fitted = partial(_window, width=width, height=height, geometry=geometry, context=context)
    groups = [[hole] for hole in _holes(mask, context)]
    fit = [fitted(group) for group in groups]
    while (pair := _best_merge(groups, fit, fitted, geometry.sizes[-1])) is not None:
        first, second, box = pair
        groups[first] = groups[first] + groups.pop(second)
        fit[first] = box
        fit.pop(second)
    return sorted(zip(fit, groups, strict=True), key=lambda pair: (pair[0][1], pair[0][0]))


def _holes(mask: Mask, context: int) -> list[Box]:
    """Bounding boxes of holes; more than ``MOST_HOLES`` are joined to their neighbours first."""
    reach = max(3, context // 4)
    while True:
        near = cv2.dilate(mask.astype(np.uint8), np.ones((reach, reach), np.uint8))
        count, labels, stats, _ = cv2.connectedComponentsWithStats(near, connectivity=8)
        if count - 1 <= MOST_HOLES:
            return [_tight(mask, labels, n, stats[n]) for n in range(1, count)]
        reach *= 2


def _tight(mask: Mask, labels: np.ndarray, label: int, stats: Sequence[int]) -> Box:
    x, y, w, h = (int(v) for v in stats[:4])
    ys, xs = np.nonzero(mask[y : y + h, x : x + w] & (labels[y : y + h, x : x + w] == label))
    return x + int(xs.min()), y + int(ys.min()), x + int(xs.max()) + 1, y + int(ys.max()) + 1


def _best_merge(
    groups: list[list[Box]], fit: list[Box], fitted: Callable[[list[Box]], Box], biggest: int
) -> tuple[int, int, Box] | None:
    best, saved = None, 0
    for first in range(len(groups)):
        for second in range(first + 1, len(groups)):
            if _apart(fit[first], fit[second], biggest):
                continue
            box = fitted(groups[first] + groups[second])
            gain = _area(fit[first]) + _area(fit[second]) - _area(box)
            if gain > saved or (gain == saved == 0 and best is None and box in (fit[first], fit[second])):
                best, saved = (first, second, box), gain
    return best


def _apart(a: Box, b: Box, biggest: int) -> bool:
    """Whether the two are so far from one another that one window for both is never less work."""
    gap_x, gap_y = max(a[0], b[0]) - min(a[2], b[2]), max(a[1], b[1]) - min(a[3], b[3])
    return gap_x > min(biggest, a[2] - a[0] + b[2] - b[0]) or gap_y > min(biggest, a[3] - a[1] + b[3] - b[1])


def _area(box: Box) -> int:
    return (box[2] - box[0]) * (box[3] - box[1])


def _window(holes: Sequence[Box], width: int, height: int, geometry: Geometry, context: int) -> Box:
    left, top = min(h[0] for h in holes), min(h[1] for h in holes)
    right, bottom = max(h[2] for h in holes), max(h[3] for h in holes)
    wide = _side(right - left + 2 * context, width, geometry)
    high = _side(bottom - top + 2 * context, height, geometry)
    if geometry.square:
        wide = high = max(wide, high)
    x, w = _placed(left, right, wide, width)
    y, h = _placed(top, bottom, high, height)
    return x, y, x + w, y + h


def _side(wanted: int, limit: int, geometry: Geometry) -> int:
    wanted = min(wanted, limit)
    fitting = [size for size in geometry.sizes if size >= wanted]
    return fitting[0] if fitting else -(-wanted // 64) * 64


def _placed(low: int, high: int, size: int, limit: int) -> tuple[int, int]:
    """Start and length of a side of ``size`` around ``low`` to ``high``, moved inwards at the edges."""
    size = min(size, limit)
    start = (low + high - size) // 2
    return max(0, min(start, limit - size)), size
