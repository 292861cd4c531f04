"""Regions to a mask: whole boxes and polygons, or only the glyphs in them.

rect    all pixels of the region, the contract of the original service
glyph   the strokes of the letters, their outlines and a rim; the whole region where none can be told apart
auto    glyph where strokes and ground part cleanly, else rect
"""

import math
from collections.abc import Mapping, Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from engines.inpaint.glyphs import glyph_mask
from engines.inpaint.options import MaskMode, Region
from engines.inpaint.picture import Mask, Rgb

# how far around a region is looked at, in pixels: what its ground is, and which strokes leave it
SURROUNDINGS = 12
MaskWarning = Mapping[str, str]
"""``pointer`` into the request, ``code`` and ``detail``."""


Placed = tuple[tuple[slice, slice], Mask]
"""A part of the picture, and the mask in it."""


def region_masks(rgb: Rgb, regions: Sequence[Region], mode: MaskMode) -> list[Placed]:
    """For each region its place in the picture and the mask there; nothing is masked outside the picture."""
    return [_masked(rgb, region, mode) for region in regions]


def region_mask(rgb: Rgb, regions: Sequence[Region], mode: MaskMode) -> Mask:
    """The mask of all regions, H×W."""
    return joined(region_masks(rgb, regions, mode), (rgb.shape[1], rgb.shape[0]))


def joined(masks: Sequence[Placed], size: tuple[int, int]) -> Mask:
    """The masks of regions as one, H×W of a picture of this width and height."""
    mask = np.zeros(size[::-1], dtype=bool)
    for place, inside in masks:
        mask[place] |= inside
    return mask


def region_warnings(masks: Sequence[Placed], whole: Mask) -> tuple[MaskWarning, ...]:
    """Regions that change nothing: without a pixel in the picture, or so large that nothing is left to fill from."""
    empty = tuple(
        _warning(f"/regions/{number}", "region_empty", "the region has no pixel within the image; nothing was removed")
        for number, (_, inside) in enumerate(masks)
        if not inside.any()
    )
    full = _warning("/regions", "region_full", "the regions cover the whole image; there is nothing to fill them from")
    return (*empty, full) if whole.all() else empty


def mask_warnings(mask: Mask) -> tuple[MaskWarning, ...]:
    """What is wrong with a mask that is empty or full."""
    if not mask.any():
        detail = "the mask marks no pixel, so nothing was removed; white marks what is to be filled"
        return (_warning("/mask", "mask_empty", detail),)
    detail = "the mask covers the whole image; there is nothing to fill it from"
    return (_warning("/mask", "mask_full", detail),) if mask.all() else ()


def _warning(pointer: str, code: str, detail: str) -> MaskWarning:
    return {"pointer": pointer, "code": code, "detail": detail}


def _masked(rgb: Rgb, region: Region, mode: MaskMode) -> Placed:
    height, width = rgb.shape[:2]
    left, top, right, bottom = _bounds(region, width, height)
    if left >= right or top >= bottom:
        return (slice(0, 0), slice(0, 0)), np.zeros((0, 0), dtype=bool)
    inside = _inside(region, (left, top, right, bottom))
    place = slice(top, bottom), slice(left, right)
    if mode == "rect" or not inside.any():
        return place, inside
    above, before = max(0, top - SURROUNDINGS), max(0, left - SURROUNDINGS)
    around = rgb[above : bottom + SURROUNDINGS, before : right + SURROUNDINGS]
    here = slice(top - above, bottom - above), slice(left - before, right - before)
    wide = np.zeros(around.shape[:2], dtype=bool)
    wide[here] = inside
    return place, glyph_mask(around, wide, careful=mode == "auto")[here]


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
