"""The camera of a panel: its horizon, its scale, and where the ground is under a person."""

from collections.abc import Sequence
from dataclasses import dataclass

from engines.artist.anatomy import CROWN, lowest, measure, pose_joints
from engines.artist.figure import Staged
from engines.artist.species import BEASTS
from engines.comic.document import Box, Look, Panel, Point

DISTANCE = {"long": 9.0, "full": 6.0, "medium": 3.4, "bust": 2.4, "close_up": 1.7, "over_shoulder": 2.8}
"""How far the camera stands from the persons, in metres."""
_STATURE = {"child": 0.72, "teen": 0.95, "adult": 1.0, "elder": 0.92}


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
    if look.species != "human":
        return BEASTS[look.species].size
    return look.height * _STATURE[look.age]


def soles(look: Look) -> float:
    """The height of the soles of a standing figure below its face, in head units."""
    return measure(look).feet if look.species == "human" else BEASTS[look.species].feet


def ground_of(person: Staged) -> float:
    """The height on the page of the floor under a person."""
    look = person.character.look
    beast = look.species != "human"
    if person.stance == "lie":
        return person.head[1] + (BEASTS[look.species].lying if beast else 1.35) * person.unit
    if beast:
        return person.head[1] + (soles(look) + 0.1) * person.unit
    joints = pose_joints(person.stance, measure(look), person.view == "profile")
    return person.head[1] + lowest(joints) * person.unit


def view_of(panel: Panel, staged: Sequence[Staged], lean: float) -> View:
    """The camera that fits the persons: at eye level the horizon runs through the eyes of an adult."""
    box = bounds(panel.polygon)
    depth = DISTANCE[panel.shot]
    if staged:
        person = staged[0]
        metre = person.unit * (soles(person.character.look) - CROWN) / (1.7 * stature(person.character.look))
        eyes = person.head[1] - (1 - stature(person.character.look)) * metre * 0.5
        if panel.shot in ("long", "full") or person.stance == "lie":
            eyes = ground_of(person) - 1.55 * metre
    else:
        metre, eyes, depth = box.h * 0.2, box.y + box.h * 0.56, 6.0
    height = {"high": 2.5, "low": 0.7}.get(panel.camera_angle, 1.5)
    ground = eyes + 1.55 * metre
    horizon = min(max(ground - height * metre, box.y + box.h * 0.1), box.y + box.h * 0.84)
    margin = 12 + box.h * 0.14 * (1 if lean else 0) + box.w * 0.06 * (1 if lean else 0)
    frame = Box(x=box.x - margin, y=box.y - margin, w=box.w + 2 * margin, h=box.h + 2 * margin)
    return View(frame, horizon, box.x + box.w * (0.38 + 0.24 * (panel.seed % 5) / 4), metre, depth, height)
