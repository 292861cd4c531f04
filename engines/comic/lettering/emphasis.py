"""Emphasis in Latin text, written as *word* or _word_."""

import re
from dataclasses import dataclass

from engines.comic.lettering.faces import clean

MARKED = re.compile(r"(?<![\w*])([*_])(?=[^\s*_])([^*_]*[^\s*_])\1(?![\w*])")


@dataclass(frozen=True, slots=True)
class Word:
    """A word with whether a space follows, and whether each of its letters is emphasised.

    ``hyphen`` is for a piece of a word: it is written where a line ends with it.
    """

    text: str
    space: bool
    strong: tuple[bool, ...]
    hyphen: bool = False


def unmarked(text: str) -> str:
    """The words without the marks of emphasis."""
    return MARKED.sub(r"\2", text)


def spread(text: str) -> tuple[str, tuple[bool, ...]]:
    """The words without marks, on one line, and for each of their letters whether it is emphasised."""
    plain: list[str] = []
    strong: list[bool] = []
    start, text = 0, clean(text)
    for match in MARKED.finditer(text):
        for part, flag in ((text[start : match.start()], False), (match[2], True)):
            plain.append(part)
            strong += [flag] * len(part)
        start = match.end()
    rest = text[start:]
    return "".join([*plain, rest]), (*strong, *[False] * len(rest))
