r"""The weights that a prompt gives to its words.

    (word)       1.1 times the weight around it
    (word:1.3)   exactly 1.3, whatever is around it
    \( \)        plain parentheses

Parentheses without a partner are plain text. Square brackets mean nothing.
"""

import math
from dataclasses import dataclass

STRONGER = 1.1
DEPTH_LIMIT = 200


@dataclass(frozen=True)
class PromptPiece:
    """A run of text that has one weight."""

    text: str
    weight: float


def weighted_pieces(prompt: str) -> list[PromptPiece]:
    """The prompt cut where a parenthesis opens or closes; escapes are resolved, empty pieces left out."""
    partners = _partners(prompt)
    return _pieces(prompt, 0, len(prompt), 1.0, partners)


def _partners(prompt: str) -> dict[int, int]:
    """Where each opening parenthesis closes."""
    waiting: list[int] = []
    found: dict[int, int] = {}
    escaped = False
    for place, letter in enumerate(prompt):
        if letter == "(" and not escaped:
            waiting.append(place)
        elif letter == ")" and not escaped and waiting:
            start = waiting.pop()
            if len(waiting) < DEPTH_LIMIT:
                found[start] = place
        escaped = letter == "\\" and not escaped
    return found


def _pieces(prompt: str, start: int, end: int, weight: float, partners: dict[int, int]) -> list[PromptPiece]:
    pieces: list[PromptPiece] = []
    text_from = place = start
    while place < end:
        if place not in partners:
            place += 1
            continue
        _add(pieces, prompt[text_from:place], weight)
        close = partners[place]
        inner_end, inner_weight = _inner_weight(prompt, place + 1, close, weight)
        pieces += _pieces(prompt, place + 1, inner_end, inner_weight, partners)
        text_from = place = close + 1
    _add(pieces, prompt[text_from:end], weight)
    return pieces


def _inner_weight(prompt: str, start: int, close: int, around: float) -> tuple[int, float]:
    """Where the text of a group ends, and its weight: a number after its last colon is the weight itself."""
    colon = prompt.rfind(":", start + 1, close)
    if colon >= 0:
        try:
            weight = float(prompt[colon + 1 : close])
        except ValueError:
            weight = math.nan
        if math.isfinite(weight):
            return colon, weight
    return close, around * STRONGER


def _add(pieces: list[PromptPiece], text: str, weight: float) -> None:
    text = text.replace("\\(", "(").replace("\\)", ")")
    if text:
        pieces.append(PromptPiece(text, weight))
