"""Who says each quote, and how.

a name with a verb of saying beside the quote
-> else the subject of the sentence before it
-> else the one who did not speak last
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

from engines.manga.document import Expression, SpeechKind
from engines.manga.writer.cast import Cast
from engines.manga.writer.lexicon import EMOTIONS, LOUD, SAYING, SOFT, best, count
from engines.manga.writer.passages import Passage

PRONOUN = re.compile(r"\b(he|she)\b|彼女|彼(?!女)", re.IGNORECASE)
SUBJECT_JA = "はがも"
SAID_JA = "言った|言いました|答え|聞いた|尋ね|叫んだ|叫び|つぶや|ささや|訊い"
CALLING = re.compile(r"^(?:ねえ|おい|なあ|あの|もし)?[、,\s]*(.{1,8}?)(?:さん|くん|ちゃん|君)?(?:[、,！!。？?…]|$)")
RECENT = 6


@dataclass(frozen=True)
class Said:
    """A passage with who speaks it (None: nobody or unknown), how, with which face, and the rule that tells."""

    passage: Passage
    speaker: str | None
    kind: SpeechKind
    expression: Expression
    rule: str
    tag: bool = False


def attribute(passages: Sequence[Passage], cast_: Cast) -> list[Said]:
    """Every passage with its speaker. Narration that only says who speaks is marked as a ``tag``."""
    said: list[Said] = []
    recent: list[str] = []
    for index, passage in enumerate(passages):
        if passage.gap:
            recent.clear()
        if passage.kind == "narration":
            said.append(_narration(passages, index))
            continue
        speaker, rule = _speaker(passages, index, cast_, said, recent)
        if speaker is not None:
            recent[:] = [*[r for r in recent if r != speaker], speaker][-RECENT:]
        said.append(_spoken(passages, index, speaker, rule))
    return said


def _narration(passages: Sequence[Passage], index: int) -> Said:
    passage = passages[index]
    face = cast(Expression, best(EMOTIONS, passage.text, "neutral"))
    return Said(passage, None, "narration", face, "narration", tag=_is_tag(passages, index))


def _is_tag(passages: Sequence[Passage], index: int) -> bool:
    """A short sentence beside a quote that only says who speaks."""
    text = passages[index].text
    beside = [p for p in (_at(passages, index - 1), _at(passages, index + 1)) if p and p.kind != "narration"]
    same = any(p.paragraph == passages[index].paragraph for p in beside)
    short = len(text) <= (18 if not text.isascii() else 60)
    return bool(beside) and same and short and count(SAYING, text) > 0


def _at(passages: Sequence[Passage], index: int) -> Passage | None:
    return passages[index] if 0 <= index < len(passages) else None


def _speaker(
    passages: Sequence[Passage], index: int, cast_: Cast, said: Sequence[Said], recent: Sequence[str]
) -> tuple[str | None, str]:
    quote = passages[index]
    called = _called(quote.text, cast_)
    after, before = _at(passages, index + 1), _at(passages, index - 1)
    for beside, rule in ((after, "tag_after"), (before, "tag_before")):
        found = _from_tag(beside, cast_, recent) if _is_beside(passages, index, beside) else None
        if found is not None:
            return found, rule
    if said and said[-1].kind != "narration" and before and before.paragraph == quote.paragraph:
        return said[-1].speaker, "same_paragraph"
    for beside in (before, after):
        if beside and beside.kind == "narration" and beside.paragraph == quote.paragraph:
            actor = _subject(beside, cast_) or next(iter(cast_.mentioned(beside.text)), None)
            if actor is not None and actor != called:
                return actor, "acts_in_paragraph"
    # a sentence that tells who spoke before does not tell who speaks next
    introduces = before is not None and before.kind == "narration" and not quote.gap and not said[-1].tag
    subject = _subject(before, cast_) if introduces else None
    if subject is not None and subject != called:
        return subject, "subject_before"
    # after a stretch of narration nobody's turn is sure; the one who acts next has probably spoken
    told = [p for p in (_at(passages, index - 2), before) if p and p.kind == "narration"]
    if len(told) == 2 and after and after.kind == "narration" and not after.gap:
        actor = _subject(after, cast_)
        if actor is not None and actor != called:
            return actor, "acts_next"
    return _by_turn(cast_, called, recent)


def _by_turn(cast_: Cast, called: str | None, recent: Sequence[str]) -> tuple[str | None, str]:
    others = [who for who in reversed(recent[:-1]) if who != called]
    if others:
        return others[0], "turn"
    rest = [c.id for c in cast_.characters if c.id != called and c.id not in recent[-1:]]
    return (rest[0], "nearest") if rest else (None, "unknown")


def _is_beside(passages: Sequence[Passage], index: int, beside: Passage | None) -> bool:
    """Whether a sentence of narration may tell who says the quote."""
    quote = passages[index]
    if beside is None or beside.kind != "narration":
        return False
    if beside.paragraph == quote.paragraph:
        return count(SAYING, beside.text) > 0
    if beside.paragraph != quote.paragraph + 1 or beside.gap or not re.search(SAID_JA, beside.text):
        return False
    # 「…」 on a line of its own, then a line that tells who spoke, unless that line leads to the next quote
    follower = _at(passages, index + 2)
    return beside.text.startswith("と") or follower is None or follower.kind == "narration"


def _from_tag(beside: Passage | None, cast_: Cast, recent: Sequence[str]) -> str | None:
    if beside is None:
        return None
    mentioned = cast_.mentioned(beside.text)
    if mentioned:
        return _subject(beside, cast_) or mentioned[0]
    pronoun = PRONOUN.search(beside.text)
    if pronoun is None:
        return None
    gender = "female" if pronoun.group().lower() in {"she", "彼女"} else "male"
    known = [*reversed(recent), *(c.id for c in cast_.characters)]
    return next((who for who in known if cast_.genders[who] == gender), None)


def _subject(passage: Passage | None, cast_: Cast) -> str | None:
    if passage is None:
        return None
    for word, who in cast_.words:
        if not word.isascii() and re.search(
            rf"{re.escape(word)}(?:さん|くん|ちゃん|君|たち)?[{SUBJECT_JA}]", passage.text
        ):
            return who
    mentioned = cast_.mentioned(passage.text)
    return mentioned[0] if mentioned and passage.text.isascii() else None


def _called(text: str, cast_: Cast) -> str | None:
    """Who is called by name at the beginning or the end of a quote: not the one who speaks."""
    match = CALLING.match(text)
    mentioned = cast_.mentioned(match.group(1)) if match else []
    if not mentioned and text.isascii():
        mentioned = cast_.mentioned(text.rsplit(",", 1)[-1]) if "," in text else []
    return mentioned[0] if mentioned else None


def _spoken(passages: Sequence[Passage], index: int, speaker: str | None, rule: str) -> Said:
    passage = passages[index]
    beside = [p for p in (_at(passages, index - 1), _at(passages, index + 1)) if p and p.kind == "narration"]
    how = " ".join(p.text for p in beside if p.paragraph == passage.paragraph or p.text.startswith("と"))
    kind: SpeechKind = "speech"
    if passage.kind == "thought":
        kind = "thought"
    elif count(LOUD, how) or re.search(r"[！!]{2}|[！!][？?]|[？?][！!]", passage.text):
        kind = "shout"
    elif count(SOFT, how):
        kind = "whisper"
    elif re.search(r"[！!]$", passage.text) and len(passage.text) <= 24:
        kind = "shout"
    face = best(EMOTIONS, passage.text + " " + how) or {"shout": "surprise", "thought": "neutral"}.get(kind, "neutral")
    return Said(passage, speaker, kind, cast(Expression, face), rule)
