"""What image models are told of a panel or a person: the words of ``assets/prompts``, filled from the plan.

Image models read English best, whatever the language of the story; nothing that is to be lettered is among the words.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from string import Template

from engines.manga.document import Character, Figure, Look, Panel

FOLDER = Path(__file__).parents[2] / "assets" / "prompts"
FILES = ("panel.md", "portrait.md", "avoid.md")
SHOTS = {
    "long": "long shot, the whole place is seen",
    "full": "full shot, whole figures",
    "medium": "medium shot, figures from the waist up",
    "bust": "bust shot",
    "close_up": "close-up of the face",
    "over_shoulder": "over-the-shoulder shot",
}
ANGLES = {"eye_level": "at eye level", "high": "from above", "low": "from below", "dutch": "tilted camera"}
PLACES = {
    "rooftop": "on a rooftop",
    "bridge": "on a bridge",
    "battlefield": "on a battlefield",
    "abstract": "plain manga background that shows the mood",
    "room": "in a room",
    "street": "in a street",
    "sea": "by the sea",
    "space": "in outer space",
    "tatami": "in a Japanese room with tatami mats",
    "underworld": "in the underworld",
}
HOURS = {"day": "by day", "evening": "in the evening light", "night": "at night"}
EFFECTS = {
    "focus_lines": "focus lines",
    "speed_lines": "speed lines",
    "sparkles": "sparkles",
    "rain": "rain",
    "snow": "snow",
    "gloom": "gloomy shading",
    "flash": "a flash of light",
}
FACES = {
    "neutral": "calm",
    "smile": "smiling",
    "joy": "laughing with joy",
    "sad": "sad",
    "cry": "crying",
    "angry": "angry",
    "surprise": "surprised",
    "fear": "afraid",
    "shy": "shy",
    "determined": "determined",
}
POSES = {
    "stand": "standing",
    "walk": "walking",
    "run": "running",
    "sit": "sitting",
    "point": "pointing",
    "arms_up": "with both arms raised",
    "fall": "falling",
    "hug": "hugging",
    "fight": "fighting",
    "bow": "bowing",
    "eat": "eating",
    "kneel": "kneeling",
    "lie": "lying down",
    "climb": "climbing",
}
AGES = {"child": ("girl", "boy"), "teen": ("girl", "boy"), "adult": ("woman", "man"), "elder": ("old woman", "old man")}
SIDES = ((0.36, "on the left"), (0.64, "in the middle"), (1.01, "on the right"))


@lru_cache(maxsize=1)
def version() -> str:
    """A hash of the prompt files and of the words here: part of cache keys and of the provenance."""
    digest = hashlib.sha256(Path(__file__).read_bytes())
    for name in FILES:
        digest.update((FOLDER / name).read_bytes())
    return digest.hexdigest()[:12]


def panel_prompt(panel: Panel, cast: Sequence[Character], style: str) -> str:
    """The scene of a panel, without its words."""
    known = {one.id: one for one in cast}
    figures = [_figure(figure, known[figure.character]) for figure in panel.figures if figure.character in known]
    return _filled(
        "panel.md",
        {
            "style": style.replace("_", " "),
            "shot": f"{SHOTS[panel.shot]}, {ANGLES[panel.camera_angle]}",
            "place": f"{_place(panel.background)}, {HOURS[panel.time_of_day]}",
            "figures": "; ".join(figures) or "nobody is in the picture",
            "things": _listed([prop.kind for prop in panel.props]) or "no particular things",
            "effects": _listed([EFFECTS[each] for each in panel.effects]) or "no effects",
            "mood": FACES[panel.emotion],
        },
    )


def portrait_prompt(character: Character, style: str) -> str:
    """A reference sheet of a person."""
    return _filled("portrait.md", {"style": style.replace("_", " "), "look": described(character.look)})


def negative_prompt() -> str:
    """What no picture may show."""
    return " ".join((FOLDER / "avoid.md").read_text().split())


def described(look: Look) -> str:
    """A look in words: the same words in every panel make the same person."""
    if look.species != "human":
        return f"a {look.species} with human gestures, {look.outfit_tone} {look.outfit}"
    who = AGES[look.age][look.gender == "male"]
    hair = "bald" if look.hair == "bald" else f"{look.hair_tone} hair ({look.hair.replace('_', ' ')})"
    more = [
        f"{look.outfit_tone} {look.outfit}",
        look.accessory if look.accessory != "none" else "",
        f"{look.beard} beard" if look.beard != "none" else "",
        "a scar" if look.scar else "",
        "ragged clothes" if look.ragged else "",
        "a crowd of them" if look.crowd else "",
    ]
    return ", ".join([f"a {who}", hair, *[each for each in more if each]])


def _figure(figure: Figure, character: Character) -> str:
    where = next(words for edge, words in SIDES if figure.place < edge)
    turned = "facing the viewer" if figure.facing == "front" else f"turned to the {figure.facing}"
    parts = (described(character.look), where, POSES[figure.pose], FACES[figure.expression], turned)
    return ", ".join(parts)


def _place(background: str) -> str:
    return PLACES.get(background, f"at a {background}")


def _listed(words: Iterable[str]) -> str:
    return ", ".join(dict.fromkeys(words))


def _filled(name: str, words: Mapping[str, str]) -> str:
    return " ".join(Template((FOLDER / name).read_text()).substitute(words).split())
