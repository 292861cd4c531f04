"""A webtoon: panels one below the other in a strip for a phone, with the white between them as its rhythm.

    Beat: weight, aspect, how it follows -> width, side, height, gap

Panels of a strip never stand side by side, so their order is their height on the strip.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from engines.comic.document import STRIP_FOOT, STRIP_WIDTH, Point
from engines.comic.layout import PlacedPanel

Transition = Literal["begin", "moment", "action", "reaction", "scene", "climax"]
GAPS: dict[Transition, tuple[float, float]] = {
    "begin": (120, 120),
    "moment": (70, 110),
    "action": (120, 170),
    "reaction": (200, 260),
    "scene": (420, 520),
    "climax": (320, 380),
}
SIDE = 40.0
NARROW = (0.62, 0.78)
LOW, HIGH = 300.0, 1180.0


@dataclass(frozen=True)
class Beat:
    """What a panel asks of the strip: importance, the aspect (w / h) that suits it, and how it follows the last."""

    weight: float
    aspect: float
    follows: Transition
    bleed: bool = False


def lay_out_strip(beats: Sequence[Beat], rng: random.Random) -> list[PlacedPanel]:
    """Polygons from the top to the foot of one stretch of a strip, ``STRIP_WIDTH`` wide, from y = 0 on."""
    placed: list[PlacedPanel] = []
    y = -float(STRIP_FOOT)
    for beat in beats:
        top = max(y + round(rng.uniform(*GAPS[beat.follows])), 24.0)
        left, right = _sides(beat, rng)
        height = _height(beat, right - left)
        placed.append(PlacedPanel(_polygon(left, right, top, height), beat.bleed))
        y = top + height
    return placed


def _sides(beat: Beat, rng: random.Random) -> tuple[float, float]:
    """Great moments fill the width, talk keeps to a margin, small ones stand at one side."""
    if beat.bleed:
        return 0.0, float(STRIP_WIDTH)
    if beat.weight > 1.0 or rng.random() < 0.35:
        return SIDE, STRIP_WIDTH - SIDE
    width = (STRIP_WIDTH - 2 * SIDE) * rng.uniform(*NARROW)
    return (SIDE, SIDE + width) if rng.random() < 0.5 else (STRIP_WIDTH - SIDE - width, STRIP_WIDTH - SIDE)


def _height(beat: Beat, width: float) -> float:
    wanted = width / beat.aspect * (0.75 + 0.2 * min(beat.weight, 3.0))
    return round(min(max(wanted, LOW), HIGH))


def _polygon(left: float, right: float, top: float, height: float) -> list[Point]:
    """A rectangle: a slanted foot above white, with no panel that answers it, looks like an error."""
    corners = [(left, top), (right, top), (right, top + height), (left, top + height)]
    return [(round(x, 1), round(y, 1)) for x, y in corners]
