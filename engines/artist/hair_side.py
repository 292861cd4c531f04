"""Hair from the side, facing right: what hangs behind the body, then cap, fringe and tails by style."""

from engines.artist.face import Head
from engines.artist.hair import hair_fill
from engines.artist.ink import INK, PAPER, Pen, smooth, tube

_CROWN = "C1.04 -0.62 0.84 -1.2 0.1 -1.43C-0.84 -1.56 -1.4 -0.9 -1.34 -0.14"
_OPEN_CROWN = "C0.62 -1.2 0.5 -1.36 0.1 -1.43C-0.84 -1.56 -1.4 -0.9 -1.34 -0.14"
_OPEN_EAR = "Q-0.56 0.5 -0.52 0.14Q-0.42 -0.12 -0.14 -0.1Q-0.04 0.3 0.06 0.56Q0.22 0.2 0.2 -0.2Q0.28 0 0.36 0.0"
# Nape and side of each style: from the back of the head to the fringe, below and in front of the ear.
_NAPE: dict[str, str] = {
    "short": "C-1.32 0.34 -1.14 0.7 -0.92 1.02Q-0.86 0.84 -0.8 0.76Q-0.76 0.94 -0.64 1.0" + _OPEN_EAR,
    "spiky": "Q-1.5 0.12 -1.62 0.1Q-1.4 0.3 -1.26 0.42Q-1.3 0.62 -1.4 0.74Q-1.1 0.74 -0.98 0.7Q-0.98 0.94 -1.04 1.1"
             "Q-0.76 0.96 -0.66 0.8" + _OPEN_EAR,
    "bob": "C-1.4 0.5 -1.38 1.0 -1.2 1.36C-0.9 1.5 -0.4 1.48 -0.06 1.3C0.14 1.2 0.3 1.22 0.36 1.12"
           "C0.44 0.7 0.34 0.3 0.28 -0.2Q0.3 0 0.36 0.0",
    "long": "C-1.4 0.6 -1.4 1.4 -1.3 2.0Q-0.7 2.1 -0.2 1.9Q0.1 1.86 0.26 2.0C0.4 1.3 0.36 0.5 0.26 -0.2Q0.3 0 0.36 0.0",
    "ponytail": "C-1.3 0.2 -1.0 0.5 -0.66 0.66" + _OPEN_EAR,
    "twin_tails": "C-1.3 0.3 -1.1 0.66 -0.7 0.78" + _OPEN_EAR,
    "bun": "C-1.3 0.2 -1.0 0.5 -0.66 0.66" + _OPEN_EAR,
    "swept": "C-1.32 0.3 -1.16 0.6 -0.96 0.86Q-0.8 0.8 -0.62 0.86" + _OPEN_EAR,
    "topknot": "C-1.3 0.2 -1.0 0.5 -0.66 0.66" + _OPEN_EAR,
    "wild": "Q-1.56 0.3 -1.7 0.36Q-1.4 0.6 -1.34 0.8Q-1.46 1.1 -1.6 1.2Q-1.3 1.2 -1.16 1.2Q-1.2 1.5 -1.3 1.7"
            "Q-0.9 1.5 -0.76 1.2Q-0.6 1.5 -0.5 1.56Q-0.4 1.0 -0.3 0.7" + _OPEN_EAR,
}  # fmt: skip
_SPIKES = (
    "Q1.24 -0.3 1.36 -0.42Q1.06 -0.62 0.96 -0.74Q1.08 -1.02 1.12 -1.24Q0.78 -1.2 0.6 -1.14Q0.56 -1.5 0.46 -1.74"
    "Q0.16 -1.5 0 -1.32Q-0.3 -1.6 -0.5 -1.74Q-0.56 -1.4 -0.64 -1.2Q-1.0 -1.36 -1.26 -1.36Q-1.1 -1.0 -1.1 -0.84"
    "Q-1.44 -0.84 -1.66 -0.76Q-1.4 -0.46 -1.28 -0.32Q-1.44 -0.16 -1.34 -0.14"
)


def draw_side_back_hair(head: Head) -> None:
    """What hangs behind neck and shoulders; drawn before the body."""
    pen, fill, style = head.pen, hair_fill(head), head.look.hair
    if style == "long":
        end = head.measures.y(5.2)
        pen.cloth(
            f"M0.1 -0.6C-0.4 0.6 -0.1 1.6 -0.34 {end * 0.5}"
            f"Q-0.3 {end * 0.8} -0.5 {end - 0.3}Q-0.6 {end - 0.5} -0.74 {end}"
            f"Q-0.9 {end - 0.3} -1.06 {end + 0.2}Q-1.24 {end - 0.2} -1.5 {end}C-1.7 {end * 0.7} -1.3 2.4 -1.34 0.2Z",
            fill,
        )
    elif style == "ponytail":
        _tail(pen, fill, head, [(-0.95, -0.95), (-1.6, -0.95), (-2.05, 0.1), (-1.85, 1.7), (-2.05, 2.9), (-1.7, 3.9)])
    elif style == "twin_tails":
        _tail(pen, fill, head, [(-0.4, -0.9), (-1.2, -1.0), (-1.7, 0.2), (-1.6, 1.8), (-1.8, 3.0), (-1.5, 4.2)])


def _tail(pen: Pen, fill: str, head: Head, spine: list[tuple[float, float]]) -> None:
    drop = head.measures.below
    points = [(x, y if y < 1 else 1 + (y - 1) * drop) for x, y in spine]
    pen.cloth(tube(points, [0.2, 0.4, 0.48, 0.42, 0.3, 0.03]), fill)
    light = PAPER if head.look.hair_tone == "black" else INK
    pen.stroke(smooth([(x - 0.1, y + 0.2) for x, y in points[1:5]]), 0.7, light)


def draw_side_hair(head: Head) -> None:
    """Cap, fringe, highlight and near tail; drawn after the face."""
    pen, fill, style = head.pen, hair_fill(head), head.look.hair
    if style == "bald":
        if head.look.age == "elder":
            pen.path(
                "M-0.16 0.0C-0.4 -0.3 -0.9 -0.2 -1.18 0.0Q-1.1 0.5 -0.7 0.74Q-0.6 0.4 -0.5 0.14Q-0.3 -0.06 -0.16 0Z"
            )
        pen.stroke("M0.1 -1.08C0.24 -1.04 0.36 -0.96 0.44 -0.86", 0.7)
        return
    if style in _KNOTS:
        _KNOTS[style](head)
    if style in ("swept", "topknot"):
        pen.cloth(f"M0.66 -0.86{_OPEN_CROWN}{_NAPE[style]}" + "L0.36 0.0Q0.3 -0.5 0.66 -0.86Z", fill)
    else:
        crown = _SPIKES if style in ("spiky", "wild") else _CROWN
        pen.cloth(f"M0.92 -0.06{crown}{_NAPE[style]}L0.36 0.0" + _back_fringe() + "Z", fill)
    _strands(head)
    if style in ("twin_tails", "ponytail"):
        pen.path(
            tube(
                [(-0.62, -1.02), (-0.92, -0.5)] if style == "twin_tails" else [(-0.98, -1.2), (-1.2, -0.7)],
                [0.14, 0.14],
            )
        )
    if style == "twin_tails":
        _tail(pen, fill, head, [(-0.8, -0.76), (-1.2, -0.4), (-1.36, 0.6), (-1.2, 1.9), (-1.4, 3.0), (-1.1, 4.3)])


def _back_fringe() -> str:
    return "Q0.44 -0.1 0.46 -0.42Q0.56 -0.2 0.62 -0.02Q0.7 -0.12 0.76 -0.36Q0.84 -0.2 0.92 -0.06"


def _strands(head: Head) -> None:
    pen, light = head.pen, head.look.hair_tone == "black"
    colour = PAPER if light else INK
    if pen.unit < 12:
        return
    for spine in ([(0.46, -0.34), (0.4, -0.7), (0.2, -1.0)], [(0.76, -0.3), (0.72, -0.6), (0.56, -0.9)],
                  [(-0.14, -0.1), (-0.3, -0.5), (-0.3, -0.9)], [(-0.9, 0.5), (-1.06, 0.1), (-1.0, -0.4)]):  # fmt: skip
        pen.taper(spine, pen.line * (0.8 if light else 1.1), colour)
    if head.look.hair_tone != "white":
        pen.path("M-0.84 -0.7Q-0.5 -1.06 -0.02 -1.08Q0.1 -0.98 0.06 -0.9Q-0.1 -0.8 -0.16 -0.9"
            "Q-0.4 -0.84 -0.5 -0.62Q-0.6 -0.74 -0.84 -0.7Z",
                 PAPER, width=0)  # fmt: skip
        pen.path("M0.3 -1.0Q0.46 -0.92 0.56 -0.74Q0.44 -0.72 0.4 -0.8Q0.36 -0.9 0.3 -1.0Z", PAPER, width=0)


def _bun(head: Head) -> None:
    head.pen.cloth("M-0.62 -1.32C-0.66 -1.86 -1.4 -1.86 -1.5 -1.42C-1.56 -1.0 -1.2 -0.76 -0.84 -0.9Z", hair_fill(head))
    light = PAPER if head.look.hair_tone == "black" else INK
    head.pen.stroke("M-1.4 -1.3Q-1.34 -1.66 -1.0 -1.68M-1.24 -1.16Q-1.2 -1.42 -0.94 -1.46", 0.7, light)


def _topknot(head: Head) -> None:
    fill = hair_fill(head)
    head.pen.cloth("M-0.9 -1.3C-1.2 -1.9 -0.2 -2.0 -0.1 -1.7C-0.1 -1.5 -0.5 -1.5 -0.56 -1.36Z", fill)
    head.pen.path("M-0.94 -1.44L-0.6 -1.56L-0.52 -1.36L-0.86 -1.24Z", PAPER)


_KNOTS = {"bun": _bun, "topknot": _topknot}
