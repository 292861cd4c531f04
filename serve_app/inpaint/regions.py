"""Areas of regions."""

from collections.abc import Mapping, Sequence
from typing import Any


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
