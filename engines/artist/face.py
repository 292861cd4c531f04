"""The face: outline, ear, eyes, nose and mouth, from the front or in three quarters, facing right.

Turning is a warp: features sit on a sphere and slide with it, so nothing is drawn twice.
"""

import math
from dataclasses import dataclass

from engines.artist.anatomy import Measures
from engines.artist.eyes import LIDS, draw_brow, draw_eye
from engines.artist.ink import INK, PAPER, Pen, smooth
from engines.comic.document import Expression, Look, Point
from engines.comic.tones import tone

TURN = math.radians(21)


@dataclass(frozen=True)
class Head:
    """A head to be drawn: ``pen`` in head units facing right, ``turn`` in radians (0 is the front)."""

    pen: Pen
    look: Look
    measures: Measures
    expression: Expression
    turn: float = 0.0
    talking: bool = False
    view: str = "front"

    @property
    def on(self) -> Pen:
        """The pen on the surface of the face."""
        return self.pen.warped(self.slide) if self.turn else self.pen

    def slide(self, x: float, y: float) -> Point:
        """Where a point of the front view comes to lie."""
        held = max(-0.98, min(0.98, x))
        return math.sin(math.asin(held) + self.turn) + (x - held), y


def draw_face(head: Head) -> None:
    """Skin, ears and features; the hair is drawn by others before and after."""
    _ears(head)
    head.pen.path(outline(head.measures, head.turn))
    blush(head)
    for side in (-1, 1):
        _eye(head, side)
    _nose(head)
    if head.look.age == "elder":
        _wrinkles(head)


def outline(m: Measures, turn: float) -> str:
    """The contour of the face, closed over the skull."""
    c = m.chin
    jaw = 0.66 if m.female or m.age == "child" else 0.72
    low = c - 0.34 if m.female else c - 0.3
    if not turn and m.rugged:
        return (
            f"M-0.93 -0.3C-0.96 0.3 -0.94 {low - 0.4} -0.8 {low - 0.06}C-0.7 {c - 0.06} -0.34 {c + 0.04} 0 {c + 0.04}"
            f"C0.34 {c + 0.04} 0.7 {c - 0.06} 0.8 {low - 0.06}C0.94 {low - 0.4} 0.96 0.3 0.93 -0.3"
            "C0.9 -1.25 -0.9 -1.25 -0.93 -0.3Z"
        )
    if not turn:
        return (
            f"M-0.93 -0.3C-0.96 0.3 -0.9 {low - 0.3} -{jaw} {low}C-{jaw - 0.22} {c - 0.13} -0.2 {c} 0 {c}"
            f"C0.2 {c} {jaw - 0.22} {c - 0.13} {jaw} {low}C0.9 {low - 0.3} 0.96 0.3 0.93 -0.3"
            "C0.9 -1.25 -0.9 -1.25 -0.93 -0.3Z"
        )
    return (
        f"M-0.74 -0.3C-0.76 0.3 -0.7 {low - 0.22} -{jaw - 0.3} {low + 0.02}C-0.1 {c - 0.1} 0.14 {c} 0.34 {c}"
        f"C0.52 {c} 0.72 {c - 0.2} 0.84 {low - 0.12}C0.92 {low - 0.26} 0.985 {low - 0.4} 0.96 0.42"
        "C0.94 0.3 0.9 0.2 0.92 0.08C0.96 -0.05 0.99 -0.15 0.98 -0.36C0.9 -1.25 -0.75 -1.25 -0.74 -0.3Z"
    )


def _ears(head: Head) -> None:
    if head.look.hair in ("bob", "long"):
        return
    for side in (-1, 1):
        if head.turn and side == 1:
            continue
        x = -0.76 if head.turn else 0.94 * side
        pen = head.pen.moved(x, 0.3, 0, side, 1)
        pen.path("M-0.06 -0.22C0.08 -0.36 0.24 -0.28 0.22 -0.06C0.2 0.12 0.12 0.28 -0.02 0.3Z")
        pen.stroke("M0.02 -0.12C0.1 -0.2 0.16 -0.14 0.12 0C0.1 0.06 0.06 0.1 0.03 0.12", 0.6)


def eye_frame(head: Head, side: int) -> tuple[float, float, float, float]:
    """Centre x and y, half width and half height of an eye, in head units."""
    if head.view == "profile":
        return profile_eye(head)
    look = head.look
    young = look.age in ("child", "teen")
    wide = (0.295 if look.gender == "female" else 0.27) * look.eye_size * (1 if young else 0.92)
    tall = (0.36 if look.gender == "female" else 0.27) * look.eye_size * (1.05 if young else 0.78)
    x, y = head.slide(0.42 * side, 0.24 if young else 0.16)
    squeeze = math.cos(math.asin(0.42 * side) + head.turn) / math.cos(math.asin(0.42)) if head.turn else 1.0
    return x, y, wide * min(squeeze, 1.04), tall


def profile_eye(head: Head) -> tuple[float, float, float, float]:
    """Centre, half width and half height of the eye in head units."""
    look = head.look
    young = look.age in ("child", "teen")
    wide = (0.26 if look.gender == "female" else 0.24) * look.eye_size * (1 if young else 0.92)
    tall = (0.36 if look.gender == "female" else 0.28) * look.eye_size * (1.05 if young else 0.78)
    return 0.52, 0.27 if young else 0.17, wide, tall


def draw_brows(head: Head) -> None:
    """The brows; drawn after the fringe."""
    thick = 1.7 if head.look.gender == "female" else 2.7
    for side in (-1, 1):
        x, y, wide, tall = eye_frame(head, side)
        pen = head.pen.moved(x, y - tall - 0.2, 0, side * wide / 0.29, 1)
        draw_brow(pen, LIDS[head.expression], thick, head.look.hair_tone == "black")


def _eye(head: Head, side: int) -> None:
    lids, look = LIDS[head.expression], head.look
    x, y, wide, tall = eye_frame(head, side)
    pen = head.pen.moved(x, y, 0, wide * side, tall)
    shift = 0.2 * side if head.turn else 0.0
    aside = (shift if lids.iris > 0.6 else 0) + (0.25 * side if head.expression == "shy" else 0)
    draw_eye(pen, lids, look.hair_tone != "black", look.gender == "female", aside)


def _nose(head: Head) -> None:
    y = head.measures.chin - 0.6
    if head.turn:
        head.on.taper([(0.14, y - 0.14), (0.22, y - 0.02), (0.24, y + 0.03), (0.12, y + 0.08)], head.pen.line * 1.2)
        return
    head.pen.taper([(0.03, y - 0.1), (0.07, y), (0.05, y + 0.05), (-0.03, y + 0.07)], head.pen.line * 1.1)


# Path data in mouth units: x from -1 to 1, y down. The second path lies inside the first: teeth or tongue.
_MOUTHS: dict[str, tuple[str, str]] = {
    "neutral": ("M-0.55 0C-0.2 0.1 0.2 0.1 0.55 0", ""),
    "smile": ("M-0.9 -0.12C-0.45 0.3 0.45 0.3 0.9 -0.12", ""),
    "sad": ("M-0.6 0.18C-0.25 -0.1 0.25 -0.1 0.6 0.18", ""),
    "angry": ("M-0.75 0.28C-0.3 -0.14 0.3 -0.14 0.75 0.28", ""),
    "shy": ("M-0.6 0C-0.4 -0.16 -0.2 -0.16 0 0C0.2 0.16 0.4 0.16 0.6 0", ""),
    "determined": ("M-0.7 0.06C-0.2 -0.03 0.3 -0.03 0.7 0.1", ""),
    "fear": ("M-0.8 0.1C-0.6 -0.2 -0.4 -0.05 -0.2 -0.18C0 -0.05 0.2 -0.22 0.4 -0.08C0.6 -0.18 0.75 0 0.8 0.12"
             "C0.7 0.5 0.4 0.36 0.2 0.5C0 0.38 -0.2 0.52 -0.4 0.4C-0.6 0.48 -0.78 0.36 -0.8 0.1Z", ""),
    "open_joy": ("M-1.05 -0.28C-0.5 -0.12 0.5 -0.12 1.05 -0.28"
        "C1.02 0.5 0.5 0.92 0 0.92C-0.5 0.92 -1.02 0.5 -1.05 -0.28Z",
                 "M-0.6 0.62C-0.3 0.36 0.3 0.36 0.6 0.62C0.4 0.84 0.2 0.9 0 0.9C-0.2 0.9 -0.4 0.84 -0.6 0.62Z"),
    "open_small": ("M-0.6 -0.14C-0.2 -0.22 0.2 -0.22 0.6 -0.14"
        "C0.55 0.38 0.25 0.56 0 0.56C-0.25 0.56 -0.55 0.38 -0.6 -0.14Z",
                   "M-0.34 0.4C-0.15 0.26 0.15 0.26 0.34 0.4C0.2 0.52 -0.2 0.52 -0.34 0.4Z"),
    "open_round": ("M0 -0.38C0.45 -0.38 0.55 0.1 0.5 0.4"
        "C0.4 0.86 -0.4 0.86 -0.5 0.4C-0.55 0.1 -0.45 -0.38 0 -0.38Z",
                   "M-0.34 0.5C-0.2 0.3 0.2 0.3 0.34 0.5C0.24 0.72 -0.24 0.72 -0.34 0.5Z"),
    "open_shout": ("M-0.8 -0.1C-0.4 -0.42 0.4 -0.42 0.8 -0.1C1 0.5 0.85 0.95 0.6 1C0.3 0.86 -0.3 0.86 -0.6 1"
                   "C-0.85 0.95 -1 0.5 -0.8 -0.1Z", (
                       "M-0.68 -0.02C-0.3 -0.2 0.3 -0.2 0.68 -0.02"
                       "L0.62 0.16L-0.62 0.16Z"
                   )),
    "open_wail": ("M-0.75 0.1C-0.5 -0.36 0.5 -0.36 0.75 0.1"
        "C0.95 0.5 0.8 0.8 0.55 0.72C0.2 0.58 -0.2 0.58 -0.55 0.72"
                  "C-0.8 0.8 -0.95 0.5 -0.75 0.1Z", (
                      "M-0.5 0.52C-0.2 0.32 0.2 0.32 0.5 0.52"
                      "C0.2 0.5 -0.2 0.5 -0.5 0.52Z"
                  )),
}  # fmt: skip
_OPEN = {"joy": "open_joy", "cry": "open_wail", "surprise": "open_round"}
_TALKING = {
    "neutral": "open_small",
    "smile": "open_joy",
    "sad": "open_small",
    "angry": "open_shout",
    "shy": "open_small",
    "determined": "open_small",
}


def mouth_name(expression: Expression, talking: bool) -> str:
    """The mouth shape of an expression."""
    return (_TALKING if talking else {}).get(expression) or _OPEN.get(expression, expression)


def draw_mouth(head: Head) -> None:
    """The mouth, sliding with the turn of the head."""
    x, y = mouth_at(head)
    pen = head.pen.moved(x, y, 0, 0.27 * (0.86 if head.turn else 1), 0.26)
    draw_mouth_at(head, pen, mouth_name(head.expression, head.talking))


def draw_mouth_at(head: Head, pen: Pen, name: str) -> None:
    """A mouth shape with a pen in mouth units."""
    shape, inner = _MOUTHS[name]
    filled = shape.endswith("Z")
    if not filled:
        pen.stroke(shape, 1.25)
        pen.stroke("M-0.18 0.5C-0.05 0.56 0.05 0.56 0.18 0.5", 0.6)
        return
    pen.path(shape, INK if inner or head.expression == "surprise" else PAPER, width=1.1)
    if inner and pen.unit > 5:
        pen.path(inner, PAPER, width=0)


def mouth_at(head: Head) -> Point:
    """The middle of the mouth in head units."""
    if head.look.species != "human":
        return 0.5, 0.7
    if head.view == "profile":
        return 0.7, head.measures.chin - 0.34
    return head.slide(0.0, head.measures.chin - 0.34)


def blush(head: Head) -> None:
    """Slanted strokes on the cheeks for warm feelings; a tone below them for shyness."""
    if head.expression not in ("shy", "joy", "smile", "cry") or head.pen.unit < 14:
        return
    if head.expression == "smile" and head.look.gender == "male":
        return
    for side in (-1, 1):
        x, y = head.slide(0.56 * side, 0.64)
        pen = head.pen.moved(x, y, 0, 0.75 if head.turn and side > 0 else 1, 1)
        if head.expression == "shy":
            pen.dot(0, 0.02, 0.22, 0.1, fill=tone(10, opaque=False))
        for i in range(3):
            pen.stroke(f"M{i * 0.1 - 0.08} -0.06L{i * 0.1 - 0.14} 0.08", 0.65)


def _wrinkles(head: Head) -> None:
    c = head.measures.chin
    for side in (-1, 1):
        head.on.taper([(0.2 * side, c - 0.6), (0.33 * side, c - 0.46), (0.37 * side, c - 0.26)], head.pen.line)
        head.on.stroke(smooth([(0.26 * side, 0.5), (0.42 * side, 0.56), (0.58 * side, 0.5)]), 0.7)
    head.on.stroke("M-0.3 -0.45C-0.1 -0.5 0.1 -0.5 0.3 -0.45", 0.6)
