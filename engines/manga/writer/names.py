"""Who is in the story: names by rule, with their other names, counted.

Japanese: proper nouns of the dictionary, names before さん くん ちゃん, unknown words before は が も と に,
names that are called in speech. English: capital words that are not only at the beginning of sentences.
Both: roles such as 駅員, おばあさん, the wolf.
"""

import re
from collections import Counter
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from engines.manga.writer.lexicon import SAYING, count, words
from engines.manga.writer.passages import Passage

MAX_NAMES = 60
SUFFIX = r"(?:さん|くん|君|ちゃん|様|さま|先生|殿|先輩)"
ROLES_JA = words("roles_ja")
ROLES_EN = (
    "old man|old woman|king|queen|prince|princess|wolf|fox|lion|mouse|crow|bear|dog|cat|boy|girl|man|woman|captain|"
    "mother|father|grandmother|grandfather|doctor|soldier|fisherman|merchant|witch|miller|giant|stranger"
)
ROLE_EN = re.compile(rf"\b(?:[Tt]he|[Aa]n?|[Hh]is|[Hh]er)\s+(?:\w+\s+)?({ROLES_EN})\b")
NOT_NAMES = frozenset(words("not_names_en"))
TITLED = re.compile(
    r"\b(?:Mr|Mrs|Ms|Miss|Dr|Captain|King|Queen|Prince|Princess|Lady|Lord|Sir|Uncle|Aunt)\.?\s+([A-Z]\w+)"
)
CAPITAL = re.compile(r"\b[A-Z][a-z]+(?:['’][A-Z][a-z]+)?\b")
KATAKANA = re.compile(r"[ァ-ヴー]{2,}")
CALLED = re.compile(rf"(?:^|[、。！？\s…])([ァ-ヴー]{{2,6}}|[一-龠]{{1,4}})(?={SUFFIX}?[、！？!?…。]|$)")
PARTICLES = frozenset("はがもと")
SOUNDS = re.compile(r"^(.{1,3})\1+[ッンー]*$|[ッー]$|^.ッ|[ァ-ヴ]ン[ッー]*$")


class Name:
    """A person by name. ``aliases`` are the other words for the same person; ``mentions`` counts all."""

    def __init__(self, name: str, aliases: Sequence[str], mentions: int, role: bool) -> None:
        self.name = name
        self.aliases = list(aliases)
        self.mentions = mentions
        self.role = role

    @property
    def words(self) -> list[str]:
        """All words for this person, longest first."""
        return sorted({self.name, *self.aliases}, key=lambda word: (-len(word), word))


@lru_cache(maxsize=1)
def tokenizer() -> Any:
    """The Japanese tokenizer, loaded once."""
    from sudachipy import Dictionary, SplitMode

    return Dictionary().tokenizer(mode=SplitMode.C)


def find_names(passages: Sequence[Passage], language: str) -> list[Name]:
    """The persons of a story, most mentioned first, at most ``MAX_NAMES``."""
    raw = _japanese(passages) if language == "ja" else _english(passages)
    names = _merge(raw, passages)
    names.sort(key=lambda name: (-name.mentions, name.name))
    return names[:MAX_NAMES]


def _japanese(passages: Sequence[Passage]) -> Counter[str]:
    found: Counter[str] = Counter()
    for passage in passages:
        found.update(m for m in re.findall(rf"([一-龠ァ-ヴー]{{1,6}}){SUFFIX}", passage.text))
        if passage.kind != "narration":
            found.update(m for m in CALLED.findall(passage.text) if KATAKANA.fullmatch(m) and not _is_sound(m))
            continue
        found.update(role for role in ROLES_JA if _has_role(passage.text, role))
        found.update(_tokens(passage.text))
    return Counter({name: n for name, n in found.items() if not _is_sound(name) or n > 3})


def _has_role(text: str, role: str) -> bool:
    return re.search(rf"(?<![一-龠]){role}(?:たち)?[はがもをのにと、]", text) is not None


def _tokens(text: str) -> list[str]:
    tokens = [(m.surface(), m.part_of_speech()) for m in tokenizer().tokenize(text)]
    names: list[str] = []
    for (word, kind), (after, _) in zip(tokens, [*tokens[1:], ("", ())], strict=True):
        person = kind[0] == "名詞" and kind[1] == "固有名詞" and kind[2] == "人名"
        unknown = kind[0] == "名詞" and KATAKANA.fullmatch(word) and after in PARTICLES and len(word) <= 6
        if (person and len(word) > 1) or unknown:
            names.append(word)
    return names


def _is_sound(word: str) -> bool:
    return SOUNDS.search(word) is not None


def _english(passages: Sequence[Passage]) -> Counter[str]:
    inside: Counter[str] = Counter()
    first: Counter[str] = Counter()
    for passage in passages:
        inside.update(TITLED.findall(passage.text))
        if passage.kind == "narration":
            inside.update(match.lower() for match in ROLE_EN.findall(passage.text))
        for match in CAPITAL.finditer(passage.text):
            if match.group() in NOT_NAMES:
                continue
            starts = match.start() == 0 or passage.text[: match.start()].rstrip()[-1:] in {".", "!", "?", '"', "“", ""}
            (first if starts else inside)[match.group()] += 1
    # a word that only ever begins sentences is a name when it is said to do what persons do
    for word, times in first.items():
        acts = sum(count(SAYING, p.text) for p in passages if re.match(rf"{word}\s+\w+", p.text))
        if word in inside or (acts and times > 1):
            inside[word] += times
    return inside


def _merge(raw: Counter[str], passages: Sequence[Passage]) -> list[Name]:
    """One name for a person with a title or a suffix; a role that is never alone is no person of its own."""
    text = "\n".join(p.text for p in passages)
    names: list[Name] = []
    for word in sorted(raw, key=lambda w: (-len(w), w)):
        longer = next((n for n in names if word in n.name and word != n.name and n.role == _is_role(word)), None)
        if longer is not None and len(word) < len(longer.name):
            longer.mentions += raw[word] if text.count(word) > text.count(longer.name) else 0
            continue
        titled = sorted(
            set(re.findall(rf"{re.escape(word)}{SUFFIX}|(?:Captain|Mr\.|Mrs\.|Miss|Dr\.)\s+{re.escape(word)}", text))
        )
        names.append(Name(word, titled, max(raw[word], text.count(word)), _is_role(word)))
    return _without_passing_roles(names, text)


def _without_passing_roles(names: list[Name], text: str) -> list[Name]:
    """A role that explains a name (駅員の田中さん) is an alias of it; one mentioned once is nobody."""
    kept: list[Name] = []
    for name in names:
        owner = next((n for n in names if name.role and not n.role and f"{name.name}の{n.name}" in text), None)
        if owner is not None:
            owner.aliases.append(name.name)
        elif not name.role or name.mentions > 1:
            kept.append(name)
    return kept


def _is_role(word: str) -> bool:
    return word in ROLES_JA or re.fullmatch(ROLES_EN, word) is not None
