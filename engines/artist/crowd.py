"""Several persons under one name: companions around the one who is staged, each with a look of its own."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from engines.artist.camera import ground_of
from engines.artist.figure import Staged
from engines.comic.document import Box, Character, Hair, Look

_SPOTS = (-2.7, 2.8, -5.3, 5.5)
_CLEAR = 2.3
_MOST = 3
_SIZES = (0.9, 1.0, 0.84, 0.95)
_HAIR: dict[str, tuple[Hair, ...]] = {
    "female": ("twin_tails", "bob", "ponytail", "short"),
    "male": ("spiky", "short", "swept", "wild"),
}
_TONES = ("black", "white", "grey")


def companions(leader: Staged, others: Sequence[Staged], frame: Box) -> Iterator[Staged]:
    """Those who stand with ``leader`` where the frame has room, behind it and a little apart."""
    spots = [spot for spot in _SPOTS if _free(leader, spot, others, frame)][:_MOST]
    for number, spot in enumerate(spots):
        size = _SIZES[number % len(_SIZES)]
        look = _variant(leader.character.look, number)
        fellow = replace(leader, character=_member(leader.character, look, number), unit=leader.unit * size)
        drop = ground_of(leader) - ground_of(fellow) - leader.unit * 0.3
        yield replace(fellow, head=(leader.head[0] + spot * leader.unit, leader.head[1] + drop), tilt=0.0, held=None)


def _member(leader: Character, look: Look, number: int) -> Character:
    return leader.model_copy(update={"look": look, "id": f"{leader.id}.{number + 1}"})


def _free(leader: Staged, spot: float, others: Sequence[Staged], frame: Box) -> bool:
    x = leader.head[0] + spot * leader.unit
    inside = frame.x + leader.unit * 1.2 < x < frame.x + frame.w - leader.unit * 1.2
    return inside and all(abs(other.head[0] - x) > _CLEAR * other.unit for other in others)


def _variant(look: Look, number: int) -> Look:
    """Somebody of the same age and dress, but not the same person."""
    if look.species != "human":
        return look
    gender = ("female", "male")[number % 2] if look.age == "child" else look.gender
    hair = _HAIR[gender][(number + _TONES.index(look.hair_tone)) % len(_HAIR[gender])]
    tone = _TONES[(_TONES.index(look.hair_tone) + number + 1) % 3]
    cloth = _TONES[(_TONES.index(look.outfit_tone) + number + 1) % 3]
    outfit = {"dress": "shirt", "sailor": "gakuran"}.get(look.outfit, look.outfit) if gender == "male" else look.outfit
    return look.model_copy(
        update={"gender": gender, "hair": hair, "hair_tone": tone, "outfit_tone": cloth, "outfit": outfit,
                "accessory": "none", "scar": False}
    )  # fmt: skip
