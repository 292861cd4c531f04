"""Whole animals facing right: beasts that stand, walk, run or sit, birds that perch or fly, frogs."""

import math

from engines.artist.animal_head import draw_animal_head
from engines.artist.face import Head
from engines.artist.ink import INK, PAPER, Pen, ellipse, smooth, tube
from engines.artist.species import BEASTS, Beast, coat_of
from engines.comic.tones import tone

_MOVING = {"walk": 18.0, "run": 46.0, "fight": 34.0}


def draw_animal(head: Head, stance: str) -> None:
    """The body in its stance, then the head."""
    beast, fill = BEASTS[head.look.species], coat_of(head.look)
    pen = head.pen
    if beast.tail == "feathers":
        _bird(pen, fill, stance in ("run", "arms_up", "fall", "fight", "walk"))
    elif beast.tail == "none":
        _frog(pen, fill)
    elif beast.tail == "shell":
        _tortoise(pen, fill)
    elif stance in ("lie", "fall"):
        _lying(pen, beast, fill)
    elif stance in ("sit", "eat", "hug", "bow", "kneel", "clasped", "folded") and beast.ears not in ("horse", "cow"):
        _seated(pen, beast, fill)
    else:
        _standing(pen, beast, fill, _MOVING.get(stance, 4.0))
    draw_animal_head(head)


def _tail(pen: Pen, beast: Beast, fill: str, x: float, y: float) -> None:
    """The tail, rooted at (x, y)."""
    tail = pen.moved(x, y)
    if beast.tail == "brush":
        tail.cloth("M0.2 -0.2C-0.8 -0.9 -2.0 -0.6 -2.5 0.5C-2.0 0.9 -0.9 1.0 0.1 0.4Z", fill)
        tail.path(
            "M-2.5 0.5C-2.3 0.1 -2.1 -0.2 -1.8 -0.4L-1.7 0L-1.5 0.1L-1.7 0.4L-1.5 0.78C-1.9 0.8 -2.3 0.7 -2.5 0.5Z",
            PAPER,
            width=0.8,
        )
    elif beast.tail in ("puff", "stub"):
        tail.cloth(ellipse(-0.1, 0, 0.42, 0.4), fill)
    elif beast.tail == "hair":
        tail.cloth("M0.2 -0.3C-0.6 -0.5 -1.2 0.4 -1.1 1.6C-1.1 2.4 -1.4 2.8 -1.6 3.0C-0.6 3.0 -0.2 2.0 -0.1 1.0Z", INK)
    else:
        spine = {"curl": [(0.1, 0.1), (-0.6, -0.5), (-0.8, -1.3), (-0.3, -1.7)]}.get(
            beast.tail, [(0.1, 0.1), (-0.9, 0.3), (-1.5, -0.3), (-2.1, -0.9)]
        )
        wide = 0.1 if beast.tail == "string" else 0.2
        tail.cloth(tube(spine, [wide * 1.3, wide * 1.1, wide, wide * 0.6]), fill)
        if beast.tail == "tuft":
            tail.cloth(ellipse(-2.2, -1.0, 0.36, 0.3), INK)


def _standing(pen: Pen, beast: Beast, fill: str, swing: float) -> None:
    """On four legs; ``swing`` is how far they stride, in degrees."""
    nx, ny = beast.neck
    back, belly = ny - 0.35, ny + 1.3 * beast.thick
    front, rear = nx - 0.1, nx - beast.long
    shoulder, leg = belly - 0.6, beast.feet - belly + 0.6
    _tail(pen, beast, fill, rear - 0.3, back + 0.5)
    for x, turn in ((front + 0.25, -swing), (rear + 0.55, swing * 0.9)):
        _leg(pen, x, shoulder, leg, turn=turn, thick=0.42 * beast.thick, fill=fill, far=True)
    trunk = [
        (nx + 0.5, ny - 0.1),
        (nx - 0.3, back - 0.1),
        ((front + rear) / 2, back + 0.12),
        (rear + 0.3, back - 0.05),
        (rear - 0.42, back + 0.6),
        (rear - 0.2, belly - 0.2),
        ((front + rear) / 2, belly - 0.12),
        (front - 0.2, belly + 0.05),
        (nx + 0.62, belly - 0.5),
    ]
    pen.cloth(smooth(trunk, closed=True), fill)
    pen.cloth(
        tube([(-0.1, 0.3), (nx * 0.5, ny * 0.55), (nx - 0.1, ny + 0.5)], [0.66, 0.78 * beast.thick, 1.0 * beast.thick]),
        fill,
    )
    pen.path(tube([(nx * 0.4, ny * 0.5), (nx - 0.5, ny + 0.55)], [0.6, 0.8 * beast.thick]), fill, width=0)
    if beast.mark == "crest":
        pen.cloth("M-0.4 -0.6C-1.4 -0.2 -2.0 1.4 -2.6 2.5C-1.9 2.5 -1.2 1.8 -0.9 1.0Z", INK)
    if beast.mark == "patch":
        pen.path(ellipse((front + rear) / 2 - 0.4, back + 0.75, 0.8, 0.5), tone(40), width=0)
    for x, turn in ((front - 0.1, swing), (rear + 0.1, -swing * 0.8)):
        _leg(pen, x, shoulder, leg, turn=turn, thick=0.46 * beast.thick, fill=fill, far=False)


def _leg(pen: Pen, x: float, y: float, length: float, *, turn: float, thick: float, fill: str, far: bool) -> None:
    a = math.radians(turn)
    knee = (x + math.sin(a) * length * 0.5, y + math.cos(a) * length * 0.5)
    bend = a * 0.4 if turn >= 0 else a * 1.5
    foot = (knee[0] + math.sin(bend) * length * 0.46, knee[1] + math.cos(bend) * length * 0.46)
    pen.cloth(tube([(x, y), knee, foot], [thick * 1.5, thick * 0.86, thick * 0.62]), fill)
    pen.cloth(
        ellipse(foot[0] + 0.16, foot[1] + 0.02, thick * 0.95, 0.24),
        fill if not far else tone(40) if fill == PAPER else fill,
    )
    if not far:
        pen.path(ellipse(x, y - 0.1, thick * 1.36, thick * 1.5), fill, width=0)


def _lying(pen: Pen, beast: Beast, fill: str) -> None:
    """On its side, the legs stretched out."""
    nx, ny = beast.neck
    low = beast.lying
    front, rear = nx - 0.1, nx - beast.long
    _tail(pen.moved(0, 0.2), beast, fill, rear - 0.3, low - 0.7)
    for x, far in ((front + 0.2, True), (rear + 0.4, True), (front - 0.4, False), (rear - 0.1, False)):
        y = low - (0.5 if far else 0.12)
        pen.cloth(tube([(x, low - 0.8), (x + 1.3, y), (x + 2.4, y)], [0.6, 0.32, 0.24]), fill)
    middle = (front + rear) / 2
    trunk = [(nx + 0.5, ny), (nx - 0.3, ny - 0.4), (middle, ny - 0.2), (rear - 0.3, ny + 0.2), (rear - 0.5, low - 0.3),
             (rear + 0.4, low), (middle, low), (front + 0.2, low - 0.1)]  # fmt: skip
    pen.cloth(smooth(trunk, closed=True), fill)
    pen.path(tube([(0, 0.4), (nx - 0.3, ny + 0.5)], [0.7, 0.9 * beast.thick]), fill, width=0)


def _tortoise(pen: Pen, fill: str) -> None:
    """A dome of plates on four short legs."""
    for x in (-4.4, -1.5):
        pen.cloth(tube([(x, 1.9), (x + 0.1, 2.7), (x + 0.2, 3.2)], [0.6, 0.5, 0.5]), fill)
        pen.cloth(ellipse(x + 0.3, 3.22, 0.62, 0.24), fill)
    pen.cloth(tube([(0.0, 0.5), (-0.8, 1.2), (-1.6, 1.8)], [0.6, 0.6, 0.7]), fill)
    pen.cloth("M-5.6 2.4L-6.3 2.7L-5.4 2.8Z", fill)
    pen.cloth("M-5.8 2.5C-5.6 0.2 -4.4 -0.7 -3.1 -0.7C-1.8 -0.7 -0.7 0.3 -0.5 2.4Q-3.0 3.0 -5.8 2.5Z", tone(40))
    pen.stroke("M-5.7 2.0Q-3.0 2.5 -0.6 1.9", 1.0)
    pen.path("M-3.7 -0.1L-2.5 -0.1L-2.0 0.9L-2.7 1.7L-3.6 1.7L-4.2 0.9Z", tone(20))
    pen.stroke("M-3.7 -0.1L-4.1 -0.5M-2.5 -0.1L-2.1 -0.5M-2.0 0.9L-0.9 0.8M-4.2 0.9L-5.4 0.9M-2.7 1.7L-2.4 2.3"
               "M-3.6 1.7L-3.8 2.4", 0.9)  # fmt: skip


def _seated(pen: Pen, beast: Beast, fill: str) -> None:
    """On its haunches, the fore legs straight."""
    low, w = min(beast.feet, 4.6), beast.thick
    _tail(pen, beast, fill, -1.5 * w, low - 0.6)
    body = [
        (-0.5, 0.6),
        (-1.2 * w, 1.7),
        (-1.75 * w, low - 1.2),
        (-1.7 * w, low - 0.1),
        (0.1, low),
        (0.66 * w, low - 0.6),
        (0.72 * w, 1.7),
        (0.5, 0.6),
    ]
    pen.cloth(smooth(body, closed=True), fill)
    if beast.mark == "mask" or beast.coat == 0:
        pen.path(smooth([(0.1, 1.0), (-0.1, 1.9), (0.1, 2.6), (0.5, 2.0), (0.55, 1.2)], closed=True), PAPER, width=0)
    pen.cloth(ellipse(-0.95 * w, low - 0.75, 0.85 * w, 0.78), fill)
    pen.cloth(ellipse(-0.5 * w, low - 0.05, 0.62, 0.24), fill)
    for x in (0.52, 0.06):
        pen.cloth(tube([(x * w, 2.0), (x * w + 0.06, low - 0.7), (x * w + 0.1, low - 0.1)], [0.36, 0.3, 0.26]), fill)
        pen.cloth(ellipse(x * w + 0.22, low, 0.4, 0.22), fill)


def _bird(pen: Pen, fill: str, flying: bool) -> None:
    edge = PAPER if fill == INK else INK
    if flying:
        pen.cloth("M-0.6 1.4C-0.2 -0.6 -1.2 -2.4 -2.8 -3.0C-2.9 -1.4 -2.6 0.4 -1.6 1.8Z", fill)
    pen.cloth("M-2.4 2.3L-4.2 2.9L-4.1 3.4L-3.4 3.5L-2.0 3.2Z", fill)
    for x in () if flying else (-0.5, -0.95):
        pen.path(tube([(x, 3.0), (x + 0.1, 3.7)], [0.1, 0.08]), tone(30))
        pen.stroke(f"M{x - 0.2} 3.85L{x + 0.1} 3.65L{x + 0.5} 3.85M{x + 0.1} 3.65L{x + 0.14} 3.9", 1.4)
    pen.cloth("M0.8 0.3C1.0 1.6 0.6 2.8 -0.6 3.2C-1.6 3.4 -2.6 3.0 -2.9 2.4C-2.2 2.0 -1.6 1.0 -0.9 0.0Z", fill)
    if flying:
        pen.cloth("M0.1 1.4C0.4 0.2 -0.1 -2.2 -1.4 -3.6C-2.0 -2.6 -2.6 -0.6 -1.8 1.9C-1.2 2.6 -0.3 2.2 0.1 1.4Z", fill)
        pen.stroke("M-1.5 1.4C-1.9 0 -1.9 -1.4 -1.5 -2.6M-0.9 1.6C-1.3 0.2 -1.2 -1.0 -0.9 -2.0", 0.8, edge)
        return
    pen.cloth("M0.0 1.3C-0.9 1.0 -2.2 1.6 -3.2 2.8C-2.0 3.1 -0.4 2.9 0.0 1.3Z", fill)
    pen.stroke("M-0.5 1.8C-1.2 1.8 -1.9 2.2 -2.5 2.6M-0.4 2.2C-0.9 2.3 -1.4 2.5 -1.8 2.7", 0.8, edge)


def _frog(pen: Pen, fill: str) -> None:
    pen.cloth("M-0.9 0.7C-1.7 1.2 -2.0 2.0 -1.6 2.6L0.7 2.6C1.2 2.0 1.2 1.2 0.9 0.7Z", fill)
    pen.path("M0.0 1.0C-0.4 1.6 -0.3 2.3 0 2.55L0.7 2.55C1.0 2.0 1.0 1.4 0.8 1.0Z", PAPER, width=0)
    pen.cloth("M-1.1 1.5C-2.3 1.2 -2.5 2.2 -1.7 2.6L-0.4 2.7L-0.5 2.4Z", fill)
    for x in (0.9, 0.2):
        pen.cloth(tube([(x, 1.4), (x + 0.16, 2.1), (x + 0.1, 2.5)], [0.2, 0.17, 0.15]), fill)
        pen.cloth(ellipse(x + 0.26, 2.58, 0.36, 0.14), fill)
