"""Ruby: readings written as ｜漢字《かんじ》 or 漢字《かんじ》, and readings found by a dictionary."""

import re
from dataclasses import dataclass
from functools import cache, lru_cache

KANJI = r"[一-鿿㐀-䶿豈-﫿々〆ヶ]"
MARKED = re.compile(rf"[｜|](?P<base>[^｜|《》]+)《(?P<ruby>[^《》]+)》|(?P<kanji>{KANJI}+)《(?P<reading>[^《》]+)》")
COMPOUND = re.compile(rf"{KANJI}{{2,}}")
KATAKANA = {code: code - 0x60 for code in range(0x30A1, 0x30F7)}


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of text with one reading, or none."""

    base: str
    ruby: str = ""


@lru_cache(maxsize=1024)
def parse(text: str) -> tuple[Piece, ...]:
    """Split text at its ruby marks. A mark without its other half stays in the text as it is."""
    pieces, start = [], 0
    for match in MARKED.finditer(text):
        if match.start() > start:
            pieces.append(Piece(text[start : match.start()]))
        pieces.append(Piece(match["base"] or match["kanji"], match["ruby"] or match["reading"]))
        start = match.end()
    if start < len(text):
        pieces.append(Piece(text[start:]))
    return tuple(pieces)


def plain(text: str) -> str:
    """Return the words alone, without readings and marks."""
    return "".join(piece.base for piece in parse(text))


@cache
def _tokenizer() -> object:
    from sudachipy import Dictionary

    return Dictionary().tokenizer()


@lru_cache(maxsize=1024)
def automatic(text: str) -> tuple[Piece, ...]:
    """Give every compound of two or more kanji the reading of the dictionary; readings in the text win."""
    pieces: list[Piece] = []
    for piece in parse(text):
        pieces += [piece] if piece.ruby else _read(piece.base)
    return tuple(pieces)


def _read(text: str) -> list[Piece]:
    pieces: list[Piece] = []
    for word in _tokenizer().tokenize(text):
        surface, reading = word.surface(), word.reading_form().translate(KATAKANA)
        if COMPOUND.fullmatch(surface) and reading and reading != surface:
            pieces.append(Piece(surface, reading))
        elif pieces and not pieces[-1].ruby:
            pieces[-1] = Piece(pieces[-1].base + surface)
        else:
            pieces.append(Piece(surface))
    return pieces
