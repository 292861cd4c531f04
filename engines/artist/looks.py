"""Choosing a look, so that the persons of one story can be told apart at a glance."""

import hashlib
import random
from collections.abc import Sequence
from typing import Literal, get_args

from engines.comic.document import Beard, Hair, Look, Outfit

_HAIR: dict[str, tuple[Hair, ...]] = {
    "female": ("bob", "ponytail", "long", "twin_tails", "bun", "short"),
}
_MANS_HAIR: dict[str, tuple[Hair, ...]] = {
    "child": ("short", "spiky", "bob"),
    "teen": ("short", "spiky", "short", "spiky", "ponytail"),
    "adult": ("swept", "short", "swept", "spiky", "wild"),
    "elder": ("bald", "swept", "short", "wild"),
}
_BEARDS: dict[str, tuple[Beard, ...]] = {
    "adult": ("none", "none", "stubble", "moustache", "full"),
    "elder": ("long", "full", "moustache"),
}
_OUTFITS: dict[tuple[str, str], tuple[Outfit, ...]] = {
    ("female", "child"): ("dress", "hoodie", "shirt", "kimono"),
    ("male", "child"): ("hoodie", "shirt", "kimono"),
    ("female", "teen"): ("sailor", "shirt", "hoodie", "dress", "kimono"),
    ("male", "teen"): ("gakuran", "hoodie", "shirt", "kimono"),
    ("female", "adult"): ("suit", "dress", "shirt", "kimono", "hoodie"),
    ("male", "adult"): ("suit", "shirt", "hoodie", "kimono"),
    ("female", "elder"): ("kimono", "dress", "shirt"),
    ("male", "elder"): ("kimono", "suit", "robe", "shirt"),
}
_TONES = ("black", "white", "grey")
_ACCESSORIES = ("none", "none", "none", "none", "glasses", "ribbon", "hairband", "scarf", "hat")
_HEIGHT = {"child": 0.98, "teen": 1.0, "adult": 1.0, "elder": 0.97}


def choose_look(  # noqa: PLR0917
    character_id: str,
    name: str,
    gender: Literal["female", "male"],
    age: Literal["child", "teen", "adult", "elder"],
    outfit_hint: str | None = None,
    accessory_hint: str | None = None,
    seed: int = 0,
    taken: Sequence[Look] = (),
) -> Look:
    """The look of a person: drawn by lot from id, name and seed, and the farthest from the looks ``taken``.

    Hints outside the known words are ignored. Same input, same look.
    """
    rng = random.Random(hashlib.sha256(f"{character_id}|{name}|{seed}".encode()).digest())
    hinted = tuple(outfit for outfit in get_args(Outfit) if outfit == outfit_hint)
    outfits: tuple[Outfit, ...] = hinted or _OUTFITS[gender, age]
    best, best_score = None, float("-inf")
    for turn in range(72):
        look = _candidate(rng, gender, age, outfits, accessory_hint)
        score = (
            min((distance(look, other) for other in taken), default=0.0)
            - 0.001 * turn
            + _taste(look)
            - 0.35 * outfits.index(look.outfit)
        )
        if score > best_score:
            best, best_score = look, score
    return best or Look.model_validate({})


def _candidate(
    rng: random.Random, gender: str, age: str, outfits: Sequence[Outfit], accessory_hint: str | None
) -> Look:
    known = accessory_hint in _ACCESSORIES
    accessories = [item for item in _ACCESSORIES if gender == "female" or item not in ("ribbon", "hairband")]
    hair = rng.choice(_MANS_HAIR[age] if gender == "male" else _HAIR[gender])
    beards = _BEARDS.get(age, ("none",)) if gender == "male" else ("none",)
    values = {
        "gender": gender,
        "age": age,
        "hair": hair,
        "hair_tone": rng.choice(_TONES if age != "elder" else ("white", "grey")),
        "outfit": rng.choice(outfits),
        "outfit_tone": rng.choice(_TONES),
        "beard": rng.choice(beards),
        "accessory": accessory_hint if known else rng.choice(accessories),
        "eye_size": round(rng.uniform(0.9, 1.12), 2),
        "height": round(_HEIGHT[age] * (0.97 if gender == "female" else 1.03) * rng.uniform(0.95, 1.05), 2),
        "build": round(rng.uniform(0.92, 1.1), 2),
    }
    return Look.model_validate(values)


def _taste(look: Look) -> float:
    """Small likings: a white sailor collar or a white gakuran is odd, a bald bob does not exist."""
    odd = (look.outfit in ("gakuran", "sailor") and look.outfit_tone == "white") or (
        look.gender == "male" and look.hair in ("bob", "ponytail")
    )
    odd = odd or (look.outfit in ("gakuran", "hoodie") and look.beard not in ("none", "stubble"))
    odd = odd or (look.age in ("adult", "elder") and look.hair in ("twin_tails", "bob") and look.gender == "female")
    odd = odd or (look.gender == "male" and look.age == "elder" and look.accessory == "scarf")
    hidden = look.accessory == "hat" and look.hair == "bun"
    return -0.6 * odd - 1.0 * hidden - 0.9 * (look.accessory == "hat")


def distance(a: Look, b: Look) -> float:
    """How different two persons are at a glance: the silhouette and tone of the hair weigh most."""
    return (
        3.0 * (a.hair != b.hair)
        + 2.5 * (a.hair_tone != b.hair_tone)
        + 1.5 * (a.outfit != b.outfit)
        + 1.0 * (a.outfit_tone != b.outfit_tone)
        + 1.5 * (a.beard != b.beard)
        + 1.0 * (a.accessory != b.accessory)
        + 1.5 * (a.gender != b.gender)
        + 1.5 * (a.age != b.age)
    )
