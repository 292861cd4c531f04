"""Drawn sounds: bold letters with a white halo, stepping in size along a slant, off the heads."""

import random
from collections.abc import Callable, Sequence
from functools import partial

from engines.artist.camera import bounds, span_at
from engines.artist.ink import INK, PAPER, number
from engines.comic.document import Box, Panel, Sfx

Outline = Callable[[str, float], tuple[str, Box]]
"""Text and size in pixels to path data with its ink starting at (0, 0), and the extents of the ink."""


def font_outline() -> Outline:
    """Outlines from the display face of the house."""
    from engines.comic.lettering.glyphs import text_outline

    return partial(_outline, text_outline)


def _outline(text_outline: Callable[..., tuple[str, Box]], text: str, size: float) -> tuple[str, Box]:
    return text_outline(text, "sfx", size)


def draw_sfx(
    panel: Panel, heads: Sequence[Box], bodies: Sequence[Box], outline: Outline, rng: random.Random
) -> tuple[str, list[Box]]:
    """All sounds of a panel as SVG elements, and their boxes in page pixels."""
    parts, taken = [], []
    for sound in panel.sfx:
        letters = [char for char in sound.text if not char.isspace()]
        if not letters:
            continue
        across = sound.text.isascii()
        size = _size(panel, len(letters), across)
        spot = bounds(panel.polygon)
        for _ in range(4):
            spot = _spot(panel, _extent(size, len(letters), across), heads=heads, bodies=bodies, taken=taken, rng=rng)
            if not any(overlap(spot, other) for other in (*heads, *bodies, *taken)):
                break
            size *= 0.84
        element, box = (_row if across else _column)(sound, letters, size, spot, outline=outline, rng=rng)
        parts.append(element)
        taken.append(box)
    return "".join(parts), taken


def _extent(size: float, count: int, across: bool) -> tuple[float, float]:
    """Width and height the letters need."""
    long, wide = size * ((0.86 if across else 1.02) * count + 0.4), size * 1.75
    return (long, wide) if across else (wide, long)


def _size(panel: Panel, count: int, across: bool) -> float:
    box = bounds(panel.polygon)
    return min((box.w * 0.45 if across else box.h * 0.62) / count, min(box.w, box.h) * 0.22, 150)


def _spot(
    panel: Panel,
    extent: tuple[float, float],
    *,
    heads: Sequence[Box],
    bodies: Sequence[Box],
    taken: Sequence[Box],
    rng: random.Random,
) -> Box:
    """The cheapest place for the letters: inside the polygon, off heads and other sounds, mostly off bodies."""
    frame = bounds(panel.polygon)
    w, h = extent
    inset = min(w, h) * 0.14
    best, cost = Box(x=frame.x, y=frame.y, w=w, h=h), float("inf")
    for i in range(13):
        for j in range(9):
            box = Box(
                x=frame.x + inset + (frame.w - w - 2 * inset) * i / 12,
                y=frame.y + inset + max(frame.h - h - 2 * inset, 0) * j / 8,
                w=w,
                h=h,
            )
            price = (
                _cost(panel, box, heads, bodies, taken) + rng.random() * 0.02 + (0.12 * i / 12 if panel.lines else 0)
            )
            if price < cost:
                best, cost = box, price
    return best


def _cost(panel: Panel, box: Box, heads: Sequence[Box], bodies: Sequence[Box], taken: Sequence[Box]) -> float:
    area = max(box.w * box.h, 1)
    price = sum(60 * overlap(box, head) for head in heads) + sum(60 * overlap(box, other) for other in taken)
    price += sum(5 * overlap(box, body) for body in bodies)
    price /= area
    for y in (box.y + 4, box.y + box.h / 2, box.y + box.h - 4):
        left, right = span_at(panel.polygon, y)
        price += 6 * (max(0, left + 4 - box.x) + max(0, box.x + box.w - right + 4)) / max(box.w, 1)
    return price


def overlap(a: Box, b: Box) -> float:
    """The common area of two boxes in square pixels."""
    w = min(a.x + a.w, b.x + b.w) - max(a.x, b.x)
    h = min(a.y + a.h, b.y + b.h) - max(a.y, b.y)
    return max(w, 0) * max(h, 0)


def _column(
    sound: Sfx, letters: Sequence[str], size: float, spot: Box, *, outline: Outline, rng: random.Random
) -> tuple[str, Box]:
    """Letters from the top down, drifting to the left."""
    placed, y = [], spot.y + size * 0.1
    for i, letter in enumerate(letters):
        em = size * (0.86 + 0.2 * ((i + 1) % 2)) * (1.0 if i else 1.1)
        path, box = outline(letter, em)
        slide = (1 - i / max(len(letters) - 1, 1)) * size * 0.42 + size * 0.12 * (i % 2)
        placed.append((path, Box(x=spot.x + size * 0.12 + slide, y=y, w=box.w, h=box.h), rng.randint(-9, -3)))
        y += max(box.h, em * 0.55) + size * 0.08
    return _inked(sound, placed, size)


def _row(
    sound: Sfx, letters: Sequence[str], size: float, spot: Box, *, outline: Outline, rng: random.Random
) -> tuple[str, Box]:
    """Capital letters from left to right, climbing and swelling."""
    placed, x = [], spot.x + size * 0.15
    for i, letter in enumerate(letters):
        share = i / max(len(letters) - 1, 1)
        path, box = outline(letter.upper(), size * (0.95 + 0.25 * share))
        foot = spot.y + size * (1.45 - 0.35 * share)
        placed.append((path, Box(x=x, y=foot - box.h, w=box.w, h=box.h), rng.randint(-8, 2)))
        x += box.w + size * 0.05
    return _inked(sound, placed, size)


def _inked(sound: Sfx, placed: Sequence[tuple[str, Box, int]], size: float) -> tuple[str, Box]:
    """All halos below all letters, and the box of the whole with room for the turn of the letters."""
    back, front = [], []
    for path, box, turn in placed:
        where = f"translate({number(box.x)} {number(box.y)}) rotate({turn})"
        halo = f'stroke="{PAPER}" stroke-width="{number(size * 0.16)}"'
        back.append(f'<path transform="{where}" d="{path}" fill="{PAPER}" {halo}/>')
        front.append(f'<path transform="{where}" d="{path}" fill="{INK}"/>')
    pad = size * 0.28
    left, top = min(box.x for _, box, _ in placed) - pad, min(box.y for _, box, _ in placed) - pad
    right = max(box.x + box.w for _, box, _ in placed) + pad
    bottom = max(box.y + box.h for _, box, _ in placed) + pad
    extent = Box(x=round(left, 1), y=round(top, 1), w=round(right - left, 1), h=round(bottom - top, 1))
    return f'<g id="{sound.id}">{"".join(back)}{"".join(front)}</g>', extent
