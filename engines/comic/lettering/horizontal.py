"""Latin lettering: capitals in centred lines that swell to the profile of an ellipse; very long words get hyphens."""

import math
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache
from itertools import groupby, pairwise

from engines.comic.lettering.block import Block
from engines.comic.lettering.emphasis import Word, spread
from engines.comic.lettering.faces import FontName, covers
from engines.comic.lettering.glyphs import Glyph, GlyphRun, shape
from engines.comic.lettering.hyphens import fragments

PITCH = 1.08
CAP_TOP, DESCENT = 0.74, 0.16
MOST_LINES = 9
LONGEST_WORD, PIECE = 18, 12
WIDE = r"⺀-鿿豈-﫿＀-￯"
WORD = re.compile(rf"[{WIDE}]|[^\s{WIDE}]+?(?:(?<=\w)-(?=\w)|—|\.{{2,}}(?=\w)|…(?=\w)|(?=[{WIDE}])|(?=\s|$))")
PRONOUN = re.compile(r"^\W*I(?:['’]\w+)*\W*$")
BARE_I = "l"
GREEK, DIAERESIS = re.compile("[Ͱ-Ͽἀ-῿]"), "\u0308"
LEANS: dict[FontName, FontName] = {"latin": "latin_italic", "latin_italic": "latin"}


def words(text: str) -> list[Word]:
    """Split text into words. A word ends at a space, or after a dash or dots inside it."""
    plain, strong = spread(text)
    found: list[Word] = []
    for part in re.finditer(r"\S+", plain):
        cuts = [0, *(m.end() for m in WORD.finditer(part[0])), len(part[0])]
        for low, high in pairwise(dict.fromkeys(cuts)):
            start = low
            for piece, hyphen in fragments(part[0][low:high], PIECE if high - low > LONGEST_WORD else LONGEST_WORD):
                end = start + len(piece)
                flags = strong[part.start() + start : part.start() + end]
                found.append(Word(piece, end == len(part[0]), flags, hyphen))
                start = end
    return found


def capitals(word: str, font: FontName) -> str:
    """Write a word in capitals; the crossbar I is kept for the pronoun alone where the face has a bare one."""
    return _upper(word, font, PRONOUN.match(word.upper()) is not None)


def _upper(part: str, font: FontName, pronoun: bool) -> str:
    upper = part.upper().replace("ẞ", "SS")
    if GREEK.match(upper):
        # Greek capitals carry no accents
        upper = "".join(
            c for c in unicodedata.normalize("NFD", upper) if c == DIAERESIS or not unicodedata.combining(c)
        )
    return upper.replace("I", BARE_I) if font in LEANS and not pronoun else upper


def _runs(part: Sequence[Word], font: FontName) -> list[tuple[str, FontName]]:
    """A line in capitals, cut where the face changes: emphasis leans, and stands upright among leaning words."""
    letters: list[tuple[str, FontName]] = []
    for word in part:
        pronoun = PRONOUN.match(word.text.upper()) is not None or not covers(word.text.upper(), font)
        faces: list[FontName] = [LEANS.get(font, font) if strong else font for strong in word.strong]
        letters += zip((_upper(c, font, pronoun) for c in word.text), faces, strict=True)
        if word.space:
            letters.append((" ", faces[-1]))
    if letters and letters[-1][0] == " ":
        letters.pop()
    if part and part[-1].hyphen:
        letters.append(("-", letters[-1][1]))
    runs = [list(run) for _, run in groupby(letters, key=lambda pair: pair[1])]
    return [("".join(c for c, _ in run), run[0][1]) for run in runs]


def _shape(part: Sequence[Word], font: FontName) -> GlyphRun:
    """Shape a line whose faces may change."""
    glyphs: list[Glyph] = []
    pen = 0.0
    for text, face in _runs(part, font):
        run = shape(text, face)
        glyphs += [replace(g, x=g.x + pen) for g in run.glyphs]
        pen += run.advance
    return GlyphRun(tuple(glyphs), pen)


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


def _written(part: Sequence[Word]) -> str:
    return "".join(word.text + " " * word.space for word in part).rstrip() + "-" * part[-1].hyphen


def _set(parts: Sequence[Sequence[Word]], font: FontName, penalty: float) -> Block:
    glyphs: list[Glyph] = []
    rects = []
    lines = tuple(_written(part) for part in parts)
    for number, part in enumerate(parts):
        run = _shape(part, font)
        left, base = -run.advance / 2, number * PITCH
        glyphs += [replace(g, x=g.x + left, y=g.y - base) for g in run.glyphs]
        rects.append((left, base - CAP_TOP, -left, base + 0.04))
    low = rects[-1]
    rects[-1] = (*low[:3], low[3] + DESCENT * any(c in lines[-1] for c in ",;QqÇç"))
    return Block(font, tuple(glyphs), tuple(rects), lines, penalty).centred()


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
            widths[a][b] = _shape(found[a : b + 1], font).advance
    total, longest, seen = widths[0][-1], max(widths[i][i] for i in range(size)), {}
    for count in range(1, min(MOST_LINES, size) + 1):
        for slack in (1.05, 1.3):
            breaks = _breaks(widths, count, max(total / count * slack, longest))
            if breaks and tuple(breaks[1]) not in seen:
                parts = [found[a:b] for a, b in pairwise(breaks[1])]
                seen[tuple(breaks[1])] = _set(parts, font, breaks[0] if count > 1 else 0.0)
    return tuple(seen.values())
