"""Quotes of a paragraph: outermost pairs, with the marks that an author left out set where the words tell.

An unclosed quote ends before its tag ("…closed, said Ann."), before the next quote, or with its paragraph.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

Kind = Literal["speech", "thought", "narration"]
BRACKETS = {"「": "」", "『": "』", "（": "）", "(": ")", "“": "”", '"': '"'}
SINGLES = {"‘": "’", "'": "'"}
THOUGHT = frozenset("（(")
CLOSERS = "」』"
TAG_JA = re.compile(
    r"[、。！？…]?と(?=、?[^「」。、]{0,12}(?:言|云|いっ|いい|叫|答|聞|訊|尋|呟|つぶや|ささや|囁|思っ|怒鳴|笑))"
)
SPEECH_VERBS_EN = (
    "said|asked|cried|replied|answered|shouted|whispered|called|yelled|muttered|exclaimed|added|begged|sighed"
)
TAG_EN = re.compile(rf"[,.!?…—](?=\s+(?:(?:the |an? )?\w+\s+)?(?:{SPEECH_VERBS_EN})\b)")
SINGLE = re.compile(r"(?:^|(?<=[\s—]))['‘](?=\S)[^\n]*?[,.!?…—–-]['’](?!\w)", re.MULTILINE)
BEFORE_OPEN, BEFORE_CLOSE = " \t　([—–-“‘", ",.!?…—–-"


@dataclass(frozen=True)
class Quote:
    """A quote from ``start`` to ``end``, its words from ``low`` to ``high``: a mark may be missing on either side."""

    kind: Kind
    start: int
    low: int
    high: int
    end: int


def has_singles(text: str) -> bool:
    """Whether an English text quotes speech with single marks, as British books do: it has fewer others."""
    doubles = text.count("“") + text.count('"') / 2
    return len(SINGLE.findall(text)) > doubles


def find_quotes(body: str, language: str, singles: bool = False) -> list[Quote]:
    """The outermost quotes of a paragraph, in order."""
    marks = BRACKETS | (SINGLES if singles and language == "en" else {})
    found = [q for q in _walk(body, language, marks) if language == "en" or not _is_gloss(body, q)]
    return found


def _walk(body: str, language: str, marks: dict[str, str]) -> Iterator[Quote]:
    at = begun = 0
    while at < len(body):
        quote = _open(body, at, marks, language) or _stray(body, at, begun, language)
        if quote is None:
            at += 1
            continue
        yield quote
        at = begun = max(quote.end, at + 1)


def _open(body: str, at: int, marks: dict[str, str], language: str) -> Quote | None:
    close = marks.get(body[at])
    if close is None or not _opens(body, at) or (body[at] == "『" and not _stands_alone(body, at)):
        return None
    kind: Kind = "thought" if body[at] in THOUGHT else "speech"
    end = _closing(body, at, close)
    if end is not None:
        return Quote(kind, at, at + 1, end - 1, end)
    if body[at] in "(（" or body[at] in SINGLES:
        return None
    return _unclosed(body, at, language)


def _opens(body: str, at: int) -> bool:
    """Whether a mark that is the same on both sides stands where a quote begins."""
    if body[at] not in "\"'‘":
        return True
    follows = body[at + 1 : at + 2]
    before = at == 0 or body[at - 1] in BEFORE_OPEN
    return (before or body[at] == '"') and bool(follows) and (not follows.isspace())


def _closing(body: str, at: int, close: str) -> int | None:
    if body[at] == close:
        return _closing_alike(body, at)
    opening, depth = body[at], 0
    for index in range(at + 1, len(body)):
        if body[index] == close and (close != "’" or _closes_single(body, index)):
            if depth == 0:
                return index + 1
            depth -= 1
        elif body[index] == opening and (close != "’" or _opens(body, index)):
            depth += 1
    return None


def _closing_alike(body: str, at: int) -> int | None:
    """The end of a quote in straight marks; a pair within stands at the edges of words."""
    mark, inner = body[at], False
    for index in range(at + 1, len(body)):
        if body[index] != mark or (mark == "'" and not _closes_single(body, index)):
            continue
        if inner:
            inner = False
        elif _begins_inner(body, index):
            inner = True
        else:
            return index + 1
    return None


def _begins_inner(body: str, index: int) -> bool:
    """Whether a straight mark opens a quote within a quote: a space before it, a letter behind, two marks to come."""
    edge = body[index - 1] in " (" and body[index + 1 : index + 2].isalnum()
    return edge and body.count(body[index], index + 1) >= 2 and body.count(body[index], index + 1) % 2 == 0


def _closes_single(body: str, index: int) -> bool:
    """An apostrophe has no stop before it."""
    return body[index - 1] in BEFORE_CLOSE and not body[index + 1 : index + 2].isalnum()


def _unclosed(body: str, at: int, language: str) -> Quote | None:
    """A quote without its closing mark."""
    limit = min([n for mark in "「『“" if (n := body.find(mark, at + 1)) > 0] + [len(body)])
    tag = (TAG_JA if language == "ja" else TAG_EN).search(body, at + 1, limit)
    high = tag.start() + (language == "en") if tag else limit
    if tag and language == "ja" and body[tag.start()] in "。！？…":
        high += 1
    return Quote("speech", at, at + 1, high, high) if body[at + 1 : high].strip() else None


def _stray(body: str, at: int, begun: int, language: str) -> Quote | None:
    """A closing bracket that nothing opened: the sentence before it was a quote."""
    if language != "ja" or body[at] not in CLOSERS or body[at] == "』":
        return None
    low = max([body.rfind(mark, begun, at - 1) + 1 for mark in "。！？」』"] + [begun])
    return Quote("speech", low, low, at, at + 1) if body[low:at].strip() else None


def _stands_alone(body: str, at: int) -> bool:
    """Double brackets inside a sentence name a book or a word; at its beginning they are speech."""
    return at == 0 or body[at - 1] in "。！？　 "


def _is_gloss(body: str, quote: Quote) -> bool:
    """A short bracket in the middle of a sentence is an aside of the narrator, not a thought."""
    start, end = quote.start, quote.end
    inside = start > 0 and end < len(body) and body[start - 1] not in "。！？　 " and body[end] not in "　 "
    return quote.kind == "thought" and inside and end - start < 8
