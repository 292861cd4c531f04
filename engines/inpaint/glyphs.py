"""The letters in a region: strokes of one colour that end in it, with their outlines and a rim.

levels of grey -> candidates (dark, light) -> strokes that leave the region are art -> the most even colour is the ink
ink -> its outline, as wide as its colour goes on -> what it encloses -> a rim -> the mask
"""

from collections.abc import Iterator
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from engines.inpaint.picture import Mask, Rgb

# 8 bits; OpenCV's stubs do not name the type of the numbers
Grey = NDArray[Any]
# letters cover this share of a box that holds letters and little else
INK_SHARE = (0.03, 0.60)
# letters and outlines are of one colour: how far its grey may spread, of 255, and how far the ground must lie from it
EVEN = 26.0
LEAST_CONTRAST = 40.0
# what is left of a class of which most is art is rather counters and flecks: as bad as so much spread
OF_THE_ART = 40.0
# letters are most often nearly black or nearly white
USUAL_LEVELS = (48.0, 208.0)
# a letter that its box cuts off ends within so many pixels
CUT_OFF = 4
# the widest outline, in pixels
WIDEST_OUTLINE = 14
# letters of a page are that clear: nothing else is looked for
CLEAR = 12.0
RIM = 3
# a mask of more than this is the region; one thing that letters enclose is at most so much of it
MOST_MASKED = 0.9
MOST_ENCLOSED = 0.15
# of 255: how far a rim may be from what is seen of the ground, and for how much of it
SPREAD = 10
MOST_STRANGE = 0.3


def glyph_mask(rgb: Rgb, inside: Mask, careful: bool) -> Mask:
    """The letters of a region, H×W; the whole region where none can be told apart.

    ``rgb`` is the region with its surroundings, ``inside`` is true in the region. ``careful`` gives the whole region
    also where what was found may leave parts of letters.
    """
    grey = cv2.cvtColor(np.ascontiguousarray(rgb), cv2.COLOR_RGB2GRAY)
    ink = _ink(grey, inside)
    if ink is None:
        return inside
    whole = _enclosed(_with_outline(grey, ink, inside), inside)
    mask = _enclosed(_dilated(whole, 2 * RIM + 1), inside) & inside
    if mask.sum() > MOST_MASKED * inside.sum() or (careful and _strange(rgb, mask, inside) > MOST_STRANGE):
        return inside
    return mask


def _ink(grey: Grey, inside: Mask) -> Mask | None:
    """Of the strokes that end in the region those whose colour is most even, and that are not leavings of the art."""
    best, least = None, np.inf
    area, outside = np.count_nonzero(inside), ~_dilated(inside, 2 * CUT_OFF + 1)
    for candidate in _candidates(grey, inside):
        own = np.count_nonzero(candidate & inside)
        if own < INK_SHARE[0] * area:
            continue
        strokes = _without_art(candidate, outside) & inside
        if not INK_SHARE[0] <= np.count_nonzero(strokes) / area <= INK_SHARE[1]:
            continue
        # their edges are mixed with what is beside them
        cores = _eroded(strokes, 3)
        spread = float(grey[cores if cores.any() else strokes].std())
        beside = _dilated(strokes, 5) & ~_dilated(strokes, 3)
        contrast = abs(float(np.median(grey[strokes])) - float(np.median(grey[beside]))) if beside.any() else 0.0
        score = spread + OF_THE_ART * (1 - np.count_nonzero(strokes) / own)
        if spread < EVEN and contrast >= LEAST_CONTRAST and score < least:
            best, least = strokes, score
            if score < CLEAR and contrast > 2 * LEAST_CONTRAST:
                break
    return best


def _candidates(grey: Grey, inside: Mask) -> Iterator[Mask]:
    """What is darker or lighter than a level, for the levels that part two and three classes (Otsu)."""
    values = grey[inside].reshape(-1, 1)
    level = _otsu(values)
    yield grey <= level
    yield grey > level
    for each in sorted({_otsu(values[values <= level]), _otsu(values[values > level]), *USUAL_LEVELS} - {level}):
        yield grey <= each
        yield grey > each


def _otsu(values: NDArray[np.uint8]) -> float:
    return cv2.threshold(values.reshape(-1, 1), 0, 255, cv2.THRESH_BINARY + cv2.THRESH_OTSU)[0] if values.size else 0.0


def _without_art(strokes: Mask, outside: Mask) -> Mask:
    """Those that end before ``outside``; others go on as an outline or a line of the art."""
    count, labels = cv2.connectedComponents(strokes.astype(np.uint8), connectivity=8)
    labels = np.asarray(labels, np.int32)
    art = np.zeros(count, dtype=bool)
    art[labels[strokes & outside]] = True
    return strokes & ~art[labels]


def _with_outline(grey: Grey, ink: Mask, inside: Mask) -> Mask:
    """The ink and what lies around it as far as that is of one colour, which the ground beyond is not."""
    distance = cv2.distanceTransform((~ink).astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_5)
    rings = [(distance > d) & (distance <= d + 1) & inside for d in range(1, WIDEST_OUTLINE + 3)]
    medians = [float(np.median(grey[ring])) if ring.any() else np.nan for ring in rings]
    outline, width = medians[0], 0
    for number, (ring, median) in enumerate(zip(rings, medians, strict=True), 1):
        if not ring.any() or abs(median - outline) > EVEN or _spread(grey[ring]) > EVEN:
            break
        width = number
    beyond = grey[np.logical_or.reduce(rings[width:])] if 0 < width < len(rings) else grey[:0]
    if not beyond.size:
        return ink
    ends = abs(float(np.median(beyond)) - outline) >= LEAST_CONTRAST or _spread(beyond) >= LEAST_CONTRAST
    return distance <= width + 2 if ends else ink


def _spread(values: NDArray[np.uint8]) -> float:
    """How far the middle two thirds of values lie apart, halved: the standard deviation of a normal distribution."""
    low, high = np.percentile(values, (16, 84))
    return float(high - low) / 2


def _enclosed(mask: Mask, inside: Mask) -> Mask:
    """The mask with what it encloses: the bodies of letters whose outline was found, and counters."""
    _, labels, stats, _ = cv2.connectedComponentsWithStats((~mask).astype(np.uint8), connectivity=4)
    labels = np.asarray(labels, np.int32)
    holes = stats[:, cv2.CC_STAT_AREA] <= MOST_ENCLOSED * np.count_nonzero(inside)
    # what is 0 is the mask itself, and what reaches the border is enclosed by nothing
    holes[0] = False
    holes[np.concatenate([labels[0], labels[-1], labels[:, 0], labels[:, -1]])] = False
    return mask | holes[labels]


def _strange(rgb: Rgb, mask: Mask, inside: Mask) -> float:
    """The share of the rim around a mask with colours that the ground outside the region hardly has."""
    rim, ground = _dilated(mask, 5) & ~mask & inside, ~inside
    if not rim.any() or not ground.any():
        return 0.0
    seen = rgb[ground].astype(np.int16)
    low, high = np.percentile(seen, 2, axis=0) - SPREAD, np.percentile(seen, 98, axis=0) + SPREAD
    values = rgb[rim].astype(np.int16)
    return float(((values < low) | (values > high)).any(axis=1).mean())


def _dilated(mask: Mask, size: int) -> Mask:
    return cv2.dilate(mask.astype(np.uint8), cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size))) > 0


def _eroded(mask: Mask, size: int) -> Mask:
    return cv2.erode(mask.astype(np.uint8), cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size))) > 0
