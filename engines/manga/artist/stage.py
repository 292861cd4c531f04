"""Staging: where each person stands in a panel and where the camera is.

Heads are kept apart, inside the polygon (not only its box), and low enough to leave room for balloons.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from engines.manga.artist.anatomy import CROWN, lowest, measure, pose_joints
from engines.manga.artist.figure import Staged
from engines.manga.document import Box, Character, Figure, Look, Panel, Point

# Per shot: units of half a head per panel height, head centre down the panel without and with lines,
# units shown below the head centre at least, distance of the camera in metres.
_SHOTS = {
    "medium": (10.0, 0.34, 0.42, 6.2, 3.4),
    "bust": (5.6, 0.46, 0.53, 3.1, 2.4),
    "close_up": (3.9, 0.5, 0.55, 1.75, 1.7),
}
_DISTANCE = {"long": 9.0, "full": 6.0}
_STATURE = {"child": 0.72, "teen": 0.95, "adult": 1.0, "elder": 0.92}
_SIDE, _GAP = 1.3, 2.75


@dataclass(frozen=True)
class View:
    """The camera of a panel: horizon and centre in pixels, ``scale`` in pixels per metre at ``depth`` metres."""

    frame: Box
    horizon: float
    centre: float
    scale: float
    depth: float
    height: float

    def at(self, x: float, y: float, z: float) -> Point:
        """A point of the scene on the page; x and y in metres from the middle of the floor, z metres away."""
        near = self.scale * self.depth / max(z, 0.25)
        return self.centre + x * near, self.horizon + (self.height - y) * near


def bounds(polygon: Sequence[Point]) -> Box:
    """The box around a polygon."""
    xs, ys = [x for x, _ in polygon], [y for _, y in polygon]
    return Box(x=min(xs), y=min(ys), w=max(xs) - min(xs), h=max(ys) - min(ys))


def span_at(polygon: Sequence[Point], y: float) -> tuple[float, float]:
    """The left and right edge of a convex polygon at a height; its box where the height is outside."""
    hits = []
    for (ax, ay), (bx, by) in zip(polygon, [*polygon[1:], polygon[0]], strict=True):
        if ay != by and min(ay, by) <= y <= max(ay, by):
            hits.append(ax + (bx - ax) * (y - ay) / (by - ay))
    box = bounds(polygon)
    return (min(hits), max(hits)) if hits else (box.x, box.x + box.w)


def stature(look: Look) -> float:
    """Height of a person where 1 is an average adult."""
    return look.height * _STATURE[look.age]


def stage(panel: Panel, characters: Sequence[Character]) -> list[Staged]:
    """The persons of a panel, far ones first; figures without a known character are left out."""
    known = {character.id: character for character in characters}
    pairs = [(figure, known[figure.character]) for figure in panel.figures if figure.character in known]
    pairs.sort(key=lambda pair: pair[0].place)
    if not pairs:
        return []
    placed, shrink = None, 1.0
    for _ in range(14):
        placed = _place(panel, pairs, shrink)
        if placed is not None:
            break
        shrink *= 0.88
    return sorted(placed or _place(panel, pairs, shrink, force=True) or [], key=lambda s: (s.head[1], s.head[0]))


def _place(
    panel: Panel, pairs: list[tuple[Figure, Character]], shrink: float, force: bool = False
) -> list[Staged] | None:
    box = bounds(panel.polygon)
    sizes = [_size(panel, box, figure, who, shrink) for figure, who in pairs]
    limits = []
    for unit, y in sizes:
        rows = [span_at(panel.polygon, y + unit * part) for part in (CROWN - 0.1, 0, 1.3)]
        limits.append((max(r[0] for r in rows) + _SIDE * unit, min(r[1] for r in rows) - _SIDE * unit))
    xs = [box.x + figure.place * box.w for figure, _ in pairs]
    xs = _apart(xs, [unit for unit, _ in sizes], limits)
    tight = any(x > high + 0.5 or low > high for x, (low, high) in zip(xs, limits, strict=True))
    if tight and not force:
        return None
    talkers = {line.speaker for line in panel.lines if line.kind in ("speech", "shout")}
    return [
        Staged(who, figure.expression, figure.pose, figure.facing, (x, y), unit, who.id in talkers)
        for (figure, who), x, (unit, y) in zip(pairs, xs, sizes, strict=True)
    ]


def _apart(xs: list[float], units: list[float], limits: list[tuple[float, float]]) -> list[float]:
    """The places moved as little as a sweep to the left and one to the right need."""
    out = list(xs)
    for i in range(len(out) - 1, -1, -1):
        out[i] = min(out[i], limits[i][1])
        if i + 1 < len(out):
            out[i] = min(out[i], out[i + 1] - _GAP * (units[i] + units[i + 1]) / 2)
    for i in range(len(out)):
        out[i] = max(out[i], limits[i][0])
        if i:
            out[i] = max(out[i], out[i - 1] + _GAP * (units[i] + units[i - 1]) / 2)
    return out


def _size(panel: Panel, box: Box, figure: Figure, who: Character, shrink: float) -> tuple[float, float]:
    """Half a head width in pixels and the height of the head centre for one figure."""
    if panel.shot in _DISTANCE:
        return _standing(panel, box, figure, who, shrink)
    per_height, plain, talking, below, _ = _SHOTS[panel.shot]
    tilt = {"low": 1.06, "high": 0.94}.get(panel.camera_angle, 1.0)
    unit = min(box.h / per_height * tilt, box.w / (2.6 + 2.6 * (len(panel.figures) - 1))) * shrink
    unit *= 0.92 if who.look.age == "child" else 1.0
    share = talking if panel.lines else plain
    drop = min(max((1.0 - stature(who.look)) * 5.0, -0.5), 1.7) * {"close_up": 0.35, "bust": 0.55}.get(panel.shot, 1.0)
    y = max(box.y + box.h * share, box.y + box.h - below * 1.35 * unit) + drop * unit
    if figure.pose == "sit" and panel.shot == "medium":
        y += 0.7 * unit
    return unit, max(y, box.y + 1.75 * unit)


def _standing(panel: Panel, box: Box, figure: Figure, who: Character, shrink: float) -> tuple[float, float]:
    m = measure(who.look)
    share = (0.46 if panel.shot == "long" else 0.8) - (0.08 if panel.lines and panel.shot == "full" else 0)
    tall = min(box.h * share * stature(who.look), box.w * 1.6) * shrink
    unit = tall / (m.feet - CROWN)
    ground = box.y + box.h * (0.9 if panel.shot == "long" else 0.955)
    return unit, ground - lowest(pose_joints(figure.pose, m)) * unit


def view_of(panel: Panel, staged: Sequence[Staged], lean: float) -> View:
    """The camera that fits the persons: at eye level the horizon runs through the eyes of an adult."""
    box = bounds(panel.polygon)
    depth = _DISTANCE.get(panel.shot) or _SHOTS[panel.shot][4]
    if staged:
        person = staged[0]
        m = measure(person.character.look)
        metre = person.unit * (m.feet - CROWN) / (1.7 * stature(person.character.look))
        eyes = person.head[1] - (1 - stature(person.character.look)) * metre * 0.5
    else:
        metre, eyes, depth = box.h * 0.2, box.y + box.h * 0.56, 6.0
    height = {"high": 2.5, "low": 0.7}.get(panel.camera_angle, 1.5)
    ground = eyes + 1.55 * metre
    horizon = min(max(ground - height * metre, box.y + box.h * 0.1), box.y + box.h * 0.84)
    margin = 12 + box.h * 0.14 * (1 if lean else 0) + box.w * 0.06 * (1 if lean else 0)
    frame = Box(x=box.x - margin, y=box.y - margin, w=box.w + 2 * margin, h=box.h + 2 * margin)
    return View(frame, horizon, box.x + box.w * (0.38 + 0.24 * (panel.seed % 5) / 4), metre, depth, height)
