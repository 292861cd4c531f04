"""Manga marks around a head: sweat, tears, the angry vein, gloom lines, a burst of surprise, steam of shyness."""

import math

from engines.artist.face import Head, eye_frame
from engines.artist.ink import INK, PAPER, Pen
from engines.comic.tones import FINE


def draw_marks(head: Head) -> None:
    """The marks of the expression; small heads keep only the loud ones."""
    painter = {
        "fear": _fear, "surprise": _surprise, "angry": _vein, "cry": _tears, "shy": _steam, "sad": _tear, "joy": _glee,
    }.get(head.expression)  # fmt: skip
    if painter and (head.view != "back" or head.expression in ("surprise", "joy", "shy")):
        painter(head)


def drop(pen: Pen, x: float, y: float, size: float, turn: float = 0) -> None:
    """A drop of sweat whose point is up."""
    pen = pen.moved(x, y, turn, size)
    pen.path("M0 -0.5C0.08 -0.2 0.3 0 0.28 0.24C0.26 0.5 -0.26 0.5 -0.28 0.24C-0.3 0 -0.08 -0.2 0 -0.5Z", width=0.9)
    pen.stroke("M-0.12 0.26C-0.1 0.36 0 0.38 0.06 0.36", 0.6)


def _fear(head: Head) -> None:
    drop(head.pen, 1.02, -0.1, 0.5, -12)
    drop(head.pen, -1.16, 0.2, 0.4, 12)
    if head.pen.unit > 14:
        for i in range(6):
            x, y = head.slide(0.1 + i * 0.1, 0)
            head.pen.stroke(f"M{x:.3f} {y - 0.2 - 0.02 * i:.3f}L{x:.3f} {y + 0.3 - 0.07 * abs(i - 2):.3f}", 0.5)


def _surprise(head: Head) -> None:
    for degrees in (-62, -42, -20, 20, 42, 62):
        turn = math.radians(degrees)
        x, y = math.sin(turn), -math.cos(turn)
        near, far = 1.72, 2.08 if degrees % 42 else 2.2
        head.pen.taper(
            [(x * near, y * near), (x * (near + far) / 2, y * (near + far) / 2), (x * far, y * far)], head.pen.line * 2
        )


def _vein(head: Head) -> None:
    pen = head.pen.moved(-0.74 if head.turn else 0.74, -0.74, 10, 0.34)
    for turn in (0, 90, 180, 270):
        quarter = pen.moved(0, 0, turn)
        quarter.stroke("M0.16 -0.8C0.2 -0.4 0.4 -0.2 0.8 -0.16", 3.2, PAPER)
        quarter.stroke("M0.16 -0.8C0.2 -0.4 0.4 -0.2 0.8 -0.16", 1.6, INK)


def _tears(head: Head) -> None:
    for side in (1,) if head.view == "profile" else (-1, 1):
        x, y, wide, _ = eye_frame(head, side)
        w = wide * 0.34
        low = head.measures.chin - 0.2 - abs(x) * 0.3
        head.pen.path(
            f"M{x - w} {y + 0.22}C{x - w * 1.2} {y + 0.5} {x - w * 1.1} {low - 0.1} {x - w * 0.9} {low}"
            f"Q{x} {low + 0.14} {x + w * 0.9} {low}"
                f"C{x + w * 1.1} {low - 0.1} {x + w * 1.2} {y + 0.5} {x + w} {y + 0.22}Z",
            PAPER, width=0.8,
        )  # fmt: skip
        head.pen.stroke(f"M{x} {y + 0.36}L{x} {low - 0.2}", 0.5)
    drop(head.pen, 1.1, 0.5, 0.34, -40)


def _tear(head: Head) -> None:
    x, y, wide, tall = eye_frame(head, 1)
    drop(head.pen, x + wide * 0.5, y + tall + 0.16, 0.26)


def _steam(head: Head) -> None:
    drop(head.pen, -0.98, -0.5, 0.34, 14)
    x, y = head.slide(0, 0.56)
    if head.pen.unit > 40:
        head.pen.moved(x, y).path("M-0.12 0L0.12 0L0.1 0.05L-0.1 0.05Z", FINE, width=0)


def _glee(head: Head) -> None:
    for x, y, turn in ((1.42, -0.86, 40), (1.62, -0.5, 64)):
        pen = head.pen.moved(-x if head.turn else x, y, -turn if head.turn else turn)
        pen.taper([(0, -0.2), (0.02, 0), (0, 0.22)], head.pen.line * 1.6)
