"""Lines of a script as the parts that become balloons: words set in their face, long lines also in two halves."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from engines.comic.document import Language, Line, SpeechKind
from engines.comic.lettering import emphasis, horizontal, ruby, vertical
from engines.comic.lettering.block import Block
from engines.comic.lettering.cells import phrase_starts
from engines.comic.lettering.faces import FontName
from engines.comic.lettering.furigana import RubyMode, with_readings
from engines.comic.sentences import bound_to_next, is_abbreviation

SPLIT_FROM = 16
# a full stop inside a Japanese text is that of No. or Dr.
STOPS = {
    "ja": re.compile(r"[。！？!?…、,]+[」』）\"”]?\s*|\s+"),
    "en": re.compile(r"[!?…,.]+[」』）\"”]?\s+|[…—]|\s+"),
}
LATIN: dict[SpeechKind, FontName] = {"shout": "latin_shout", "thought": "latin_italic", "radio": "latin_italic"}
JOINED: frozenset[SpeechKind] = frozenset({"speech", "whisper"})


@dataclass(frozen=True, slots=True)
class TextPart:
    """One balloon to make: a line or half of it, its words without marks, and the ways to set it.

    ``joined`` asks for a neck to the balloon before it.
    """

    line: Line
    text: str
    words: str
    blocks: tuple[Block, ...]
    joined: bool = False


def words_of(text: str, language: Language) -> str:
    """The words of a line alone, without readings and marks."""
    plain = ruby.plain(text)
    return plain if language == "ja" else emphasis.unmarked(plain)


def parts_of(lines: Sequence[Line], language: Language, mode: RubyMode) -> list[TextPart]:
    """The lines that have words; a second phrase of one speaker is joined to the first."""
    parts = [part for line in lines if (part := _part(line, line.text, language, mode))]
    return [
        replace(part, joined=number > 0 and _belong(parts[number - 1].line, part.line))
        for number, part in enumerate(parts)
    ]


def _belong(first: Line, second: Line) -> bool:
    same = first.speaker is not None and first.speaker == second.speaker
    return same and first.kind == second.kind and first.kind in JOINED


def _part(line: Line, text: str, language: Language, mode: RubyMode, joined: bool = False) -> TextPart | None:
    text = ruby.tidy(text)
    if language == "ja":
        blocks = vertical.blocks(with_readings(text, mode), "shout" if line.kind == "shout" else "dialogue")
    else:
        blocks = horizontal.blocks(ruby.plain(text), LATIN.get(line.kind, "latin"))
    return TextPart(line, text, words_of(text, language), blocks, joined) if blocks else None


def halves(part: TextPart, language: Language, mode: RubyMode) -> list[TextPart]:
    """Cut a long line in two near its middle, after punctuation if there is any; a short one stays whole."""
    text = part.text
    if len(part.words) < SPLIT_FROM:
        return [part]
    offsets = {m.end() for m in STOPS[language].finditer(text[:-1])}
    offsets = {end for end in offsets if not bound_to_next(text[:end], text[end])}
    if language == "ja":
        offsets |= _phrase_offsets(text)
    marks = [ruby.MARKED, *([] if language == "ja" else [emphasis.MARKED])]
    inside = [range(m.start() + 1, m.end()) for mark in marks for m in mark.finditer(text)]
    ends = sorted(end for end in offsets if 0 < end < len(text) and not any(end in span for span in inside))
    if not ends:
        return [part]
    cut = min(ends, key=lambda end: abs(end - len(text) / 2) - _stop_bonus(text, end))
    first = _part(part.line, text[:cut], language, mode, joined=part.joined)
    second = _part(part.line, text[cut:], language, mode, joined=True)
    return [first, second] if first and second else [part]


def _stop_bonus(text: str, end: int) -> float:
    before = text[:end].rstrip()
    last = before[-1:]
    if last == "." and is_abbreviation(before, text[end]):
        return 0.0
    return len(text) * (0.3 if last in "。！？!?.…" else 0.2 if last in "、," else 0.0)


def _phrase_offsets(text: str) -> set[int]:
    """Where phrases begin, in the text with its ruby marks."""
    starts, found, plain, written = phrase_starts(ruby.plain(text)), set(), 0, 0
    for piece in ruby.parse(text):
        found |= {written + start - plain for start in starts if plain <= start < plain + len(piece.base)}
        plain += len(piece.base)
        written = text.index(piece.base, written) + len(piece.base) + (len(piece.ruby) + 2 if piece.ruby else 0)
    return found
