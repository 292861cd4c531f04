"""Where balloons may stand: the stage of a panel, and the centres at which a shape fits into it."""

import math
from dataclasses import dataclass, field
from itertools import pairwise
from typing import cast

import numpy as np
from shapely import Polygon

from engines.comic.document import PAGE_HEIGHT, PAGE_WIDTH, STRIP_WIDTH, Box, Paper, Point
from engines.comic.lettering.shapes import Envelope

MARGIN = 7.0
GRID = 24
FOLD_HALF = 40.0
FOLD = Box(x=PAGE_WIDTH - FOLD_HALF, y=0, w=2 * FOLD_HALF, h=PAGE_HEIGHT)
At = tuple[np.ndarray, np.ndarray]
Trim = tuple[float, float, float, float, float]
"""Left, top, right and bottom edge of the paper, and how far balloons keep off them."""
TRIMS: dict[Paper, Trim] = {
    "page": (0, 0, PAGE_WIDTH, PAGE_HEIGHT, 40),
    "spread": (0, 0, 2 * PAGE_WIDTH, PAGE_HEIGHT, 40),
    "strip": (0, -math.inf, STRIP_WIDTH, math.inf, 18),
}


@dataclass(frozen=True, slots=True)
class BalloonRequest:
    """One balloon to place: its possible shapes with their cost, the speaker's mouth and head if in the picture.

    ``joined`` asks for a place near the balloon before it, for the second half of a split line; ``outside`` tells
    of a voice that comes from outside the picture.
    """

    shapes: tuple[tuple[float, Envelope], ...]
    mouth: Point | None = None
    own_head: int | None = None
    joined: bool = False
    outside: bool = False


@dataclass(frozen=True, slots=True)
class BalloonStage:
    """What the balloons must respect. ``side`` is -1 when reading runs from right to left, else 1.

    ``speakers`` gives, by character id, the mouth and the number of the head among ``heads``. ``polygon`` is where
    balloons may lie and ``frame`` the panel itself, where that is less; ``blocked`` is no place for a balloon.
    ``seed`` is that of the bursts and clouds, as they will be drawn.
    """

    polygon: Polygon
    heads: tuple[Box, ...] = ()
    bodies: tuple[Box, ...] = ()
    sfx: tuple[Box, ...] = ()
    blocked: tuple[Box, ...] = ()
    side: float = -1.0
    head_gap: float = 9.0
    speakers: dict[str, tuple[Point, int]] = field(default_factory=dict)
    frame: Polygon | None = None
    trim: Trim = TRIMS["page"]
    smallest: float = 17.0
    type_scale: float = 1.0
    seed: int = 0


@dataclass(frozen=True, slots=True)
class PlacedBalloon:
    """A balloon shape with its centre."""

    shape: Envelope
    centre: Point


def centres(shape: Envelope, stage: BalloonStage, force: bool) -> At:
    """Grid points where the envelope lies inside the polygon; with ``force`` the most central one at least."""
    polygon = stage.polygon
    left, top, right, bottom = polygon.bounds
    xs = _span(left, right, shape.a)
    ys = _span(top, bottom, shape.b)
    x, y = (g.ravel() for g in np.meshgrid(xs, ys))
    slack = _slack(shape, (x, y), polygon, stage.trim)
    inside = slack >= 0
    if polygon.convex_hull.area > polygon.area + 1:
        ring = shape.ring()
        inside &= np.array([bool(i) and _holds(polygon, ring, a, b) for i, a, b in zip(inside, x, y, strict=True)])
    if force and not inside.any():
        inside[int(slack.argmax())] = True
    return x[inside], y[inside]


def _span(low: float, high: float, half: float) -> np.ndarray:
    """Centres from one side to the other, close to the sides included."""
    low, high = low + half + MARGIN + 0.5, high - half - MARGIN - 0.5
    return np.linspace(low, high, GRID) if low < high else np.array([(low + high) / 2])


def _holds(polygon: Polygon, ring: np.ndarray, x: float, y: float) -> bool:
    return polygon.contains(Polygon(ring + np.array([x, y])).buffer(MARGIN))


def _slack(shape: Envelope, at: At, polygon: Polygon, trim: Trim) -> np.ndarray:
    """Distance from the envelope to the nearest side of the convex hull, less the margin; negative outside."""
    x, y = at
    corners = list(cast(Polygon, polygon.convex_hull).exterior.coords)
    ring, middle = shape.ring(64), polygon.convex_hull.centroid
    slack = np.full(x.shape, np.inf)
    for (x0, y0), (x1, y1) in pairwise(corners):
        nx, ny = y1 - y0, x0 - x1
        length = max(float(np.hypot(nx, ny)), 1e-9)
        nx, ny = nx / length, ny / length
        if nx * (middle.x - x0) + ny * (middle.y - y0) > 0:
            nx, ny = -nx, -ny
        reach = float((ring @ (nx, ny)).max())
        away = -((x - x0) * nx + (y - y0) * ny)
        slack = np.minimum(slack, away - reach - _margin((x0, y0), (x1, y1), trim))
    return slack


def _margin(start: Point, end: Point, trim: Trim) -> float:
    """More room along the trim of the paper than along a frame."""
    left, top, right, bottom, margin = trim
    on_side = max(start[0], end[0]) <= left + 1 or min(start[0], end[0]) >= right - 1
    on_end = max(start[1], end[1]) <= top + 1 or min(start[1], end[1]) >= bottom - 1
    return margin if on_side or on_end else MARGIN
