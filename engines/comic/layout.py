"""Panels on a page: rows of columns by importance, gutters that make rows read first, slants, bleed.

    page -> rows, top to bottom -> columns, in reading direction -> one panel, or two stacked

All compositions are tried; the cheapest wins. Panels come in reading order and leave in it;
right-to-left pages are the mirror of left-to-right ones.
"""

import math
import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import Literal

from engines.comic.document import PAGE_HEIGHT, PAGE_WIDTH, Point

MARGIN = 62.0
FOOT = 72.0
ROW_GUTTER = 30.0
STACK_GUTTER = 20.0
COLUMN_GUTTER = 15.0
MOST_COLUMNS = 3
LEAST_WIDTH = 300.0
LEAST_HEIGHT = 260.0
SLANTED_SHARE = 0.55
STACK_COST = 0.45
Row = tuple[int, ...]
Rows = tuple[Row, ...]
Edge = Callable[[float], float]


@dataclass(frozen=True)
class PanelSlot:
    """What a panel needs of the page: its weight, the aspect (w / h) that suits it, whether it may bleed."""

    weight: float
    aspect: float
    bleed: bool = False


@dataclass(frozen=True)
class PlacedPanel:
    """A panel's polygon in page pixels, clockwise from the top left, and whether it has no frame."""

    polygon: list[Point]
    bleed: bool


@dataclass(frozen=True)
class Column:
    """One panel, or two stacked, as a part of a row."""

    slots: tuple[PanelSlot, ...]

    @property
    def weight(self) -> float:
        """The importance of all its panels."""
        return sum(slot.weight for slot in self.slots)

    @property
    def aspect(self) -> float:
        """The aspect that suits the column as a whole."""
        return 1 / sum(1 / slot.aspect for slot in self.slots)

    def heights(self, height: float) -> list[float]:
        """How its panels share a height, by their weights and aspects."""
        space = height - STACK_GUTTER * (len(self.slots) - 1)
        shares = [math.sqrt(slot.weight / slot.aspect) for slot in self.slots]
        return [space * share / sum(shares) for share in shares]


def lay_out(
    slots: Sequence[PanelSlot], direction: Literal["rtl", "ltr"], before: Rows | None, rng: random.Random
) -> tuple[list[PlacedPanel], Rows]:
    """Polygons of one page, and its rows, to be handed in as ``before`` of the next page, which will differ."""
    others = [rows for rows in _pages(len(slots)) if rows != before] or _pages(len(slots))
    rows = min(others, key=lambda r: (_cost(_columns(slots, r), r), r))
    return place_rows(slots, rows, direction, rng), rows


def place_rows(
    slots: Sequence[PanelSlot], rows: Rows, direction: Literal["rtl", "ltr"], rng: random.Random
) -> list[PlacedPanel]:
    """Polygons of one page whose rows are given."""
    filled = _columns(slots, rows)
    placed: list[PlacedPanel] = []
    top = MARGIN
    for index, (row, height) in enumerate(zip(filled, _heights(filled), strict=True)):
        edges = (index == 0, index == len(filled) - 1)
        placed += _place(row, (top, top + height), edges, rng)
        top += height + ROW_GUTTER
    if direction == "rtl":
        placed = [_mirrored(panel) for panel in placed]
    return placed


def rows_of(polygons: Sequence[Sequence[Point]]) -> Rows:
    """The rows of a page from the polygons of its panels, in reading order."""
    tops = [min(y for _, y in polygon) for polygon in polygons]
    feet = [max(y for _, y in polygon) for polygon in polygons]
    rows: list[list[int]] = []
    for index, polygon in enumerate(polygons):
        if not rows or min(tops[index:]) >= max(feet[:index]):
            rows.append([1])
        elif _share_a_column(polygons[index - 1], polygon):
            rows[-1][-1] += 1
        else:
            rows[-1].append(1)
    return tuple(tuple(row) for row in rows)


def _share_a_column(above: Sequence[Point], below: Sequence[Point]) -> bool:
    """Whether one panel lies under another rather than beside it; slants are taken at their middle."""
    (_, a, b, _), (_, c, d, _) = (sorted(x for x, _ in polygon) for polygon in (above, below))
    return min(b, d) - max(a, c) > (d - c) / 2


@lru_cache(maxsize=16)
def _pages(count: int) -> tuple[Rows, ...]:
    """Every way to deal panels into rows."""
    if count == 0:
        return ((),)
    return tuple(
        (row, *rest)
        for size in range(1, min(count, MOST_COLUMNS + 1) + 1)
        for row in _rows(size)
        for rest in _pages(count - size)
    )


def _rows(size: int) -> Iterator[Row]:
    """Every way to deal panels into the columns of a row.

    A stack alone would only be two rows, and two stacks side by side could be read across.
    """
    for columns in _columns_of(size):
        if len(columns) <= MOST_COLUMNS and columns != (2,) and columns.count(2) < 2:
            yield columns


def _columns_of(size: int) -> Iterator[Row]:
    if size == 0:
        yield ()
    for first in range(1, min(size, 2) + 1):
        for rest in _columns_of(size - first):
            yield (first, *rest)


def _columns(slots: Sequence[PanelSlot], rows: Rows) -> list[list[Column]]:
    upcoming = iter(slots)
    return [[Column(tuple(next(upcoming) for _ in range(size))) for size in row] for row in rows]


def _heights(rows: Sequence[Sequence[Column]]) -> list[float]:
    space = PAGE_HEIGHT - MARGIN - FOOT - ROW_GUTTER * (len(rows) - 1)
    # a row of wide panels needs less height than its weight says
    shares = [math.sqrt(sum(c.weight for c in row) / sum(c.aspect for c in row) * len(row)) for row in rows]
    return [space * share / sum(shares) for share in shares]


def _widths(row: Sequence[Column]) -> list[float]:
    space = PAGE_WIDTH - 2 * MARGIN - COLUMN_GUTTER * (len(row) - 1)
    shares = [c.weight * math.sqrt(c.aspect) / len(c.slots) for c in row]
    widths = [space * share / sum(shares) for share in shares]
    short = [max(0.0, LEAST_WIDTH - w) for w in widths]
    spare = [max(0.0, w - LEAST_WIDTH) for w in widths]
    share = min(1.0, sum(short) / sum(spare)) if sum(spare) else 0.0
    return [w + s - p * share for w, s, p in zip(widths, short, spare, strict=True)]


def _cost(filled: Sequence[Sequence[Column]], rows: Rows) -> float:
    cost = 0.6 * sum(a == b for a, b in pairwise(rows))
    for row, height in zip(filled, _heights(filled), strict=True):
        for column, width in zip(row, _widths(row), strict=True):
            cost += STACK_COST * (len(column.slots) - 1) + 8.0 * (width < LEAST_WIDTH - 1)
            for slot, own in zip(column.slots, column.heights(height), strict=True):
                cost += slot.weight * math.log(width / own / slot.aspect) ** 2
                cost += 6.0 * (own < LEAST_HEIGHT) + 3.0 * (slot.bleed and (len(row), len(column.slots)) != (1, 1))
    return cost


def _place(
    row: Sequence[Column], span: tuple[float, float], edges: tuple[bool, bool], rng: random.Random
) -> list[PlacedPanel]:
    top, bottom = span
    if len(row) == 1 and row[0].slots[0].bleed:
        return [_bled(top, bottom, edges)]
    widths = _widths(row)
    slants = [0.0, *(_slant(bottom - top, a, b, rng) for a, b in pairwise(widths)), 0.0]
    left, placed = MARGIN, []
    for column, width, (a, b) in zip(row, widths, pairwise(slants), strict=True):
        sides = (_edge(left, a, span), _edge(left + width, b, span))
        y = top
        for height in column.heights(bottom - top):
            placed.append(_panel(sides, y, y + height))
            y += height + STACK_GUTTER
        left += width + COLUMN_GUTTER
    return placed


def _edge(x: float, slant: float, span: tuple[float, float]) -> Edge:
    """The line of a gutter: ``slant`` to the right at its top, as much to the left at its foot."""
    top, bottom = span
    return lambda y: x + slant * (1 - 2 * (y - top) / (bottom - top))


def _panel(sides: tuple[Edge, Edge], top: float, bottom: float) -> PlacedPanel:
    left, right = sides
    corners = [(left(top), top), (right(top), top), (right(bottom), bottom), (left(bottom), bottom)]
    return PlacedPanel([(round(x, 1), round(y, 1)) for x, y in corners], bleed=False)


def _slant(height: float, left: float, right: float, rng: random.Random) -> float:
    """Half the shift between the ends of a gutter; both neighbours share it, so they stay apart."""
    chosen, size, sign = rng.random() < SLANTED_SHARE, rng.uniform(0.03, 0.075), rng.choice((-1, 1))
    room = min(left, right) - LEAST_WIDTH + 60
    return sign * min(height * size, max(room, 0.0) / 2) if chosen else 0.0


def _bled(top: float, bottom: float, edges: tuple[bool, bool]) -> PlacedPanel:
    upper = 0.0 if edges[0] else round(top, 1)
    lower = float(PAGE_HEIGHT) if edges[1] else round(bottom, 1)
    w = float(PAGE_WIDTH)
    return PlacedPanel([(0.0, upper), (w, upper), (w, lower), (0.0, lower)], bleed=True)


def spread_panel() -> PlacedPanel:
    """One panel over two facing pages, up to their edges; it needs no gutter and has the fold in its middle."""
    w, h = 2.0 * PAGE_WIDTH, float(PAGE_HEIGHT)
    return PlacedPanel([(0.0, 0.0), (w, 0.0), (w, h), (0.0, h)], bleed=True)


def _mirrored(panel: PlacedPanel) -> PlacedPanel:
    a, b, c, d = [(round(PAGE_WIDTH - x, 1), y) for x, y in panel.polygon]
    return PlacedPanel([b, a, d, c], panel.bleed)
