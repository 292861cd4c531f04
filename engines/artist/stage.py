"""Staging: where each person stands in a panel and where the camera is.

Heads are kept apart, inside the polygon (not only its box), and low enough to leave room for balloons.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from engines.artist.acting import Act, act
from engines.artist.anatomy import CROWN, lowest, measure, pose_joints
from engines.artist.camera import bounds, soles, span_at, stature
from engines.artist.figure import Staged
from engines.artist.outline import head_reach
from engines.artist.species import BEASTS
from engines.comic.document import Box, Character, Figure, Panel, Point

# Per shot: units of half a head per panel height, head centre down the panel without and with lines,
# units shown below the head centre at least.
_SHOTS = {
    "medium": (10.0, 0.34, 0.42, 6.2),
    "bust": (5.6, 0.46, 0.53, 3.1),
    "close_up": (3.9, 0.5, 0.55, 1.75),
    "over_shoulder": (6.6, 0.4, 0.46, 4.0),
}
_ROOM = 1.12


def stage(panel: Panel, characters: Sequence[Character]) -> list[Staged]:
    """The persons of a panel, far ones first; figures without a known character are left out."""
    known = {character.id: character for character in characters}
    cast = [
        StagedFigure(
            figure, known[figure.character], act(panel, figure, known[figure.character]), i == len(panel.figures) - 1
        )
        for i, figure in enumerate(panel.figures)
        if figure.character in known
    ]
    cast.sort(key=lambda each: each.figure.place)
    if not cast:
        return []
    placed, shrink = None, 1.0
    for _ in range(14):
        placed = _place(panel, cast, shrink)
        if placed is not None:
            break
        shrink *= 0.88
    return sorted(
        placed or _place(panel, cast, shrink, force=True) or [], key=lambda s: (s.shade, s.head[1], s.head[0])
    )


@dataclass(frozen=True)
class StagedFigure:
    """A figure with its character and its act; ``last`` in the order of the panel."""

    figure: Figure
    who: Character
    act: Act
    last: bool

    def reach(self, unit: float) -> tuple[float, float, float]:
        """How far the head reaches left, right and up in pixels."""
        left, right, up = head_reach(self.who.look, self.act.view, self.act.facing)
        return left * unit, right * unit, up * unit


def _place(panel: Panel, cast: list[StagedFigure], shrink: float, force: bool = False) -> list[Staged] | None:
    box = bounds(panel.polygon)
    if panel.shot == "over_shoulder" and len(cast) > 1:
        return over_shoulder(panel, cast, shrink, force)
    sizes = [_size(panel, box, each, shrink, cast) for each in cast]
    limits = [limits_of(panel, each, *size) for each, size in zip(cast, sizes, strict=True)]
    xs = [
        box.x + (each.figure.place + each.act.shift) * box.w + _forward(each, size[0])
        for each, size in zip(cast, sizes, strict=True)
    ]
    xs = _together(cast, _spread(cast, xs, sizes, limits), sizes)
    tight = any(x > high + 0.5 or low > high for x, (low, high) in zip(xs, limits, strict=True))
    if tight and not force:
        return None
    return [staged(panel, each, (x, y), unit) for each, x, (unit, y) in zip(cast, xs, sizes, strict=True)]


def _forward(each: StagedFigure, unit: float) -> float:
    """How far the head of a bent body goes before its middle."""
    if each.act.stance == "lie" and each.act.view == "profile" and each.who.look.species == "human":
        return -6.2 * unit * (-1 if each.act.facing == "left" else 1)
    if each.who.look.species != "human":
        return _ahead(each) * unit * (-1 if each.act.facing == "left" else 1)
    lean = pose_joints(each.act.stance, measure(each.who.look), each.act.view == "profile").lean
    return math.sin(math.radians(lean)) * 3.6 * unit * (-1 if each.act.facing == "left" else 1)


def _ahead(each: StagedFigure) -> float:
    """How far the head of an animal is before its middle, in head units."""
    beast = BEASTS[each.who.look.species]
    return beast.long * 0.6 if beast.tail == "shell" or each.act.stance == "lie" else 1.2


def limits_of(panel: Panel, each: StagedFigure, unit: float, y: float) -> tuple[float, float]:
    """The least and the greatest x at which the head lies inside the polygon."""
    left, right, up = each.reach(unit)
    rows = [span_at(panel.polygon, height) for height in (y - up, y, y + 1.46 * unit)]
    return max(r[0] for r in rows) + left, min(r[1] for r in rows) - right


def staged(panel: Panel, each: StagedFigure, head: Point, unit: float, shade: bool = False) -> Staged:
    """A person placed on the page."""
    act = each.act
    talking = any(line.speaker == each.who.id and line.kind in ("speech", "shout") for line in panel.lines)
    view = "back" if shade else act.view
    tilt = 0.0 if shade else act.tilt
    return Staged(
        each.who, each.figure.expression, act.stance, act.facing, head, unit, talking, view, tilt, act.held, shade
    )


def over_shoulder(panel: Panel, cast: list[StagedFigure], shrink: float, force: bool) -> list[Staged] | None:
    """The last figure large, low and from behind at its side of the frame; the others face us beside it."""
    box = bounds(panel.polygon)
    near = next((each for each in cast if each.last), cast[-1])
    at_left = near.figure.place < 0.5
    towards = "left" if at_left else "right"
    others = [
        replace(each, act=replace(each.act, facing=towards, view=_open(each.figure.view)))
        for each in cast
        if each is not near
    ]
    unit = min(box.h / 4.6, box.w / 5.6) * shrink
    y = box.y + box.h - 2.3 * unit
    left, right, _ = StagedFigure(near.figure, near.who, replace(near.act, view="back"), True).reach(unit)
    low, high = limits_of(panel, near, unit, y)
    x = max(low, box.x + left) if at_left else min(high, box.x + box.w - right)
    sizes = [_size(panel, box, each, shrink, cast) for each in others]
    limits = []
    for each, size in zip(others, sizes, strict=True):
        a, b = limits_of(panel, each, *size)
        reach = each.reach(size[0])
        limits.append((max(a, x + right + reach[0]), b) if at_left else (a, min(b, x - left - reach[1])))
    xs = [box.x + box.w * (0.66 if at_left else 0.34)] * len(others)
    xs = _spread(others, xs, sizes, limits)
    if not force and any(v > high + 0.5 or low > high for v, (low, high) in zip(xs, limits, strict=True)):
        return None
    out = [staged(panel, each, (v, size[1]), size[0]) for each, v, size in zip(others, xs, sizes, strict=True)]
    return [*out, staged(panel, near, (x, y), unit, shade=True)]


def _open(view: str) -> str:
    """A view that shows the face to the one in front."""
    return view if view in ("front", "profile") else "three_quarter"


def _spread(
    cast: Sequence[StagedFigure], xs: list[float], sizes: list[tuple[float, float]], limits: list[tuple[float, float]]
) -> list[float]:
    """The places moved as little as a sweep to the left and one to the right need to keep heads apart."""
    out = list(xs)
    reach = [each.reach(unit) for each, (unit, _) in zip(cast, sizes, strict=True)]
    gaps = [reach[i][1] + reach[i + 1][0] + 0.3 * sizes[i][0] for i in range(len(out) - 1)]
    for i in range(len(out) - 1, -1, -1):
        out[i] = min(out[i], limits[i][1])
        if i + 1 < len(out):
            out[i] = min(out[i], out[i + 1] - gaps[i])
    for i in range(len(out)):
        out[i] = max(out[i], limits[i][0])
        if i:
            out[i] = max(out[i], out[i - 1] + gaps[i - 1])
    return out


def _together(cast: Sequence[StagedFigure], xs: list[float], sizes: list[tuple[float, float]]) -> list[float]:
    """Two who embrace or fight stand close to each other."""
    close = {"hug": 0.06, "fight": 3.2}.get(cast[0].act.stance)
    if len(cast) != 2 or close is None or cast[1].act.stance != cast[0].act.stance:
        return xs
    unit = (sizes[0][0] + sizes[1][0]) / 2
    gap = cast[0].reach(sizes[0][0])[1] + cast[1].reach(sizes[1][0])[0] + close * unit
    middle = (xs[0] + xs[1]) / 2
    return [middle - gap / 2, middle + gap / 2] if xs[1] - xs[0] > gap else xs


def _size(
    panel: Panel, box: Box, each: StagedFigure, shrink: float, cast: Sequence[StagedFigure]
) -> tuple[float, float]:
    """Half a head width in pixels and the height of the head centre for one figure."""
    if panel.shot in ("long", "full"):
        return _standing(panel, box, each, shrink, cast)
    look = each.who.look
    if each.act.stance == "lie" and each.act.view == "profile":
        return _lying(box, each, box.h / 8 * shrink, box.y + box.h * 0.94)
    per_height, plain, talking, below = _SHOTS[panel.shot]
    tilt = {"low": 1.06, "high": 0.94}.get(panel.camera_angle, 1.0) * each.act.zoom
    unit = min(box.h / per_height * tilt, box.w / (2.6 + 2.6 * (len(panel.figures) - 1))) * shrink
    unit *= 0.92 if look.age == "child" else 1.0
    share = talking if panel.lines else plain
    drop = min(max((1.0 - stature(look)) * 5.0, -0.5), 1.7) * {"close_up": 0.35, "bust": 0.55}.get(panel.shot, 1.0)
    y = max(box.y + box.h * share, box.y + box.h - below * 1.35 * unit) + drop * unit
    if each.figure.pose in ("sit", "kneel") and panel.shot == "medium":
        y += 0.7 * unit
    return unit, max(y, box.y + each.reach(unit)[2] + 0.1 * unit)


def _nearer(cast: Sequence[StagedFigure]) -> float:
    """How much closer the camera goes where only small animals are, and how far back before a giant."""
    tallest = max(stature(each.who.look) for each in cast)
    return min(max(0.72 / tallest, 1.0), 3.4) if tallest <= _ROOM else _ROOM / tallest


def _standing(
    panel: Panel, box: Box, each: StagedFigure, shrink: float, cast: Sequence[StagedFigure]
) -> tuple[float, float]:
    look = each.who.look
    m = measure(look)
    share = (0.46 if panel.shot == "long" else 0.8) - (0.08 if panel.lines and panel.shot == "full" else 0)
    tall = min(box.h * share * stature(look) * _nearer(cast), box.w * 1.6) * shrink
    unit = tall / (soles(look) - CROWN)
    ground = box.y + box.h * (0.9 if panel.shot == "long" else 0.955)
    if each.act.stance == "lie":
        return _lying(box, each, unit * (1.3 if look.species == "human" else 1.0), ground)
    if each.act.stance == "climb":
        ground -= box.h * 0.12
    if look.species != "human":
        unit = min(unit, box.w / 8.0, box.h * 0.88 / (soles(look) + BEASTS[look.species].up + 0.4))
        return unit, ground - (soles(look) + 0.2) * unit
    return unit, ground - lowest(pose_joints(each.act.stance, m, each.act.view == "profile")) * unit


def _lying(box: Box, each: StagedFigure, unit: float, ground: float) -> tuple[float, float]:
    """Somebody who lies fits the width of the panel, above its foot."""
    look = each.who.look
    if look.species != "human":
        unit = min(unit, box.w / 8.0)
        return unit, ground - BEASTS[look.species].lying * unit
    unit = min(unit, box.w / 18.0)
    return unit, ground - 1.35 * unit
