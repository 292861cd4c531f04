"""How a person acts in a panel: the side shown, the way of standing, the tilt of the head, what is held."""

import random
from dataclasses import dataclass

from engines.artist.poses import standing
from engines.comic.document import Character, Figure, Panel

_CHAIRS = ("classroom", "room", "library", "kitchen", "shop", "station", "rooftop", "abstract", "space")
_SIDEWAYS = ("walk", "run", "climb", "hug", "fight", "bow", "kneel", "fall")
_NEAR = ("bust", "close_up", "over_shoulder")


@dataclass(frozen=True)
class Act:
    """What the panel asks of one person, decided."""

    view: str
    facing: str
    stance: str
    tilt: float
    held: str | None
    zoom: float = 1.0
    shift: float = 0.0


def act(panel: Panel, figure: Figure, who: Character) -> Act:
    """The acting of one figure; the same panel and person give the same act."""
    rng = random.Random(f"{panel.seed}.{who.id}.{panel.number}")
    view = _view(panel, figure, rng)
    facing = figure.facing
    if facing == "front" and view in ("three_quarter", "profile"):
        facing = _inward(panel, figure, rng)
    held = next((prop.kind for prop in panel.props if prop.holder == who.id), None)
    stance = str(figure.pose)
    if figure.pose == "eat" and held is None:
        held = "cup"
    if figure.pose == "stand":
        near = panel.shot in _NEAR
        stance = (
            "hold"
            if held
            else "stand"
            if near
            else standing(who.look, figure.expression, rng, view, panel.shot != "medium")
        )
    elif figure.pose == "point" and _crowded(panel, figure, facing):
        stance = "point_near"
    if stance == "sit" and panel.background not in _CHAIRS:
        stance = "seiza" if panel.background in ("tatami", "temple") else "ground"
    if stance == "lie" and view != "profile":
        stance = "stand"
    if stance == "climb" and panel.shot in _NEAR:
        stance = "stand"
    tilt = rng.uniform(-1, 1) * {"close_up": 6.0, "bust": 4.0, "medium": 2.5}.get(panel.shot, 0.0)
    zoom, shift = 1.0, 0.0
    if panel.shot in ("bust", "close_up") and len(panel.figures) == 1:
        zoom, shift = rng.uniform(0.94, 1.12), rng.choice((-1, -0.5, 0, 0.5, 1)) * 0.07
    return Act(view, facing, stance, tilt, held, zoom, shift)


def _view(panel: Panel, figure: Figure, rng: random.Random) -> str:
    lot = rng.random()
    if figure.view != "auto":
        return figure.view
    if figure.pose == "lie" and panel.shot not in _NEAR and figure.view in ("auto", "profile"):
        return "profile"
    if figure.pose in _SIDEWAYS and panel.shot not in _NEAR:
        return "profile"
    if figure.facing == "front":
        return "three_quarter" if lot < 0.35 and panel.shot in ("bust", "close_up", "medium") else "front"
    if figure.pose in ("sit", "eat") and panel.shot in ("full", "long", "medium"):
        return "profile"
    return "profile" if lot < 0.3 else "three_quarter"


def _crowded(panel: Panel, figure: Figure, facing: str) -> bool:
    """Whether somebody stands where a stretched arm would reach."""
    ahead = -1 if facing == "left" else 1
    return any(0 < (other.place - figure.place) * ahead < 0.45 for other in panel.figures)


def _inward(panel: Panel, figure: Figure, rng: random.Random) -> str:
    """Towards the others; alone, to either side."""
    if len(panel.figures) > 1:
        others = [other.place for other in panel.figures if other is not figure]
        return "right" if sum(others) / len(others) >= figure.place else "left"
    return rng.choice(("left", "right"))
