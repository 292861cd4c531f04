"""Effects of the page: some lie behind the persons, some before them."""

import math
import random
from collections.abc import Callable, Sequence

from engines.artist.ink import INK, PAPER, Pen, ellipse, lines
from engines.comic.document import Box, Effect, Panel, Point
from engines.comic.tones import tone


def draw_behind(panel: Panel, pen: Pen, frame: Box, focus: Point, rng: random.Random) -> None:
    """Focus lines, speed lines, gloom and flash, in page pixels."""
    for effect in panel.effects:
        if effect == "focus_lines":
            _focus(pen, frame, focus, rng, PAPER if _dark(panel) else INK)
        elif effect == "speed_lines":
            _speed(pen, frame, rng, 46, _dark(panel))
        elif effect == "gloom":
            _gloom(pen, frame, rng)
        elif effect == "flash":
            _flash(pen, frame, focus, rng)


def draw_before(effects: Sequence[Effect], pen: Pen, frame: Box, heads: Sequence[Box], rng: random.Random) -> None:
    """Sparkles, rain and snow, in page pixels; sparkles and flakes keep off the faces."""
    if "sparkles" in effects:
        _scatter(pen, frame, heads, rng, count=13, painter=_star)
    if "rain" in effects:
        _rain(pen, frame, rng)
    if "snow" in effects:
        _scatter(pen, frame, heads, rng, count=70, painter=_flake)


def _dark(panel: Panel) -> bool:
    indoors = panel.background in ("classroom", "room", "abstract", "library", "kitchen", "shop", "tatami")
    return panel.background == "underworld" or (panel.time_of_day == "night" and not indoors)


def _focus(pen: Pen, frame: Box, focus: Point, rng: random.Random, fill: str) -> None:
    reach = math.hypot(frame.w, frame.h)
    rx, ry = frame.w * 0.4, frame.h * 0.4
    count = 130
    for i in range(count):
        a = 2 * math.pi * (i + rng.uniform(-0.4, 0.4)) / count
        inner = rng.uniform(0.95, 1.35) if i % 3 else rng.uniform(0.82, 1.0)
        w = rng.uniform(0.002, 0.0075)
        tip = (focus[0] + math.cos(a) * rx * inner, focus[1] + math.sin(a) * ry * inner)
        far = [(focus[0] + math.cos(a + s * w) * reach, focus[1] + math.sin(a + s * w) * reach) for s in (-1, 1)]
        pen.polygon([tip, *far], fill, 0)


def _speed(pen: Pen, frame: Box, rng: random.Random, count: int, dark: bool) -> None:
    for _ in range(count):
        y, start = frame.y + frame.h * rng.random(), frame.x + frame.w * rng.uniform(-0.3, 0.7)
        length = frame.w * rng.uniform(0.3, 0.9)
        points = [(start, y), (start + length * 0.4, y), (start + length, y)]
        pen.taper(points, rng.choice((1.5, 2.0, 2.5, 5.0)), PAPER if dark or rng.random() < 0.3 else INK)


def _gloom(pen: Pen, frame: Box, rng: random.Random) -> None:
    bands = (60, 50, 40, 30, 20, 10)
    for i, level in enumerate(bands):
        top, low = frame.y + frame.h * 0.09 * i, frame.y + frame.h * 0.09 * (i + 1)
        strip = [(frame.x, top), (frame.x + frame.w, top), (frame.x + frame.w, low), (frame.x, low)]
        pen.path(lines(strip, closed=True), tone(level, opaque=False), width=0)
    for i in range(int(frame.w / 9)):
        x, y = frame.x + i * 9 + rng.uniform(-2, 2), frame.y + frame.h * rng.uniform(0.3, 0.62)
        pen.path(lines([(x - 1, frame.y), (x + 1, frame.y), (x, y)], closed=True), INK, width=0)


def _flash(pen: Pen, frame: Box, focus: Point, rng: random.Random) -> None:
    n = 44
    outer, inner = [], []
    for i in range(2 * n):
        a = math.pi * i / n
        k = rng.uniform(0.86, 1.1) if i % 2 else rng.uniform(0.62, 0.72)
        outer.append((focus[0] + math.cos(a) * frame.w * 0.56 * k, focus[1] + math.sin(a) * frame.h * 0.62 * k))
        inner.append((focus[0] + math.cos(a) * frame.w * 0.5 * k, focus[1] + math.sin(a) * frame.h * 0.55 * k))
    border = [
        (frame.x, frame.y),
        (frame.x + frame.w, frame.y),
        (frame.x + frame.w, frame.y + frame.h),
        (frame.x, frame.y + frame.h),
    ]
    pen.path(lines(border, closed=True), INK, width=0)
    pen.path(lines(outer, closed=True), tone(30), width=0)
    pen.path(lines(inner, closed=True), PAPER, width=0)


def _rain(pen: Pen, frame: Box, rng: random.Random) -> None:
    for i in range(90):
        x, y = frame.x + frame.w * rng.uniform(-0.05, 1.1), frame.y + frame.h * rng.uniform(-0.1, 1)
        length = frame.h * rng.uniform(0.07, 0.2)
        points = [(x, y), (x - length * 0.1, y + length * 0.5), (x - length * 0.2, y + length)]
        pen.taper(points, rng.choice((1.6, 2.2)), PAPER if i % 3 == 0 else INK)


def _scatter(
    pen: Pen,
    frame: Box,
    heads: Sequence[Box],
    rng: random.Random,
    *,
    count: int,
    painter: Callable[[Pen, float, float, float], None],
) -> None:
    for _ in range(count):
        x, y = frame.x + frame.w * rng.random(), frame.y + frame.h * rng.random()
        size = min(frame.w, frame.h) * rng.choice((0.018, 0.026, 0.05))
        if not any(h.x - size < x < h.x + h.w + size and h.y - size < y < h.y + h.h + size for h in heads):
            painter(pen, x, y, size)


def _star(pen: Pen, x: float, y: float, r: float) -> None:
    k = r * 0.12
    pen.path(
        f"M{x:.1f} {y - r * 1.3:.1f}Q{x + k:.1f} {y - k:.1f} {x + r:.1f} {y:.1f}"
        f"Q{x + k:.1f} {y + k:.1f} {x:.1f} {y + r * 1.3:.1f}"
        f"Q{x - k:.1f} {y + k:.1f} {x - r:.1f} {y:.1f}Q{x - k:.1f} {y - k:.1f} {x:.1f} {y - r * 1.3:.1f}Z",
        PAPER,
    )


def _flake(pen: Pen, x: float, y: float, r: float) -> None:
    pen.path(ellipse(x, y, r * 0.38, r * 0.38), PAPER, width=0.6)
