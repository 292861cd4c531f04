"""Arms, hands and legs: tubes along the joints, hands with a thumb and fingers."""

import math

from engines.artist.ink import INK, PAPER, Pen, lines, smooth, tube, tube_sides
from engines.comic.document import Point

Limb = tuple[Point, Point, Point]

# Hands in hand units: the wrist at the origin, the fingers towards +y, the thumb at +x; size about 1.
_HANDS: dict[str, tuple[str, tuple[str, ...]]] = {
    "rest": (
        "M-0.2 -0.1C-0.3 0.2 -0.36 0.45 -0.28 0.72C-0.24 0.95 -0.1 1.04 0.04 1.0C0.16 0.96 0.2 0.8 0.2 0.62"
        "L0.24 0.5C0.34 0.66 0.42 0.62 0.42 0.5C0.4 0.3 0.3 0.1 0.2 -0.1Z",
        ("M-0.14 0.66L-0.12 0.94", "M0.04 0.64L0.03 0.96", "M0.2 0.62L0.19 0.4"),
    ),
    "fist": (
        "M-0.2 -0.1C-0.4 0.1 -0.46 0.5 -0.32 0.72C-0.16 0.86 0.2 0.86 0.34 0.7C0.46 0.5 0.36 0.1 0.2 -0.1Z",
        ("M-0.3 0.5C-0.1 0.4 0.16 0.4 0.3 0.26", "M-0.14 0.5L-0.14 0.76", "M0.05 0.46L0.06 0.78",
         "M0.22 0.4L0.25 0.74"),
    ),
    "point": (
        "M-0.2 -0.1C-0.36 0.1 -0.4 0.4 -0.32 0.6C-0.26 0.7 -0.16 0.7 -0.1 0.66"
            "L0.02 0.64L0.08 1.26C0.12 1.38 0.28 1.36 0.28 1.22"
        "L0.28 0.56C0.42 0.5 0.44 0.3 0.36 0.16C0.3 0.06 0.24 0 0.2 -0.1Z",
        ("M-0.3 0.4C-0.2 0.34 -0.06 0.36 0.04 0.44", "M-0.18 0.4L-0.16 0.64", "M0.02 0.64L0.02 0.44",
         "M0.28 0.56L0.2 0.36"),
    ),
    "hold": (
        "M-0.2 -0.1C-0.38 0.1 -0.44 0.4 -0.36 0.66C-0.3 0.86 -0.06 0.9 0.06 0.78"
            "L0.1 0.56L0.3 0.62C0.48 0.6 0.5 0.4 0.4 0.28"
        "C0.32 0.12 0.26 0 0.2 -0.1Z",
        ("M-0.36 0.4C-0.24 0.3 -0.1 0.32 0.02 0.36", "M-0.38 0.56C-0.24 0.46 -0.08 0.48 0.06 0.52",
         "M-0.32 0.72C-0.2 0.62 -0.06 0.62 0.06 0.66"),
    ),
    "open": (
        "M-0.2 -0.1C-0.3 0.1 -0.36 0.3 -0.4 0.5L-0.56 0.86C-0.58 0.98 -0.46 1.02 -0.4 0.92L-0.28 0.66L-0.26 1.08"
        "C-0.24 1.2 -0.1 1.2 -0.1 1.08L-0.06 0.7L0.04 1.12C0.08 1.22 0.2 1.18 0.2 1.06L0.14 0.66L0.3 0.96"
        "C0.38 1.04 0.48 0.96 0.44 0.86L0.3 0.5L0.5 0.4C0.62 0.32 0.56 0.2 0.44 0.22L0.28 0.2L0.2 -0.1Z",
        ("M-0.14 0.36C-0.04 0.44 0.1 0.42 0.2 0.34",),
    ),
}  # fmt: skip


def draw_hand(pen: Pen, shape: str, wrist: Point, towards: Point, *, thumb: int, size: float) -> None:
    """A hand at ``wrist`` whose fingers lie along the direction ``towards``; thumb +1 or -1."""
    if shape == "none":
        return
    turn = math.degrees(math.atan2(-towards[0], towards[1]))
    hand = pen.moved(wrist[0], wrist[1], turn, size * thumb, size)
    outline, folds = _HANDS[shape]
    hand.path(outline, PAPER)
    if hand.unit > 14:
        for fold in folds:
            hand.stroke(fold, 0.65)


def limb_spine(joints: Limb) -> list[Point]:
    """Six points of a bent limb, rounded at its middle joint."""
    (ax, ay), (bx, by), (cx, cy) = joints
    return [
        (ax, ay),
        (ax + (bx - ax) * 0.5, ay + (by - ay) * 0.5),
        (bx - (bx - ax) * 0.12 + (cx - bx) * 0.06, by - (by - ay) * 0.12 + (cy - by) * 0.06),
        (bx + (cx - bx) * 0.14 - (bx - ax) * 0.04, by + (cy - by) * 0.14 - (by - ay) * 0.04),
        (bx + (cx - bx) * 0.5, by + (cy - by) * 0.5),
        (cx, cy),
    ]


def limb_radii(radii: tuple[float, float, float]) -> list[float]:
    """Half widths for the six points of a spine, from root, middle and end."""
    r0, r1, r2 = radii
    return [r0, (r0 + r1) / 2 * 1.02, r1, r1, (r1 + r2) / 2 * 1.06, r2]


def limb_path(joints: Limb, radii: tuple[float, float, float]) -> str:
    """The closed outline of a bent limb."""
    spine = limb_spine(joints)
    one, other = (_unlooped(side, spine) for side in tube_sides(spine, limb_radii(radii)))
    return smooth(one) + "L" + smooth(other[::-1])[1:] + "Z"


def draw_sleeve(pen: Pen, arm: Limb, radii: tuple[float, float, float], fill: str) -> None:
    """An arm that grows out of a shoulder of the same fill: no line crosses where they join."""
    spine = limb_spine(arm)
    sides = [_unlooped(side, spine) for side in tube_sides(spine, limb_radii(radii))]
    edge = PAPER if fill == INK else INK
    pen.path(smooth(sides[0]) + "L" + smooth(sides[1][::-1])[1:] + "Z", fill, width=0)
    looped = [len(side) < len(spine) for side in sides]
    inner = min((0, 1), key=lambda i: math.hypot(sides[i][1][0], sides[i][1][1] - 4))
    for i, side in enumerate(sides):
        if looped[i]:
            continue
        start = [along(side[0], side[1], 0.72), *side[1:]] if i == inner else side
        pen.stroke(smooth(start), 0.9 if fill == INK else 1.0, edge)
    pen.stroke(lines([sides[0][-1], sides[1][-1]]), 1.0, edge)


def _unlooped(side: list[Point], spine: list[Point]) -> list[Point]:
    """The edge of a limb without the loop that a sharp bend makes on its inside."""
    (ax, ay), (bx, by) = side[2], side[3]
    if (bx - ax) * (spine[3][0] - spine[2][0]) + (by - ay) * (spine[3][1] - spine[2][1]) > 0:
        return side
    return [*side[:2], ((ax + bx) / 2, (ay + by) / 2), *side[4:]]


def along(a: Point, b: Point, share: float) -> Point:
    """The point at ``share`` of the way from a to b."""
    return a[0] + (b[0] - a[0]) * share, a[1] + (b[1] - a[1]) * share


def draw_shoe(pen: Pen, foot: Point, toward: float, size: float, fill: str = INK, turn: float = 0) -> None:  # noqa: PLR0917
    """A shoe below the ankle; ``toward`` from -1 (left) by 0 (front) to 1 (right)."""
    shoe = pen.moved(foot[0], foot[1], turn, size)
    if not toward:
        shoe.cloth("M-0.28 -0.1C-0.42 0.2 -0.46 0.5 -0.3 0.56L0.3 0.56C0.46 0.5 0.42 0.2 0.28 -0.1Z", fill)
        return
    shoe = shoe.moved(0, 0, 0, 1 if toward > 0 else -1, 1)
    shoe.cloth("M-0.3 -0.15C-0.42 0.1 -0.42 0.35 -0.4 0.5L0.85 0.5C0.95 0.3 0.7 0.18 0.3 0.1L0.26 -0.15Z", fill)


def folds(pen: Pen, elbow: Point, root: Point, width: float) -> None:
    """Two wrinkles of cloth at the inside of a bend."""
    x, y = along(elbow, root, 0.06)
    pen.taper([(x - width, y - 0.1), (x - width * 0.2, y + 0.02), (x + width * 0.3, y)], pen.line * 0.9)
    pen.taper([(x - width, y + 0.22), (x - width * 0.3, y + 0.16), (x + width * 0.1, y + 0.2)], pen.line * 0.8)


def bare_leg(pen: Pen, leg: Limb, sock: str | None) -> None:
    """A bare leg, with a knee sock where ``sock`` is a fill."""
    shape = limb_path(leg, (0.62, 0.42, 0.25))
    pen.path(shape, PAPER)
    if sock:
        top = along(leg[1], leg[2], 0.18)
        pen.cloth(tube([top, along(top, leg[2], 0.4), leg[2]], [0.43, 0.41, 0.26]), sock)
        return
    x, y = leg[1]
    pen.taper([(x - 0.16, y + 0.1), (x, y + 0.16), (x + 0.16, y + 0.1)], pen.line * 0.8)
