"""What a prompt shows: who and how many, where, when, in what weather, doing and feeling what, with which things."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from engines.framepack_draft import words
from foundation.language import clean_text

LONGEST = 4000
MOST = 3
# so many and more are a crowd
MANY = 4
COUNTS = {"two": 2, "both": 2, "pair": 2, "three": 3, "four": 4, "five": 5, "several": 4, "many": 5, "group": 5,
          "crowd": 5, "some": 3}  # fmt: skip
COUNT_BEFORE = re.compile(r"(\d{1,3}|" + "|".join(COUNTS) + r")\b(?: of)?(?: [\w-]+){0,2} ?$", re.IGNORECASE)
CJK_COUNTS = {
    "二": 2,
    "两": 2,
    "兩": 2,
    "2": 2,
    "２": 2,
    "三": 3,
    "3": 3,
    "３": 3,
    "四": 4,
    "五": 5,
    "几": 4,
    "数": 4,
    "一群": 5,
}
CJK_BEFORE = re.compile(r"(一群|[二两兩三四五几数2-5２３])(?:人|匹|个|個|只|隻|名|位|头|頭|羽)?の?[^、，。\s]{0,4}$")
CJK_AFTER = re.compile(r"^[がはとの]?(二人|三人|ふたり|二匹|三匹|二羽|三羽)")
GROUP_AFTER = re.compile(r"^(?:たち|達|们|們)")
ONE = {"princess"}
SUFFIX = r"(?:['’]s|s|es)?"


@dataclass(frozen=True)
class PromptPerson:
    """Somebody in the picture: an English noun, or a species; ``crowd`` when there are more than can be counted."""

    noun: str
    species: str = "human"
    crowd: bool = False


@dataclass(frozen=True)
class PromptReading:
    """What was found; empty where the prompt tells nothing."""

    people: list[PromptPerson] = field(default_factory=list)
    place: str = ""
    time: str = ""
    weather: str = ""
    pose: str = ""
    mood: str = ""
    shot: str = ""
    perch: bool = False
    things: list[str] = field(default_factory=list)
    details: dict[str, Any] = field(default_factory=dict)
    colour: str = ""
    understood: list[str] = field(default_factory=list)


def read(prompt: str) -> PromptReading:
    """What a prompt shows. Raises InvalidInput for half of a surrogate pair; no other text is refused."""
    text = re.sub(words.SILENT, " ", clean_text(prompt)[:LONGEST], flags=re.IGNORECASE)
    return PromptReading(
        people=_people(text),
        place=_most(words.PLACES, text) or first_of(words.FURNITURE, text),
        time=first_of(words.TIMES, text),
        weather=first_of(words.WEATHER, text),
        pose=first_of(words.POSES, text),
        mood=first_of(words.MOODS, text),
        shot=first_of(words.SHOTS, text),
        perch=bool(first_of(words.PERCH, text)),
        things=_nouns(words.THINGS, text)[:2],
        details={name: value for entry, (name, value) in words.DETAILS.items() if first_of({"x": entry}, text)},
        colour=words.COLOURS.get(first_of({entry: entry for entry in words.COLOURS}, text), ""),
        understood=_understood(text),
    )


def _understood(text: str) -> list[str]:
    """The words of a text that any table knows, each once, in their order."""
    hits = [hit for table in _tables() for hit in _hits(_table(table), text)]
    return list(dict.fromkeys(word for _, _, word in sorted(hits)))


def _tables() -> Iterator[words.Table]:
    yield {**words.PEOPLE, **words.ANIMALS, **words.PAIRS}
    yield from (words.CROWDS, words.PRONOUNS, words.PLACES, words.FURNITURE, words.TIMES, words.WEATHER, words.POSES)
    yield from (words.MOODS, words.SHOTS, words.PERCH, words.THINGS)
    yield {entry: entry for entry in (*words.DETAILS, *words.COLOURS)}


def _people(text: str) -> list[PromptPerson]:
    """Those who are named, in the order of the text, three at most; more of them are a crowd."""
    found: list[PromptPerson] = []
    named: set[str] = set()
    for at, noun, word in _hits(_table({**words.PEOPLE, **words.ANIMALS, **words.PAIRS}), text):
        if noun == "couple":
            found += [PromptPerson("woman"), PromptPerson("man")]
        elif noun not in named:
            # the same noun again is mostly the same person
            named.add(noun)
            count = _count(text, at, word)
            species = noun if noun in words.ANIMALS else "human"
            found += [PromptPerson(noun, species, crowd=count >= MANY)] * min(count, 2 if count >= MANY else MOST)
    if first_of(words.CROWDS, text):
        found += [PromptPerson("woman", crowd=True), PromptPerson("man", crowd=True)]
    # "she" is the girl of the same prompt, and the character is the knight
    people = [each for each in found if each.noun != "person"] or found
    return (people or [PromptPerson(noun) for noun in _nouns(words.PRONOUNS, text)])[:MOST]


def _nouns(table: words.Table, text: str) -> list[str]:
    return list(dict.fromkeys(key for _, key, _ in _hits(_table(table), text)))


def _count(text: str, at: int, word: str) -> int:
    before, after = text[max(0, at - 40) : at], text[at + len(word) :][:6]
    if match := COUNT_BEFORE.search(before):
        number = match[1].lower()
        return int(number) if number.isdigit() else COUNTS[number]
    if not word.isascii():
        if match := CJK_BEFORE.search(before[-8:]):
            return CJK_COUNTS.get(match[1], 4)
        if match := CJK_AFTER.match(after):
            return 3 if match[1][0] == "三" else 2
        return 2 if GROUP_AFTER.match(after) else 1
    plural = word.lower().endswith(("men", "children")) or (word.lower().endswith("s") and word.lower() not in ONE)
    return 2 if plural else 1


@dataclass(frozen=True)
class _Words:
    """A table made ready: one pattern for all, the longer words first, and the key of each word."""

    pattern: "re.Pattern[str]"
    keys: Mapping[str, str]


def _table(table: words.Table) -> _Words:
    return _compiled(tuple(table.items()))


@lru_cache(maxsize=256)
def _compiled(entries: tuple[tuple[str, str], ...]) -> _Words:
    keys: dict[str, str] = {}
    eastern: list[str] = []
    western: list[str] = []
    for key, entry in entries:
        cjk, _, english = entry.partition("|")
        eastern += cjk.split()
        western += [word.replace("~", " ").rstrip("$") for word in english.split()]
        for word in (*cjk.split(), *english.split()):
            keys.setdefault(word.replace("~", " ").rstrip("$").lower(), key)
    parts = [_any(eastern)] if eastern else []
    # tags of picture boards: 1girl, 2boys
    parts += [rf"(?<![A-Za-z'’])(?P<western>{_any(western)}){SUFFIX}(?![A-Za-z])"] if western else []
    return _Words(re.compile("|".join(parts) or r"(?!)", re.IGNORECASE), keys)


def _any(choices: list[str]) -> str:
    return "|".join(re.escape(word) for word in sorted(choices, key=len, reverse=True))


def _hits(table: _Words, text: str) -> list[tuple[int, str, str]]:
    """Where words of a table stand: place, key, and the word as it is written."""
    found = []
    for match in table.pattern.finditer(text):
        base = match.groupdict().get("western") or match[0]
        found.append((match.start(), table.keys[base.lower()], match[0]))
    return found


def first_of(table: words.Table, text: str) -> str:
    """The key whose word stands first in a text, of words that begin together the longer; empty if there is none."""
    hits = _hits(_table(table), text)
    return hits[0][1] if hits else ""


def _most(table: words.Table, text: str) -> str:
    """The key that is named most often; of equals the first."""
    named = [key for _, key, _ in _hits(_table(table), text)]
    return max(named, key=named.count) if named else ""
