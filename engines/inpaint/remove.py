"""The whole way of one picture in one process, for synchronous requests and for those who have no house."""

import time
from collections.abc import Sequence
from dataclasses import dataclass

from engines.inpaint.masks import region_mask
from engines.inpaint.models.fillers import Filler
from engines.inpaint.options import Options, Region
from engines.inpaint.picture import Mask, Picture, encode_picture, read_mask, read_picture
from engines.inpaint.plan import make_plan
from engines.inpaint.windows import Geometry
from foundation.errors import InvalidInput

MOST_SIDES_RATIO = 100


@dataclass(frozen=True)
class Removed:
    """A finished picture and what was done to it. Times are seconds, areas pixels."""

    data: bytes
    width: int
    height: int
    masked_pixels: int
    windows: int
    seconds: float


def mask_of(picture: Picture, regions: Sequence[Region], options: Options) -> Mask:
    """The mask of regions. Raises InvalidInput for a picture that no model takes."""
    width, height = picture.size
    if max(width, height) > MOST_SIDES_RATIO * min(width, height):
        raise InvalidInput(f"the image is {width}x{height}; its sides may differ by a factor of {MOST_SIDES_RATIO}")
    return region_mask(picture.rgb(), regions, options.mask_mode)


@dataclass(frozen=True)
class Work:
    """A picture file and where its words are: ``regions``, or a ``mask`` file that overrides them."""

    data: bytes
    regions: Sequence[Region] = ()
    mask: bytes | None = None


def hole_of(work: Work, picture: Picture, options: Options, max_pixels: int) -> Mask:
    """The mask of a piece of work, H×W of its picture. Raises BadImage, TooLarge, InvalidInput."""
    if work.mask is not None:
        return read_mask(work.mask, picture.size, max_pixels)
    return mask_of(picture, work.regions, options)


def remove_text(work: Work, filler: Filler, geometry: Geometry, options: Options, max_pixels: int) -> Removed:
    """A picture file without its words. Raises BadImage, TooLarge, InvalidInput."""
    started = time.monotonic()
    picture = read_picture(work.data, max_pixels)
    hole = hole_of(work, picture, options, max_pixels)
    plan = make_plan(picture, hole, geometry, options)
    for window, filled in zip(plan.windows, filler.fill(plan.windows, options), strict=True):
        plan.paste(window, filled)
    encoded = encode_picture(plan.finish(picture), options.format)
    seconds = time.monotonic() - started
    return Removed(encoded, *picture.size, int(hole.sum()), len(plan.windows), seconds)
