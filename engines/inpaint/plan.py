"""The plan of one picture: what is filled flat, and which windows a model must fill."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engines.inpaint.flat import fill_flat
from engines.inpaint.iopaint import crop_boxes
from engines.inpaint.options import FillOptions
from engines.inpaint.picture import DecodedPicture, Mask, Rgb
from engines.inpaint.windows import Box, Geometry, auto_windows


@dataclass(frozen=True)
class Window:
    """A part of the picture for a model. ``hole`` is what it must fill, ``own`` what is taken from its answer.

    ``rgb`` is h×w×3 and both masks are h×w in 8 bits, 255 inside.
    """

    box: Box
    rgb: Rgb
    hole: NDArray[np.uint8]
    own: NDArray[np.uint8]


@dataclass
class FillPlan:
    """``canvas`` is the picture as the models see it, the flat holes filled; windows are pasted into it.

    ``warnings`` have ``pointer``, ``code`` and ``detail``: what was asked for and changes nothing.
    """

    mask: Mask
    canvas: Rgb
    windows: list[Window]
    warnings: tuple[Mapping[str, str], ...] = ()

    def paste(self, window: Window, filled: Rgb) -> None:
        """Take the window's own pixels from a model's answer."""
        left, top, right, bottom = window.box
        own = window.own > 0
        self.canvas[top:bottom, left:right][own] = filled[own]

    def finish(self, picture: DecodedPicture) -> DecodedPicture:
        """The picture with the canvas under the mask, all other pixels as they were."""
        return picture.with_filled(self.canvas, self.mask)


def make_plan(picture: DecodedPicture, mask: Mask, geometry: Geometry, options: FillOptions) -> FillPlan:
    """Plan the filling of ``mask``, which is H×W of the picture."""
    canvas = picture.rgb()
    if options.hd_strategy != "Auto":
        boxes = _exact_boxes(mask, options)
        return FillPlan(mask, canvas, [_cut(canvas, mask, box, [box]) for box in boxes])
    remaining = fill_flat(canvas, mask)
    cut = [_cut(canvas, remaining, box, holes) for box, holes in auto_windows(remaining, geometry)]
    return FillPlan(mask, canvas, cut)


def _exact_boxes(mask: Mask, options: FillOptions) -> list[Box]:
    """IOPaint's windows: the whole picture, or under Crop one for each contour of a large picture."""
    height, width = mask.shape
    if not mask.any():
        return []
    if options.hd_strategy == "Crop" and max(height, width, 3) > options.hd_strategy_crop_trigger_size:
        return crop_boxes(mask, options.hd_strategy_crop_margin)
    return [(0, 0, width, height)]


def _cut(canvas: Rgb, mask: Mask, box: Box, holes: list[Box]) -> Window:
    left, top, right, bottom = box
    hole = np.where(mask[top:bottom, left:right], np.uint8(255), np.uint8(0))
    mine = np.zeros_like(hole)
    for x1, y1, x2, y2 in holes:
        mine[max(0, y1 - top) : y2 - top, max(0, x1 - left) : x2 - left] = 255
    return Window(box, canvas[top:bottom, left:right].copy(), hole, np.minimum(hole, mine))
