"""Balloon shapes: the smallest superellipse, burst, cloud or box around a block, and tails.

An ``Envelope`` is |x/a|^p + |y/b|^p = 1 around its centre; every outline of a balloon lies inside its envelope.
Lengths in page pixels, y down.
"""

import math
import random
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from shapely import Polygon, unary_union
from shapely.geometry.base import BaseGeometry

from engines.manga.document import Point, SpeechKind
from engines.manga.lettering.block import Block

ROUND = {"speech": 2.5, "whisper": 2.4, "shout": 2.3, "thought": 2.3, "narration": 40.0}
PAD = {"speech": 0.36, "whisper": 0.36, "shout": 0.16, "thought": 0.22, "narration": 0.42}
STROKE = {"speech": 3.2, "whisper": 2.6, "shout": 4.0, "thought": 3.0, "narration": 2.6}
TIGHT = 0.55
STEPS = 120


@dataclass(frozen=True, slots=True)
class Envelope:
    """A balloon that has a size but no place yet.

    ``a``, ``b`` are the outer half axes, ``inner`` those of the line the text keeps inside,
    ``shift`` moves the block from the centre.
    """

    kind: SpeechKind
    block: Block
    size: float
    a: float
    b: float
    p: float
    inner: tuple[float, float]
    shift: Point

    @property
    def area(self) -> float:
        """Area of the enclosing rectangle."""
        return 4 * self.a * self.b

    def inside(self, x: np.ndarray, y: np.ndarray) -> np.ndarray:
        """Level of points relative to the centre: below 1 inside, above 1 outside."""
        return (np.minimum(np.abs(x) / self.a, 9.0) ** self.p + np.minimum(np.abs(y) / self.b, 9.0) ** self.p) ** (
            1 / self.p
        )

    def ring(self, count: int = 40) -> np.ndarray:
        """Points of the envelope around the origin, shape (count, 2)."""
        return np.array(ring(self.a, self.b, self.p, count))


def ring(a: float, b: float, p: float, count: int = STEPS) -> list[Point]:
    """Points of a superellipse around the origin, clockwise on the page from the right."""
    found = []
    for i in range(count):
        angle = 2 * math.pi * (i + 0.5) / count
        c, s = math.cos(angle), math.sin(angle)
        r = (abs(c) ** p + abs(s) ** p) ** (-1 / p)
        found.append((a * r * c, b * r * s))
    return found


def envelope(block: Block, kind: SpeechKind, size: float, tight: bool = False) -> Envelope:
    """The smallest envelope of a kind around a block set at ``size`` pixels per em."""
    pad = PAD[kind] * (TIGHT if tight else 1.0)
    p = ROUND[kind] + (0.8 if tight and kind != "narration" else 0.0)
    a, b, shift = _fit(block, pad, p)
    a, b = a * size, b * size
    grow = _growth(kind, a, b, size)
    return Envelope(kind, block, size, a + grow, b + grow, p, (a, b), (0.0, shift * size))


def _fit(block: Block, pad: float, p: float) -> tuple[float, float, float]:
    """Half axes and the downward shift of the block, in em, of least area over aspect ratios and shifts."""
    corners = np.array(
        [(x, y) for r in block.rects for x in (r[0] - pad, r[2] + pad) for y in (r[1] - pad, r[3] + pad)]
    )
    if p > 20:
        half = np.abs(corners).max(axis=0)
        return float(half[0]), float(half[1]), 0.0
    aspect = (block.width + 2 * pad) / (block.height + 2 * pad)
    ratios = np.clip(aspect * np.geomspace(0.7, 1.5, 13), 0.42, 2.6)[:, None, None]
    shifts = np.linspace(-0.12, 0.16, 8)[None, :, None] * block.height
    x, y = np.abs(corners[None, None, :, 0]), np.abs(corners[None, None, :, 1] + shifts)
    scale = (((x / ratios) ** p + y**p) ** (1 / p)).max(axis=2)
    area = scale**2 * ratios[:, :, 0]
    i, j = np.unravel_index(int(area.argmin()), area.shape)
    return float(scale[i, j] * ratios[i, 0, 0]), float(scale[i, j]), float(shifts[0, j, 0])


def _growth(kind: SpeechKind, a: float, b: float, size: float) -> float:
    if kind == "shout":
        return 0.14 * min(a, b) + 0.42 * size
    if kind == "thought":
        return _bump(a, b) * 0.75
    return 0.0


def _bump(a: float, b: float) -> float:
    return max(9.0, 0.2 * min(a, b))


def hull(shape: Envelope, centre: Point, seed: int = 0) -> Polygon:
    """The outline of a balloon without its tail, at its place."""
    a, b = shape.inner
    if shape.kind == "narration":
        points = [(-a, -b), (a, -b), (a, b), (-a, b)]
    elif shape.kind == "shout":
        points = _burst(shape, random.Random(seed))
    elif shape.kind == "thought":
        return _cloud(shape, centre)
    else:
        points = ring(a, b, shape.p)
    return Polygon([(centre[0] + x, centre[1] + y) for x, y in points])


def _burst(shape: Envelope, dice: random.Random) -> list[Point]:
    """Spikes of changing length over curved valleys that never cut into the text line."""
    a, b = shape.inner
    grow = shape.a - a
    count = max(12, min(26, round((a + b) / 13)))
    angles = [(i + dice.uniform(-0.22, 0.22)) / count for i in range(count)]
    points = []
    for i, turn in enumerate(angles):
        following = angles[(i + 1) % count] + (1 if i == count - 1 else 0)
        tip = _on(a, b, shape.p, turn, grow * dice.uniform(0.55, 0.98))
        end = _on(a, b, shape.p, following, grow * 0.55)
        valley = _on(a, b, shape.p, (turn + following) / 2, grow * 0.12)
        points.append(tip)
        points += [_quadratic(tip, valley, end, t) for t in (0.2, 0.35, 0.5, 0.65, 0.8)]
    return points


def _on(a: float, b: float, p: float, turn: float, out: float) -> Point:
    c, s = math.cos(2 * math.pi * turn), math.sin(2 * math.pi * turn)
    r = (abs(c) ** p + abs(s) ** p) ** (-1 / p)
    return (a + out) * r * c, (b + out) * r * s


def _quadratic(start: Point, control: Point, end: Point, t: float) -> Point:
    u = 1 - t
    return (
        u * u * start[0] + 2 * u * t * control[0] + t * t * end[0],
        u * u * start[1] + 2 * u * t * control[1] + t * t * end[1],
    )


def _cloud(shape: Envelope, centre: Point) -> Polygon:
    """Bumps of even width along the text line, united into one outline."""
    a, b = shape.inner
    radius = _bump(a, b)
    base = Polygon([(centre[0] + x, centre[1] + y) for x, y in ring(a, b, shape.p)])
    count = max(8, round(base.exterior.length / (radius * 1.65)))
    discs = [
        base.exterior.interpolate(i / count, normalized=True).buffer(radius * (0.7 + 0.05 * (i % 2)), quad_segs=16)
        for i in range(count)
    ]
    return unary_union([base, *discs])


def tail(body: Polygon, centre: Point, tip: Point, width: float, bend: float) -> Polygon:
    """Unite a hull with a tail to ``tip``: two curves from inside the hull, ``bend`` of its length to the side."""
    dx, dy = tip[0] - centre[0], tip[1] - centre[1]
    length = math.hypot(dx, dy)
    if length < 1 or body.contains(Polygon([tip, (tip[0] + 1, tip[1]), (tip[0], tip[1] + 1)])):
        return body
    ux, uy = dx / length, dy / length
    root = (centre[0] + dx * 0.25, centre[1] + dy * 0.25)
    side = bend * length
    sides = []
    for sign in (1, -1):
        start = (root[0] - uy * width * sign, root[1] + ux * width * sign)
        knee = (start[0] * 0.45 + tip[0] * 0.55 - uy * side, start[1] * 0.45 + tip[1] * 0.55 + ux * side)
        sides.append([_quadratic(start, knee, tip, t / 14) for t in range(15)])
    united = unary_union([body, Polygon(sides[0] + sides[1][::-1][1:]).buffer(0)])
    return united if isinstance(united, Polygon) else body


def dots(body: BaseGeometry, centre: Point, tip: Point) -> BaseGeometry:
    """Unite a thought with three shrinking dots on the way to ``tip``."""
    start = _edge(body, centre, tip)
    found: list[BaseGeometry] = [body]
    gap = math.hypot(tip[0] - start[0], tip[1] - start[1])
    for part, size in ((0.22, 0.16), (0.55, 0.11), (0.88, 0.07)):
        radius = max(3.0, min(size * gap, size * 90))
        x, y = start[0] + (tip[0] - start[0]) * part, start[1] + (tip[1] - start[1]) * part
        disc = Polygon([(x + 1.25 * radius * math.cos(k / 4), y + radius * math.sin(k / 4)) for k in range(25)])
        if not disc.intersects(body):
            found.append(disc)
    return unary_union(found)


def _edge(body: BaseGeometry, centre: Point, towards: Point) -> Point:
    from shapely import LineString

    inside = LineString([centre, towards]).intersection(body)
    points = [p for part in getattr(inside, "geoms", [inside]) for p in part.coords]
    return max(points, key=lambda p: math.hypot(p[0] - centre[0], p[1] - centre[1]), default=centre)


def edge(body: BaseGeometry, centre: Point, towards: Point) -> Point:
    """Where the way from ``centre`` to ``towards`` leaves the body; ``centre`` itself if it never is inside."""
    return _edge(body, centre, towards)


def path(shape: BaseGeometry) -> str:
    """SVG path data of a polygon or several."""
    parts = []
    for polygon in getattr(shape, "geoms", [shape]):
        rings: Sequence = [polygon.exterior, *polygon.interiors]
        for line in rings:
            points = list(line.coords)[:-1]
            parts.append("M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in points) + "Z")
    return "".join(parts)
