"""Japanese text into the cells of a vertical column: tate-chu-yoko, turned Latin, trimmed brackets, ruby, kinsoku.

Lengths in em, y up; the origin of a cell is its top centre and it reaches down by ``advance``.
"""

import math
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from engines.comic.lettering.faces import ALPHABET, CLUSTER, MARKS, FontName, clean, clusters
from engines.comic.lettering.glyphs import EM_CENTRE, Glyph, extents, shape
from engines.comic.lettering.hyphens import fragments
from engines.comic.lettering.ruby import RubyPiece
from foundation.language import composed

OPENING = "「『（［｛〈《【〔“‘([{｢"
CLOSING = "」』）］｝〉》】〕”’)]}｣"
STOPS = "、。，．,."
NO_END = set(OPENING)
NO_START = set(
    CLOSING + STOPS + "・：；:;？！?!‼⁇⁈⁉ゝゞヽヾ々〻ーぁぃぅぇぉっゃゅょゎゕゖァィゥェォッャュョヮヵヶ"
    "ㇰㇱㇲㇳㇴㇵㇶㇷㇸㇹㇺㇻㇼㇽㇾㇿ"
    "…‥〜～―—─━゛゜"
)
MID_PHRASE = 1.0
FORBIDDEN = math.inf
LETTER = ALPHABET + MARKS.replace("\u3099\u309a", "")
TOKEN = re.compile(
    r"(?P<keycap>[\d#*]\ufe0f?\u20e3)|(?P<bang>[!?]{2}(?![!?])|[!?]{3}(?![!?])|[!?]{2})"
    rf"|(?P<turned>(?:No|Nos|Vol|Fig|Dr|Mr|Mrs|Ms|St|Prof)\.\d*|\d+(?:[.,:/]\d+)+|\d{{3,}}|[{LETTER}][{LETTER}'’&.\-]*[{LETTER}'’&]\d*|[{LETTER}]\d+)"
    r"|(?P<digits>\d{1,2})|(?P<bars>ー{2,}|[―—─━]{2,})|(?P<space>\s+)|(?P<voiced>[ぁ-ゖァ-ヺーㇰ-ㇿ一-鿿][\u3099\u309A])"
    rf"|(?P<one>{CLUSTER})",
    re.DOTALL,
)
WIDE = {
    ord("!"): "！",
    ord("?"): "？",
    ord("("): "（",
    ord(")"): "）",
    ord("~"): "〜",
    ord("-"): "ー",
    ord("."): "．",
    ord("─"): "―",
    ord("━"): "―",
}
POINTING = re.compile(r"[こそあど]の[一-鿿]$")
# the voicing marks that stand alone become those that join the letter before them
VOICING = {ord("゛"): "\u3099", ord("゜"): "\u309a"}
MARKS = {ord("！"): "!", ord("？"): "?", ord("‼"): "!!", ord("⁉"): "!?", ord("⁈"): "?!", ord("⁇"): "??"}
LONGEST_BAR = 4
LEAST_STROKE = 0.055
LONGEST_WORD, PIECE = 16, 12
VOICED_SHIFT = 0.09
OVERHANG = 0.3


@dataclass(frozen=True, slots=True)
class Cell:
    """What stands together in a column. ``before`` is the cost of a break before it.

    ``lead`` and ``trail`` are the blank parts that vanish at the head and foot of a column, ``foot`` what is only
    drawn there.
    """

    text: str
    glyphs: tuple[Glyph, ...]
    advance: float
    before: float = MID_PHRASE
    lead: float = 0.0
    trail: float = 0.0
    ruby: bool = False
    foot: tuple[Glyph, ...] = ()


@cache
def _budoux() -> Any:
    import budoux

    return budoux.load_default_japanese_parser()


def normal(text: str) -> str:
    """Fold widths (half-width kana, full-width Latin and digits) and write dots as ellipses."""
    text = composed(re.sub(r"(?<=[ぁ-ヺー一-鿿])[゛゜]", lambda m: m[0].translate(VOICING), clean(text)))
    text = re.sub(r"[ｦ-ﾟ]+", lambda m: unicodedata.normalize("NFKC", m[0]), text)
    text = re.sub(r"[０-９Ａ-Ｚａ-ｚ]+", lambda m: unicodedata.normalize("NFKC", m[0]), text)
    text = re.sub(r"\.{3,}|・{3,}|。{3,}", "…", text).translate(MARKS)
    text = re.sub(r"(?<![\w-])-{2,}(?!-)", lambda m: "―" * max(2, len(m[0])), text)
    return re.sub(r"(?<=[ぁ-ヶー])-+", lambda m: "ー" * len(m[0]), text)


def phrase_starts(text: str) -> set[int]:
    """Offsets where a phrase begins: by BudouX, after punctuation, before a bracket; not inside あの時."""
    starts, offset = set(), 0
    for phrase in _budoux().parse(text):
        starts.add(offset)
        offset += len(phrase)
    for match in re.finditer(rf"[{re.escape(STOPS + CLOSING)}！？!?…‥・―—─━　 ]+|(?=[{re.escape(OPENING)}])", text):
        starts.add(match.end())
    return {start for start in starts if not POINTING.search(text[max(0, start - 3) : start + 1])}


def _moved(glyphs: Sequence[Glyph], down: float) -> tuple[Glyph, ...]:
    return tuple(replace(g, y=g.y - down) for g in glyphs)


def _upright(text: str, font: FontName) -> Cell:
    """Set a short run side by side in one em: tate-chu-yoko."""
    run = shape(text, font)
    squeeze = min(1.0, 0.98 / max(run.advance, 0.01))
    middle = 0.36
    glyphs = [
        replace(g, x=g.x * squeeze - run.advance * squeeze / 2, y=g.y - 0.5 - middle, squeeze=squeeze)
        for g in run.glyphs
    ]
    return Cell(text, tuple(glyphs), 1.0)


def _turned(text: str, font: FontName, hyphen: bool = False) -> Cell:
    """A word on its side. A piece of one gets its hyphen, which only the foot of a column shows, as ``foot``."""
    run, dash = shape(text, font), shape("-", font)
    glyphs, foot = (
        [replace(g, x=g.y - EM_CENTRE + 0.03, y=-g.x - 0.06, turned=True) for g in r.glyphs] for r in (run, dash)
    )
    air = 0.06 if hyphen else 0.12
    return Cell(text, tuple(glyphs), run.advance + air, foot=_moved(foot, run.advance) if hyphen else ())


def _bar(text: str, font: FontName) -> Cell:
    """Join a run of long-vowel bars or of dashes into one stroke; beyond four em it grows no more."""
    run = shape("ー" if text[0] == "ー" else "―", font, vertical=True)
    glyph, box = run.glyphs[0], extents(run.glyphs[0])
    count = min(len(text), LONGEST_BAR)
    if box is None:
        return Cell(text, run.glyphs, run.advance)
    stretch = (count - 1 + box[3] - box[1]) / (box[3] - box[1])
    # the dash of a text face is a hairline beside its letters
    wider = 1.0 if glyph.turned else max(1.0, LEAST_STROKE / (box[2] - box[0]))
    x = glyph.x - (wider - 1) * ((box[0] + box[2]) / 2 - glyph.x)
    y = box[3] - stretch * (box[3] - glyph.y)
    return Cell(text, (replace(glyph, x=x, y=y, stretch=stretch, squeeze=wider),), float(count))


def _single(character: str, font: FontName) -> Cell:
    wide = character.translate(WIDE)
    if wide.isascii() and wide.isalnum() and len(wide) == 1:
        wide = chr(ord(wide) + 0xFEE0)
    run = shape(wide, font, vertical=True)
    if wide in OPENING or wide in CLOSING:
        return _bracket(character, run.glyphs, wide in OPENING)
    if wide in STOPS:
        return Cell(character, _in_corner(run.glyphs), 1.0, trail=0.5)
    return Cell(character, run.glyphs, 1.0 if wide in "…‥―—" else max(run.advance, 0.8))


def _voiced(text: str, font: FontName) -> Cell:
    """A letter with a voicing mark that no composed letter has (あ゛): both in one em, the mark in its upper right."""
    letter, mark = _single(text[0], font), shape(text[1], font, vertical=True).glyphs
    box = next((box for g in mark if (box := extents(g))), None)
    if box is None:
        return replace(letter, text=text)
    base = tuple(replace(g, x=g.x - VOICED_SHIFT) for g in letter.glyphs)
    placed = tuple(replace(g, x=g.x + 0.52 - box[2], y=g.y - 0.02 - box[3]) for g in mark)
    return replace(letter, text=text, glyphs=base + placed)


def _in_corner(glyphs: tuple[Glyph, ...]) -> tuple[Glyph, ...]:
    """Bring a stop into the upper right of its em, for faces whose vertical form misses it."""
    boxes = [box for g in glyphs if (box := extents(g))]
    over = max((b[2] for b in boxes), default=0.0) - 0.47
    return tuple(replace(g, x=g.x - max(0.0, over)) for g in glyphs)


def _bracket(text: str, glyphs: tuple[Glyph, ...], opens: bool) -> Cell:
    """Trim a bracket to half an em with a little air outside, which vanishes at the edge of the column."""
    boxes = [box for g in glyphs if (box := extents(g))]
    top, bottom = (max(b[3] for b in boxes), min(b[1] for b in boxes)) if boxes else (0.0, -0.4)
    air, near = 0.16, 0.08
    if opens:
        return Cell(text, _moved(glyphs, air + top), air + top - bottom + near, lead=air)
    return Cell(text, _moved(glyphs, near + top), near + top - bottom + air, trail=air)


def _cells_of(text: str, font: FontName) -> list[Cell]:
    cells: list[Cell] = []
    for match in TOKEN.finditer(text):
        kind, token = match.lastgroup, match[0]
        if kind == "space":
            cells.append(Cell(token, (), 0.4, lead=0.4, trail=0.4))
        elif kind == "bars":
            cells.append(_bar(token, font))
        elif kind == "turned" and not (token.isupper() and token.isalpha() and len(token) <= 3):
            most = PIECE if len(token) > LONGEST_WORD else LONGEST_WORD
            cells += [_turned(piece, font, hyphen) for piece, hyphen in fragments(token, most)]
        elif kind == "voiced":
            cells.append(_voiced(token, font))
        elif kind in ("bang", "digits"):
            cells.append(_upright(token, font) if len(token) > 1 else _single(token, font))
        else:
            cells += [_single(character, font) for character in clusters(token)]
    return cells


def _with_ruby(cells: list[Cell], ruby: str, font: FontName, overhang: float) -> Cell:
    """Bind base cells into one, with the reading at half size to their right, spread over their length.

    ``overhang`` is by how much the reading may be longer: none beside another one.
    """
    letters = clusters(clean(ruby))
    base, small = sum(c.advance for c in cells), 0.5 * len(letters)
    extra = max(0.0, small - base - overhang)
    gap, glyphs, pen = extra / len(cells), [], extra / len(cells) / 2
    for cell in cells:
        glyphs += _moved(cell.glyphs, pen)
        pen += cell.advance + gap
    total = base + extra
    step = max(0.5, min(total / len(letters), 1.0))
    pen = (total - step * len(letters)) / 2 + (step - 0.5) / 2
    for letter in letters:
        for g in shape(letter, font, vertical=True).glyphs:
            glyphs.append(replace(g, x=0.76 + g.x / 2, y=g.y / 2 - pen, scale=0.5))
        pen += step
    return Cell("".join(c.text for c in cells), tuple(glyphs), total, ruby=True)


def cells(pieces: Sequence[RubyPiece], font: FontName) -> list[Cell]:
    """Cut text into cells with the cost of a break before each: small at a phrase, infinite by kinsoku."""
    bases = [normal(piece.base) for piece in pieces]
    starts, found, offset = phrase_starts("".join(bases)), [], 0
    for n, (piece, base) in enumerate(zip(pieces, bases, strict=True)):
        group = _cells_of(base, font)
        if piece.ruby and group:
            beside = any(each.ruby for each in (*pieces[max(0, n - 1) : n], *pieces[n + 1 : n + 2]))
            group = [_with_ruby(group, piece.ruby, "dialogue", 0.0 if beside else OVERHANG)]
        for cell in group:
            found.append(replace(cell, before=_cost(found, cell, offset in starts)))
            offset += len(cell.text)
    return _tightened(found)


def _cost(found: list[Cell], cell: Cell, phrase: bool) -> float:
    if not found:
        return 0.0
    last, first = found[-1].text[-1], cell.text[0]
    if first in NO_START or last in NO_END or first.isspace() or _are_one(found[-1].text, first):
        return FORBIDDEN
    if last.isspace():
        return 0.0
    if found[-1].text.isdigit() or (last.isascii() and first.isascii() and last.isalnum() and first.isalnum()):
        return MID_PHRASE * 2
    if not phrase:
        return MID_PHRASE
    return 0.0 if last in "。！？!?…" else 0.03 if last in STOPS + CLOSING else 0.14


def _are_one(before: str, first: str) -> bool:
    """Whether a cell is not parted from the next: dashes and dots in a row, Dr. and a name."""
    return (first == before[-1] and first in "…‥―—─━") or (before[0].isalpha() and before.endswith("."))


def _tightened(found: list[Cell]) -> list[Cell]:
    """Drop the blank half of a stop before a closing bracket or another stop."""
    tight = list(found)
    for i, following in enumerate(found[1:]):
        if found[i].trail and found[i].text in STOPS and following.text[0] in CLOSING + STOPS:
            tight[i] = replace(found[i], advance=found[i].advance - found[i].trail, trail=0.0)
    return tight
