"""Scenes: where and when the story is, cut at blank lines and at words of a new time."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, cast

from engines.manga.document import Background, Effect
from engines.manga.writer.lexicon import MODERN_JA, OLD_JA, PLACES, TIMES, WEATHER, best, count, first, last, stands_at
from engines.manga.writer.speech import Said

NEW_TIME = re.compile(
    r"^(?:翌日|翌朝|次の日|その夜|その晩|その日|ある日|やがて夜|数日|そのあくる)"
    r"|^(?:In the (?:morning|evening|afternoon)|That (?:night|evening|morning|day)|The next|Next (?:day|morning))"
    r"|^(?:At (?:dusk|dawn|night|midnight)|One (?:day|night|morning|evening)|(?:Years|Days) later|Later that)",
)
OPENING = 3
OLD_WORDS = 3
OLD_PLACES = {"street": "field", "castle": "temple", "room": "tatami", "library": "tatami"}
LEAST_PASSAGES = 3


@dataclass(frozen=True)
class Scene:
    """A stretch of the story in one place at one time."""

    number: int
    said: list[Said]
    place: Background
    time: Literal["day", "evening", "night"]
    weather: list[Effect]


def find_scenes(said: Sequence[Said]) -> list[Scene]:
    """The scenes of a story, in order. What a scene does not tell it takes from the one before."""
    scenes: list[Scene] = []
    place, time = "room", "day"
    text = " ".join(s.passage.bare for s in said)
    old = count(f"{OLD_JA}|", text) >= OLD_WORDS and not count(f"{MODERN_JA}|", text)
    for stretch in _stretches(said):
        told = [s.passage.text for s in stretch if s.kind == "narration"]
        opening, whole = " ".join(told[:OPENING]), " ".join(s.passage.text for s in stretch)
        # where a scene is stands in its first sentences; later words may only speak of elsewhere
        gap = stretch[0].passage.gap
        place = (
            stands_at(PLACES, opening)
            or last(PLACES, opening)
            or (best(PLACES, " ".join(told)) if gap else None)
            or (best(PLACES, whole) if not scenes else place)
        )
        time = first(TIMES, opening) or best(TIMES, whole) or time
        weather = [cast(Effect, key) for key in WEATHER if best({key: WEATHER[key]}, " ".join(told))]
        place = place or "room"
        shown = OLD_PLACES.get(place, place) if old else place
        scenes.append(
            Scene(
                number=len(scenes) + 1,
                said=stretch,
                place=cast(Background, shown),
                time=cast(Literal["day", "evening", "night"], time),
                weather=weather[:1],
            )
        )
    return scenes


def _stretches(said: Sequence[Said]) -> list[list[Said]]:
    found: list[list[Said]] = []
    for each in said:
        starts = each.passage.gap or (each.kind == "narration" and NEW_TIME.match(each.passage.text))
        if not found or (starts and len(found[-1]) >= LEAST_PASSAGES):
            found.append([])
        found[-1].append(each)
    if len(found) > 1 and len(found[-1]) < 2:
        short = found.pop()
        found[-1] += short
    return found
