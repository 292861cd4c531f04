"""Who is named beside a quote: verbs of saying with their subjects, pronouns, names that are called."""

import re
from collections.abc import Sequence

from engines.manga.writer.cast import Cast
from engines.manga.writer.lexicon import SAYING, count
from engines.manga.writer.passages import Passage

PRONOUN = re.compile(r"\b(he|she|they)\b|彼女|彼(?!女)", re.IGNORECASE)
SUBJECT_JA = "はがも"
SAID_JA = "言った|言いました|答え|聞いた|尋ね|叫んだ|叫び|つぶや|ささや|訊い"
CALLING = re.compile(r"^(?:ねえ|おい|なあ|あの|もし)?[、,\s]*(.{1,8}?)(?:さん|くん|ちゃん|君)?(?:[、,！!。？?…]|$)")
NAMED_LAST = re.compile(r"(?:なあ|ねえ|おい)、?([^、。]{1,8})$")
ASKED = re.compile(r"(?<![うこ])と(?:聞|訊|尋ね|問う|問い|言っ|云っ|答え)[^「」]{0,6}。$")
UNSEEN = re.compile(r"\bsome ?one said|\ba voice (?:said|cried|called)|声がし|と叫ぶもの")
CROWDS = frozenset({"children", "officers"})


def at(passages: Sequence[Passage], index: int) -> Passage | None:
    """The passage at an index, if there is one."""
    return passages[index] if 0 <= index < len(passages) else None


def tagged(
    passages: Sequence[Passage], index: int, cast_: Cast, recent: Sequence[str]
) -> tuple[str | None, str] | None:
    """The speaker by a verb of saying after or before the quote."""
    after, before = at(passages, index + 1), at(passages, index - 1)
    leads = before is not None and before.kind == "narration" and before.bare.endswith((":", "，", "、", ","))
    for beside, rule in ((after, "tag_after"), (before, "tag_before")):
        if beside is None or not (_is_beside(passages, index, beside) or (beside is before and leads)):
            continue
        if beside is after and _opens_next(passages[index], beside):
            continue
        if UNSEEN.search(beside.bare):
            return None, "voice_unseen"
        found = _from_tag(beside, cast_, [*recent, *_subjects_before(passages, index, cast_, recent)])
        if found is not None:
            return found, rule
    return None


def _subjects_before(passages: Sequence[Passage], index: int, cast_: Cast, recent: Sequence[str]) -> list[str]:
    """Whom a pronoun means while nobody has spoken: the one the last sentences are about."""
    if recent:
        return []
    told = [p for p in passages[max(0, index - 5) : index] if p.kind == "narration"]
    subjects = [who for p in told[:-1] for who in cast_.mentioned(p.bare)[:1]]
    return subjects


def _opens_next(quote: Passage, beside: Passage) -> bool:
    """“I was not born.” Then said the Wolf, … : the sentence belongs to the quote that follows."""
    return quote.text.endswith((".", ",”")) and beside.text[:1].isupper() and beside.text.isascii()


def _is_beside(passages: Sequence[Passage], index: int, beside: Passage | None) -> bool:
    """Whether a sentence of narration may tell who says the quote."""
    quote = passages[index]
    if beside is None or beside.kind != "narration":
        return False
    if beside.paragraph == quote.paragraph:
        return count(SAYING, beside.text) > 0
    apart = beside.paragraph != quote.paragraph + 1 or beside.gap
    if apart or not re.search(SAID_JA, beside.text) or (ASKED.search(beside.bare) and not beside.bare.startswith("と")):
        return False
    # 「…」 on a line of its own, then a line that tells who spoke, unless that line leads to the next quote
    follower = at(passages, index + 2)
    return beside.text.startswith("と") or follower is None or follower.kind == "narration"


def _from_tag(beside: Passage | None, cast_: Cast, recent: Sequence[str]) -> str | None:
    if beside is None:
        return None
    text = beside.bare
    pronoun = PRONOUN.search(_beside_verb(text)) if text.isascii() or "—" in text else None
    mentioned = cast_.mentioned(text)
    if mentioned and pronoun is None:
        return _nearest_to_verb(text, cast_) or subject_of(beside, cast_) or mentioned[0]
    pronoun = pronoun or PRONOUN.search(text)
    if pronoun is None:
        return None
    if pronoun.group().lower() == "they":
        return next((c.id for c in cast_.characters if c.name.lower() in CROWDS), None)
    gender = "female" if pronoun.group().lower() in {"she", "彼女"} else "male"
    crowds = {c.id for c in cast_.characters if c.name.lower() in CROWDS}
    known = [*reversed(recent), *(c.id for c in cast_.characters)]
    return next((who for who in known if cast_.genders[who] == gender and who not in crowds), None)


def _beside_verb(text: str) -> str:
    """The words next to an English verb of saying: “said she”, “he cried”."""
    match = re.search(rf"\b(?:\w+ )?(?:{'|'.join(SAYING.partition('|')[2].split())})\w*(?: \w+)?", text, re.IGNORECASE)
    return match.group() if match else ""


def _nearest_to_verb(text: str, cast_: Cast) -> str | None:
    """“The Hare laughed at the Tortoise, who replied:” is said by the one beside the verb."""
    if not re.search(r"[A-Za-z]", text):
        return None
    verbs = list(re.finditer(rf"\b(?:{'|'.join(SAYING.partition('|')[2].split())})\w*", text, re.IGNORECASE))
    if not verbs:
        return None
    verb = verbs[-1] if text.endswith(":") and len(verbs) > 1 and "who" in text else verbs[0]
    behind = cast_.mentioned(text[verb.end() : verb.end() + 24])
    ahead = cast_.mentioned(text[max(0, verb.start() - 40) : verb.start()])
    if behind and not ahead:
        return behind[0]
    return ahead[-1] if ahead else None


def subject_of(passage: Passage | None, cast_: Cast) -> str | None:
    """Who a sentence is about."""
    if passage is None:
        return None
    for word, who in cast_.words:
        if not word.isascii() and re.search(
            rf"{re.escape(word)}(?:さん|くん|ちゃん|君|たち)?[{SUBJECT_JA}]", passage.bare
        ):
            return who
    mentioned = cast_.mentioned(passage.bare)
    return mentioned[0] if mentioned and re.search(r"[A-Za-z]{2}", passage.bare) else None


def called_in(text: str, cast_: Cast) -> str | None:
    """Who is called by name at the beginning or the end of a quote: not the one who speaks."""
    match = CALLING.match(text)
    mentioned = cast_.mentioned(match.group(1)) if match else []
    if not mentioned and text.isascii():
        mentioned = cast_.mentioned(text.rsplit(",", 1)[-1]) if "," in text else []
    if not mentioned and (named := NAMED_LAST.search(text)):
        mentioned = cast_.mentioned(named[1])
    return mentioned[0] if mentioned else None
