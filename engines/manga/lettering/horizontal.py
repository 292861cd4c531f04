"""Latin lettering: capitals in centred lines that swell to the profile of an ellipse; words are never hyphenated."""

import math
import re
from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache
from itertools import pairwise

from engines.manga.lettering.block import Block
from engines.manga.lettering.glyphs import FontName, Glyph, clean, shape

PITCH = 1.08
CAP_TOP, DESCENT = 0.74, 0.16
MOST_LINES = 9
LONGEST_WORD = 26
WIDE = r"⺀-鿿豈-﫿＀-￯"
WORD = re.compile(rf"[{WIDE}]|[^\s{WIDE}]+?(?:(?<=\w)-(?=\w)|—|\.{{2,}}(?=\w)|…(?=\w)|(?=[{WIDE}])|(?=\s|$))")
PRONOUN = re.compile(r"^\W*I(?:['’]\w+)?\W*$")
BARE_I = "l"


def words(text: str) -> list[tuple[str, bool]]:
    """Split text into (word, space follows). A word ends at a space, or after a dash or dots inside it."""
    found: list[tuple[str, bool]] = []
    for part in clean(text).split():
        pieces = [m[0] for m in WORD.finditer(part)] or [part]
        pieces = [p[i : i + LONGEST_WORD] for p in pieces for i in range(0, len(p), LONGEST_WORD)]
        found += [(p, i == len(pieces) - 1) for i, p in enumerate(pieces)]
    return found


def capitals(word: str, font: FontName) -> str:
    """Write a word in capitals; the crossbar I is kept for the pronoun alone where the face has a bare one."""
    upper = word.upper().replace("ẞ", "SS")
    if font == "latin" and "I" in upper and not PRONOUN.match(upper):
        return upper.replace("I", BARE_I)
    return upper


def _line(part: Sequence[tuple[str, bool]], font: FontName) -> str:
    return "".join(capitals(word, font) + (" " if space else "") for word, space in part).rstrip()


def _breaks(widths: list[list[float]], count: int, widest: float) -> tuple[float, list[int]] | None:
    """Cut words into ``count`` lines near the elliptical profile of half-width ``widest``/2; None if impossible."""
    size = len(widths)
    if count > size:
        return None
    aims = [widest * math.sqrt(max(0.1, 1 - ((2 * i + 1 - count) / (count + 0.6)) ** 2)) for i in range(count)]
    best = {(0, 0): (0.0, [0])}
    for row in range(1, count + 1):
        for end in range(row, size + 1):
            for start in range(row - 1, end):
                if (row - 1, start) not in best:
                    continue
                cost, cuts = best[row - 1, start]
                off = (widths[start][end - 1] - aims[row - 1]) / widest
                cost += (3.0 if off > 0 else 1.0) * off * off
                if (row, end) not in best or cost < best[row, end][0]:
                    best[row, end] = cost, [*cuts, end]
    return best.get((count, size))


def _set(lines: Sequence[str], font: FontName, penalty: float) -> Block:
    glyphs: list[Glyph] = []
    rects = []
    for number, line in enumerate(lines):
        run = shape(line, font)
        left, base = -run.advance / 2, number * PITCH
        glyphs += [replace(g, x=g.x + left, y=g.y - base) for g in run.glyphs]
        rects.append((left, base - CAP_TOP, -left, base + 0.04))
    low = rects[-1]
    rects[-1] = (*low[:3], low[3] + DESCENT * any(c in lines[-1] for c in ",;Qçyjgpq"))
    return Block(font, tuple(glyphs), tuple(rects), tuple(lines), penalty).centred()


@lru_cache(maxsize=512)
def blocks(text: str, font: FontName) -> tuple[Block, ...]:
    """Set text in every sensible number of lines. Empty text gives no block; one line is always there."""
    found = words(text)
    if not found:
        return ()
    size = len(found)
    widths = [[0.0] * size for _ in range(size)]
    for a in range(size):
        for b in range(a, size):
            widths[a][b] = shape(_line(found[a : b + 1], font), font).advance
    total, longest, seen = widths[0][-1], max(widths[i][i] for i in range(size)), {}
    for count in range(1, min(MOST_LINES, size) + 1):
        for slack in (1.05, 1.3):
            made = _breaks(widths, count, max(total / count * slack, longest))
            if made and tuple(made[1]) not in seen:
                parts = [found[a:b] for a, b in pairwise(made[1])]
                block = _set([_line(part, font) for part in parts], font, made[0] if count > 1 else 0.0)
                plain = tuple("".join(w + " " * space for w, space in part).rstrip() for part in parts)
                seen[tuple(made[1])] = replace(block, lines=plain)
    return tuple(seen.values())
