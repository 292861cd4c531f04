"""Things named in the text, each drawn upright around the hand that holds it, in head units."""

from collections.abc import Callable

from engines.artist.ink import INK, PAPER, Pen, ellipse, tube
from engines.comic.tones import tone


def _book(pen: Pen) -> None:
    pen.path("M0 0.5L-1.2 0.3L-1.2 -0.8L0 -0.6L1.2 -0.8L1.2 0.3Z", tone(40))
    for side in (-1, 1):
        half = pen.moved(0, 0, 0, side, 1)
        half.path("M0 0.36C0.3 0.16 0.8 0.1 1.1 0.18L1.1 -0.86C0.8 -0.92 0.3 -0.86 0 -0.66Z")
        for y in (-0.6, -0.36, -0.12):
            half.stroke(f"M0.2 {y}C0.4 {y - 0.08} 0.7 {y - 0.1} 0.94 {y - 0.08}", 0.5)


def _letter(pen: Pen) -> None:
    pen.path("M-0.9 -0.7L0.9 -0.7L0.9 0.5L-0.9 0.5Z")
    pen.stroke("M-0.9 -0.7L0 0L0.9 -0.7M-0.9 0.5L-0.25 -0.16M0.9 0.5L0.25 -0.16", 0.8)
    pen.dot(0, 0.02, 0.16)


def _lamp(pen: Pen) -> None:
    pen.stroke("M-0.5 -1.0C-0.5 -1.9 0.5 -1.9 0.5 -1.0", 1.2)
    pen.path("M-0.6 -1.0L0.6 -1.0L0.4 -1.3L-0.4 -1.3Z", INK)
    pen.path("M-0.5 -1.0L0.5 -1.0L0.62 0.4L-0.62 0.4Z")
    pen.path("M0 -0.8C0.3 -0.4 0.26 0 0 0.1C-0.26 0 -0.3 -0.4 0 -0.8Z", tone(10))
    pen.path("M-0.74 0.4L0.74 0.4L0.74 0.66L-0.74 0.66Z", INK)
    for x, y in ((-1.0, -0.3), (1.0, -0.3), (-0.9, -0.9), (0.9, -0.9)):
        pen.taper([(x, y), (x * 1.2, y * 1.1), (x * 1.4, y * 1.2)], pen.line * 1.4)


def _sword(pen: Pen) -> None:
    blade = pen.moved(0, 0, 24)
    blade.path("M-0.16 -0.5L-0.16 -5.2L0.06 -5.8L0.2 -5.2L0.2 -0.5Z")
    blade.stroke("M0.02 -0.6L0.02 -5.2", 0.6)
    blade.path("M-0.6 -0.5L0.62 -0.5L0.62 -0.24L-0.6 -0.24Z", INK)
    blade.path("M-0.15 -0.24L0.17 -0.24L0.15 1.1L-0.13 1.1Z", tone(50))


def _umbrella(pen: Pen) -> None:
    pen.path(tube([(0, -3.8), (0, 2.6)], [0.07, 0.07]), INK)
    pen.stroke("M0 2.6C0 3.3 0.7 3.3 0.7 2.7", 2.0)
    pen.path(
        "M-2.9 -2.5C-2.5 -4.6 -1.2 -5.0 0 -5.0C1.2 -5.0 2.5 -4.6 2.9 -2.5Q2.2 -3.0 1.5 -2.5"
        "Q0.7 -3.0 0 -2.5Q-0.7 -3.0 -1.5 -2.5Q-2.2 -3.0 -2.9 -2.5Z",
        tone(20),
    )
    pen.stroke("M0 -5.0C-0.9 -4.4 -1.3 -3.4 -1.5 -2.5M0 -5.0C0.9 -4.4 1.3 -3.4 1.5 -2.5M0 -5.0L0 -5.4", 0.8)


def _cup(pen: Pen) -> None:
    pen.stroke("M0.5 -0.5C1.1 -0.6 1.0 0.2 0.42 0.14", 1.6)
    pen.path("M-0.56 -0.66L0.56 -0.66L0.4 0.44Q0 0.56 -0.4 0.44Z")
    pen.path(ellipse(0, -0.66, 0.56, 0.15), tone(30))
    for x in (-0.2, 0.2):
        pen.stroke(f"M{x} -1.0C{x + 0.2} -1.2 {x - 0.2} -1.4 {x} -1.7", 0.7)


def _box(pen: Pen) -> None:
    pen.path("M-1.3 -0.9L1.0 -0.9L1.0 1.0L-1.3 1.0Z")
    pen.path("M1.0 -0.9L1.5 -1.3L1.5 0.6L1.0 1.0Z", tone(30))
    pen.path("M-1.3 -0.9L-0.8 -1.3L1.5 -1.3L1.0 -0.9Z", tone(10))
    pen.path("M-0.35 -0.9L0.05 -0.9L0.05 1.0L-0.35 1.0Z", tone(20), width=0.7)


def _flower(pen: Pen) -> None:
    pen.stroke("M0 1.2C0.1 0.4 -0.1 -0.4 0 -1.2", 1.6)
    pen.path("M0 0.4C0.5 0.3 0.8 -0.1 0.9 -0.4C0.4 -0.4 0.1 -0.1 0 0.4Z", tone(40))
    for turn in range(0, 360, 60):
        pen.moved(0, -1.5, turn).path("M0 -0.1C0.4 -0.3 0.4 -0.8 0 -0.95C-0.4 -0.8 -0.4 -0.3 0 -0.1Z")
    pen.path(ellipse(0, -1.5, 0.24, 0.24), tone(50))


def _bag(pen: Pen) -> None:
    pen.stroke("M-0.7 0.2C-0.7 -0.7 0.7 -0.7 0.7 0.2", 1.6)
    pen.cloth("M-1.2 0.2L1.2 0.2L1.3 1.9L-1.3 1.9Z", tone(40))
    pen.path("M-1.22 0.2L1.22 0.2L1.2 0.8Q0 1.2 -1.2 0.8Z", tone(20))
    pen.path("M-0.2 0.8L0.2 0.8L0.2 1.2L-0.2 1.2Z", PAPER)


def _phone(pen: Pen) -> None:
    pen.path("M-0.42 -1.2L0.42 -1.2L0.42 0.4L-0.42 0.4Z", INK)
    pen.path("M-0.34 -1.08L0.34 -1.08L0.34 0.26L-0.34 0.26Z", PAPER, width=0)


def _gun(pen: Pen) -> None:
    """A matchlock, aimed to the facing side."""
    pen.path("M-2.2 0.5L-0.6 -0.06L-0.6 0.3L-1.9 1.1C-2.3 1.2 -2.5 0.8 -2.2 0.5Z", tone(50))
    pen.path(tube([(-0.8, 0.06), (3.6, -0.3)], [0.16, 0.12]), INK)
    pen.stroke("M-0.5 0.2C-0.5 0.5 -0.1 0.5 -0.1 0.16M-0.4 -0.1L-0.7 -0.44", 1.2)


def _ball(pen: Pen) -> None:
    pen.path(ellipse(0, 0.1, 0.6, 0.6), PAPER)
    pen.path("M-0.2 0.66C0.3 0.5 0.5 0.2 0.52 -0.2C0.66 0.2 0.6 0.7 -0.2 0.66Z", tone(40), width=0)
    pen.path(ellipse(-0.2, -0.14, 0.14, 0.1), INK, width=0)


def _rope(pen: Pen) -> None:
    """A line that hangs from above, far past the frame."""
    pen.path(tube([(0, -60.0), (0.06, 0.0), (-0.1, 7.0), (0.3, 14.0)], [0.09, 0.09, 0.09, 0.05]), PAPER, width=1.2)


THINGS: dict[str, Callable[[Pen], None]] = {
    "book": _book, "letter": _letter, "lamp": _lamp, "sword": _sword, "umbrella": _umbrella, "cup": _cup, "box": _box,
    "flower": _flower, "bag": _bag, "phone": _phone,
    "gun": _gun, "ball": _ball, "rope": _rope,
}  # fmt: skip
