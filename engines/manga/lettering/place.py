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
from engines.manga.reading import reading_order

MARGIN, TRIM_MARGIN = 7.0, 40.0
BALLOON_GAP = 9.0
GRID, BEAM, BRANCH, TRIED = 24, 8, 4, 60
HARD, BLOCKED = 1e6, 50.0
At = tuple[np.ndarray, np.ndarray]


@dataclass(frozen=True, slots=True)
class Wish:
    """One balloon to place: its possible shapes with their cost, the speaker's mouth and head if in the picture.

    ``joined`` asks for a place near the balloon before it, for the second half of a split line.
    """

    shapes: tuple[tuple[float, Envelope], ...]
    mouth: Point | None = None
    own_head: int | None = None
    joined: bool = False


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
    head_gap: float = 9.0
    speakers: dict[str, tuple[Point, int]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Placed:
    """A balloon shape with its centre."""

    shape: Envelope
    centre: Point


@dataclass(frozen=True, slots=True)
class Layout:
    """Places in reading order. ``clear`` is false if the way of a tail is blocked by a head or a balloon."""

    placed: list[Placed]
    clear: bool


@dataclass(slots=True)
class _Plan:
    cost: float = 0.0
    placed: list[Placed] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Job:
    wishes: Sequence[Wish]
    stage: Stage
    force: bool


@dataclass(frozen=True, slots=True)
class _Site:
    """Where one shape may stand and what that costs, whatever the other balloons do."""

    shape: Envelope
    at: At
    cost: np.ndarray


def place(wishes: Sequence[Wish], stage: Stage, force: bool = False) -> Layout | None:
    """Places for all wishes in reading order, or None. ``force`` gives the least bad places instead of None."""
    job = _Job(wishes, stage, force)
    sites = [[_site(number, option, job) for option in wish.shapes] for number, wish in enumerate(wishes)]
    sites = [[site for site in wanted if len(site.cost)] for wanted in sites]
    if not all(sites):
        return None
    plans = [_Plan()]
    for wanted in sites:
        grown = [plan for old in plans for site in wanted for plan in _grow(job, old, site)]
        plans = _best(sorted(grown, key=lambda plan: plan.cost), job)
        if not plans:
            return None
    return Layout(plans[0].placed, plans[0].cost < BLOCKED)


def _best(plans: list[_Plan], job: _Job) -> list[_Plan]:
    """The cheapest plans that also read in the right order as a whole; with ``force`` wrong ones follow."""
    direction, right, wrong = ("rtl" if job.stage.side < 0 else "ltr"), [], []
    for plan in plans[:TRIED]:
        rings = [spot.shape.ring(16) + np.array(spot.centre) for spot in plan.placed]
        in_order = reading_order(rings, direction) == list(range(len(rings)))
        (right if in_order else wrong).append(plan)
        if len(right) == BEAM:
            break
    return [*right, *wrong][:BEAM] if job.force else right


def _site(number: int, option: tuple[float, Envelope], job: _Job) -> _Site:
    """Cost every centre of a shape that is inside the panel and off the heads."""
    shape_cost, shape = option
    at = _centres(shape, job)
    cost = _on_heads(shape, at, job.stage)
    if not job.force:
        free = cost < HARD
        at, cost = (at[0][free], at[1][free]), cost[free]
    if len(cost):
        cost = cost + shape_cost + _soft(number, shape, at, job) + _way_cost(number, at, job)
    return _Site(shape, at, cost)


def _grow(job: _Job, plan: _Plan, site: _Site) -> list[_Plan]:
    shape, (x, y) = site.shape, site.at
    cost = site.cost + _others_cost(plan, site, job)
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


def _on_heads(shape: Envelope, at: At, stage: Stage) -> np.ndarray:
    x, y = at
    cost, gap = np.zeros(x.shape), stage.head_gap
    for head in stage.heads:
        level = shape.inside(
            np.clip(x, head.x - gap, head.x + head.w + gap) - x,
            np.clip(y, head.y - gap, head.y + head.h + gap) - y,
        )
        cost += np.where(level < 1, HARD * (2 - level), 0)
    return cost


def _others_cost(plan: _Plan, site: _Site, job: _Job) -> np.ndarray:
    """What the balloons placed before forbid: overlap, wrong order, and a crossed way to a mouth."""
    shape, at, (x, y) = site.shape, site.at, site.at
    cost, number = np.zeros(x.shape), len(plan.placed)
    steps = np.linspace(0.1, 0.9, 9)[None, :]
    mouth = job.wishes[number].mouth
    for wish, other in zip(job.wishes, plan.placed, strict=False):
        cost += np.where(_meets(shape, at, other), 2 * HARD, 0)
        cost += np.where(_in_order(shape, at, other, job.stage.side), 0, HARD)
        ox, oy = other.centre
        if wish.mouth is not None:
            px, py = ox + (wish.mouth[0] - ox) * steps, oy + (wish.mouth[1] - oy) * steps
            cost += BLOCKED * (shape.inside(px - x[:, None], py - y[:, None]) < 1.05).any(axis=1)
        if mouth is not None:
            px, py = x[:, None] + (mouth[0] - x[:, None]) * steps, y[:, None] + (mouth[1] - y[:, None]) * steps
            cost += BLOCKED * (other.shape.inside(px - ox, py - oy) < 1.05).any(axis=1)
    if job.wishes[number].joined and plan.placed:
        last = plan.placed[-1]
        gap = (
            np.hypot(x - last.centre[0], y - last.centre[1])
            - np.hypot(shape.a + last.shape.a, shape.b + last.shape.b) / 2
        )
        cost += 0.02 * np.clip(gap, 0, None)
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
    cost = sum((1.8 * _overlap(shape, at, body) for body in stage.bodies), np.zeros(x.shape))
    cost += sum((6.0 * _overlap(shape, at, box) for box in stage.sfx), np.zeros(x.shape))
    if shape.kind == "narration":
        if number and number == count - 1:
            along, down = 1 - along, 1 - down
        return cost + 1.6 * (along - shape.a / (right - left)) + 1.2 * (down - shape.b / (bottom - top))
    near = np.minimum(x - shape.a - left, right - x - shape.a) / (right - left)
    wanted = (number + 0.5) / count if count > 1 else 0.3
    return cost + 0.6 * np.abs(along - wanted) + 0.55 * down + 0.8 * np.clip(near, 0, None)


def _way_cost(number: int, at: At, job: _Job) -> np.ndarray | float:
    """The way to the mouth is short, not over the head of another, and little over the body."""
    wish, (x, y) = job.wishes[number], at
    if wish.mouth is None:
        return 0.0
    mx, my = wish.mouth
    left, top, right, bottom = job.stage.polygon.bounds
    cost = 1.3 * np.hypot(x - mx, y - my) / np.hypot(right - left, bottom - top)
    steps = np.linspace(0.1, 0.9, 9)[None, :]
    px, py = x[:, None] + (mx - x[:, None]) * steps, y[:, None] + (my - y[:, None]) * steps
    for index, head in enumerate(job.stage.heads):
        if index != wish.own_head:
            within = (px > head.x) & (px < head.x + head.w) & (py > head.y) & (py < head.y + head.h)
            cost += BLOCKED * within.any(axis=1)
            body = job.stage.bodies[index]
            over = (px > body.x) & (px < body.x + body.w) & (py > body.y) & (py < body.y + body.h)
            cost += 0.12 * over.sum(axis=1)
    return cost
