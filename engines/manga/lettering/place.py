"""Places for balloons in a panel: inside its polygon, off the heads and each other, in reading order.

A grid of centres is costed at once per balloon shape; a small beam keeps the best sets.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
from shapely import Polygon

from engines.manga.document import PAGE_HEIGHT, PAGE_WIDTH, Box, Point
from engines.manga.lettering.shapes import Envelope

MARGIN, TRIM_MARGIN = 7.0, 40.0
HEAD_GAP, BALLOON_GAP = 9.0, 9.0
GRID, BEAM, BRANCH = 24, 8, 4
HARD = 1e6
At = tuple[np.ndarray, np.ndarray]


@dataclass(frozen=True, slots=True)
class Wish:
    """One balloon to place: its possible shapes with their cost, the speaker's mouth and head if in the picture."""

    shapes: tuple[tuple[float, Envelope], ...]
    mouth: Point | None = None
    own_head: int | None = None


@dataclass(frozen=True, slots=True)
class Stage:
    """What the balloons must respect. ``side`` is -1 when reading runs from right to left, else 1.

    ``speakers`` gives, by character id, the mouth and the number of the head among ``heads``.
    """

    polygon: Polygon
    heads: tuple[Box, ...] = ()
    bodies: tuple[Box, ...] = ()
    sfx: tuple[Box, ...] = ()
    side: float = -1.0
    speakers: dict[str, tuple[Point, int]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Placed:
    """A balloon shape with its centre."""

    shape: Envelope
    centre: Point


@dataclass(slots=True)
class _Plan:
    cost: float = 0.0
    placed: list[Placed] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Job:
    wishes: Sequence[Wish]
    stage: Stage
    force: bool


def place(wishes: Sequence[Wish], stage: Stage, force: bool = False) -> list[Placed] | None:
    """Places for all wishes in reading order, or None. ``force`` gives the least bad places instead of None."""
    job, plans = _Job(wishes, stage, force), [_Plan()]
    for wish in wishes:
        grown = [plan for old in plans for option in wish.shapes for plan in _grow(job, old, option)]
        plans = sorted(grown, key=lambda plan: plan.cost)[:BEAM]
        if not plans:
            return None
    return plans[0].placed


def _grow(job: _Job, plan: _Plan, option: tuple[float, Envelope]) -> list[_Plan]:
    shape_cost, shape = option
    at = _centres(shape, job)
    x, y = at
    if not len(x):
        return []
    cost = _hard(plan, shape, at, job.stage) + _soft(len(plan.placed), shape, at, job)
    cost += shape_cost + _tail_cost(plan, shape, at, job)
    found = []
    for _ in range(BRANCH):
        best = int(cost.argmin())
        if not np.isfinite(cost[best]) or (cost[best] >= HARD and not job.force):
            break
        centre = (float(x[best]), float(y[best]))
        found.append(_Plan(plan.cost + float(cost[best]), [*plan.placed, Placed(shape, centre)]))
        cost = np.where(np.hypot(x - x[best], y - y[best]) < 0.6 * min(shape.a, shape.b), np.inf, cost)
    return found


def _centres(shape: Envelope, job: _Job) -> At:
    """Grid points where the envelope lies inside the polygon; with ``force`` the most central one at least."""
    polygon = job.stage.polygon
    left, top, right, bottom = polygon.bounds
    xs = _span(left, right, shape.a)
    ys = _span(top, bottom, shape.b)
    x, y = (g.ravel() for g in np.meshgrid(xs, ys))
    slack = _slack(shape, x, y, polygon)
    inside = slack >= 0
    if polygon.convex_hull.area > polygon.area * 1.001:
        ring = shape.ring()
        inside &= np.array([bool(i) and _holds(polygon, ring, a, b) for i, a, b in zip(inside, x, y, strict=True)])
    if job.force and not inside.any():
        inside[int(slack.argmax())] = True
    return x[inside], y[inside]


def _span(low: float, high: float, half: float) -> np.ndarray:
    """Centres from one side to the other, close to the sides included."""
    low, high = low + half + MARGIN + 0.5, high - half - MARGIN - 0.5
    return np.linspace(low, high, GRID) if low < high else np.array([(low + high) / 2])


def _holds(polygon: Polygon, ring: np.ndarray, x: float, y: float) -> bool:
    return polygon.contains(Polygon(ring + np.array([x, y])).buffer(MARGIN))


def _slack(shape: Envelope, x: np.ndarray, y: np.ndarray, polygon: Polygon) -> np.ndarray:
    """Distance from the envelope to the nearest side of the convex hull, less the margin; negative outside."""
    corners = list(polygon.convex_hull.exterior.coords)
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
        slack = np.minimum(slack, away - reach - _margin(x0, y0, x1, y1))
    return slack


def _margin(x0: float, y0: float, x1: float, y1: float) -> float:
    """More room along the trim of the page than along a frame."""
    on_side = (x0 <= 1 and x1 <= 1) or (x0 >= PAGE_WIDTH - 1 and x1 >= PAGE_WIDTH - 1)
    on_end = (y0 <= 1 and y1 <= 1) or (y0 >= PAGE_HEIGHT - 1 and y1 >= PAGE_HEIGHT - 1)
    return TRIM_MARGIN if on_side or on_end else MARGIN


def _hard(plan: _Plan, shape: Envelope, at: At, stage: Stage) -> np.ndarray:
    x, y = at
    cost = np.zeros(x.shape)
    for head in stage.heads:
        level = shape.inside(
            np.clip(x, head.x - HEAD_GAP, head.x + head.w + HEAD_GAP) - x,
            np.clip(y, head.y - HEAD_GAP, head.y + head.h + HEAD_GAP) - y,
        )
        cost += np.where(level < 1, HARD * (1.5 - level), 0)
    for other in plan.placed:
        cost += np.where(_meets(shape, at, other), 2 * HARD, 0)
        cost += np.where(_in_order(shape, at, other, stage.side), 0, HARD)
    return cost


def _meets(shape: Envelope, at: At, other: Placed) -> np.ndarray:
    """Whether the envelope at each centre comes nearer to another balloon than the gap."""
    x, y = at
    ring = other.shape.ring(48)
    ring = ring * (1 + BALLOON_GAP / min(other.shape.a, other.shape.b)) + other.centre
    level = shape.inside(ring[None, :, 0] - x[:, None], ring[None, :, 1] - y[:, None]).min(axis=1)
    swallowed = other.shape.inside(x - other.centre[0], y - other.centre[1]) < 1
    return (level < 1) | swallowed


def _in_order(shape: Envelope, at: At, other: Placed, side: float) -> np.ndarray:
    """Whether a balloon at each centre is read after another: below it, or beside it and not above it."""
    (x, y), (ox, oy) = at, other.centre
    below = y - shape.b >= oy + other.shape.b
    above = y + shape.b <= oy - other.shape.b
    along = (x - ox) * side
    beside = along >= shape.a + other.shape.a
    stagger = (along > 0.35 * (shape.a + other.shape.a)) & (y > oy)
    return below | ((beside | stagger) & ~above)


def _overlap(shape: Envelope, at: At, box: Box) -> np.ndarray:
    """Share of the balloon's rectangle that lies on a box."""
    x, y = at
    w = np.minimum(x + shape.a, box.x + box.w) - np.maximum(x - shape.a, box.x)
    h = np.minimum(y + shape.b, box.y + box.h) - np.maximum(y - shape.b, box.y)
    return np.clip(w, 0, None) * np.clip(h, 0, None) / shape.area


def _soft(number: int, shape: Envelope, at: At, job: _Job) -> np.ndarray:
    """Off bodies and drawn sounds, high, near a side, and spread over the panel in reading order."""
    (x, y), stage, count = at, job.stage, len(job.wishes)
    left, top, right, bottom = stage.polygon.bounds
    along = (right - x) / (right - left) if stage.side < 0 else (x - left) / (right - left)
    down = (y - top) / (bottom - top)
    cost = sum((1.4 * _overlap(shape, at, body) for body in stage.bodies), np.zeros(x.shape))
    cost += sum((6.0 * _overlap(shape, at, box) for box in stage.sfx), np.zeros(x.shape))
    if shape.kind == "narration":
        if number and number == count - 1:
            along, down = 1 - along, 1 - down
        return cost + 1.6 * (along - shape.a / (right - left)) + 1.2 * (down - shape.b / (bottom - top))
    near = np.minimum(x - shape.a - left, right - x - shape.a) / (right - left)
    wanted = (number + 0.5) / count if count > 1 else 0.3
    return cost + 0.7 * np.abs(along - wanted) + 0.55 * down + 0.8 * np.clip(near, 0, None)


def _tail_cost(plan: _Plan, shape: Envelope, at: At, job: _Job) -> np.ndarray:
    """The way to the mouth is short, not over another head or balloon; and no balloon blocks an earlier way."""
    x, y = at
    steps, cost = np.linspace(0.1, 0.9, 9)[None, :], np.zeros(x.shape)
    for wish, other in zip(job.wishes, plan.placed, strict=False):
        if wish.mouth is not None:
            px = other.centre[0] + (wish.mouth[0] - other.centre[0]) * steps
            py = other.centre[1] + (wish.mouth[1] - other.centre[1]) * steps
            cost += 3.0 * (shape.inside(px - x[:, None], py - y[:, None]) < 1.05).any(axis=1)
    wish = job.wishes[len(plan.placed)]
    if wish.mouth is None:
        return cost
    mx, my = wish.mouth
    left, top, right, bottom = job.stage.polygon.bounds
    cost += 0.5 * np.hypot((x - mx) / (right - left), (y - my) / (bottom - top))
    px, py = x[:, None] + (mx - x[:, None]) * steps, y[:, None] + (my - y[:, None]) * steps
    for number, head in enumerate(job.stage.heads):
        if number != wish.own_head:
            within = (px > head.x) & (px < head.x + head.w) & (py > head.y) & (py < head.y + head.h)
            cost += 2.5 * within.any(axis=1)
    for other in plan.placed:
        cost += 3.0 * (other.shape.inside(px - other.centre[0], py - other.centre[1]) < 1.05).any(axis=1)
    return cost
