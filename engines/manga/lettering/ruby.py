"""Ruby: readings written as ｜漢字《かんじ》 or 漢字《かんじ》."""

import re
from dataclasses import dataclass
from functools import lru_cache

# with those beyond the first plane, and the selectors that choose a form
KANJI = "[一-鿿㐀-䶿豈-\ufaff々〆ヶ\U00020000-\U000323af\U000e0100-\U000e01ef]"
MARKED = re.compile(rf"[｜|](?P<base>[^｜|《》]+)《(?P<ruby>[^《》]+)》|(?P<kanji>{KANJI}+)《(?P<reading>[^《》]+)》")


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
