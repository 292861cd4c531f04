"""Scenes: where and when the story is, cut at blank lines and at words of a new time."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, cast

from engines.comic.document import Background, Effect
from engines.writer.lexicon import (
    FURNITURE,
    MODERN_JA,
    OLD_JA,
    PLACES,
    TIMES,
    WEATHER,
    best,
    count,
    first,
    last,
    stands_at,
)
from engines.writer.speech import Utterance

NEW_TIME = re.compile(
    r"^(?:翌日|翌朝|次の日|その夜|その晩|その日|ある日|やがて夜|数日|そのあくる)"
    r"|^(?:In the (?:morning|evening|afternoon)|That (?:night|evening|morning|day)|The next|Next (?:day|morning))"
    r"|^(?:At (?:dusk|dawn|night|midnight)|One (?:day|night|morning|evening)|(?:Years|Days) later|Later that)",
)
GOES_OUT = re.compile(
    r"(?:外|表|庭|雪の中|往来)へ(?:[^、。]{0,6})?(?:出|下り|飛び出|走り出|駆け出)"
    r"|\b(?:went|ran|stepped|walked|rushed|came|hurried) out (?:into|of)\b"
    r"|\binto the (?:garden|forest|street|road|woods)\b"
)
OPENING = 3
OLD_WORDS = 3
OLD_PLACES = {"street": "field", "castle": "temple", "room": "tatami", "library": "tatami"}
LEAST_PASSAGES = 3


@dataclass(frozen=True)
class Scene:
    """A stretch of the story in one place at one time."""

    number: int
    utterances: list[Utterance]
    place: Background
    time: Literal["day", "evening", "night"]
    weather: list[Effect]


def find_scenes(utterances: Sequence[Utterance], names: Sequence[str] = ()) -> list[Scene]:
    """The scenes of a story, in order. What a scene does not tell it takes from the one before.

    ``names`` are words for persons: 霧島 is no island.
    """
    known = [name for name in names if len(name) > 1]

    def hidden(text: str) -> str:
        for name in known:
            text = text.replace(name, "◯" * len(name)) if not name.isascii() else text
        return text

    scenes: list[Scene] = []
    place, time = "room", "day"
    text = " ".join(s.passage.bare for s in utterances)
    old = count(f"{OLD_JA}|", text) >= OLD_WORDS and not count(f"{MODERN_JA}|", text)
    for stretch in _stretches(utterances):
        narration = [hidden(s.passage.bare) for s in stretch if s.kind == "narration"]
        opening, whole = " ".join(narration[:OPENING]), " ".join(hidden(s.passage.bare) for s in stretch)
        # where a scene is stands in its first sentences; later words may only speak of elsewhere
        gap = stretch[0].passage.gap
        place = (
            stands_at(PLACES, opening)
            or last(PLACES, opening)
            or (best(PLACES, " ".join(narration)) if gap else None)
            or (last(FURNITURE, opening) if not scenes or gap else None)
            or ((best(PLACES, whole) or best(FURNITURE, whole)) if not scenes else place)
        )
        time = first(TIMES, opening) or best(TIMES, whole) or time
        weather: list[Effect] = [cast(Effect, key) for key in WEATHER if best({key: WEATHER[key]}, " ".join(narration))]
        place = place or "room"
        background = OLD_PLACES.get(place, place) if old else place
        scenes.append(
            Scene(
                number=len(scenes) + 1,
                utterances=stretch,
                place=cast(Background, background),
                time=cast(Literal["day", "evening", "night"], time),
                weather=weather[:1],
            )
        )
    return scenes


def _stretches(utterances: Sequence[Utterance]) -> list[list[Utterance]]:
    found: list[list[Utterance]] = []
    for each in utterances:
        narrated = each.kind == "narration"
        starts = each.passage.gap or (
            narrated and (NEW_TIME.match(each.passage.text) or GOES_OUT.search(each.passage.bare))
        )
        if not found or (starts and len(found[-1]) >= LEAST_PASSAGES):
            found.append([])
        found[-1].append(each)
    if len(found) > 1 and len(found[-1]) < 2:
        short = found.pop()
        found[-1] += short
    return found
