"""Ruby: readings written as ｜漢字《かんじ》 or 漢字《かんじ》."""

import re
from dataclasses import dataclass
from functools import lru_cache

# with those beyond the first plane, and the selectors that choose a form
KANJI = "[一-鿿㐀-䶿豈-\ufaff々〆ヶ\U00020000-\U000323af\U000e0100-\U000e01ef]"
# a bar shows where the base begins; without one it is kanji, or a Latin word with a reading in kana
MARKED = re.compile(
    rf"[｜|](?P<base>[^｜|《》]+)《(?P<ruby>[^《》]+)》|(?P<kanji>{KANJI}+)《(?P<reading>[^《》]+)》"
    r"|(?P<latin>[A-Za-z][A-Za-z'’.\-]*)《(?P<kana>[ぁ-ヿ・]+)》"
)

STRAY = re.compile(r"｜(?![^｜|《》]+《[^《》]+》)")


@dataclass(frozen=True, slots=True)
class RubyPiece:
    """A stretch of text with one reading, or none."""

    base: str
    ruby: str = ""


def tidy(text: str) -> str:
    """Text without the full-width bars that belong to no reading."""
    return STRAY.sub("", text)


@lru_cache(maxsize=1024)
def parse(text: str) -> tuple[RubyPiece, ...]:
    """Split text at its ruby marks. 《》 without a base stays in the text as it is, a bar without 《》 is left out."""
    pieces, start = [], 0
    text = tidy(text)
    for match in MARKED.finditer(text):
        if match.start() > start:
            pieces.append(RubyPiece(text[start : match.start()]))
        base, reading = (word for word in match.groups() if word)
        pieces.append(RubyPiece(base, reading))
        start = match.end()
    if start < len(text):
        pieces.append(RubyPiece(text[start:]))
    return tuple(pieces)


def plain(text: str) -> str:
    """Return the words alone, without readings and marks."""
    return "".join(piece.base for piece in parse(text))
