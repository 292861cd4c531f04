"""Who is named beside a quote: verbs of saying with their subjects, pronouns, names that are called."""

import re
from collections.abc import Sequence

from engines.writer.cast import Cast
from engines.writer.lexicon import SAYING, count
from engines.writer.passages import Passage

PRONOUN = re.compile(r"\b(he|she|they)\b|彼女|彼(?!女)", re.IGNORECASE)
OPENS = re.compile(r"(He|She|彼女|彼)(?:\b|[はが])")
SUBJECT_JA = "はがも"
CALLS = re.compile(r"^(.{1,10}?)が(?:[^、。]{0,8})(?:声をかける|言う|いう|聞く|尋ねる|叫ぶ|呼ぶ)と、")
SPEECH_VERBS_JA = "声をかける|言った|言いました|答え|聞いた|尋ね|叫んだ|叫び|つぶや|ささや|訊い"
CALLING = re.compile(r"^(?:ねえ|おい|なあ|あの|もし)?[、,\s]*(.{1,8}?)(?:さん|くん|ちゃん|君)?(?:[、,！!。？?…]|$)")
NAMED_LAST = re.compile(r"(?:(?:なあ|ねえ|おい)、?|[、，])([^、。！？]{1,8})[。！？]?$")
QUESTION_TAG = re.compile(r"(?<![うこ])と(?:聞|訊|尋ね|問う|問い|言っ|云っ|答え)[^「」]{0,6}。$")
UNKNOWN = re.compile(r"(?:だれか|誰か|何者か)が|\b[Ss]ome(?:body|one) (?:knocked|called|cried|spoke)")
UNSEEN = re.compile(r"\bsome ?one said|\ba (?:\w+['’]s )?voice\b|声がし|と叫ぶもの")
# who, perhaps to whom, says: no deed and no feeling besides
ONLY_SAYS = re.compile(
    r"[^、。はがも]{1,8}(?:は|が|も)(?:[^、。はがをに]{1,8}に)?(?:また|そう|こう|すぐに|続けて)?"
    r"(?:言|云|答え|聞|訊|尋ね|返|つぶや|呟)(?:いました|った|いた|えた|えました|ねた|ねました|きました|した|い返した|い)[。：:]"
    r"|[^.,]{1,30}\b(?:said|asked|replied|answered)[.:]"
)
SINCE = 5
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
        found = _from_tag(beside, cast_, [*recent, *_subjects_before(passages, index, cast_)])
        if found is not None:
            return found, rule
    return None


def _subjects_before(passages: Sequence[Passage], index: int, cast_: Cast) -> list[str]:
    """Whom a pronoun means first: those whom the narration since the last quote is about, the latest last."""
    found: list[str] = []
    for passage in reversed(passages[max(0, index - SINCE) : index]):
        if passage.kind != "narration":
            break
        if not _ends_other(passages, index, passage):
            found = [*cast_.mentioned(passage.bare)[:1], *found]
    return found


def _ends_other(passages: Sequence[Passage], index: int, passage: Passage) -> bool:
    """Whether a sentence belongs to an earlier quote, in whose paragraph it stands."""
    same = [p for p in passages[max(0, index - SINCE) : index] if p.paragraph == passage.paragraph]
    quoted = any(p.kind != "narration" and p.start < passage.start for p in same)
    return quoted and passage.paragraph != passages[index].paragraph


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
    if beside.paragraph == quote.paragraph + 1 and CALLS.match(beside.bare):
        return True
    apart = beside.paragraph != quote.paragraph + 1 or beside.gap
    if (
        apart
        or not re.search(SPEECH_VERBS_JA, beside.text)
        or (QUESTION_TAG.search(beside.bare) and not beside.bare.startswith("と"))
    ):
        return False
    # 「…」 on a line of its own, then a line that tells who spoke, unless that line leads to the next quote
    follower = at(passages, index + 2)
    return beside.text.startswith("と") or follower is None or follower.kind == "narration"


def _from_tag(beside: Passage | None, cast_: Cast, recent: Sequence[str]) -> str | None:
    if beside is None:
        return None
    text = beside.bare
    if (calls := CALLS.match(text)) and (caller := cast_.mentioned(calls[1])):
        return caller[-1]
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
    if (topic := _topic(passage.bare, cast_)) is not None:
        return topic
    mentioned = cast_.mentioned(passage.bare)
    return mentioned[0] if mentioned and re.search(r"[A-Za-z]{2}", passage.bare) else None


def _topic(text: str, cast_: Cast) -> str | None:
    """The last person marked by は, else the first by が or も: 母が呼ぶと、妹は顔を上げた is about 妹."""
    found: list[tuple[int, str, str]] = []
    hidden = text
    for word, who in cast_.words:
        if not word.isascii():
            pattern = rf"{re.escape(word)}(?:さん|くん|ちゃん|君|たち|先生)?([{SUBJECT_JA}])"
            found += [(match.start(), match[1], who) for match in re.finditer(pattern, hidden)]
            hidden = hidden.replace(word, "\0" * len(word))
    topics = [(at_, who) for at_, particle, who in found if particle == "は"]
    if topics:
        return max(topics)[1]
    return min(found)[2] if found else None


def by_pronoun(passages: Sequence[Passage], index: int, cast_: Cast, recent: Sequence[str]) -> str | None:
    """Who he or she is, that acts in the paragraph of a quote: “Very well.” He laid the gun down."""
    quote = passages[index]
    for beside in (at(passages, index - 1), at(passages, index + 1)):
        if beside is None or beside.kind != "narration" or beside.paragraph != quote.paragraph:
            continue
        match = OPENS.match(beside.text)
        if match is None:
            continue
        gender = "female" if match[1] in {"She", "彼女"} else "male"
        before = [who for who in reversed(recent[:-1]) if who != recent[-1]] + list(reversed(recent[-1:]))
        known = [*reversed(_subjects_before(passages, index, cast_)), *before, *(c.id for c in cast_.characters)]
        return next((who for who in known if cast_.genders[who] == gender), None)
    return None


def leads_to_quote(passages: Sequence[Passage], index: int) -> bool:
    """Whether a sentence on a line of its own only says who speaks the quote on the next."""
    here, follows = passages[index], at(passages, index + 1)
    if here.kind != "narration" or follows is None or follows.kind == "narration" or follows.gap:
        return False
    return follows.paragraph == here.paragraph + 1 and ONLY_SAYS.fullmatch(here.bare) is not None


def called_in(text: str, cast_: Cast) -> str | None:
    """Who is called by name at the beginning or the end of a quote: not the one who speaks."""
    match = CALLING.match(text)
    mentioned = cast_.mentioned(match.group(1)) if match else []
    if not mentioned and text.isascii():
        mentioned = cast_.mentioned(text.rsplit(",", 1)[-1]) if "," in text else []
    if not mentioned and (named := NAMED_LAST.search(text)):
        whole = {word for word, _ in cast_.words}
        bare = re.sub(r"(?:さん|くん|ちゃん|君|よ)$", "", named[1])
        mentioned = cast_.mentioned(bare) if bare in whole or named[1] in whole else []
    return mentioned[0] if mentioned else None
