"""Pictures of a request: checked when they are accepted, so that no job fails on them later."""

import math
from collections.abc import Mapping

from foundation.images import decode_image
from foundation.settings import Settings
from serve_app.framepack.schemas import LARGEST, MULTIPLE, SMALLEST
from serve_app.jobs.accept import check_field, decode_field
from serve_app.jobs.warnings import RequestWarning

LARGEST_AREA = 1216 * 704
# rounding to multiples of 16 takes up to a tenth of a small picture
LEAST_SHARE = 0.8
Size = tuple[int, int]


async def decoded(fields: Mapping[str, str | None], settings: Settings) -> dict[str, bytes]:
    """The bytes of those base64 fields that are present. Raises WrongField, which names the field."""
    present = {name: text for name, text in fields.items() if text is not None}
    return {name: await decode_field(name, text, settings) for name, text in present.items()}


async def check_sizes(pictures: Mapping[str, bytes], settings: Settings) -> dict[str, Size]:
    """Width and height of each picture, upright, in pixels. Raises WrongField for one that cannot be decoded."""

    def size_of(data: bytes) -> Size:
        return decode_image(data, settings.max_image_pixels).size

    return {name: await check_field(name, data, settings, size_of) for name, data in pictures.items()}


def size_of_transfer(source: Size) -> Size:
    """The source's own size where it has room in the model's largest area, else one of its shape."""
    return _fitted(source, min(1.0, math.sqrt(LARGEST_AREA / (source[0] * source[1]))))


def size_of_film(picture: Size, resolution: int) -> Size:
    """A size of the picture's shape with about as many pixels as a square of this side."""
    return _fitted(picture, resolution / math.sqrt(picture[0] * picture[1]))


def cut_warnings(pictures: Mapping[str, Size], size: Size) -> list[RequestWarning]:
    """Which pictures are cropped, because their shape differs much; a mask is cropped with its picture."""
    return [w for name, each in pictures.items() if not name.endswith("_mask") for w in _cut_warning(name, each, size)]


def _cut_warning(field: str, picture: Size, size: Size) -> list[RequestWarning]:
    share_left = min(picture[0] / picture[1], size[0] / size[1]) / max(picture[0] / picture[1], size[0] / size[1])
    if share_left >= LEAST_SHARE:
        return []
    detail = f"{field} is {picture[0]}x{picture[1]}; it is cropped to the shape of {size[0]}x{size[1]}"
    return [RequestWarning(pointer=f"/{field}", code="image_cut", detail=detail)]


def _fitted(size: Size, scale: float) -> Size:
    width, height = (min(LARGEST, max(SMALLEST, round(side * scale / MULTIPLE) * MULTIPLE)) for side in size)
    return width, height
