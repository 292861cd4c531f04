"""Balloon shapes: the smallest superellipse, burst, cloud or box around a block, and tails.

An ``Envelope`` is |x/a|^p + |y/b|^p = 1 around its centre; every outline of a balloon lies inside its envelope.
Lengths in page pixels, y down.
"""

import math
import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

import numpy as np
from shapely import LineString, Polygon, unary_union
from shapely.geometry.base import BaseGeometry

from engines.comic.document import Point, SpeechKind
from engines.comic.lettering.block import Block

ROUND: dict[SpeechKind, tuple[float, ...]] = {
    "speech": (2.2, 2.5, 2.9),
    "whisper": (2.2, 2.6),
    "shout": (2.1, 2.5),
    "thought": (2.1, 2.5),
    "narration": (40.0,),
    "radio": (2.6, 3.2),
}
PAD = {"speech": 0.36, "whisper": 0.36, "shout": 0.16, "thought": 0.22, "narration": 0.42, "radio": 0.3}
STROKE = {"speech": 3.2, "whisper": 2.6, "shout": 4.0, "thought": 3.0, "narration": 2.6, "radio": 3.0}
TIGHT = 0.75
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
    """Make the smallest envelope of a kind around a block set at ``size`` pixels per em."""
    pad = PAD[kind] * (TIGHT if tight else 1.0)
    options = ROUND[kind] if not tight or kind == "narration" else tuple(p + 0.7 for p in ROUND[kind])
    fits = [(*_fit(block, pad, p), p) for p in options]
    a, b, shift, p = min(fits, key=lambda fit: fit[0] * fit[1] * (1 + 0.14 * (fit[3] - options[0])))
    a, b = a * size, b * size
    grow = _growth(kind, a, b, size) * (0.7 if tight else 1.0)
    return Envelope(kind, block, size, a + grow, b + grow, p, (a, b), (0.0, shift * size))


def _fit(block: Block, pad: float, p: float) -> tuple[float, float, float]:
    """Half axes and the downward shift of the block, in em: small, near the proportions of the block, centred."""
    corners = np.array(
        [(x, y) for r in block.rects for x in (r[0] - pad, r[2] + pad) for y in (r[1] - pad, r[3] + pad)]
    )
    if p > 20:
        half = np.abs(corners).max(axis=0)
        return float(half[0]), float(half[1]), 0.0
    aspect = (block.width + 2 * pad) / (block.height + 2 * pad)
    ratios = np.clip(aspect * np.geomspace(0.75, 1.4, 13), 0.42, 2.8)[:, None, None]
    shifts = np.linspace(-0.02, 0.06, 5)[None, :, None] * block.height
    x, y = np.abs(corners[None, None, :, 0]), np.abs(corners[None, None, :, 1] + shifts)
    scale = (((x / ratios) ** p + y**p) ** (1 / p)).max(axis=2)
    stretched = np.abs(np.log(ratios[:, :, 0] / aspect))
    cost = scale**2 * ratios[:, :, 0] * (1 + 0.5 * stretched + 1.5 * np.abs(shifts[:, :, 0]) / block.height)
    i, j = np.unravel_index(int(cost.argmin()), cost.shape)
    return float(scale[i, j] * ratios[i, 0, 0]), float(scale[i, j]), float(shifts[0, j, 0])


def _growth(kind: SpeechKind, a: float, b: float, size: float) -> float:
    if kind == "shout":
        return 0.14 * min(a, b) + 0.42 * size
    if kind == "thought":
        return _bump(a, b) * 0.8
    if kind == "radio":
        return 0.34 * size
    return 0.0


def _bump(a: float, b: float) -> float:
    return max(10.0, 0.27 * min(a, b))


def hull(shape: Envelope, centre: Point, seed: int = 0) -> Polygon:
    """The outline of a balloon without its tail, at its place."""
    a, b = shape.inner
    if shape.kind == "narration":
        points = [(-a, -b), (a, -b), (a, b), (-a, b)]
    elif shape.kind == "shout":
        points = _burst(shape, random.Random(seed))
    elif shape.kind == "radio":
        points = _zigzag(shape)
    elif shape.kind == "thought":
        return _cloud(shape, centre, random.Random(seed))
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


def _zigzag(shape: Envelope) -> list[Point]:
    """Small even teeth all around, as of a current: the voice of a machine."""
    a, b = shape.inner
    grow = shape.a - a
    line = Polygon(ring(a, b, shape.p)).exterior
    count = max(16, round(line.length / (1.9 * grow)))
    points = []
    for i in range(2 * count):
        spot = line.interpolate((i + 0.5) / (2 * count), normalized=True)
        far = 1 + grow * (0.92 if i % 2 else 0.1) / max(math.hypot(spot.x, spot.y), 1.0)
        points.append((spot.x * far, spot.y * far))
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


def _cloud(shape: Envelope, centre: Point, dice: random.Random) -> Polygon:
    """Bumps of changing width along the text line, united into one outline."""
    a, b = shape.inner
    radius = (shape.a - a) / 0.8
    base = Polygon([(centre[0] + x, centre[1] + y) for x, y in ring(a, b, shape.p)])
    line, discs = base.exterior, [base]
    count = max(7, round(line.length / (radius * 1.5)))
    for i in range(count):
        spot = line.interpolate((i + dice.uniform(-0.14, 0.14)) / count % 1.0, normalized=True)
        discs.append(spot.buffer(radius * dice.uniform(0.62, 0.78), quad_segs=16))
    return cast(Polygon, unary_union(discs))


def tail(body: Polygon, centre: Point, tip: Point, width: float, bend: float) -> Polygon:
    """Unite a hull with a tail to ``tip``: two curves from inside the hull, ``bend`` of its length to the side."""
    start = edge(body, centre, tip)
    dx, dy = tip[0] - start[0], tip[1] - start[1]
    length = math.hypot(dx, dy)
    if length < 3:
        return body
    ux, uy = dx / length, dy / length
    root = (start[0] - ux * width * 0.9, start[1] - uy * width * 0.9)
    side, sides = bend * length, []
    for sign in (1, -1):
        base = (root[0] - uy * width * sign, root[1] + ux * width * sign)
        knee = (base[0] * 0.5 + tip[0] * 0.5 - uy * side, base[1] * 0.5 + tip[1] * 0.5 + ux * side)
        sides.append([_quadratic(base, knee, tip, t / 14) for t in range(15)])
    united = unary_union([body, Polygon(sides[0] + sides[1][::-1][1:]).buffer(0)])
    return united if isinstance(united, Polygon) else body


def bolt(body: Polygon, centre: Point, tip: Point, width: float, bend: float) -> Polygon:
    """Unite a hull with a tail like a flash of lightning: two kinks on the way to ``tip``, to the side of ``bend``."""
    start = edge(body, centre, tip)
    dx, dy = tip[0] - start[0], tip[1] - start[1]
    length = math.hypot(dx, dy)
    if length < 3:
        return body
    ux, uy = dx / length, dy / length
    hand = 1.0 if bend >= 0 else -1.0

    def at(along: float, aside: float) -> Point:
        reach, side = length * along - width * (0.9 if along == 0 else 0), width * aside * hand
        return start[0] + ux * reach - uy * side, start[1] + uy * reach + ux * side

    flash = [at(0, -1), at(0.55, -0.25), at(0.42, -0.7), (tip[0], tip[1]), at(0.5, 0.6), at(0.6, 0.2), at(0, 0.55)]
    united = unary_union([body, Polygon(flash).buffer(0)])
    return united if isinstance(united, Polygon) else body


def dots(body: BaseGeometry, centre: Point, tip: Point) -> tuple[BaseGeometry, Point]:
    """Unite a thought with up to three shrinking dots on the way to ``tip``; also returns where the last one ends."""
    start = edge(body, centre, tip)
    gap = max(math.hypot(tip[0] - start[0], tip[1] - start[1]), 1.0)
    ux, uy = (tip[0] - start[0]) / gap, (tip[1] - start[1]) / gap
    found, pen, end = [body], 3.0, start
    scale = max(0.5, min(1.6, gap / 55))
    radii = (10 * scale, 7 * scale, 4.5 * scale)
    space = max(4.0, min(26.0, (gap - pen - 2.3 * sum(radii)) / 2))
    for radius in radii:
        if len(found) > 1 and pen + 2 * radius > gap:
            continue
        disc = body
        for _ in range(12):
            end = (start[0] + ux * (pen + 1.15 * radius), start[1] + uy * (pen + 1.15 * radius))
            disc = Polygon([(end[0] + 1.15 * radius * c, end[1] + 0.95 * radius * s) for c, s in ring(1, 1, 2, 32)])
            if disc.distance(body) > 1.5:
                break
            pen += 2
        found.append(disc)
        pen += 2.3 * radius + space
    return unary_union(found), end


def edge(body: BaseGeometry, centre: Point, towards: Point) -> Point:
    """Where the way from ``centre`` to ``towards`` leaves the body; ``centre`` itself if it never is inside."""
    inside = LineString([centre, towards]).intersection(body)
    points = [p for part in getattr(inside, "geoms", [inside]) for p in part.coords]
    return max(points, key=lambda p: math.hypot(p[0] - centre[0], p[1] - centre[1]), default=centre)


def path(shape: BaseGeometry) -> str:
    """SVG path data of a polygon or several."""
    parts = []
    for polygon in getattr(shape, "geoms", [shape]):
        rings: Sequence = [polygon.exterior, *polygon.interiors]
        for line in rings:
            points = list(line.coords)[:-1]
            parts.append("M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in points) + "Z")
    return "".join(parts)
