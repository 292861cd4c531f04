"""A line too short to be a story is filled out by a template, and the result says so."""

import random
from collections.abc import Sequence
from pathlib import Path

from engines.writer.names import find_names
from engines.writer.passages import Passage

FOLDER = Path(__file__).parents[2] / "assets" / "templates"
LEAST_PASSAGES = 4
LEAST_LETTERS = {"ja": 60, "en": 160}
JOURNEYS = frozenset({"fantasy", "action", "general", "sci_fi"})
HEROES = {
    "ja": (("ソラ", "ユイ"), ("レン", "アオイ"), ("タケル", "ヒナ"), ("カイ", "ミク")),
    "en": (("Tom", "Anne"), ("Leo", "Alice"), ("Jack", "Rose"), ("Max", "Ellen")),
}


def is_short(passages: Sequence[Passage], text: str, language: str) -> bool:
    """Whether a text is a line rather than a story."""
    return len(passages) < LEAST_PASSAGES and len(text.strip()) < LEAST_LETTERS[language]


def fill_out(premise: str, passages: Sequence[Passage], language: str, genre: str, seed: int) -> tuple[str, str]:
    """A story that begins with the premise word for word, and the name of its template."""
    name = "journey" if genre in JOURNEYS else "secret"
    hero, friend = random.Random(seed).choice(HEROES[language])
    named = [each.name for each in find_names(passages, language) if not each.role]
    hero, friend = [*named, hero, friend][:2] if len(named) > 1 else ([*named, hero][0], friend)
    story = (FOLDER / f"{name}.{language}.txt").read_text()
    filled = story.replace("{hero}", hero).replace("{friend}", friend)
    return filled.replace("{premise}", premise.strip()), name
