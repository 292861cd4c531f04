"""The head of an animal in three quarters, facing right, with a face that can act."""

import math

from engines.artist.eyes import LIDS, draw_brow, draw_eye
from engines.artist.face import Head, draw_mouth_at, mouth_name
from engines.artist.ink import INK, PAPER, Pen, ellipse
from engines.artist.species import BEASTS, Beast, coat_of
from engines.comic.tones import tone


def draw_animal_head(head: Head) -> None:
    """Ears, skull, marks of the coat, muzzle or beak, eyes."""
    beast, fill, pen = BEASTS[head.look.species], coat_of(head.look), head.pen
    if beast.mark in ("mane", "wool"):
        _ruff(pen, 1.62 if beast.mark == "mane" else 1.3, tone(50) if beast.mark == "mane" else PAPER)
    _EARS.get(beast.ears, _none)(pen, fill)
    if beast.ears != "eyes":
        pen.cloth(_skull(beast), fill)
        _marks(pen, beast)
    else:
        pen.cloth(
            "M-1.2 0.3C-1.1 -0.5 -0.7 -0.8 0 -0.8C0.7 -0.8 1.15 -0.5 1.25 0.3"
            "C1.2 0.9 0.6 1.1 0 1.1C-0.6 1.1 -1.15 0.9 -1.2 0.3Z",
            fill,
        )
    if beast.tail == "feathers":
        _beak(head)
    else:
        _muzzle(head, beast)
    _eyes(head, beast, fill)


def _none(pen: Pen, fill: str) -> None:
    """No ears to be seen."""


def _skull(beast: Beast) -> str:
    if beast.mark == "mask":
        return (
            "M-0.95 -0.3C-0.85 -1.0 -0.4 -1.15 0.05 -1.15C0.55 -1.15 0.95 -0.9 1.0 -0.3L1.2 0.5"
            "L0.9 0.55L0.9 0.8"
            "C0.5 1.05 -0.4 1.05 -0.8 0.85"
            "L-0.9 0.6L-1.25 0.6Z"
        )
    if beast.ears == "horse":
        return (
            "M-0.75 -0.4C-0.7 -1.0 -0.3 -1.2 0.1 -1.2C0.6 -1.2 0.85 -0.8 0.9 -0.2C1.0 0.4 1.0 0.8 0.7 1.0"
            "C0.3 1.1 -0.3 1.0 -0.6 0.7"
            "C-0.8 0.3 -0.8 0 -0.75 -0.4Z"
        )
    return (
        "M-1.0 -0.1C-1.0 -0.85 -0.5 -1.15 0 -1.15C0.55 -1.15 1.0 -0.85 1.02 -0.1"
        "C1.04 0.6 0.6 1.05 0.1 1.05"
        "C-0.5 1.05 -1.0 0.65 -1.0 -0.1"
        "Z"
    )


def _ruff(pen: Pen, size: float, fill: str) -> None:
    """A mane or curls around the head."""
    n = 15
    points = [
        (math.cos(2 * math.pi * i / n) * size * 0.9, math.sin(2 * math.pi * i / n) * size * 0.9 - 0.05)
        for i in range(n)
    ]
    data = f"M{points[0][0]:.3f} {points[0][1]:.3f}"
    for (ax, ay), (bx, by) in zip(points, [*points[1:], points[0]], strict=True):
        data += f"Q{(ax + bx) / 2 * 1.28:.3f} {(ay + by) / 2 * 1.28:.3f} {bx:.3f} {by:.3f}"
    pen.cloth(data + "Z", fill)


def _pair(pen: Pen, outer: str, inner: str, fill: str, apart: float = 0.62) -> None:
    for side in (-1, 1):
        ear = pen.moved(apart * side, -0.75, 0, side, 1)
        ear.cloth(outer, fill)
        if inner:
            ear.path(inner, tone(30) if fill != INK else PAPER, width=0.6)


def _point(pen: Pen, fill: str) -> None:
    _pair(
        pen,
        "M-0.34 -0.2C-0.2 -0.6 0.1 -0.95 0.3 -1.0C0.5 -0.6 0.5 -0.2 0.36 0.3Z",
        "M-0.1 -0.22C0 -0.5 0.14 -0.68 0.25 -0.72C0.34 -0.4 0.32 -0.16 0.26 0.1Z",
        fill,
    )


def _flop(pen: Pen, fill: str) -> None:
    _pair(
        pen,
        "M-0.2 -0.3C0.2 -0.5 0.6 -0.3 0.68 0.2C0.74 0.7 0.6 1.15 0.36 1.1C0.14 1.0 0.2 0.4 0.06 0.1Z",
        "",
        tone(40) if fill == PAPER else fill,
    )


def _round(pen: Pen, fill: str) -> None:
    _pair(pen, ellipse(0.14, -0.22, 0.42, 0.42), ellipse(0.16, -0.2, 0.22, 0.22), fill)


def _mouse(pen: Pen, fill: str) -> None:
    _pair(pen, ellipse(0.26, -0.22, 0.68, 0.7), ellipse(0.28, -0.2, 0.44, 0.46), fill)


def _long(pen: Pen, fill: str) -> None:
    _pair(
        pen,
        "M-0.24 -0.1C-0.36 -0.8 -0.3 -1.9 0 -1.95C0.34 -1.9 0.42 -0.8 0.28 0Z",
        "M-0.1 -0.3C-0.16 -0.9 -0.1 -1.6 0.02 -1.65C0.18 -1.6 0.22 -0.8 0.14 -0.3Z",
        fill,
        0.42,
    )


def _horse(pen: Pen, fill: str) -> None:
    pen.cloth("M-0.5 -1.0C-1.1 -1.0 -1.4 0.2 -1.3 1.4C-1.0 1.2 -0.8 0.8 -0.6 0.4Z", INK)
    _pair(pen, "M-0.2 -0.1C-0.24 -0.6 0 -1.0 0.12 -1.08C0.3 -0.7 0.3 -0.3 0.2 0Z", "", fill, 0.36)
    pen.path("M-0.2 -1.2C0.1 -1.4 0.4 -1.1 0.36 -0.6C0.2 -0.8 0 -0.9 -0.2 -1.2Z", INK, width=0)


def _cow(pen: Pen, fill: str) -> None:
    _pair(pen, "M0 -0.1C0.1 -0.5 0.3 -0.8 0.2 -0.85C0.7 -0.8 0.6 -0.2 0.3 0.05Z", "", PAPER, 0.5)
    _pair(pen, "M0.2 0.1C0.6 -0.2 0.95 0 0.9 0.3C0.7 0.56 0.3 0.5 0.16 0.4Z", "", tone(40), 0.62)


def _lamb(pen: Pen, fill: str) -> None:
    _pair(pen, "M0 0.3C0.3 -0.1 0.9 0.1 1.1 0.5C0.9 0.8 0.4 0.8 0.1 0.6Z", "", tone(30), 0.72)


def _frog(pen: Pen, fill: str) -> None:
    _pair(pen, ellipse(0, 0.05, 0.46, 0.5), "", fill, 0.6)


_EARS = {
    "point": _point,
    "flop": _flop,
    "lamb": _lamb,
    "round": _round,
    "mouse": _mouse,
    "long": _long,
    "horse": _horse,
    "cow": _cow,
    "eyes": _frog,
}


def _marks(pen: Pen, beast: Beast) -> None:
    if beast.mark == "mask":
        pen.path(
            "M0.3 0.1C-0.1 0.2 -0.7 0.3 -1.0 0.56L-0.84 0.6L-0.76 0.82C-0.3 1.02 0.5 1.0 0.88 0.78"
            "L0.88 0.53L1.12 0.47C0.8 0.2 0.6 0.16 0.3 0.1Z",
            PAPER,
            width=0,
        )
    elif beast.mark == "stripes":
        for x in (-0.24, 0.04, 0.32):
            pen.taper([(x, -1.1), (x + 0.01, -0.9), (x + 0.02, -0.72)], pen.line * 2.4)
        for y in (0.3, 0.5):
            pen.taper([(-0.96, y), (-0.8, y + 0.02), (-0.62, y + 0.06)], pen.line * 1.8)
    elif beast.mark == "wool":
        pen.cloth("M-0.9 -0.5Q-1.1 -1.0 -0.6 -1.1Q-0.4 -1.5 0 -1.3Q0.4 -1.5 0.6 -1.1Q1.1 -1.0 0.9 -0.5"
                  "Q0.7 -0.3 0.5 -0.5Q0.3 -0.3 0.06 -0.5Q-0.2 -0.3 -0.4 -0.5Q-0.7 -0.3 -0.9 -0.5Z", PAPER)  # fmt: skip
    elif beast.mark == "patch":
        pen.path(
            "M-0.95 -0.3C-0.9 -0.8 -0.6 -1.0 -0.3 -1.08C-0.1 -0.7 -0.1 -0.1 -0.4 0.2C-0.7 0.2 -0.95 0 -0.95 -0.3Z",
            tone(40),
            width=0,
        )


def _muzzle(head: Head, beast: Beast) -> None:
    """The snout with nose and mouth, towards the facing side."""
    pen, reach = head.pen, beast.muzzle
    x = 0.22 + reach * 0.5
    if beast.ears == "horse":
        pen.path(
            "M0.0 0.2C0.2 0.0 0.8 0.2 1.0 0.7C1.3 1.1 1.4 1.5 1.1 1.7"
            "C0.7 1.9 0.3 1.7 0.1 1.3C-0.1 0.9 -0.15 0.5 0 0.2Z",
            tone(10),
        )
        pen.path(ellipse(1.02, 1.3, 0.1, 0.07), INK, width=0)
        pen.stroke("M0.5 1.66C0.7 1.5 0.9 1.5 1.1 1.56", 1.1)
        return
    if reach > 0.3:
        pen.path(ellipse(x, 0.5, 0.4 + reach * 0.34, 0.42), PAPER, width=0.8)
    nose = x + reach * 0.3
    if beast.ears != "eyes":
        pen.path(
            f"M{nose - 0.17} 0.2Q{nose} 0.1 {nose + 0.17} 0.2Q{nose + 0.08} 0.4 {nose} 0.4"
            f"Q{nose - 0.1} 0.4 {nose - 0.17} 0.2Z",
            INK,
            width=0,
        )
        pen.stroke(f"M{nose} 0.4L{nose - 0.02} 0.54", 0.9)
    wide = 0.7 if beast.ears == "eyes" else 0.36
    draw_mouth_at(head, pen.moved(nose - 0.04, 0.66, 0, wide, 0.34), mouth_name(head.expression, head.talking))
    if beast.ears in ("point", "mouse", "long") and pen.unit > 8:
        for dy in (0.0, 0.14):
            pen.stroke(
                f"M-0.5 {0.5 + dy}L-1.35 {0.4 + dy * 2.4}M{x + 0.5} {0.46 + dy}L{x + 1.1} {0.36 + dy * 2.2}", 0.5
            )


def _beak(head: Head) -> None:
    pen = head.pen
    gape = 0.24 if mouth_name(head.expression, head.talking).startswith("open") else 0.05
    fill = tone(50) if head.look.species == "crow" else tone(20)
    pen.path(f"M0.62 0.3L1.6 {0.42 + gape}Q1.1 {0.7 + gape} 0.6 0.62Z", fill)
    pen.path("M0.66 -0.12C1.1 -0.1 1.6 0.1 1.86 0.42C1.5 0.36 1.0 0.4 0.62 0.42Z", fill)
    pen.stroke("M0.96 0.08L1.1 0.12", 0.8)


def _eyes(head: Head, beast: Beast, fill: str) -> None:
    lids = LIDS[head.expression]
    raised = -0.78 if beast.ears == "eyes" else -0.16
    places = ((-0.36, -1), (0.5, 1)) if beast.tail != "feathers" else ((0.28, 1),)
    if beast.ears == "eyes":
        places = ((-0.6, -1), (0.6, 1))
    for x, side in places:
        pen = head.pen.moved(x, raised, 0, 0.26 * side, 0.29)
        if fill == INK:
            head.pen.path(ellipse(x, raised, 0.32, 0.36), PAPER, width=0)
        draw_eye(pen, lids, False, False, 0.0)
        if beast.ears != "eyes":
            draw_brow(head.pen.moved(x, raised - 0.46, 0, side, 1), lids, 1.6, fill in (INK, tone(50), tone(40)))
