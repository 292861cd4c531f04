"""What the gates share: limits, and the geometry of what was drawn."""

import re
from collections.abc import Sequence

import numpy as np
from shapely import Polygon, box, unary_union
from shapely.geometry.base import BaseGeometry

from engines.comic.document import Balloon, Box, Check

MOST = {
    "text_inside_balloon": 0.0,
    "balloon_inside_panel": 1.0,
    "balloons_apart": 1.0,
    "heads_clear": 0.01,
    "panel_order": 0.0,
    "balloon_order": 0.0,
    "tail_to_speaker": 40.0,
    "lines_lettered": 0.0,
    "glyphs_present": 0.0,
    "gutter_crossing": 1.0,
    "fold_clear": 1.0,
}
LEAST = {
    "type_size": 7.0,
    "screen_type_size": 9.0,
    "contrast": 7.0,
    # pictures tell a part of the narration; nothing else tells the quotes
    "text_lettered": 0.6,
    "quotes_lettered": 1.0,
}
NUMBER = re.compile(r"-?\d+(?:\.\d+)?")


def measured(name: str, element: str, value: float, detail: str) -> Check:
    """Compare a measure with its gate; the detail is kept only where it fails."""
    limit = MOST[name] if name in MOST else LEAST[name]
    passed = value <= limit if name in MOST else value >= limit
    reason = "" if passed else detail
    return Check(name=name, element=element, passed=passed, measured=round(value, 4), limit=limit, detail=reason)


def path_points(path: str) -> np.ndarray:
    """All points of absolute SVG path data, control points included, shape (n, 2)."""
    numbers = [float(n) for n in NUMBER.findall(path)]
    return np.array(numbers[: len(numbers) // 2 * 2]).reshape(-1, 2)


def path_shape(path: str) -> BaseGeometry:
    """The area inside closed straight-lined SVG path data; empty for less than a triangle."""
    rings = [path_points(part) for part in path.split("M")]
    return unary_union([Polygon(ring).buffer(0) for ring in rings if len(ring) >= 3])


def hull_of(balloon: Balloon) -> BaseGeometry:
    """The area of a balloon without its tail."""
    return Polygon(balloon.hull).buffer(0)


def area_of(shape: Box) -> Polygon:
    """The area of a box."""
    return box(shape.x, shape.y, shape.x + shape.w, shape.y + shape.h)


def order_check(name: str, element: str, found: Sequence[int]) -> Check:
    """Compare the order that geometry gives with the intended one, which counts from 0."""
    wrong = sum(index != place for place, index in enumerate(found))
    return measured(name, element, wrong, f"geometry reads as {[i + 1 for i in found]}")
