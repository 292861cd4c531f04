"""Small things that all text-removal routes say."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import Depends, Request

from foundation.errors import ClientError
from foundation.graph import Model

NAME = "IOPaint Text Removal Service"
VERSION = "1.0.0"
PREFIX = "/api/v1"
MEDIA_TYPES = {"png": "image/png", "webp": "image/webp", "jpeg": "image/jpeg"}


class NothingGiven(ClientError):
    """A part of the request that must not be empty is."""

    code = "bad_request"


def inpainter_of(request: Request) -> Model:
    """The model slot."""
    return request.app.state.models["inpainter"]


InpainterOf = Annotated[Model, Depends(inpainter_of)]


def iso(seconds: float | None = None) -> str:
    """A moment as ISO 8601 in UTC without an offset, as the original writes it; now by default."""
    moment = datetime.now(UTC) if seconds is None else datetime.fromtimestamp(seconds, UTC)
    return moment.replace(tzinfo=None).isoformat(timespec="milliseconds")


def wanted_format(request: Request) -> str:
    """The form that ``Accept`` likes best: png, webp or jpeg; PNG where it names none of them."""
    best, form = 0.0, "png"
    for entry in request.headers.get("accept", "").split(","):
        name, _, parameters = entry.strip().partition(";")
        quality = _quality(parameters)
        found = next((f for f, media in MEDIA_TYPES.items() if media == name.strip().lower()), None)
        if found is not None and quality > best:
            best, form = quality, found
    return form


def _quality(parameters: str) -> float:
    for parameter in parameters.split(";"):
        key, _, value = parameter.strip().partition("=")
        if key == "q":
            try:
                return float(value)
            except ValueError:
                return 0.0
    return 1.0


def total_area(regions: Sequence[Mapping[str, Any]], size: tuple[int, int]) -> int:
    """The sum of the areas of regions within a picture of this size, in pixels; overlaps count twice."""
    return round(sum(_area(region, size) for region in regions))


def _area(region: Mapping[str, Any], size: tuple[int, int]) -> float:
    if region["polygon"]:
        # the corners within the picture: the products of huge numbers are no numbers
        return _polygon_area([(_within(x, size[0]), _within(y, size[1])) for x, y in region["polygon"]])
    sides = ((region["x"], region["width"], size[0]), (region["y"], region["height"], size[1]))
    across, down = (_within(start + length, end) - _within(start, end) for start, length, end in sides)
    return across * down


def _within(place: float, end: float) -> float:
    return min(max(place, 0.0), float(end))


def _polygon_area(corners: Sequence[tuple[float, float]]) -> float:
    """By the shoelace formula."""
    following = [*corners[1:], corners[0]]
    return abs(sum(x * next_y - next_x * y for (x, y), (next_x, next_y) in zip(corners, following, strict=True))) / 2
