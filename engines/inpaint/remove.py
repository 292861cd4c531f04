"""The whole way of one picture in one process, for synchronous requests and for library use."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from engines.inpaint.masks import joined, mask_warnings, region_masks, region_warnings
from engines.inpaint.models.fillers import Filler
from engines.inpaint.options import FillOptions, Region
from engines.inpaint.picture import DecodedPicture, encode_picture, read_mask, read_picture
from engines.inpaint.plan import FillPlan, make_plan
from engines.inpaint.windows import Geometry
from foundation.images import ImageLimits


@dataclass(frozen=True)
class RemovalResult:
    """A finished picture and what was done to it. Times are seconds, areas pixels."""

    data: bytes
    width: int
    height: int
    masked_pixels: int
    windows: int
    seconds: float
    warnings: tuple[Mapping[str, str], ...] = ()


@dataclass(frozen=True)
class Work:
    """A picture file and where its words are: ``regions``, or a ``mask`` file that overrides them."""

    data: bytes
    regions: Sequence[Region] = ()
    mask: bytes | None = None


def plan_work(
    work: Work, geometry: Geometry, options: FillOptions, limits: ImageLimits
) -> tuple[DecodedPicture, FillPlan]:
    """The picture and the plan of its filling. Raises BadImage and TooLarge."""
    picture = read_picture(work.data, limits)
    if work.mask is not None:
        hole = read_mask(work.mask, picture.size, limits)
        warnings = mask_warnings(hole)
    else:
        masks = region_masks(picture.rgb(), work.regions, options.mask_mode)
        hole = joined(masks, picture.size)
        warnings = region_warnings(masks, hole)
    return picture, replace(make_plan(picture, hole, geometry, options), warnings=warnings)


def finish_plan(picture: DecodedPicture, plan: FillPlan, options: FillOptions, seconds: float = 0.0) -> RemovalResult:
    """The finished picture as a file, after all windows are pasted."""
    encoded = encode_picture(plan.finish(picture), options.format)
    return RemovalResult(encoded, *picture.size, int(plan.mask.sum()), len(plan.windows), seconds, plan.warnings)


def remove_text(
    work: Work, filler: Filler, geometry: Geometry, options: FillOptions, limits: ImageLimits
) -> RemovalResult:
    """A picture file without its words. Raises BadImage and TooLarge."""
    started = time.monotonic()
    picture, plan = plan_work(work, geometry, options, limits)
    for window, filled in zip(plan.windows, filler.fill(plan.windows, options), strict=True):
        plan.paste(window, filled)
    done = finish_plan(picture, plan, options)
    return replace(done, seconds=time.monotonic() - started)
