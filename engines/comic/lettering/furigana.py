"""Readings from a dictionary beside those marked in the text: for compounds, for all kanji, or above a school grade."""

import re
from collections.abc import Sequence
from functools import cache, lru_cache
from itertools import groupby
from pathlib import Path
from typing import Any, Literal

from engines.comic.lettering.ruby import KANJI, RubyPiece, parse

RubyMode = Literal["marked", "auto", "all", "grade:1", "grade:2", "grade:3", "grade:4", "grade:5", "grade:6"]
GRADES = Path(__file__).parents[3] / "assets" / "words" / "kyouiku_kanji.txt"
COMPOUND = re.compile(rf"{KANJI}{{2,}}")
ANY_KANJI = re.compile(KANJI)
KATAKANA = {code: code - 0x60 for code in range(0x30A1, 0x30F7)}
FORM = re.compile("[^\U000e0100-\U000e01ef\ufe00-\ufe0f][\U000e0100-\U000e01ef\ufe00-\ufe0f]*|.", re.DOTALL)
HIRAGANA_ONLY = re.compile(r"[ぁ-んー]+")


@cache
def grade_of() -> dict[str, int]:
    """The school year, 1 to 6, in which each kanji of the primary school is learnt."""
    rows = [row for row in GRADES.read_text(encoding="utf-8").splitlines() if not row.startswith("#")]
    return {kanji: grade for grade, row in enumerate(rows, 1) for kanji in row}


@cache
def _tokenizer() -> Any:
    from sudachipy import Dictionary

    return Dictionary().tokenizer()


@lru_cache(maxsize=1024)
def with_readings(text: str, mode: RubyMode) -> tuple[RubyPiece, ...]:
    """Split text at its readings; those in the text win over the dictionary.

    ``auto`` reads compounds of kanji, ``all`` every kanji, ``grade:N`` the words that a reader after school year N
    has not learnt to write, ``marked`` nothing more than the text does.
    """
    pieces: list[RubyPiece] = []
    for piece in parse(text):
        pieces += [piece] if piece.ruby or mode == "marked" else _read(piece.base, mode)
    return tuple(pieces)


def _read(text: str, mode: RubyMode) -> list[RubyPiece]:
    pieces: list[RubyPiece] = []
    for surface, reading in _readings(text):
        for piece in _word(surface, reading, mode):
            if piece.ruby or not pieces or pieces[-1].ruby:
                pieces.append(piece)
            else:
                pieces[-1] = RubyPiece(pieces[-1].base + piece.base)
    return pieces


def _readings(text: str) -> list[tuple[str, str]]:
    """The words of a text as it is written, with what the dictionary reads.

    A selector marks the form of a name, which no dictionary reads, and a word that touches kanji of which the
    dictionary knows nothing is a part of one: both have no reading.
    """
    forms = [match[0] for match in FORM.finditer(text)]
    tokens = _tokenizer().tokenize("".join(form[0] for form in forms))
    words = ["".join(forms[token.begin() : token.end()]) for token in tokens]
    strange = [token.is_oov() or len(word) > len(token.surface()) for token, word in zip(tokens, words, strict=True)]
    names = [own or _touches(words, strange, n) for n, own in enumerate(strange)]
    return [
        (word, "" if name else token.reading_form().translate(KATAKANA))
        for token, word, name in zip(tokens, words, names, strict=True)
    ]


def _touches(words: Sequence[str], strange: Sequence[bool], n: int) -> bool:
    """Whether a word stands beside a strange one, kanji to kanji."""
    sides = [(n - 1, -1, 0)] if n else []
    sides += [(n + 1, 0, -1)] if n + 1 < len(words) else []
    kanji = ANY_KANJI.match
    return any(strange[m] and kanji(words[m][theirs]) and kanji(words[n][own]) for m, theirs, own in sides)


def _word(surface: str, reading: str, mode: RubyMode) -> list[RubyPiece]:
    if not reading or reading == surface or not HIRAGANA_ONLY.fullmatch(reading):
        return [RubyPiece(surface)]
    if mode == "auto":
        return [RubyPiece(surface, reading)] if COMPOUND.fullmatch(surface) else [RubyPiece(surface)]
    known = 0 if mode == "all" else int(mode.partition(":")[2])
    return [piece if _is_hard(piece.base, known) else RubyPiece(piece.base) for piece in shared(surface, reading)]


def _is_hard(base: str, known: int) -> bool:
    return any(ANY_KANJI.match(c) and grade_of().get(c, 7) > known for c in base)


def shared(surface: str, reading: str) -> list[RubyPiece]:
    """Give the reading of a word to its kanji and leave out its kana: 見上げる, みあげる is 見上(みあ) and げる.

    A reading that does not follow the kana of the word stays over the whole of it; a word without kanji has none.
    """
    runs = ["".join(run) for _, run in groupby(surface, key=lambda c: bool(ANY_KANJI.match(c)))]
    pattern = "".join("(.+?)" if ANY_KANJI.match(run) else re.escape(run.translate(KATAKANA)) for run in runs)
    match = re.fullmatch(pattern, reading)
    if not any(ANY_KANJI.match(run) for run in runs):
        return [RubyPiece(surface)]
    if match is None:
        return [RubyPiece(surface, reading)]
    found = iter(match.groups())
    return [RubyPiece(run, next(found)) if ANY_KANJI.match(run) else RubyPiece(run) for run in runs]
