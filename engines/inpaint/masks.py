"""Regions to a mask: whole boxes and polygons, or only the glyphs in them.

rect    all pixels of the region, the contract of the original service
glyph   the strokes of the letters and a rim around them; the whole region where none can be told apart
auto    glyph where strokes and ground part cleanly, else rect
"""

import math
from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from engines.inpaint.options import MaskMode, Region
from engines.inpaint.picture import Mask, Rgb

# letters cover this share of a box that holds letters and little else
INK_SHARE = (0.03, 0.60)
# how far the two classes of Otsu must lie apart, of 255
LEAST_CONTRAST = 60
# a stroke that runs along this share of the border belongs to the art
BORDER_RUN = 0.35
RIM = 7


def region_mask(rgb: Rgb, regions: Sequence[Region], mode: MaskMode) -> Mask:
    """The mask of all regions, H×W. Regions outside the picture mask nothing."""
    mask = np.zeros(rgb.shape[:2], dtype=bool)
    for region in regions:
        left, top, right, bottom = _bounds(region, rgb.shape[1], rgb.shape[0])
        if left >= right or top >= bottom:
            continue
        inside = _inside(region, (left, top, right, bottom))
        if mode != "rect":
            inside = _glyphs(rgb[top:bottom, left:right], inside, careful=mode == "auto")
        mask[top:bottom, left:right] |= inside
    return mask


def _bounds(region: Region, width: int, height: int) -> tuple[int, int, int, int]:
    if region.polygon:
        xs, ys = [p[0] for p in region.polygon], [p[1] for p in region.polygon]
        left, top, right, bottom = min(xs), min(ys), max(xs), max(ys)
    else:
        left, top, right, bottom = region.x, region.y, region.x + region.width, region.y + region.height
    # clipped as floats: a huge number must not become a huge integer
    low_x, low_y = max(0.0, min(left, width)), max(0.0, min(top, height))
    high_x, high_y = max(0.0, min(right, width)), max(0.0, min(bottom, height))
    return math.floor(low_x), math.floor(low_y), math.ceil(high_x), math.ceil(high_y)


def _inside(region: Region, box: tuple[int, int, int, int]) -> NDArray[np.bool_]:
    left, top, right, bottom = box
    inside = np.ones((bottom - top, right - left), dtype=bool)
    if region.polygon:
        limit = 1e6
        points = np.clip(np.array(region.polygon) - (left, top), -limit, limit)
        drawn = np.zeros(inside.shape, dtype=np.uint8)
        cv2.fillPoly(drawn, [np.rint(points).astype(np.int32)], 255)
        inside = drawn > 0
    return inside


def _glyphs(rgb: Rgb, inside: Mask, careful: bool) -> Mask:
    grey = cv2.cvtColor(np.ascontiguousarray(rgb), cv2.COLOR_RGB2GRAY)
    level, _ = cv2.threshold(grey[inside].reshape(-1, 1), 0, 255, cv2.THRESH_BINARY + cv2.THRESH_OTSU)
    dark = (grey <= level) & inside
    light = ~dark & inside
    if not dark.any() or not light.any():
        return inside
    ink, ground = (dark, light) if dark.sum() <= light.sum() else (light, dark)
    if careful and not _told_apart(grey, ink, ground, inside):
        return inside
    rim = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (RIM, RIM))
    return (cv2.dilate(ink.astype(np.uint8), rim) > 0) & inside


def _told_apart(grey: NDArray[np.uint8], ink: Mask, ground: Mask, inside: Mask) -> bool:
    share = ink.sum() / inside.sum()
    if not INK_SHARE[0] <= share <= INK_SHARE[1]:
        return False
    if abs(float(grey[ink].mean()) - float(grey[ground].mean())) < LEAST_CONTRAST:
        return False
    edges = (ink[0], ink[-1], ink[:, 0], ink[:, -1])
    return all(edge.mean() < BORDER_RUN for edge in edges)
