"""Text to outlines: shaping by HarfBuzz, with a fallback over the faces so that no character becomes a blank box.

Lengths inside this module are in em; ``path_of`` and ``text_outline`` return pixels, y down.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import groupby

from engines.comic.document import Box
from engines.comic.lettering.faces import DELA, DRAWN, EMOJI, FontName, face, pieces
from engines.comic.lettering.harfbuzz import hb

GETA_BARS = ((0.08, 0.46, 0.92, 0.7), (0.08, 0.06, 0.92, 0.3))
BRACKETS = "「」『』（）()［］[]｛｝{}〈〉《》【】〔〕“”‘’"
STROKES = "…‥―—–─━┄┅┈┉╌╍〜～ー＝=-−：:；;→←"
EM_CENTRE = 0.38  # of the ideographic box above the baseline
# emoji are drawn wider than an em
EMOJI_SCALE = 0.78


@dataclass(frozen=True, slots=True)
class Glyph:
    """One outline: face, glyph number, pen origin in em (y up) and a quarter turn to the right if ``turned``.

    ``stretch`` scales it along the line of a vertical column (1 leaves it), ``scale`` in both ways.
    """

    face: str
    gid: int
    x: float
    y: float
    scale: float = 1.0
    turned: bool = False
    stretch: float = 1.0
    squeeze: float = 1.0

    def point(self, x: float, y: float) -> tuple[float, float]:
        """Map a point of the outline (em, y up) to where it lies on the line."""
        x, y = x * self.scale * self.squeeze, y * self.scale
        if self.turned:
            x, y = y, -x
        return self.x + x, self.y + y * self.stretch


@dataclass(frozen=True, slots=True)
class GlyphRun:
    """Shaped text: its glyphs and its advance in em, along x or, when vertical, down the column."""

    glyphs: tuple[Glyph, ...]
    advance: float


@lru_cache(maxsize=2048)
def _must_turn(name: str, character: str) -> bool:
    """Whether a vertical column needs a turned glyph that the face does not bring (Dela: its brackets are off too)."""
    if len(character) != 1 or character not in BRACKETS + STROKES:
        return False
    if name == DELA and character in BRACKETS:
        return True
    return _shape_run(character, name, True).glyphs[0].gid == face(name).get_nominal_glyph(ord(character))


def _turn_run(text: str, name: str) -> GlyphRun:
    """Characters lying on their side, one below the other, centred in the column."""
    glyphs: list[Glyph] = []
    pen = 0.0
    for character in text:
        flat = _shape_run(character, name, False)
        box = extents(flat.glyphs[0])
        middle = EM_CENTRE if character in BRACKETS or box is None else (box[1] + box[3]) / 2
        glyphs += [replace(g, x=-middle, y=-pen - g.x, turned=True) for g in flat.glyphs]
        pen += flat.advance
    return GlyphRun(tuple(glyphs), pen)


def _shape_run(text: str, name: str, vertical: bool) -> GlyphRun:
    if name == DRAWN:
        pitch = range(len(text))
        return GlyphRun(
            tuple(Glyph(name, 0, -0.5, -i - 0.88) if vertical else Glyph(name, 0, i, 0) for i in pitch), len(text)
        )
    font, buffer = face(name), hb.Buffer()
    buffer.add_str(text)
    buffer.guess_segment_properties()
    buffer.direction = "ttb" if vertical else "ltr"
    hb.shape(font, buffer, {"kern": not vertical})
    em, x, y, glyphs = font.face.upem, 0.0, 0.0, []
    for info, position in zip(buffer.glyph_infos, buffer.glyph_positions, strict=True):
        glyphs.append(Glyph(name, info.codepoint, (x + position.x_offset) / em, (y + position.y_offset) / em))
        x, y = x + position.x_advance, y + position.y_advance
    run = GlyphRun(tuple(glyphs), -y / em if vertical else x / em)
    return _scaled(run, EMOJI_SCALE) if name == EMOJI else run


def _scaled(run: GlyphRun, scale: float) -> GlyphRun:
    return GlyphRun(
        tuple(replace(g, x=g.x * scale, y=g.y * scale, scale=scale) for g in run.glyphs), run.advance * scale
    )


@lru_cache(maxsize=8192)
def shape(text: str, font: FontName, vertical: bool = False) -> GlyphRun:
    """Shape one line of text. The pen starts at the baseline, or at the top centre of a vertical column."""
    glyphs: list[Glyph] = []
    pen = 0.0
    parts = pieces(text, font)
    for (name, turned), group in groupby(parts, key=lambda piece: (piece[0], vertical and _must_turn(*piece))):
        part = "".join(characters for _, characters in group)
        run = _turn_run(part, name) if turned else _shape_run(part, name, vertical)
        dx, dy = (0.0, -pen) if vertical else (pen, 0.0)
        glyphs += [replace(g, x=g.x + dx, y=g.y + dy) for g in run.glyphs]
        pen += run.advance
    return GlyphRun(tuple(glyphs), pen)


def _bar(x0: float, y0: float, x1: float, y1: float) -> list[tuple[str, tuple[float, ...]]]:
    return [("M", (x0, y0)), ("L", (x1, y0)), ("L", (x1, y1)), ("L", (x0, y1)), ("Z", ())]


@lru_cache(maxsize=8192)
def outline(name: str, gid: int) -> tuple[tuple[str, tuple[float, ...]], ...]:
    """Return the outline of a glyph as (M|L|Q|C|Z, coordinates in em, y up)."""
    if name == DRAWN:
        return tuple(bar for x0, y0, x1, y1 in GETA_BARS for bar in _bar(x0, y0, x1, y1))
    font, found = face(name), []
    em = font.face.upem
    pens = hb.DrawFuncs()
    pens.set_move_to_func(lambda *a: found.append(("M", a[:2])))
    pens.set_line_to_func(lambda *a: found.append(("L", a[:2])))
    pens.set_quadratic_to_func(lambda *a: found.append(("Q", a[:4])))
    pens.set_cubic_to_func(lambda *a: found.append(("C", a[:6])))
    pens.set_close_path_func(lambda *a: found.append(("Z", ())))
    font.draw_glyph(gid, pens, None)
    return tuple((command, tuple(v / em for v in values)) for command, values in found)


@lru_cache(maxsize=8192)
def _bounds(name: str, gid: int) -> tuple[float, float, float, float] | None:
    if name == DRAWN:
        return 0.08, 0.06, 0.92, 0.7
    box, em = face(name).get_glyph_extents(gid), face(name).face.upem
    if box is None or not box.width or not box.height:
        return None
    x, y = box.x_bearing / em, box.y_bearing / em
    return x, y + box.height / em, x + box.width / em, y


def extents(glyph: Glyph) -> tuple[float, float, float, float] | None:
    """Ink bounds (left, bottom, right, top) in em, y up; None for a blank glyph."""
    bounds = _bounds(glyph.face, glyph.gid)
    if bounds is None:
        return None
    a, b = glyph.point(*bounds[:2]), glyph.point(*bounds[2:])
    return min(a[0], b[0]), min(a[1], b[1]), max(a[0], b[0]), max(a[1], b[1])


def ink_box(glyphs: Iterable[Glyph], size: float, dx: float = 0.0, dy: float = 0.0) -> Box:
    """Ink bounds in pixels of glyphs set at ``size`` with their origin at (dx, dy); empty text gives an empty box."""
    boxes = [box for glyph in glyphs if (box := extents(glyph))]
    if not boxes:
        return Box(x=dx, y=dy, w=0, h=0)
    left, right = min(b[0] for b in boxes), max(b[2] for b in boxes)
    bottom, top = min(b[1] for b in boxes), max(b[3] for b in boxes)
    return Box(x=dx + left * size, y=dy - top * size, w=(right - left) * size, h=(top - bottom) * size)


def path_of(glyphs: Sequence[Glyph], size: float, dx: float = 0.0, dy: float = 0.0) -> str:
    """SVG path data of glyphs set at ``size`` pixels per em with their origin at (dx, dy)."""
    parts = []
    for glyph in glyphs:
        for command, values in outline(glyph.face, glyph.gid):
            parts.append(command)
            for i in range(0, len(values), 2):
                x, y = glyph.point(values[i], values[i + 1])
                parts.append(f"{dx + x * size:.1f} {dy - y * size:.1f}")
    return " ".join(parts)


@lru_cache(maxsize=1024)
def _text_outline(text: str, font: FontName, size: float, vertical: bool) -> tuple[str, Box]:
    glyphs = shape(text, font, vertical).glyphs
    box = ink_box(glyphs, size)
    return path_of(glyphs, size, -box.x, -box.y), Box(x=0, y=0, w=box.w, h=box.h)


def text_outline(text: str, font: FontName, size: float, vertical: bool = False) -> tuple[str, Box]:
    """Text as SVG path data and its ink extents in pixels, moved so that the ink starts at (0, 0).

    ``size`` is pixels per em. A character no face has is drawn as 〓; nothing raises, blank text gives "".
    """
    path, box = _text_outline(text, font, float(size), vertical)
    return path, box.model_copy()
