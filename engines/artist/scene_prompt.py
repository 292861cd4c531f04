"""The prompts of image models for a panel or a person: the words of the document in a template.

The templates are files in ``assets/prompts``. Names stay out: a model knows a person by looks and by reference picture.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from string import Template

from engines.artist import scene_vocabulary as words
from engines.comic.document import Character, Figure, Look, Panel

FOLDER = Path(__file__).parents[2] / "assets" / "prompts"
NEGATIVE = "text, letters, speech balloon, caption, sound effect, watermark, signature, panel border, colour"
PORTRAIT_ASPECT = 9 / 7
TEMPLATES = ("scene", "portrait")


@dataclass(frozen=True)
class ScenePrompt:
    """``aspect`` is width / height. ``references`` are ids of the persons whose sheets go along, in this order.

    Person 1 of the prompt is the first of them; the model that takes sheets adds that they go along.
    """

    prompt: str
    negative: str
    aspect: float
    references: list[str]


@lru_cache(maxsize=1)
def version() -> str:
    """A hash of the templates and of the words, for cache keys and provenance."""
    digest = hashlib.sha256()
    for path in (*(FOLDER / f"{name}.en.md" for name in TEMPLATES), Path(__file__), Path(words.__file__)):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def scene_prompt(panel: Panel, cast: Sequence[Character], notes: Mapping[str, str] | None = None) -> ScenePrompt:
    """The prompt of a panel. ``notes`` adds a sentence about a person by id, as the writer's ``base_prompt``."""
    known = {one.id: one for one in cast}
    visible = [figure for figure in panel.figures if figure.character in known]
    people = [
        _person(n, figure, known[figure.character].look, (notes or {}).get(figure.character, ""))
        for n, figure in enumerate(visible, 1)
    ]
    things = [words.PROPS[prop.kind] + (" in the hand of a person" if prop.holder else "") for prop in panel.props]
    weather = [words.WEATHER[effect] for effect in panel.effects if effect in words.WEATHER]
    effects = [words.EFFECTS[effect] for effect in panel.effects if effect in words.EFFECTS]
    text = _template("scene").substitute(
        shot=words.SHOTS[panel.shot],
        angle=words.ANGLES[panel.camera_angle],
        place=words.PLACES[panel.background],
        time=words.TIMES[panel.time_of_day],
        weather=" " + " ".join(weather) if weather else "",
        people="\n".join(people) or "Nobody is there.",
        things=f"To be seen: {', '.join(things)}." if things else "",
        mood=words.MOODS[panel.emotion],
        effects=" " + " ".join(effects) if effects else "",
    )
    lines = [line for line in text.splitlines() if line.strip()]
    return ScenePrompt("\n".join(lines), NEGATIVE, _aspect(panel), [figure.character for figure in visible])


def portrait_prompt(character: Character, note: str = "") -> ScenePrompt:
    """The prompt of a character sheet, which later goes along as reference picture."""
    people = f"The person: {words.look_of(character.look)}.{_note(note)}"
    return ScenePrompt(_template("portrait").substitute(people=people), NEGATIVE, PORTRAIT_ASPECT, [])


@lru_cache
def _template(name: str) -> Template:
    return Template((FOLDER / f"{name}.en.md").read_text(encoding="utf-8").strip())


def _person(number: int, figure: Figure, look: Look, note: str) -> str:
    side = words.side_of(figure.place)
    turned = "seen from behind" if figure.view == "back" else words.FACINGS[figure.facing]
    acts = f"{words.POSES[figure.pose]}, {turned}, {words.FACES[figure.expression]}"
    return f"Person {number}: {words.look_of(look)}; {side}, {acts}.{_note(note)}"


def _note(note: str) -> str:
    return f" {note.strip().rstrip('.')}." if note.strip() else ""


def _aspect(panel: Panel) -> float:
    xs, ys = zip(*panel.polygon, strict=True)
    return (max(xs) - min(xs)) / (max(ys) - min(ys))
