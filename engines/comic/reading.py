"""Reading order recovered from geometry alone: cut along gutters into rows, then columns, and so on inside."""

from collections.abc import Sequence
from typing import Literal

import numpy as np
from shapely import Polygon, unary_union
from shapely.coords import CoordinateSequence
from shapely.geometry.base import BaseGeometry

from engines.comic.document import Point

OVERLAP = 0.25
Ring = Sequence[Point] | CoordinateSequence | np.ndarray


def reading_order(shapes: Sequence[Ring], direction: Literal["rtl", "ltr"]) -> list[int]:
    """Indices of polygons in the order a reader takes them. Shapes no line can part are read by their diagonal."""
    polygons = [Polygon(points).convex_hull for points in shapes]
    return _order(list(range(len(polygons))), polygons, 1.0 if direction == "ltr" else -1.0)


def _order(members: list[int], polygons: Sequence[BaseGeometry], sign: float) -> list[int]:
    if len(members) < 2:
        return members
    for axis, way in ((1, 1.0), (0, sign)):
        cut = _cut(members, polygons, axis, way)
        if cut:
            return _order(cut[0], polygons, sign) + _order(cut[1], polygons, sign)
    return sorted(members, key=lambda i: sign * polygons[i].centroid.x + polygons[i].centroid.y)


def _cut(
    members: list[int], polygons: Sequence[BaseGeometry], axis: int, way: float
) -> tuple[list[int], list[int]] | None:
    """The first straight cut across an axis (0 is x, 1 is y) that parts the members in two."""

    def centre(i: int) -> float:
        return way * (polygons[i].centroid.x, polygons[i].centroid.y)[axis]

    ordered = sorted(members, key=centre)
    for k in range(1, len(ordered)):
        before, after = (unary_union([polygons[i] for i in part]) for part in (ordered[:k], ordered[k:]))
        if _parted(before, after, axis, way):
            return ordered[:k], ordered[k:]
    return None


def _parted(before: BaseGeometry, after: BaseGeometry, axis: int, way: float) -> bool:
    low = sorted((way * before.bounds[axis], way * before.bounds[axis + 2]))
    high = sorted((way * after.bounds[axis], way * after.bounds[axis + 2]))
    allowed = OVERLAP * min(low[1] - low[0], high[1] - high[0])
    if low[1] - high[0] > allowed:
        return False
    return before.convex_hull.intersection(after.convex_hull).area < 1.0
