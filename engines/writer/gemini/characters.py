"""Phase 2 by Gemini: who is there and how they look. No two persons look the same."""

from collections.abc import Sequence
from itertools import combinations
from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field

from engines.artist.looks import choose_look
from engines.comic.document import Beard, Character, Hair, Look, Outfit, Species
from engines.writer.gemini.strings import Phrase, Sentence, Word
from engines.writer.passages import Passage

Json = Any
MOST = 12
Accessory = Literal["none", "glasses", "ribbon", "hairband", "scarf", "hat", "crown"]
Tone = Literal["white", "black", "grey"]


class Person(BaseModel):
    """What the model says of a person."""

    name: Annotated[Word, Field(min_length=1)]
    aliases: list[Word] = Field(max_length=5)
    role: Literal["protagonist", "antagonist", "mentor", "ally", "support"]
    gender: Literal["female", "male"]
    age: Literal["child", "teen", "adult", "elder"]
    species: Species
    hair: Hair
    hair_tone: Tone
    outfit: Outfit
    outfit_tone: Tone
    accessory: Accessory
    beard: Beard
    scar: bool
    crowd: bool
    personality: list[Phrase] = Field(max_length=3)
    background: list[Phrase] = Field(max_length=3)
    goals: list[Phrase] = Field(max_length=3)
    visual: Sentence


class People(BaseModel):
    """The persons of a story, the most important first."""

    characters: list[Person] = Field(min_length=1, max_length=MOST)


def to_output(answer: People, passages: Sequence[Passage], seed: int) -> Json:
    """The output of phase 2."""
    people = list({person.name.strip(): person for person in reversed(answer.characters)}.values())[::-1]
    cast = _cast(people, seed)
    parts = _parts(passages)
    present = {c.id: [n for n, text in enumerate(parts, 1) if _names(c, text)] for c in cast}
    return {
        "characters": [
            _character(index, person, one, present[one.id], len(parts))
            for index, (person, one) in enumerate(zip(people, cast, strict=True))
        ],
        "visual_descriptions": {one.name: _visual(p, one.look) for p, one in zip(people, cast, strict=True)},
        "character_relationships": [
            {"between": [a.id, b.id], "scenes_together": together}
            for a, b in combinations(cast, 2)
            if (together := len({*present[a.id]} & {*present[b.id]}))
        ],
        "cast": [one.model_dump(mode="json") for one in cast],
    }


def _cast(people: Sequence[Person], seed: int) -> list[Character]:
    cast: list[Character] = []
    for number, person in enumerate(people, 1):
        who, name = f"c{number}", person.name.strip()
        look = _look(who, person, seed, [one.look for one in cast])
        aliases = [alias for alias in dict.fromkeys(a.strip() for a in person.aliases) if alias and alias != name]
        cast.append(Character(id=who, name=name, aliases=aliases, role=person.role, look=look))
    return cast


def _look(who: str, person: Person, seed: int, taken: Sequence[Look]) -> Look:
    """The look that the model wishes; where another person has it, one by lot that is far from all."""
    lot = choose_look(who, person.name, person.gender, person.age, person.outfit, person.accessory, seed, taken)
    grown = person.gender == "male" and person.age in {"adult", "elder"}
    wished = lot.model_copy(
        update={
            "hair": person.hair,
            "hair_tone": person.hair_tone,
            "outfit": person.outfit,
            "outfit_tone": person.outfit_tone,
            "accessory": person.accessory,
            "beard": person.beard if grown else "none",
        }
    )
    chosen = lot if wished in taken else wished
    return chosen.model_copy(update={"species": person.species, "scar": person.scar, "crowd": person.crowd})


def _character(index: int, person: Person, one: Character, present: list[int], parts: int) -> Json:
    return {
        "id": one.id,
        "name": one.name,
        "aliases": one.aliases,
        "role": one.role,
        "importance": max(1, 10 - index),
        "age": one.look.age,
        "personality": person.personality,
        "background": person.background,
        "goals": person.goals,
        "appearance": one.look.model_dump(mode="json"),
        "special_traits": [one.look.hair, one.look.outfit, one.look.accessory],
        "arc_potential": round(len(present) / max(parts, 1), 2),
        "scenes": present,
    }


def _visual(person: Person, look: Look) -> Json:
    return {
        "base_prompt": person.visual,
        "style_tags": ["manga", "ink", "screentone"],
        "color_palette": [look.hair_tone, look.outfit_tone],
        "pose_suggestions": ["stand", "walk"],
        "background_elements": [],
        "art_style": "manga",
    }


def _parts(passages: Sequence[Passage]) -> list[str]:
    """The story in stretches between its empty lines: scenes are cut later, beside this phase."""
    parts: list[str] = []
    for passage in passages:
        if passage.gap or not parts:
            parts.append("")
        parts[-1] += passage.bare + "\n"
    return parts


def _names(one: Character, text: str) -> bool:
    return any(word in text for word in (one.name, *one.aliases))
