"""Places for balloons in a panel: inside its polygon, off the heads and each other, in reading order.

A grid of centres is costed at once per balloon shape; a small beam keeps the best sets.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from engines.comic.document import Box
from engines.comic.lettering.shapes import Envelope, hull
from engines.comic.lettering.space import At, BalloonRequest, BalloonStage, PlacedBalloon, centres
from engines.comic.reading import reading_order

BALLOON_GAP = 9.0
OUTSIDE = 36.0
BEAM, BRANCH, TRIED = 8, 4, 60
HARD, BLOCKED = 1e6, 50.0
LEAST_OVER, TOUCHES, CROSSES, HANGS = 14.0, 1.5, 1.3, 4.0


@dataclass(frozen=True, slots=True)
class BalloonLayout:
    """Places in reading order. ``clear`` is false if the way of a tail is blocked by a head or a balloon."""

    placed: list[PlacedBalloon]
    clear: bool


@dataclass(slots=True)
class _Plan:
    cost: float = 0.0
    placed: list[PlacedBalloon] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Job:
    requests: Sequence[BalloonRequest]
    stage: BalloonStage
    force: bool


@dataclass(frozen=True, slots=True)
class _Site:
    """Where one shape may stand and what that costs, whatever the other balloons do."""

    shape: Envelope
    at: At
    cost: np.ndarray


def place(requests: Sequence[BalloonRequest], stage: BalloonStage, force: bool = False) -> BalloonLayout | None:
    """Places for all balloons in reading order, or None. ``force`` gives the least bad places instead of None."""
    job = _Job(requests, stage, force)
    sites = [[_site(number, option, job) for option in request.shapes] for number, request in enumerate(requests)]
    sites = [[site for site in wanted if len(site.cost)] for wanted in sites]
    if not all(sites):
        return None
    plans = [_Plan()]
    for wanted in sites:
        grown = [plan for old in plans for site in wanted for plan in _grow(job, old, site)]
        plans = _best(sorted(grown, key=lambda plan: plan.cost), job)
        if not plans:
            return None
    return BalloonLayout(plans[0].placed, plans[0].cost < BLOCKED)


def _best(plans: list[_Plan], job: _Job) -> list[_Plan]:
    """The cheapest plans that also read in the right order as a whole; with ``force`` wrong ones follow."""
    direction, right, wrong = ("rtl" if job.stage.side < 0 else "ltr"), [], []
    for plan in plans[:TRIED]:
        rings = [spot.shape.ring(16) + np.array(spot.centre) for spot in plan.placed]
        in_order = reading_order(rings, direction) == list(range(len(rings)))
        (right if in_order and _drawn_in_order(plan, job, direction) else wrong).append(plan)
        if len(right) == BEAM:
            break
    return [*right, *wrong][:BEAM] if job.force else right


def _drawn_in_order(plan: _Plan, job: _Job, direction: Literal["rtl", "ltr"]) -> bool:
    """Whether the balloons as they will be drawn, bursts and clouds and all, read in order: they reach farther."""
    drawn = [hull(p.shape, p.centre, job.stage.seed + i) for i, p in enumerate(plan.placed)]
    return reading_order([each.exterior.coords for each in drawn], direction) == list(range(len(drawn)))


def _site(number: int, option: tuple[float, Envelope], job: _Job) -> _Site:
    """Cost every centre of a shape that is inside the panel and off the heads."""
    shape_cost, shape = option
    at = centres(shape, job.stage, job.force)
    cost = _on_heads(shape, at, job.stage) + _on_boxes(shape, at, job.stage.blocked, 0.0)
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
        found.append(_Plan(plan.cost + float(cost[best]), [*plan.placed, PlacedBalloon(shape, centre)]))
        cost = np.where(np.hypot(x - x[best], y - y[best]) < 0.6 * min(shape.a, shape.b), np.inf, cost)
    return found


def _on_heads(shape: Envelope, at: At, stage: BalloonStage) -> np.ndarray:
    return _on_boxes(shape, at, stage.heads, stage.head_gap)


def _on_boxes(shape: Envelope, at: At, boxes: Sequence[Box], gap: float) -> np.ndarray:
    x, y = at
    cost = np.zeros(x.shape)
    for each in boxes:
        level = shape.inside(
            np.clip(x, each.x - gap, each.x + each.w + gap) - x,
            np.clip(y, each.y - gap, each.y + each.h + gap) - y,
        )
        cost += np.where(level < 1, HARD * (2 - level), 0)
    return cost


def _others_cost(plan: _Plan, site: _Site, job: _Job) -> np.ndarray:
    """What the balloons placed before forbid: overlap, wrong order, and a crossed way to a mouth."""
    shape, at, (x, y) = site.shape, site.at, site.at
    cost, number = np.zeros(x.shape), len(plan.placed)
    steps = np.linspace(0.1, 0.9, 9)[None, :]
    mouth = job.requests[number].mouth
    for request, other in zip(job.requests, plan.placed, strict=False):
        cost += np.where(_meets(shape, at, other), 2 * HARD, 0)
        cost += np.where(_in_order(shape, at, other, job.stage.side), 0, HARD)
        ox, oy = other.centre
        if request.mouth is not None:
            px, py = ox + (request.mouth[0] - ox) * steps, oy + (request.mouth[1] - oy) * steps
            cost += BLOCKED * (shape.inside(px - x[:, None], py - y[:, None]) < 1.05).any(axis=1)
        if mouth is not None:
            px, py = x[:, None] + (mouth[0] - x[:, None]) * steps, y[:, None] + (mouth[1] - y[:, None]) * steps
            cost += BLOCKED * (other.shape.inside(px - ox, py - oy) < 1.05).any(axis=1)
    if job.requests[number].joined and plan.placed:
        last = plan.placed[-1]
        gap = (
            np.hypot(x - last.centre[0], y - last.centre[1])
            - np.hypot(shape.a + last.shape.a, shape.b + last.shape.b) / 2
        )
        cost += 0.02 * np.clip(gap, 0, None)
    return cost


def _meets(shape: Envelope, at: At, other: PlacedBalloon) -> np.ndarray:
    """Whether the envelope at each centre comes nearer to another balloon than the gap."""
    x, y = at
    ring = other.shape.ring(48)
    ring = ring * (1 + BALLOON_GAP / min(other.shape.a, other.shape.b)) + other.centre
    level = shape.inside(ring[None, :, 0] - x[:, None], ring[None, :, 1] - y[:, None]).min(axis=1)
    swallowed = other.shape.inside(x - other.centre[0], y - other.centre[1]) < 1
    return (level < 1) | swallowed


def _in_order(shape: Envelope, at: At, other: PlacedBalloon, side: float) -> np.ndarray:
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
    (x, y), stage, count = at, job.stage, len(job.requests)
    left, top, right, bottom = stage.polygon.bounds
    along = (right - x) / (right - left) if stage.side < 0 else (x - left) / (right - left)
    down = (y - top) / (bottom - top)
    cost = sum((1.8 * _overlap(shape, at, body) for body in stage.bodies), np.zeros(x.shape))
    cost += sum((6.0 * _overlap(shape, at, box) for box in stage.sfx), np.zeros(x.shape))
    cost += _over_frame(shape, at, stage, last=number == count - 1)
    if shape.kind == "narration":
        if number and number == count - 1:
            along, down = 1 - along, 1 - down
        return cost + 1.6 * (along - shape.a / (right - left)) + 1.2 * (down - shape.b / (bottom - top))
    near = np.minimum(x - shape.a - left, right - x - shape.a) / (right - left)
    wanted = (number + 0.5) / count if count > 1 else 0.3
    # a voice from outside needs room for the tail that shows where it comes from
    aside = 3 * np.abs(near - OUTSIDE / (right - left)) if job.requests[number].outside else np.clip(near, 0, None)
    return cost + 0.6 * np.abs(along - wanted) + 0.55 * down + 0.8 * aside


def _over_frame(shape: Envelope, at: At, stage: BalloonStage, last: bool) -> np.ndarray | float:
    """Where balloons may cross the frame: clearly over it or clear of it, the last of a page's panel at its foot."""
    if stage.frame is None or stage.frame.equals(stage.polygon):
        return 0.0
    top, bottom = stage.frame.bounds[1], stage.frame.bounds[3]
    above, below = top - (at[1] - shape.b), at[1] + shape.b - bottom
    cost = TOUCHES * ((np.abs(above) < LEAST_OVER) | (np.abs(below) < LEAST_OVER))
    over = (above >= LEAST_OVER) | (below >= LEAST_OVER)
    if shape.kind == "narration":
        # a caption that hangs out below its panel looks dropped
        over, cost = above >= LEAST_OVER, cost + HANGS * (below > -LEAST_OVER)
    else:
        cost += TOUCHES * (np.maximum(above, below) > 1.2 * shape.b)
    return cost - CROSSES * over if last or stage.polygon.bounds[1] < top else cost + TOUCHES * over


def _way_cost(number: int, at: At, job: _Job) -> np.ndarray | float:
    """The way to the mouth is short, not over the head of another, and little over the body."""
    request, (x, y) = job.requests[number], at
    if request.mouth is None:
        return 0.0
    mx, my = request.mouth
    left, top, right, bottom = job.stage.polygon.bounds
    cost = 1.3 * np.hypot(x - mx, y - my) / np.hypot(right - left, bottom - top)
    steps = np.linspace(0.1, 0.9, 9)[None, :]
    px, py = x[:, None] + (mx - x[:, None]) * steps, y[:, None] + (my - y[:, None]) * steps
    for index, head in enumerate(job.stage.heads):
        if index != request.own_head:
            within = (px > head.x) & (px < head.x + head.w) & (py > head.y) & (py < head.y + head.h)
            cost += BLOCKED * within.any(axis=1)
            body = job.stage.bodies[index]
            over = (px > body.x) & (px < body.x + body.w) & (py > body.y) & (py < body.y + body.h)
            cost += 0.12 * over.sum(axis=1)
    return cost
