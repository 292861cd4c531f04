"""The head from behind: skull, ears, and the hair that hides them, by style."""

from engines.artist.face import Head
from engines.artist.hair import hair_fill
from engines.artist.ink import INK, PAPER, ellipse, smooth, tube

_CROWN = "C-1.18 -1.0 -0.6 -1.43 0 -1.43C0.6 -1.43 1.18 -1.0 1.12 -0.1"
_NAPE: dict[str, str] = {
    "short": "C1.1 0.4 0.96 0.7 0.72 1.02Q0.62 0.86 0.5 0.92Q0.36 1.18 0.24 1.2Q0.1 0.98 0 1.0Q-0.14 1.2 -0.3 1.18"
             "Q-0.4 0.94 -0.52 0.92Q-0.62 1.0 -0.72 1.02C-0.96 0.7 -1.1 0.4 -1.12 -0.1Z",
    "spiky": "Q1.3 0.1 1.42 0.14Q1.2 0.4 1.06 0.5Q1.1 0.76 1.12 0.9Q0.8 0.86 0.6 0.9Q0.46 1.2 0.3 1.3Q0.1 1.1 0 1.04"
             "Q-0.14 1.24 -0.34 1.3Q-0.5 1.0 -0.62 0.9Q-0.9 0.9 -1.12 0.9Q-1.06 0.7 -1.06 0.5Q-1.3 0.3 -1.42 0.14"
             "Q-1.2 0.1 -1.12 -0.1Z",
    "bob": "C1.34 0.6 1.36 1.1 1.14 1.4C0.6 1.58 -0.6 1.58 -1.14 1.4C-1.36 1.1 -1.34 0.6 -1.12 -0.1Z",
    "ponytail": "C1.06 0.4 0.7 0.8 0.4 0.96Q0 1.06 -0.4 0.96C-0.7 0.8 -1.06 0.4 -1.12 -0.1Z",
    "twin_tails": "C1.06 0.4 0.7 0.8 0.4 1.0Q0.1 0.9 0 0.8Q-0.1 0.9 -0.4 1.0C-0.7 0.8 -1.06 0.4 -1.12 -0.1Z",
    "swept": "C1.1 0.4 0.96 0.6 0.7 0.86Q0.3 1.0 0 1.0Q-0.3 1.0 -0.7 0.86C-0.96 0.6 -1.1 0.4 -1.12 -0.1Z",
    "topknot": "C1.06 0.4 0.7 0.8 0.4 0.96Q0 1.06 -0.4 0.96C-0.7 0.8 -1.06 0.4 -1.12 -0.1Z",
    "wild": "Q1.4 0.3 1.5 0.4Q1.2 0.6 1.16 0.8Q1.3 1.2 1.3 1.5Q0.9 1.3 0.8 1.3Q0.7 1.7 0.6 1.84Q0.3 1.5 0.1 1.4"
            "Q-0.2 1.7 -0.4 1.84Q-0.6 1.5 -0.74 1.3Q-1.0 1.4 -1.3 1.5Q-1.2 1.1 -1.16 0.8Q-1.3 0.5 -1.5 0.4"
            "Q-1.2 0.2 -1.12 -0.1Z",
    "bun": "C1.06 0.4 0.7 0.8 0.4 0.96Q0 1.06 -0.4 0.96C-0.7 0.8 -1.06 0.4 -1.12 -0.1Z",
}  # fmt: skip
_SPIKES = (
    "Q-1.3 -0.5 -1.4 -0.62Q-1.1 -0.76 -1.0 -0.84Q-1.06 -1.16 -1.06 -1.34Q-0.7 -1.26 -0.52 -1.22Q-0.44 -1.56 -0.36 -1.72"
    "Q-0.1 -1.46 0.02 -1.32Q0.2 -1.6 0.38 -1.72Q0.48 -1.4 0.54 -1.22Q0.8 -1.34 1.06 -1.34Q1.02 -1.0 1.0 -0.84"
    "Q1.2 -0.76 1.4 -0.62Q1.2 -0.4 1.12 -0.1"
)


def draw_rear(head: Head) -> None:
    """Skull, ears and hair; drawn after the body."""
    pen, style, fill = head.pen, head.look.hair, hair_fill(head)
    for side in (-1, 1):
        pen.moved(0.94 * side, 0.3, 0, side, 1).path(
            "M-0.06 -0.22C0.08 -0.36 0.22 -0.28 0.2 -0.06C0.18 0.12 0.1 0.28 -0.04 0.3Z"
        )
    skull = (
        "M-0.98 -0.2C-1.02 0.5 -0.7 0.96 -0.4 1.06L0.4 1.06"
        "C0.7 0.96 1.02 0.5 0.98 -0.2"
        "C0.94 -1.58 -0.94 -1.58 -0.98 -0.2"
        "Z"
    )
    pen.path(skull)
    if style == "bald":
        pen.stroke("M-0.3 0.92Q0 1.0 0.3 0.92", 0.7)
        return
    if style == "long":
        _long(head)
    else:
        pen.cloth(f"M-1.12 -0.1{_SPIKES if style in ('spiky', 'wild') else _CROWN}{_NAPE[style]}", fill)
    _lines(head)
    if style in _TAILS:
        _TAILS[style](head)


def _long(head: Head) -> None:
    end = head.measures.y(5.0)
    head.pen.cloth(
        f"M-1.12 -0.1{_CROWN}C1.2 1.6 1.4 {end * 0.5} 1.36 {end}Q1.1 {end - 0.3} 0.9 {end + 0.1}"
        f"Q0.7 {end + 0.4} 0.5 {end + 0.2}Q0.3 {end - 0.1} 0 {end + 0.3}Q-0.3 {end - 0.1} -0.5 {end + 0.2}"
        f"Q-0.7 {end + 0.4} -0.9 {end + 0.1}Q-1.1 {end - 0.3} -1.36 {end}C-1.4 {end * 0.5} -1.2 1.6 -1.12 -0.1Z",
        hair_fill(head),
    )


def _edge(head: Head) -> str:
    return PAPER if head.look.hair_tone == "black" else INK


def _lines(head: Head) -> None:
    """The whorl at the crown, strands that run down from it, and the light across them."""
    pen, edge, style = head.pen, _edge(head), head.look.hair
    if pen.unit < 9:
        return
    gathered = style in ("ponytail", "bun", "topknot")
    centre = (0.0, -0.5) if gathered else (0.05, -1.0)
    for x, y in ((-0.9, 0.4), (-0.5, 0.8), (0.05, 0.7), (0.55, 0.8), (0.9, 0.4)):
        a = (centre[0] + (x - centre[0]) * 0.3, centre[1] + (y - centre[1]) * 0.14)
        b = (centre[0] + (x - centre[0]) * 0.85, centre[1] + (y - centre[1]) * 0.5)
        pen.taper([a, b, (x, y)], pen.line * 0.9, edge)
    if style == "twin_tails":
        pen.stroke("M0 -1.4Q0.04 -0.2 0 0.8", 1.0, edge)
    if head.look.hair_tone != "white":
        pen.path("M-0.78 -0.56Q-0.4 -0.9 0 -0.92Q0.4 -0.9 0.78 -0.56"
            "Q0.6 -0.6 0.5 -0.5Q0.4 -0.7 0.26 -0.66Q0.1 -0.5 0 -0.68"
                 "Q-0.2 -0.52 -0.3 -0.68Q-0.46 -0.5 -0.54 -0.56Q-0.66 -0.62 -0.78 -0.56Z", PAPER, width=0)  # fmt: skip


def _pony(head: Head) -> None:
    end = head.measures.y(4.2)
    spine = [(0, -0.75), (0.1, -0.2), (0.16, 0.9), (-0.1, end * 0.55), (0.1, end * 0.8), (-0.06, end)]
    head.pen.cloth(tube(spine, [0.24, 0.46, 0.56, 0.5, 0.36, 0.03]), hair_fill(head))
    for dx in (-0.16, 0.14):
        head.pen.stroke(smooth([(x + dx, y) for x, y in spine[1:5]]), 0.7, _edge(head))
    head.pen.path(tube([(-0.3, -0.66), (0.3, -0.66)], [0.15, 0.15]), PAPER)


def _twin(head: Head) -> None:
    end = head.measures.y(4.6)
    for side in (-1, 1):
        spine = [(0.82, -0.75), (1.3, -0.6), (1.6, 0.4), (1.5, end * 0.5), (1.74, end * 0.8), (1.5, end)]
        head.pen.cloth(tube([(x * side, y) for x, y in spine], [0.2, 0.36, 0.46, 0.42, 0.3, 0.03]), hair_fill(head))
        head.pen.path(tube([(0.9 * side, -1.0), (1.06 * side, -0.5)], [0.14, 0.14]), PAPER)


def _bun(head: Head) -> None:
    head.pen.cloth(ellipse(0, -1.3, 0.52, 0.48), hair_fill(head))
    head.pen.stroke("M-0.3 -1.2Q-0.2 -1.6 0.2 -1.56M-0.1 -1.06Q0.3 -1.1 0.34 -1.36", 0.7, _edge(head))


def _topknot(head: Head) -> None:
    head.pen.cloth("M-0.2 -1.2C-0.5 -1.9 0.5 -1.9 0.2 -1.2Z", hair_fill(head))
    head.pen.path("M-0.24 -1.4L0.24 -1.4L0.22 -1.22L-0.22 -1.22Z", PAPER)


_TAILS = {"ponytail": _pony, "twin_tails": _twin, "bun": _bun, "topknot": _topknot}
