"""A story cut into passages: quotes, thoughts and sentences of narration, each with its source offsets.

text -> paragraphs (a blank line makes a gap) -> passages
"""

import re
from dataclasses import dataclass, replace

from engines.comic.sentences import ends
from engines.writer.quotes import TAG_EN, Kind, Quote, find_quotes, has_singles

RUBY = re.compile(r"《[^》]*》|｜")
HABIT = 0.8
WORDLESS = re.compile(r"^[\W_]*$")
# nothing follows these but a tag: “pens, etc.,” said Ann
FULL_ENDS = (".", "!", "?", "…", "—", "–", "―")
# pictures are no letters, and say something
PICTURE = re.compile(r"[\u2600-\u27bf\U0001f300-\U0001faff]")


@dataclass(frozen=True)
class Passage:
    """A stretch of text. ``text`` has no quotation marks; ``start`` and ``end`` are offsets of the whole in the source.

    ``gap`` tells that a blank line or the beginning of the story comes before it, ``closes`` that its last comma only
    leads to a tag.
    """

    kind: Kind
    text: str
    start: int
    end: int
    paragraph: int
    gap: bool = False
    goes_on: bool = False
    closes: bool = False

    @property
    def spoken(self) -> str:
        """The words for a balloon: the comma before “said Ann” ends the sentence there."""
        if not self.closes:
            return self.text
        words = self.text[:-1].rstrip()
        return words if words.endswith(FULL_ENDS) else words + "."

    @property
    def bare(self) -> str:
        """The words without the readings of Aozora ruby."""
        return RUBY.sub("", self.text)


def split_passages(text: str, language: str) -> list[Passage]:
    """All passages of a story, in order. Marks without words are dropped."""
    found: list[Passage] = []
    position, number, gap = 0, 0, True
    lines, singles = text.splitlines(keepends=True), has_singles(text)
    for index, line in enumerate(lines):
        body = line.rstrip("\n")
        if body.strip():
            following = next((later.strip() for later in lines[index + 1 :] if later.strip()), "")
            mark = _left_open(body, following)
            for each in _of_paragraph(body + mark, position, number, language, singles):
                found.append(replace(each, gap=gap))
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
    if TAG_EN.search(body, max(body.rfind("“"), body.rfind('"')) + 1):
        return ""
    if body.count("“") > body.count("”") and following.startswith("“"):
        return "”"
    return '"' if body.count('"') % 2 and following.startswith('"') else ""


def _without_habit(found: list[Passage], paragraphs: int) -> list[Passage]:
    """Where every paragraph stands apart, blank lines are a habit and part nothing."""
    if sum(each.gap for each in found) < HABIT * paragraphs:
        return found
    return [replace(each, gap=index == 0) for index, each in enumerate(found)]


def _of_paragraph(body: str, offset: int, number: int, language: str, singles: bool) -> list[Passage]:
    parts: list[Passage] = []
    at = 0
    quotes = find_quotes(body, language, singles)
    for index, quote in enumerate(quotes):
        parts += _sentences(body, (at, quote.start), offset, number, language)
        inner = body[quote.low : quote.high].strip()
        if inner:
            following = quotes[index + 1] if index + 1 < len(quotes) else None
            closes = language == "en" and inner.endswith(",") and not _resumes(body, quote, following)
            start, end = offset + quote.start, offset + quote.end
            parts.append(Passage(quote.kind, inner, start, end, number, closes=closes))
        at = quote.end
    return parts + _sentences(body, (at, len(body)), offset, number, language)


def _resumes(body: str, quote: Quote, following: Quote | None) -> bool:
    """“I know,” said Ann, “that …”: the sentence goes on after the tag."""
    if following is None:
        return False
    tag, first = body[quote.end : following.start].strip(), body[following.low : following.low + 1]
    return tag.endswith((",", "—", ";")) and not first.isupper()


def _sentences(body: str, stretch: tuple[int, int], offset: int, number: int, language: str) -> list[Passage]:
    parts: list[Passage] = []
    at, end = stretch
    for cut in ends(body, language, *stretch):
        parts += _one(body, at, cut, offset, number)
        at = cut
    return parts + _one(body, at, end, offset, number)


def _one(body: str, start: int, end: int, offset: int, number: int) -> list[Passage]:
    piece = body[start:end]
    text = piece.strip()
    if WORDLESS.match(text) and not PICTURE.search(text):
        return []
    first = offset + start + len(piece) - len(piece.lstrip())
    return [Passage("narration", text, first, first + len(text), number)]
