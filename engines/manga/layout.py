"""Panels on a page: rows by importance, gutters that make rows read first, slants, bleed.

All compositions of the panels into rows are tried; the cheapest wins. Panels come in reading order
and leave in it; right-to-left pages are the mirror of left-to-right ones.
"""

import itertools
import math
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from engines.manga.document import PAGE_HEIGHT, PAGE_WIDTH, Point

MARGIN = 62.0
FOOT = 72.0
ROW_GUTTER = 30.0
COLUMN_GUTTER = 15.0
MOST_IN_ROW = 3
LEAST_WIDTH = 300.0
LEAST_HEIGHT = 260.0
SLANTED_SHARE = 0.55
Rows = tuple[int, ...]


@dataclass(frozen=True)
class Slot:
    """What a panel asks of the page: its weight, the aspect (w / h) that suits it, whether it may bleed."""

    weight: float
    aspect: float
    bleed: bool = False


@dataclass(frozen=True)
class Placed:
    """A panel's polygon in page pixels, clockwise from the top left, and whether it has no frame."""

    polygon: list[Point]
    bleed: bool


def lay_out(
    slots: Sequence[Slot], direction: Literal["rtl", "ltr"], before: Rows | None, rng: random.Random
) -> tuple[list[Placed], Rows]:
    """Polygons of one page, and its rows, to be handed in as ``before`` of the next page, which will differ."""
    rows = min(_compositions(len(slots)), key=lambda r: (_cost(slots, r, before), r))
    placed: list[Placed] = []
    top, start = MARGIN, 0
    heights = _heights(slots, rows)
    for index, (size, height) in enumerate(zip(rows, heights, strict=True)):
        row = slots[start : start + size]
        edges = (index == 0, index == len(rows) - 1)
        placed += _row(row, top, height, edges, rng)
        top += height + ROW_GUTTER
        start += size
    if direction == "rtl":
        placed = [_mirrored(panel) for panel in placed]
    return placed, rows


def _compositions(n: int, first: int = MOST_IN_ROW) -> Iterator[Rows]:
    if n == 0:
        yield ()
    for size in range(1, min(n, first) + 1):
        for rest in _compositions(n - size):
            yield (size, *rest)


def _heights(slots: Sequence[Slot], rows: Rows) -> list[float]:
    space = PAGE_HEIGHT - MARGIN - FOOT - ROW_GUTTER * (len(rows) - 1)
    weights, start = [], 0
    for size in rows:
        row = slots[start : start + size]
        # a row of wide panels needs less height than its weight says
        weights.append(math.sqrt(sum(s.weight for s in row) / sum(s.aspect for s in row) * len(row)))
        start += size
    return [space * w / sum(weights) for w in weights]


def _widths(row: Sequence[Slot]) -> list[float]:
    space = PAGE_WIDTH - 2 * MARGIN - COLUMN_GUTTER * (len(row) - 1)
    wishes = [s.weight * math.sqrt(s.aspect) for s in row]
    widths = [space * wish / sum(wishes) for wish in wishes]
    short = [max(0.0, LEAST_WIDTH - w) for w in widths]
    spare = [max(0.0, w - LEAST_WIDTH) for w in widths]
    share = min(1.0, sum(short) / sum(spare)) if sum(spare) else 0.0
    return [w + s - p * share for w, s, p in zip(widths, short, spare, strict=True)]


def _cost(slots: Sequence[Slot], rows: Rows, before: Rows | None) -> float:
    cost, start = 0.0, 0
    for size, height in zip(rows, _heights(slots, rows), strict=True):
        row = slots[start : start + size]
        for slot, width in zip(row, _widths(row), strict=True):
            cost += slot.weight * math.log(width / height / slot.aspect) ** 2
            cost += 8.0 * (width < LEAST_WIDTH - 1)
        cost += 6.0 * (height < LEAST_HEIGHT) + 3.0 * any(s.bleed for s in row) * (size > 1)
        start += size
    cost += 0.6 * sum(a == b for a, b in itertools.pairwise(rows))
    return cost + (3.0 if rows == before else 0.0)


def _row(row: Sequence[Slot], top: float, height: float, edges: tuple[bool, bool], rng: random.Random) -> list[Placed]:
    widths = _widths(row)
    slants = [_slant(height, widths[k], widths[k + 1], rng) for k in range(len(row) - 1)]
    left, placed = MARGIN, []
    for k, (slot, width) in enumerate(zip(row, widths, strict=True)):
        a = slants[k - 1] if k else 0.0
        b = slants[k] if k < len(slants) else 0.0
        right, bottom = left + width, top + height
        if slot.bleed and len(row) == 1:
            placed.append(_bled(top, bottom, edges))
        else:
            corners = [(left + a, top), (right + b, top), (right - b, bottom), (left - a, bottom)]
            placed.append(Placed([(round(x, 1), round(y, 1)) for x, y in corners], bleed=False))
        left = right + COLUMN_GUTTER
    return placed


def _slant(height: float, left: float, right: float, rng: random.Random) -> float:
    """Half the shift between the ends of a gutter; both neighbours share it, so they stay apart."""
    chosen, size, sign = rng.random() < SLANTED_SHARE, rng.uniform(0.03, 0.075), rng.choice((-1, 1))
    room = min(left, right) - LEAST_WIDTH + 60
    return sign * min(height * size, max(room, 0.0) / 2) if chosen else 0.0


def _bled(top: float, bottom: float, edges: tuple[bool, bool]) -> Placed:
    upper = 0.0 if edges[0] else top
    lower = float(PAGE_HEIGHT) if edges[1] else bottom
    w = float(PAGE_WIDTH)
    return Placed(
        [(0.0, round(upper, 1)), (w, round(upper, 1)), (w, round(lower, 1)), (0.0, round(lower, 1))], bleed=True
    )


def _mirrored(panel: Placed) -> Placed:
    a, b, c, d = [(round(PAGE_WIDTH - x, 1), y) for x, y in panel.polygon]
    return Placed([b, a, d, c], panel.bleed)
