"""Who says each quote, and how.

a name with a verb of saying beside the quote
-> else the subject of the sentence before it
-> else the one who did not speak last
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import cast

from engines.comic.document import Expression, SpeechKind
from engines.writer.cast import Cast
from engines.writer.kinship import SHE_SAYS
from engines.writer.lexicon import EMOTIONS, LOUD, POSES, SAYING, SOFT, best, count
from engines.writer.passages import Passage
from engines.writer.tags import (
    QUESTION_TAG,
    UNKNOWN,
    at,
    by_pronoun,
    called_in,
    leads_to_quote,
    subject_of,
    tagged,
)
from engines.writer.wire import by_wire

THINKS = re.compile(r"^と、?(?:[^、。]{1,6}は、?)?(?:思(?!い切)|おも|考え|この時始めて気)")
CRIED = re.compile(r"\b(?:he|she|they|[A-Z]\w+) cried\b(?! (?:and|as|out))|\bcried (?=the|[A-Z])")
COMMAND = re.compile(
    r"(?:れ|ろ|け|せ|て|め|な)[。！]|出て行|だまれ|黙れ|このやろう"
    r"|\b(?:villain|scoundrel|begone|get out|stop|how dare|silence)",
    re.IGNORECASE,
)
ARRIVES = re.compile(r"(?:出て|入って|やって)(?:き|来)|現れ|\b(?:appeared|entered|came in|arrived)\b")
STRONG_HE = re.compile(r"俺|おれ[はがもの]|僕[はがもの]|だぜ")
LEAD = 24
CLOSING = 44
DEEDS = {key: POSES[key] for key in ("fight", "eat", "hug", "fall", "run", "kneel", "bow")}
NEAR = 6
RECENT = 6


@dataclass(frozen=True)
class Utterance:
    """A passage with who speaks it (None: nobody or unknown), how, with which face, and the rule that tells."""

    passage: Passage
    speaker: str | None
    kind: SpeechKind
    expression: Expression
    rule: str
    tag: bool = False


def attribute(passages: Sequence[Passage], cast_: Cast) -> list[Utterance]:
    """Every passage with its speaker. Narration that only says who speaks is marked as a ``tag``."""
    utterances: list[Utterance] = []
    recent: list[str] = []
    for index, passage in enumerate(passages):
        if passage.gap:
            recent.clear()
        if passage.kind == "narration":
            utterances.append(_narration(passages, index))
            continue
        speaker, rule = _speaker(passages, index, cast_, utterances, recent)
        if speaker is not None:
            recent[:] = [*[r for r in recent if r != speaker], speaker][-RECENT:]
        utterances.append(_spoken(passages, index, speaker, rule))
    return [replace(each, tag=True) if leads_to_quote(passages, n) else each for n, each in enumerate(utterances)]


def _narration(passages: Sequence[Passage], index: int) -> Utterance:
    passage = passages[index]
    face = cast(Expression, best(EMOTIONS, passage.text, "neutral"))
    return Utterance(passage, None, "narration", face, "narration", tag=is_tag(passages, index))


def is_tag(passages: Sequence[Passage], index: int) -> bool:
    """Whether a short sentence beside a quote only says who speaks: its tail tells that in a balloon."""
    text, follows = passages[index].bare, at(passages, index + 1)
    if best(DEEDS, text) is not None:
        return False
    if _closes(passages, index) and (count(SAYING, text) or THINKS.match(text)) and len(text) <= CLOSING:
        return True
    if text.endswith(("、", "，")) and follows and follows.kind != "narration" and len(text) <= LEAD:
        return True
    beside = [p for p in (at(passages, index - 1), at(passages, index + 1)) if p and p.kind != "narration"]
    same = any(p.paragraph == passages[index].paragraph for p in beside)
    short = len(text) <= (18 if not text.isascii() else 60)
    return bool(beside) and same and short and count(SAYING, text) > 0


def _speaker(
    passages: Sequence[Passage], index: int, cast_: Cast, utterances: Sequence[Utterance], recent: Sequence[str]
) -> tuple[str | None, str]:
    quote = passages[index]
    called = called_in(quote.text, cast_)
    before = at(passages, index - 1)
    if before is not None and before.goes_on and utterances:
        return utterances[-1].speaker, "goes_on"
    return (
        tagged(passages, index, cast_, recent)
        or _of_paragraph(passages, index, cast_, utterances, called)
        or _paired_with_pronoun(passages, index, cast_, recent)
        or _of_sentence_before(passages, index, cast_, utterances, recent)
        or _of_talk(passages, index, cast_, utterances)
        or _by_turn(cast_, called, recent, _near(passages, index, cast_), quote.bare)
    )


def _of_paragraph(
    passages: Sequence[Passage], index: int, cast_: Cast, utterances: Sequence[Utterance], called: str | None
) -> tuple[str | None, str] | None:
    """The speaker of the quote before in the same paragraph, or who acts in it."""
    quote, after, before = passages[index], at(passages, index + 1), at(passages, index - 1)
    if utterances and utterances[-1].kind != "narration" and before and before.paragraph == quote.paragraph:
        return utterances[-1].speaker, "same_paragraph"
    own = _begun(passages, index, utterances, cast_)
    if own is not None:
        return own, "same_paragraph"
    for beside in (before, after):
        if beside and beside.kind == "narration" and beside.paragraph == quote.paragraph:
            actor = subject_of(beside, cast_) or next(iter(cast_.mentioned(beside.bare)), None)
            if actor is not None and actor != called:
                return actor, "acts_in_paragraph"
    return None


def _begun(passages: Sequence[Passage], index: int, utterances: Sequence[Utterance], cast_: Cast) -> str | None:
    """Who spoke earlier in the same paragraph, where nobody else is named in between."""
    between: list[str] = []
    for n in range(index - 1, -1, -1):
        if passages[n].paragraph != passages[index].paragraph:
            return None
        if utterances[n].kind != "narration":
            return utterances[n].speaker if all(who == utterances[n].speaker for who in between) else None
        between += cast_.mentioned(passages[n].bare)
    return None


def _paired_with_pronoun(
    passages: Sequence[Passage], index: int, cast_: Cast, recent: Sequence[str]
) -> tuple[str | None, str] | None:
    who = by_pronoun(passages, index, cast_, recent)
    return None if who is None else (who, "pronoun_acts")


def _sounds_like(cast_: Cast, who: str, text: str) -> bool:
    """Whether the words of a quote may be this person's: a man does not say わ, a woman seldom 俺."""
    if SHE_SAYS.search(text):
        return cast_.genders[who] == "female"
    return not (STRONG_HE.search(text) and cast_.genders[who] == "female")


def _closed(passages: Sequence[Passage], index: int, utterances: Sequence[Utterance]) -> bool:
    """Whether the sentence before belongs to the quote before it, and does not tell who speaks next."""
    if not utterances:
        return False
    here = passages[index]
    own = [s for s in utterances[-4:] if s.passage.paragraph == passages[index - 1].paragraph != here.paragraph]
    beat = any(s.kind != "narration" for s in own) and passages[index - 1].kind == "narration"
    return utterances[-1].tag or _closes(passages, index - 1) or beat


def _of_sentence_before(
    passages: Sequence[Passage], index: int, cast_: Cast, utterances: Sequence[Utterance], recent: Sequence[str]
) -> tuple[str | None, str] | None:
    """Who the sentence before is about; who is asked in it answers."""
    quote, before = passages[index], at(passages, index - 1)
    called = called_in(quote.text, cast_)
    if before is None or before.kind != "narration":
        return None
    subject = None if quote.gap or _closed(passages, index, utterances) else subject_of(before, cast_)
    if subject is not None and QUESTION_TAG.search(before.bare) and before.paragraph != quote.paragraph:
        return _other(cast_, subject, recent), "is_asked"
    if UNKNOWN.search(before.bare) and subject is None:
        return None, "voice_unseen"
    # a third person who only acts does not break into the talk of two
    stranger = subject not in recent and len(set(recent)) > 1 and not count(SAYING, before.bare)
    stranger = stranger and not ARRIVES.search(before.bare)
    if subject is not None and subject != called and not stranger and _sounds_like(cast_, subject, quote.bare):
        return subject, "subject_before"
    # after a stretch of narration nobody's turn is sure; the one who acts next has probably spoken
    narration, after = (
        [p for p in (at(passages, index - 2), before) if p and p.kind == "narration"],
        at(passages, index + 1),
    )
    actor = (
        subject_of(after, cast_)
        if len(narration) == 2 and after and after.kind == "narration" and not after.gap
        else None
    )
    return (actor, "acts_next") if actor is not None and actor != called else None


def _of_talk(
    passages: Sequence[Passage], index: int, cast_: Cast, utterances: Sequence[Utterance]
) -> tuple[str | None, str] | None:
    """Who was called by name in the quote before; who goes on with the same words."""
    spoken = [s for s in utterances[-3:] if s.kind != "narration"]
    if not spoken:
        return None
    last, quote = spoken[-1], passages[index]
    if _closed(passages, index, utterances) and _repeats(last.passage.bare, quote.bare):
        return last.speaker, "repeats"
    answers = called_in(last.passage.text, cast_)
    free = answers not in (None, last.speaker, called_in(quote.text, cast_))
    return (answers, "is_called") if free else None


def _closes(passages: Sequence[Passage], index: int) -> bool:
    """Whether a sentence goes on after a quote of its paragraph, as と、兵十は言いました does."""
    here, before = at(passages, index), at(passages, index - 1)
    if here is None or before is None or here.kind != "narration" or before.kind == "narration":
        return False
    return before.paragraph == here.paragraph and here.bare.startswith(("と", "って"))


def _repeats(before: str, now: str) -> bool:
    return len(now) > 4 and before[:2] == now[:2] and re.match(r"[一-龠]{2}", now) is not None


def _other(cast_: Cast, who: str, recent: Sequence[str]) -> str | None:
    known = [*reversed(recent), *(c.id for c in cast_.characters)]
    return next((each for each in known if each != who), None)


def _near(passages: Sequence[Passage], index: int, cast_: Cast) -> list[str]:
    """The persons of the last sentences, the latest first."""
    narration = [p for p in passages[max(0, index - NEAR) : index] if p.kind == "narration"]
    return list(dict.fromkeys(who for p in reversed(narration) for who in cast_.mentioned(p.bare)))


def _by_turn(
    cast_: Cast, called: str | None, recent: Sequence[str], near: Sequence[str], text: str
) -> tuple[str | None, str]:
    others = [who for who in reversed(recent[:-1]) if who != called and _sounds_like(cast_, who, text)]
    if others:
        return others[0], "turn"
    beasts = {c.id for c in cast_.characters if c.look.species != "human"}
    known = [*near, *(c.id for c in cast_.characters if c.id not in near)]
    known = known if len(beasts) * 2 >= len(known) else [who for who in known if who not in beasts]
    if recent and near and called in near and all(who in (called, recent[-1]) for who in near):
        return recent[-1], "continues"
    rest = [who for who in known if who != called and who not in recent[-1:]]
    rest = [who for who in rest if _sounds_like(cast_, who, text)] or rest
    return (rest[0], "nearest") if rest else (None, "unknown")


def _spoken(passages: Sequence[Passage], index: int, speaker: str | None, rule: str) -> Utterance:
    passage = passages[index]
    beside = [p for p in (at(passages, index - 1), at(passages, index + 1)) if p and p.kind == "narration"]
    how = " ".join(p.text for p in beside if p.paragraph == passage.paragraph or p.text.startswith("と"))
    kind: SpeechKind = "speech"
    follows = at(passages, index + 1)
    if passage.kind == "thought" or (follows and follows.kind == "narration" and THINKS.match(follows.bare)):
        kind = "thought"
    elif by_wire(passages, index):
        kind = "radio"
    elif count(LOUD, how) or re.search(r"[！!]{2}|[！!][？?]|[？?][！!]", passage.text):
        kind = "shout"
    elif count(SOFT, how):
        kind = "whisper"
    elif re.search(r"[！!]$", passage.text) and len(passage.text) <= 24:
        kind = "shout"
    felt = CRIED.sub("", how)
    face = best(EMOTIONS, passage.text + " " + felt) or (_loud(passage.text) if kind == "shout" else "neutral")
    return Utterance(passage, speaker, kind, cast(Expression, face), rule)


def _loud(text: str) -> Expression:
    """The face of a shout without a word of feeling: an order is angry, a question is startled."""
    if COMMAND.search(text):
        return "angry"
    return "surprise" if re.search(r"[？?]", text) else "determined"
