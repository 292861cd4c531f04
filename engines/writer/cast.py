"""The cast: names with gender, age and role in the story, as characters with a look of their own."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal, cast

from engines.artist.looks import choose_look
from engines.comic.document import Character, Look, Species
from engines.writer.features import with_features
from engines.writer.kinship import FEMALE_ENDINGS, gender_of, voice_of
from engines.writer.lexicon import (
    ADULT,
    CHILD,
    ELDER,
    FEMALE,
    MALE,
    MODERN_JA,
    OLD_JA,
    OUTFITS,
    SPECIES,
    best,
    count,
    words,
)
from engines.writer.names import find_names
from engines.writer.passages import Passage
from engines.writer.tokens import Name

Gender = Literal["female", "male"]
Age = Literal["child", "teen", "adult", "elder"]
SCHOOL = "学校 教室 放課後 屋上 高校 中学 授業|school classroom"
NARRATORS = {"ja": ("私", "僕", "俺", "吾輩", "わたし", "ぼく", "おれ", "自分"), "en": ("I",)}
LEAST_NARRATION = 3
FEMALE_NAMES = frozenset(words("female_names"))
MAX_CAST = 24


@dataclass(frozen=True)
class Cast:
    """The persons of a story. ``words`` maps every name and alias to a character id, longest first."""

    characters: list[Character]
    words: list[tuple[str, str]]
    genders: dict[str, str]

    def mentioned(self, text: str) -> list[str]:
        """The ids of the persons whose names stand in a text, in the order in which they stand there."""
        found: dict[str, int] = {}
        hidden = text
        for word, who in self.words:
            at = _find(word, hidden)
            if at >= 0:
                found[who] = min(at, found.get(who, at))
                hidden = hidden.replace(word, "\0" * len(word))
        return sorted(found, key=lambda who: found[who])

    def is_subject(self, who: str, text: str) -> bool:
        """Whether a text is about what a person does: the name before は or が; in English any mention."""
        own = [word for word, each in self.words if each == who]
        if not re.search(r"[ぁ-んァ-ヴ一-龠]", text):
            return who in self.mentioned(text)
        return any(re.search(rf"{re.escape(word)}(?:さん|くん|ちゃん|君|たち)?[はがも]", text) for word in own)


def _look(who: str, name: str, person: tuple[Gender, Age, str | None], seed: int, taken: Sequence[Look]) -> Look:
    """A look of one's own; only the old are bald."""
    gender, age, outfit = person
    looks = [choose_look(who + salt, name, gender, age, outfit, None, seed, taken) for salt in ("", "b", "c", "d")]
    return next((look for look in looks if look.hair != "bald" or age == "elder"), looks[0])


def _find(word: str, text: str) -> int:
    if word.isascii():
        match = re.search(rf"\b{re.escape(word)}\b", text, 0 if word == "I" or word[0].isupper() else re.IGNORECASE)
        return match.start() if match else -1
    if len(word) == 1:
        # a single kanji such as 男 or 母 stands in many other words
        match = re.search(rf"(?<![一-龠]){re.escape(word)}(?![一-龠])", text)
        return match.start() if match else -1
    return text.find(word)


def find_cast(passages: Sequence[Passage], language: str, seed: int) -> Cast:
    """The cast of a story; somebody is there even when nobody is named."""
    names = _with_narrator(find_names(passages, language), passages, language)[:MAX_CAST]
    if not names:
        names = [Name({"ja": "主人公", "en": "Hero"}[language], [], 1, role=False)]
    text = " ".join(p.bare for p in passages)
    school, era = count(SCHOOL, text) > 0, _era(text, language)
    characters: list[Character] = []
    for number, name in enumerate(names, 1):
        taken = [each.look for each in characters]
        characters.append(_character(f"c{number}", name, _around(name, names, passages), (school, era, seed), taken))
    _give_roles(characters)
    words = [(word, c.id) for c, n in zip(characters, names, strict=True) for word in n.words]
    words.sort(key=lambda pair: (-len(pair[0]), pair))
    return Cast(characters, words, {c.id: c.look.gender for c in characters})


def _with_narrator(names: list[Name], passages: Sequence[Passage], language: str) -> list[Name]:
    narration = [p.text for p in passages if p.kind == "narration"]
    words = NARRATORS[language]
    if language == "ja":
        pattern = re.compile(rf"(?:^|[、。　])({'|'.join(words)})(?:は|が|も)")
    else:
        pattern = re.compile(r"\b(I)\b")
    uses = [word for text in narration for word in pattern.findall(text)]
    if len(uses) < LEAST_NARRATION:
        return names
    narrator = Name(max(words, key=uses.count), words if language == "ja" else ["my", "me"], len(uses), role=True)
    return sorted([narrator, *(n for n in names if n.name not in words)], key=lambda n: -n.mentions)


def _around(name: Name, names: Sequence[Name], passages: Sequence[Passage]) -> tuple[str, str, list[str]]:
    """The narration that names a person, with what follows it: there the pronouns stand.

    The second text leaves out the sentences that name somebody else; the list holds what the quotes beside them tell.
    """
    narration = [p.text for p in passages if p.kind == "narration"]
    others = [word for other in names if other is not name for word in other.words]
    near: list[str] = []
    for index, text in enumerate(narration):
        if any(_find(word, text) >= 0 for word in name.words):
            near += narration[index : index + 2]
    alone = [text for text in near if not any(_find(word, text) >= 0 for word in others)]
    voices = [
        voice_of(name.name, sentence.bare, quote.bare)
        for quote, sentence in [*pairwise(passages), *((b, a) for a, b in pairwise(passages))]
        if quote.kind == "speech" and sentence.kind == "narration"
    ]
    return " ".join(near), " ".join(alone), voices


def _character(
    who: str,
    name: Name,
    around: tuple[str, str, list[str]],
    setting: tuple[bool, str | None, int],
    taken: Sequence[Look],
) -> Character:
    school, era, seed = setting
    own = " ".join(name.words)
    narrates = any(name.name in words for words in NARRATORS.values())
    near, alone, voices = ("", "", []) if narrates else around
    gender, age = "male" if narrates else _gender(name, own, near, voices), _age(own, near, school)
    outfit = best(OUTFITS, own)
    if outfit is None and school and age == "teen":
        outfit = "sailor" if gender == "female" else "gakuran"
    elif outfit is None and era is not None:
        outfit = "dress" if era == "tale" and gender == "female" else None if era == "tale" else era
    if outfit is None and age == "elder" and name.name.isascii():
        outfit = "suit"
    look = _look(who, name.name, (gender, age, outfit), seed, taken)
    if look.outfit == "kimono" and era != "kimono" and outfit is None:
        look = look.model_copy(
            update={"outfit": "dress" if gender == "female" else "suit" if age != "child" else "shirt"}
        )
    look = look.model_copy(update={"species": species_of(name.words)})
    if look.species == "human":
        look = with_features(look, name.name if name.role else own, alone, era == "kimono")
    return Character(id=who, name=name.name, aliases=[w for w in name.words if w != name.name], look=look)


def species_of(names: Sequence[str]) -> Species:
    """What kind of being a person is, by name: ごん狐, the Wolf."""
    for name in names:
        for kind, entry in SPECIES.items():
            japanese, _, english = entry.partition("|")
            words = name.lower().split()
            if any(name.endswith(word) for word in japanese.split()) or set(english.split()) & set(words):
                return cast(Species, kind)
    return "human"


def _era(text: str, language: str) -> str | None:
    """What everybody wears: kimono in an old Japanese story, plain clothes in a tale of kings."""
    if language == "ja":
        old = count(f"{OLD_JA}|", text) >= 3 and not count(f"{MODERN_JA}|", text)
        return "kimono" if old else None
    return "tale" if re.search(r"\b(?:king|castle|giant|witch)\b", text, re.IGNORECASE) else None


def _gender(name: Name, own: str, near: str, voices: Sequence[str]) -> Gender:
    if gender := gender_of(name.name, near):
        return cast(Gender, gender)
    female, male = count(FEMALE, own), count(MALE, own)
    if species_of(name.words) != "human":
        return "female" if female > male else "male"
    if female == male:
        female += len(re.findall(r"彼女|\b(?:she|her)\b", near, re.IGNORECASE))
        male += len(re.findall(r"彼(?!女)|\b(?:he|his|him)\b", near, re.IGNORECASE))
    if female == male:
        female, male = voices.count("female"), voices.count("male")
    if female == male:
        return "female" if name.name in FEMALE_NAMES or FEMALE_ENDINGS.search(name.name) else "male"
    return "female" if female > male else "male"


def _age(own: str, near: str, school: bool) -> Age:
    for age, entry in (("elder", ELDER), ("child", CHILD), ("adult", ADULT)):
        if count(entry, own):
            return cast(Age, age)
    if re.search(r"老いた|年老い|\bold (?:man|woman|fisherman)\b", near) and not school:
        return "elder" if near.count("old ") + near.count("老") > 2 else "adult"
    return "teen" if school or count("娘 姫|daughter princess", own) else "adult"


def _give_roles(characters: list[Character]) -> None:
    for index, each in enumerate(characters):
        if index == 0:
            each.role = "protagonist"
        elif each.look.age == "elder":
            each.role = "mentor"
        elif index <= 2:
            each.role = "ally"
