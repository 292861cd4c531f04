"""Vertical Japanese: columns from right to left, broken between phrases, in several shapes to choose from."""

import math
from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache
from itertools import pairwise

from engines.comic.lettering.block import Block
from engines.comic.lettering.cells import Cell, cells
from engines.comic.lettering.faces import FontName
from engines.comic.lettering.glyphs import Glyph
from engines.comic.lettering.ruby import RubyPiece

PITCH, RUBY_PITCH = 1.32, 1.62
MOST_COLUMNS = 8
HYPHEN = 0.4
# many columns of two or three characters are read across by mistake
LEAST_COLUMN, FREE_COLUMNS = 3.4, 2
SLACK = (1.02, 1.12, 1.25, 1.45, 1.75)


def _length(column: Sequence[Cell]) -> float:
    """Length of a column in em, without the blank at its head and foot."""
    trimmed = list(column)
    while trimmed and not trimmed[-1].text.strip():
        trimmed.pop()
    while trimmed and not trimmed[0].text.strip():
        trimmed.pop(0)
    if not trimmed:
        return 0.0
    hyphen = HYPHEN if trimmed[-1].foot else 0.0
    return sum(c.advance for c in trimmed) - trimmed[0].lead - trimmed[-1].trail + hyphen


def _breaks(found: Sequence[Cell], count: int, limit: float) -> tuple[float, list[int]] | None:
    """Cut cells into ``count`` columns of at most ``limit`` em at the least cost; None if no cut is allowed."""
    size = len(found)
    best = [[math.inf] * (size + 1) for _ in range(count + 1)]
    back = [[0] * (size + 1) for _ in range(count + 1)]
    best[0][0] = 0.0
    for row in range(1, count + 1):
        for end in range(1, size + 1):
            for start in range(end - 1, row - 2, -1):
                length = _length(found[start:end])
                if length > limit + 1e-6 and start < end - 1:
                    break
                cost = best[row - 1][start] + (found[start].before if start else 0.0)
                cost += _column_cost(length, limit, row == count)
                if cost < best[row][end]:
                    best[row][end], back[row][end] = cost, start
    if math.isinf(best[count][size]):
        return None
    cuts, end = [size], size
    for row in range(count, 0, -1):
        end = back[row][end]
        cuts.append(end)
    return best[count][size], cuts[::-1]


def _column_cost(length: float, limit: float, last: bool) -> float:
    """Raggedness: the last column may fall short; a column shorter than two em looks lost; over the limit is bad."""
    if length > limit:
        return 2.0 * (length - limit) / limit
    short = (limit - length) / limit
    return (0.25 if last else 0.45) * short * short + (0.35 if length < 1.9 and limit > 2.5 else 0.0)


def _set(found: Sequence[Cell], cuts: Sequence[int], font: FontName, penalty: float) -> Block:
    columns = [found[a:b] for a, b in pairwise(cuts)]
    pitch = RUBY_PITCH if any(c.ruby for column in columns for c in column) else PITCH
    glyphs: list[Glyph] = []
    rects, lines = [], []
    for number, column in enumerate(columns):
        x, pen = -number * pitch, -column[0].lead
        for cell in column:
            drawn = cell.glyphs + (cell.foot if cell is column[-1] else ())
            glyphs += [replace(g, x=g.x + x, y=g.y - pen) for g in drawn]
            pen += cell.advance
        ruby = any(c.ruby for c in column)
        rects.append((x - 0.5, 0.0, x + (1.05 if ruby else 0.5), _length(column)))
        lines.append("".join(c.text for c in column))
    return Block(font, tuple(glyphs), tuple(rects), tuple(lines), penalty).centred()


@lru_cache(maxsize=512)
def blocks(pieces: tuple[RubyPiece, ...], font: FontName) -> tuple[Block, ...]:
    """Set text in every sensible number of columns; no break against kinsoku is ever made.

    Empty text gives no block. One column is always among the results.
    """
    found = [c for c in cells(pieces, font) if c.text]
    while found and not found[-1].text.strip():
        found.pop()
    while found and not found[0].text.strip():
        found.pop(0)
    if not found:
        return ()
    total, seen = _length(found), {}
    most = max(FREE_COLUMNS, int(total / LEAST_COLUMN))
    for count in range(1, min(MOST_COLUMNS, most, len(found)) + 1):
        for slack in SLACK if count > 1 else SLACK[:1]:
            breaks = _breaks(found, count, max(total / count * slack, 2.0))
            if breaks and tuple(breaks[1]) not in seen:
                seen[tuple(breaks[1])] = _set(found, breaks[1], font, max(0.0, breaks[0]))
    return tuple(seen.values())
