"""From what a prompt shows to a panel that the manga artist can draw: who stands where, how near the camera is.

What the prompt leaves open is drawn by lot from the seed.
"""

import random
from collections.abc import Sequence
from typing import Any

from engines.artist import choose_look
from engines.comic.document import Character, Figure, Look, Panel
from engines.framepack_draft.reading import Person, Reading
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


def stage(told: Reading, seed: int, prompt: str, ratio: float) -> tuple[Panel, list[Character]]:
    """The panel of a reading and its persons, the same for the same words and seed; ``ratio`` is width over height."""
    lot = random.Random(f"{seed}/{prompt}")
    characters = _characters(told, lot, seed)
    height = (AREA / ratio) ** 0.5
    width = height * ratio
    panel = {
        "id": "sketch", "page": 1, "number": 1, "scene": 1, "bleed": True, "seed": lot.randrange(2**31),
        "polygon": [(0, 0), (width, 0), (width, height), (0, height)],
        "background": told.place or _home(told, lot),
        "time_of_day": {"": "day", "dawn": "evening", "sunset": "evening"}.get(told.time, told.time or "day"),
        "shot": _shot(told, lot, ratio),
        "emotion": told.mood or "neutral",
        "figures": _figures(told, characters, lot),
        "props": _props(told),
    }  # fmt: skip
    panel["effects"] = _effects(told, panel["background"], lot)
    if not told.people:
        panel["camera_angle"] = lot.choice(("eye_level", "eye_level", "high", "low"))
    return Panel.model_validate(panel), characters


def _home(told: Reading, lot: random.Random) -> str:
    near = told.shot in ("close_up", "bust")
    home = next((HOMES[each.noun] for each in told.people if each.noun in HOMES), "")
    if told.perch and not home:
        return "street"
    wet = told.weather in ("rain", "snow") or "umbrella" in told.things
    return home or ("abstract" if near and not wet else lot.choice(OUTSIDE if wet else SOMEWHERE))


def _shot(told: Reading, lot: random.Random, ratio: float) -> str:
    if not told.people:
        return "close_up" if told.things and not told.place else "long"
    beasts = sum(each.species != "human" for each in told.people)
    if beasts == len(told.people):
        # the camera goes near small animals by itself
        return "long" if told.perch or beasts > 1 or told.shot == "long" else "full"
    if told.perch or told.pose in WHOLE or beasts:
        # limbs of two would cross in a narrow picture
        crowded = ratio < 1 and len(told.people) > 1
        return "long" if told.shot == "long" or crowded else "full"
    if told.shot:
        return told.shot
    if told.things:
        return lot.choice(("full", "medium"))
    return lot.choice(("full", "full", "medium", "long", "bust") if len(told.people) == 1 else ("full", "medium"))


def _effects(told: Reading, place: str, lot: random.Random) -> list[str]:
    effects = [told.weather] if told.weather and (place not in INDOORS or told.weather == "sparkles") else []
    if told.pose in ("run", "fight") and lot.random() < 0.5:
        effects.append("speed_lines")
    if told.mood == "fear" and lot.random() < 0.6:
        effects.append("gloom")
    return effects


def _props(told: Reading) -> list[dict[str, Any]]:
    things = told.things or [WEAPONS[each.noun] for each in told.people[:1] if each.noun in WEAPONS]
    return [{"kind": thing, "holder": _holder(told, n), "place": 0.24} for n, thing in enumerate(things)]


def _holder(told: Reading, number: int) -> str | None:
    """The first thing is held by the first human being; others stand on the floor."""
    humans = [f"c{n}" for n, each in enumerate(told.people, 1) if each.species == "human"]
    return humans[number] if number < len(humans) else None


def _figures(told: Reading, characters: Sequence[Character], lot: random.Random) -> list[Figure]:
    places = lot.choice(PLACES_OF[len(characters)]) if characters else ()
    if len(characters) == 1 and told.people[0].species != "human":
        # its tail needs room
        places = (lot.choice((0.44, 0.5, 0.56)),)
    way = lot.choice(("left", "right"))
    figures = []
    for n, (who, place) in enumerate(zip(characters, places, strict=True)):
        alone = told.pose in TOGETHER and len(characters) < 2
        pose = "stand" if alone and told.pose == "hug" else told.pose or "stand"
        if pose == "sit" and who.look.species != "human":
            # outdoors the artist sits people on the ground, which is no pose of an animal
            pose = "kneel"
        figures.append(
            Figure.model_validate(
                {
                    "character": who.id,
                    "expression": told.mood or (lot.choice(FACES[:2]) if n else lot.choice(FACES[:3])),
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


def _characters(told: Reading, lot: random.Random, seed: int) -> list[Character]:
    made: list[Character] = []
    for n, person in enumerate(told.people, 1):
        # the colour of a red umbrella is not that of the hair
        plain = {"hair_tone": "black"} if told.colour and person.noun not in OLD else {}
        details = plain | told.details if n == 1 else plain
        look = _look(f"c{n}", person, lot, [each.look for each in made], details)
        made.append(Character(id=f"c{n}", name=person.noun, look=look))
    return made


def _look(who: str, person: Person, lot: random.Random, taken: Sequence[Look], details: dict[str, Any]) -> Look:
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
