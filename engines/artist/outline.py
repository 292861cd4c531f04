"""The silhouette of a head with hair and hat, as the corners that reach farthest; tails of hair do not count."""

from functools import lru_cache

from engines.artist.anatomy import measure
from engines.artist.species import BEASTS
from engines.comic.document import Look, Point

_HAT: tuple[Point, ...] = ((-1.7, -0.46), (1.7, -0.46), (-0.6, -1.8), (0.6, -1.8))
_CROWN: tuple[Point, ...] = ((-1.12, -1.8), (0.9, -1.8), (-0.5, -1.92), (0.46, -1.92))
_SPIKES: dict[str, tuple[Point, ...]] = {
    "profile": ((-1.6, -0.76), (-1.3, 0.74), (1.3, -0.44), (-0.5, -1.72), (0.46, -1.72), (-1.2, -1.34)),
    "back": ((-1.4, -0.6), (1.4, -0.6), (-0.36, -1.7), (0.38, -1.7), (-1.1, 0.9), (1.1, 0.9)),
    "front": ((-1.4, -0.62), (1.28, -0.66), (-0.34, -1.68), (0.34, -1.7), (-0.96, -1.3), (0.92, -1.34)),
}
_BUN: dict[str, Point] = {
    "front": (0.1, -1.86),
    "three_quarter": (-0.5, -1.86),
    "profile": (-1.55, -1.8),
    "back": (0, -1.76),
}


_TOPKNOT: dict[str, Point] = {
    "front": (0.0, -1.78),
    "three_quarter": (-0.34, -1.78),
    "profile": (-0.6, -1.84),
    "back": (0, -1.74),
}
_KNOTS = {"bun": _BUN, "topknot": _TOPKNOT}


@lru_cache(maxsize=256)
def _points(hair: str, on_head: str, chin: float, view: str) -> tuple[Point, ...]:
    out: list[Point] = [(-0.4, chin), (0.45, chin), (0, -1.42 if hair != "bald" else -1.28)]
    if view == "profile":
        out += [(-1.32, -0.3), (1.0, 0.55), (-0.9, 0.9), (0.9, -0.6), (-0.8, -1.25)]
    elif view == "three_quarter":
        out += [(-1.26, -0.4), (1.08, -0.4), (-0.9, 0.8), (0.98, 0.4)]
    else:
        out += [(-1.12, -0.3), (1.12, -0.3), (-1.0, 0.6), (1.0, 0.6)]
    if hair in ("spiky", "wild"):
        out += _SPIKES.get(view, _SPIKES["front"])
    elif hair in _KNOTS:
        out.append(_KNOTS[hair][view])
    elif hair == "bob":
        out += [(-1.34, 1.2), (0.36 if view == "profile" else 1.2, 1.2)]
    if on_head == "hat":
        out += _HAT
    elif on_head == "crown":
        out += _CROWN
    return tuple(out)


def head_outline(look: Look, view: str) -> tuple[Point, ...]:
    """Points in head units, facing right, whose bounds hold the head as drawn."""
    if look.species != "human":
        beast = BEASTS[look.species]
        muzzle = 1.75 if beast.tail == "feathers" else 0.6 + beast.muzzle
        return (-beast.side, 0.0), (max(beast.side, muzzle), 0.3), (0.0, -beast.up), (0.0, 1.1)
    return _points(look.hair, look.accessory, measure(look).chin, view)


def head_reach(look: Look, view: str, facing: str) -> tuple[float, float, float]:
    """How far the head reaches left, right and up from the middle of the face, in head units."""
    xs = [x for x, _ in head_outline(look, view)]
    left, right = -min(xs), max(xs)
    if facing == "left":
        left, right = right, left
    return left + 0.12, right + 0.12, -min(y for _, y in head_outline(look, view)) + 0.06
