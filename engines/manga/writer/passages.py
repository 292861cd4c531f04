"""A story cut into passages: quotes, thoughts and sentences of narration, each with its source offsets.

text -> paragraphs (a blank line makes a gap) -> passages
"""

import re
from dataclasses import dataclass, replace
from typing import Literal

Kind = Literal["speech", "thought", "narration"]
BRACKETS = {"「": "」", "『": "』", "（": "）", "(": ")", "“": "”", '"': '"'}
THOUGHT = frozenset("（(")
JA_END = re.compile(r"[。！？!?]+[」』）]*|…+。?$")
EN_END = re.compile(r"[.!?…]+[\"”')]*(?=\s|$)")
ABBREVIATIONS = re.compile(r"(?:\b(?:Mr|Mrs|Ms|Dr|St|Capt|Prof|Sr|Jr|vs|etc)|\b[A-Z])\.$")
RUBY = re.compile(r"《[^》]*》|｜")
HABIT = 0.8
WORDLESS = re.compile(r"^[\W_]*$")


@dataclass(frozen=True)
class Passage:
    """A stretch of text. ``text`` has no quotation marks; ``start`` and ``end`` are offsets of the whole in the source.

    ``gap`` tells that a blank line or the beginning of the story comes before it.
    """

    kind: Kind
    text: str
    start: int
    end: int
    paragraph: int
    gap: bool = False
    goes_on: bool = False

    @property
    def bare(self) -> str:
        """The words without the readings of Aozora ruby."""
        return RUBY.sub("", self.text)


def split_passages(text: str, language: str) -> list[Passage]:
    """All passages of a story, in order. Marks without words are dropped."""
    found: list[Passage] = []
    position, number, gap = 0, 0, True
    lines = text.splitlines(keepends=True)
    for index, line in enumerate(lines):
        body = line.rstrip("\n")
        if body.strip():
            following = next((later.strip() for later in lines[index + 1 :] if later.strip()), "")
            mark = _left_open(body, following)
            for each in _of_paragraph(body + mark, position, number, language):
                found.append(Passage(*each, gap=gap))
                gap = False
            if mark and found:
                found[-1] = replace(found[-1], goes_on=True)
            number += 1
        else:
            gap = True
        position += len(line)
    return _without_habit(found, number)


def _left_open(body: str, following: str) -> str:
    """The mark that an English quote lacks which goes on in the next paragraph."""
    if body.count("“") > body.count("”") and following.startswith("“"):
        return "”"
    return '"' if body.count('"') % 2 and following.startswith('"') else ""


def _without_habit(found: list[Passage], paragraphs: int) -> list[Passage]:
    """Where every paragraph stands apart, blank lines are a habit and part nothing."""
    if sum(each.gap for each in found) < HABIT * paragraphs:
        return found
    return [replace(each, gap=index == 0) for index, each in enumerate(found)]


def _of_paragraph(body: str, offset: int, number: int, language: str) -> list[tuple[Kind, str, int, int, int]]:
    parts: list[tuple[Kind, str, int, int, int]] = []
    at = 0
    ends = JA_END if language == "ja" else EN_END
    for start, end, kind in _bracketed(body, language):
        parts += _sentences(body, (at, start), offset, number, ends)
        inner = body[start + 1 : end - 1].strip()
        if not WORDLESS.match(inner):
            parts.append((kind, inner, offset + start, offset + end, number))
        at = end
    return parts + _sentences(body, (at, len(body)), offset, number, ends)


def _bracketed(body: str, language: str) -> list[tuple[int, int, Kind]]:
    """The outermost quotes of a paragraph. An unclosed one is plain text."""
    found: list[tuple[int, int, Kind]] = []
    at = 0
    while at < len(body):
        close = BRACKETS.get(body[at])
        end = _closing(body, at, close) if close else None
        if end is None or (body[at] == "『" and not _stands_alone(body, at)):
            at += 1
            continue
        found.append((at, end, "thought" if body[at] in THOUGHT else "speech"))
        at = end
    return [each for each in found if language == "en" or not _is_gloss(body, each)]


def _closing(body: str, at: int, close: str) -> int | None:
    opening, depth = body[at], 0
    for index in range(at + 1, len(body)):
        if body[index] == close and depth == 0:
            return index + 1
        if body[index] == close:
            depth -= 1
        elif body[index] == opening:
            depth += 1
    return None


def _stands_alone(body: str, at: int) -> bool:
    """Double brackets inside a sentence name a book or a word; at its beginning they are speech."""
    return at == 0 or body[at - 1] in "。！？　 "


def _is_gloss(body: str, quote: tuple[int, int, Kind]) -> bool:
    """A short bracket in the middle of a sentence is an aside of the narrator, not a thought."""
    start, end, kind = quote
    inside = start > 0 and end < len(body) and body[start - 1] not in "。！？　 " and body[end] not in "　 "
    return kind == "thought" and inside and end - start < 8


def _sentences(
    body: str, stretch: tuple[int, int], offset: int, number: int, ends: re.Pattern[str]
) -> list[tuple[Kind, str, int, int, int]]:
    parts: list[tuple[Kind, str, int, int, int]] = []
    at, end = stretch
    for match in ends.finditer(body, *stretch):
        if ends is EN_END and ABBREVIATIONS.search(body[at : match.end()]):
            continue
        parts += _one(body, at, match.end(), offset, number)
        at = match.end()
    return parts + _one(body, at, end, offset, number)


def _one(body: str, start: int, end: int, offset: int, number: int) -> list[tuple[Kind, str, int, int, int]]:
    piece = body[start:end]
    text = piece.strip()
    if WORDLESS.match(text):
        return []
    first = start + len(piece) - len(piece.lstrip())
    return [("narration", text, offset + first, offset + first + len(text), number)]
