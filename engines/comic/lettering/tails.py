"""Tails: from a balloon to the mouth of its speaker, out of the panel, or to the other half of a split line."""

import math
from collections.abc import Sequence
from itertools import pairwise

from shapely import LineString, Polygon, box
from shapely import Point as ShapelyPoint
from shapely.geometry.base import BaseGeometry

from engines.comic.document import Box, Line, Point
from engines.comic.lettering import shapes
from engines.comic.lettering.parts import TextPart
from engines.comic.lettering.space import BalloonStage, PlacedBalloon

TAIL_REACH = 120.0
SHORTEST, OUTWARD = 14.0, 160.0
NECK, NECK_REACH = 11.0, 60.0


def speaker(part: TextPart, stage: BalloonStage) -> tuple[Point | None, int | None]:
    """The mouth and the head number of who speaks; None for narration, machines and voices out of sight."""
    if part.line.kind in ("narration", "radio"):
        return None, None
    return stage.speakers.get(part.line.speaker or "", (None, None))


def with_tail(
    part: TextPart, spot: PlacedBalloon, drawn: tuple[Sequence[Polygon], Sequence[BaseGeometry]], stage: BalloonStage
) -> tuple[BaseGeometry, Point | None]:
    """The outline of the next balloon with its tail, or its neck to the half before it, and the tip of the tail.

    ``drawn`` is the hulls of all balloons and the outlines, tails included, of those done.
    """
    hulls, bodies = drawn
    number = len(bodies)
    hull, others = hulls[number], [*bodies, *hulls[number + 1 :]]
    if part.line.kind == "narration":
        return hull, None
    if part.joined and number:
        joined = _neck(hull, bodies[-1], others)
        if joined is not hull:
            return joined, None
    tips = _tips(part, spot, hull, stage)
    if tips and part.line.kind == "thought":
        return _thought_dots(spot, hull, tips, others)
    for tip in tips:
        body = _speech_tail(part, spot, hull, tip, (others, stage))
        if body is not None:
            return body, tip
    return hull, None


def _thought_dots(
    spot: PlacedBalloon, hull: Polygon, tips: Sequence[Point], others: Sequence[BaseGeometry]
) -> tuple[BaseGeometry, Point | None]:
    for tip in tips:
        body, end = shapes.dots(hull, spot.centre, tip)
        if body.geom_type != "Polygon" and not any(body.intersects(other) for other in others):
            return body, end
    return hull, None


def _tips(part: TextPart, spot: PlacedBalloon, hull: Polygon, stage: BalloonStage) -> list[Point]:
    """Where the tail may end, best first: on the way to the mouth, else at the nearest side of the face."""
    mouth, own = speaker(part, stage)
    if mouth is None or own is None:
        tip = None if part.joined else _off_panel(part.line, hull, stage)
        return [tip] if tip else []
    head = stage.heads[own]
    x, y = spot.centre
    side = (min(max(x, head.x), head.x + head.w), min(max(y, head.y + head.h * 0.3), head.y + head.h * 0.85))
    return [tip for target in (mouth, side) if (tip := _tip(spot, hull, target, (stage.heads, own)))]


def _speech_tail(
    part: TextPart, spot: PlacedBalloon, hull: Polygon, tip: Point, around: tuple[Sequence[BaseGeometry], BalloonStage]
) -> BaseGeometry | None:
    """Try a swung tail, then straight, then thin and more bent; None if each meets another balloon or a head."""
    others, stage = around
    _, own = speaker(part, stage)
    heads = [box(*_corners(h)) for i, h in enumerate(stage.heads) if i != own]
    width = max(10.0, min(26.0, 0.2 * min(spot.shape.inner)))
    bend = 0.12 if tip[0] > spot.centre[0] else -0.12
    bends = (0.0,) if part.line.kind == "shout" else (bend, 0.0, -bend, 3 * bend, -3 * bend)
    inner = stage.polygon.buffer(-3)
    draw = shapes.bolt if part.line.kind == "radio" else shapes.tail
    for thick in (width, width * 0.6):
        for sway in bends:
            body: BaseGeometry = draw(hull, spot.centre, tip, thick, sway)
            if inner.contains(hull) and not inner.contains(body):
                body = body.intersection(inner)
            if isinstance(body, Polygon) and not any(body.intersects(other) for other in [*others, *heads]):
                return body
    return None


def _tip(spot: PlacedBalloon, hull: Polygon, target: Point, heads: tuple[Sequence[Box], int]) -> Point | None:
    """The end of the tail on the way to a target: at the face or short of it, nearest to the head it belongs to."""
    start = shapes.edge(hull, spot.centre, target)
    dx, dy = target[0] - start[0], target[1] - start[1]
    length = math.hypot(dx, dy)
    if length < 4:
        return None
    everyone, own = heads
    most = max(_until(start, target, everyone[own]), SHORTEST)
    reach = min(length * 0.8, TAIL_REACH, most)
    tip = start[0] + dx / length * reach, start[1] + dy / length * reach
    while reach + 8 < most and _nearest(tip, everyone) != own:
        reach += 8
        tip = start[0] + dx / length * reach, start[1] + dy / length * reach
    return tip


def _nearest(point: Point, heads: Sequence[Box]) -> int:
    spot = ShapelyPoint(point)
    return min(range(len(heads)), key=lambda i: box(*_corners(heads[i])).distance(spot))


def _corners(head: Box) -> tuple[float, float, float, float]:
    return head.x, head.y, head.x + head.w, head.y + head.h


def _until(start: Point, target: Point, head: Box) -> float:
    """How far one may go to a target before entering the face: the ellipse in the head box."""
    cx, cy, rx, ry = head.x + head.w / 2, head.y + head.h / 2, max(head.w * 0.45, 1), max(head.h * 0.45, 1)
    dx, dy = target[0] - start[0], target[1] - start[1]
    for step in range(100):
        x, y = start[0] + dx * step / 100, start[1] + dy * step / 100
        if ((x - cx) / rx) ** 2 + ((y - cy) / ry) ** 2 < 1:
            return math.hypot(dx, dy) * step / 100
    return math.hypot(dx, dy)


def _off_panel(line: Line, hull: Polygon, stage: BalloonStage) -> Point | None:
    """For a voice out of sight: a short tail towards the nearest side of the panel, if there is room."""
    if line.kind == "thought":
        return None
    centre, corners = hull.centroid, list((stage.frame or stage.polygon).exterior.coords)
    for side in sorted((LineString(pair) for pair in pairwise(corners)), key=hull.distance):
        target = side.interpolate(side.project(centre))
        start = shapes.edge(hull, (centre.x, centre.y), (target.x, target.y))
        gap = math.hypot(target.x - start[0], target.y - start[1])
        if SHORTEST <= gap <= OUTWARD:
            part = min(1.0, 42 / gap) * 0.9
            return start[0] + (target.x - start[0]) * part, start[1] + (target.y - start[1]) * part
    return None


def _neck(hull: Polygon, before: BaseGeometry, others: Sequence[BaseGeometry]) -> BaseGeometry:
    """Join two halves by a short bridge that stops at the edge of the first."""
    a, b = hull.centroid, before.convex_hull.centroid
    if hull.distance(before) > NECK_REACH:
        return hull
    bridge = LineString([(a.x, a.y), (b.x, b.y)]).buffer(NECK, cap_style="flat")
    joined = hull.union(bridge).difference(before)
    rest = [other for other in others if other is not before]
    if isinstance(joined, Polygon) and not any(joined.intersects(other) for other in rest):
        return joined
    return hull
