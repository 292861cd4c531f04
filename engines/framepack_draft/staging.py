"""From what a prompt shows to a panel that the manga artist can draw: who stands where, how near the camera is.

What the prompt leaves open is drawn by lot from the seed.
"""

import random
from collections.abc import Sequence
from typing import Any

from engines.artist import choose_look
from engines.comic.document import Character, Figure, Look, Panel
from engines.framepack_draft.reading import PromptPerson, PromptReading
from engines.framepack_draft.words import LIKE, OLD, WEAPONS
from engines.writer.features import with_features
from engines.writer.lexicon import CHILD, ELDER, FEMALE, MALE, OUTFITS, best, count

# a size in pixels at which the artist's lines are neither thin nor fat
AREA = 1216 * 704
WHOLE = frozenset({"run", "walk", "sit", "kneel", "climb", "lie", "fall", "arms_up", "fight", "bow", "hug"})
TOGETHER = frozenset({"hug", "fight"})
ONE_WAY = frozenset({"walk", "run"})
# where somebody is at home, if no place is named
HOMES = {"schoolgirl": "classroom", "schoolboy": "classroom", "teacher": "classroom", "princess": "castle",
         "queen": "castle", "prince": "castle", "king": "castle", "knight": "castle", "samurai": "temple",
         "witch": "forest", "wizard": "castle", "monk": "temple", "fox": "forest", "wolf": "forest", "bear": "forest",
         "lion": "field", "rabbit": "field", "horse": "field", "cow": "field", "sheep": "field", "frog": "river",
         "crow": "field", "bird": "forest"}  # fmt: skip
OUTSIDE = ("street", "field", "rooftop", "sea", "river")
SOMEWHERE = (*OUTSIDE, "room")
INDOORS = frozenset({"classroom", "room", "library", "kitchen", "shop", "tatami"})
PLACES_OF = {1: ((0.5,), (0.38,), (0.62,)), 2: ((0.32, 0.66),), 3: ((0.22, 0.5, 0.78),)}
# white hair and clothes would have the colour of skin
TONES = (
    {"hair_tone": "black", "outfit_tone": "grey"},
    {"hair_tone": "grey", "outfit_tone": "black"},
    {"hair_tone": "black", "outfit_tone": "black"},
)
FACES = ("neutral", "smile", "determined", "joy", "surprise")


def stage(reading: PromptReading, seed: int, prompt: str, ratio: float) -> tuple[Panel, list[Character]]:
    """The panel of a reading and its persons, the same for the same words and seed; ``ratio`` is width over height."""
    lot = random.Random(f"{seed}/{prompt}")
    characters = _characters(reading, lot, seed)
    height = (AREA / ratio) ** 0.5
    width = height * ratio
    panel = {
        "id": "sketch", "page": 1, "number": 1, "scene": 1, "bleed": True, "seed": lot.randrange(2**31),
        "polygon": [(0, 0), (width, 0), (width, height), (0, height)],
        "background": reading.place or _home(reading, lot),
        "time_of_day": {"": "day", "dawn": "evening", "sunset": "evening"}.get(reading.time, reading.time or "day"),
        "shot": _shot(reading, lot, ratio),
        "emotion": reading.mood or "neutral",
        "figures": _figures(reading, characters, lot),
        "props": _props(reading),
    }  # fmt: skip
    panel["effects"] = _effects(reading, panel["background"], lot)
    if not reading.people:
        panel["camera_angle"] = lot.choice(("eye_level", "eye_level", "high", "low"))
    return Panel.model_validate(panel), characters


def _home(reading: PromptReading, lot: random.Random) -> str:
    near = reading.shot in ("close_up", "bust")
    home = next((HOMES[each.noun] for each in reading.people if each.noun in HOMES), "")
    if reading.perch and not home:
        return "street"
    wet = reading.weather in ("rain", "snow") or "umbrella" in reading.things
    return home or ("abstract" if near and not wet else lot.choice(OUTSIDE if wet else SOMEWHERE))


def _shot(reading: PromptReading, lot: random.Random, ratio: float) -> str:
    if not reading.people:
        return "close_up" if reading.things and not reading.place else "long"
    beasts = sum(each.species != "human" for each in reading.people)
    if beasts == len(reading.people):
        # the camera goes near small animals by itself
        return "long" if reading.perch or beasts > 1 or reading.shot == "long" else "full"
    if reading.perch or reading.pose in WHOLE or beasts:
        # limbs of two would cross in a narrow picture
        crowded = ratio < 1 and len(reading.people) > 1
        return "long" if reading.shot == "long" or crowded else "full"
    if reading.shot:
        return reading.shot
    if reading.things:
        return lot.choice(("full", "medium"))
    return lot.choice(("full", "full", "medium", "long", "bust") if len(reading.people) == 1 else ("full", "medium"))


def _effects(reading: PromptReading, place: str, lot: random.Random) -> list[str]:
    effects = [reading.weather] if reading.weather and (place not in INDOORS or reading.weather == "sparkles") else []
    if reading.pose in ("run", "fight") and lot.random() < 0.5:
        effects.append("speed_lines")
    if reading.mood == "fear" and lot.random() < 0.6:
        effects.append("gloom")
    return effects


def _props(reading: PromptReading) -> list[dict[str, Any]]:
    things = reading.things or [WEAPONS[each.noun] for each in reading.people[:1] if each.noun in WEAPONS]
    return [{"kind": thing, "holder": _holder(reading, n), "place": 0.24} for n, thing in enumerate(things)]


def _holder(reading: PromptReading, number: int) -> str | None:
    """The first thing is held by the first human being; others stand on the floor."""
    humans = [f"c{n}" for n, each in enumerate(reading.people, 1) if each.species == "human"]
    return humans[number] if number < len(humans) else None


def _figures(reading: PromptReading, characters: Sequence[Character], lot: random.Random) -> list[Figure]:
    places = lot.choice(PLACES_OF[len(characters)]) if characters else ()
    if len(characters) == 1 and reading.people[0].species != "human":
        # its tail needs room
        places = (lot.choice((0.44, 0.5, 0.56)),)
    way = lot.choice(("left", "right"))
    figures = []
    for n, (who, place) in enumerate(zip(characters, places, strict=True)):
        alone = reading.pose in TOGETHER and len(characters) < 2
        pose = "stand" if alone and reading.pose == "hug" else reading.pose or "stand"
        if pose == "sit" and who.look.species != "human":
            # outdoors the artist sits people on the ground, which is no pose of an animal
            pose = "kneel"
        figures.append(
            Figure.model_validate(
                {
                    "character": who.id,
                    "expression": reading.mood or (lot.choice(FACES[:2]) if n else lot.choice(FACES[:3])),
                    "pose": pose,
                    "facing": _facing(place, pose, len(characters), way),
                    "place": place,
                }
            )
        )
    return figures


def _facing(place: float, pose: str, count: int, way: str) -> str:
    """Those who go somewhere go the same way; others turn to the middle."""
    if pose in ONE_WAY or (count == 1 and pose != "stand"):
        return way
    return "left" if place > 0.55 else "right" if place < 0.45 else "front"


def _characters(reading: PromptReading, lot: random.Random, seed: int) -> list[Character]:
    characters: list[Character] = []
    for n, person in enumerate(reading.people, 1):
        # the colour of a red umbrella is not that of the hair
        plain = {"hair_tone": "black"} if reading.colour and person.noun not in OLD else {}
        details = plain | reading.details if n == 1 else plain
        look = _look(f"c{n}", person, lot, [each.look for each in characters], details)
        characters.append(Character(id=f"c{n}", name=person.noun, look=look))
    return characters


def _look(who: str, person: PromptPerson, lot: random.Random, taken: Sequence[Look], details: dict[str, Any]) -> Look:
    like = LIKE.get(person.noun, {})
    noun = person.noun if person.noun != "person" else lot.choice(("woman", "man"))
    gender = "female" if count(FEMALE, noun) > count(MALE, noun) else "male"
    if noun == "child":
        gender = lot.choice(("female", "male"))
    age = like.get("age") or ("elder" if count(ELDER, noun) else "child" if count(CHILD, noun) else "adult")
    outfit = details.get("outfit") or like.get("outfit") or best(OUTFITS, noun)
    look = choose_look(who, noun, gender, age, outfit, details.get("accessory"), lot.randrange(2**31), taken)
    look = look.model_copy(update={"species": person.species, "crowd": person.crowd})
    if person.species != "human":
        return look
    if look.hair == "bald" and age != "elder":
        look = look.model_copy(update={"hair": "short"})
    look = with_features(look, noun, "", old=False)
    if look.outfit == "shirt":
        # the artist's shirts are white, and white here is skin
        look = look.model_copy(update={"outfit": "dress" if gender == "female" else "hoodie"})
    tones = lot.choice(TONES)
    look = look.model_copy(update={**tones, "hair_tone": "grey"} if age == "elder" else tones)
    allowed = {k: v for k, v in details.items() if k != "beard" or gender == "male"}
    return Look.model_validate({**look.model_dump(), **like, **allowed, "crowd": person.crowd, "height": look.height})
