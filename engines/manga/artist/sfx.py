"""Drawn sounds: bold letters with a white halo, stepping in size along a slant, off the heads."""

import random
from collections.abc import Callable, Sequence
from functools import partial

from engines.manga.artist.ink import INK, PAPER, number
from engines.manga.artist.stage import bounds, span_at
from engines.manga.document import Box, Panel, Sfx

Outline = Callable[[str, float], tuple[str, Box]]
"""Text and size in pixels to path data with its ink starting at (0, 0), and the extents of the ink."""


def font_outline() -> Outline:
    """Outlines from the display face of the house."""
    from engines.manga.lettering.glyphs import text_outline

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
        size = _size(panel, len(letters))
        spot = _spot(panel, size, len(letters), heads=heads, bodies=bodies, taken=taken, rng=rng)
        element, box = _letters(sound, letters, size, spot, outline=outline, rng=rng)
        parts.append(element)
        taken.append(box)
    return "".join(parts), taken


def _size(panel: Panel, count: int) -> float:
    box = bounds(panel.polygon)
    return min(box.h * 0.62 / (count * 0.98), min(box.w, box.h) * 0.22, 150)


def _spot(
    panel: Panel,
    size: float,
    count: int,
    *,
    heads: Sequence[Box],
    bodies: Sequence[Box],
    taken: Sequence[Box],
    rng: random.Random,
) -> Box:
    """The cheapest place for a column of letters: inside the polygon, off heads and other sounds, mostly off bodies."""
    frame = bounds(panel.polygon)
    w, h = size * 1.75, size * (1.02 * count + 0.1)
    best, cost = Box(x=frame.x, y=frame.y, w=w, h=h), float("inf")
    for i in range(13):
        for j in range(9):
            box = Box(
                x=frame.x + (frame.w - w) * i / 12,
                y=frame.y + size * 0.25 + max(frame.h - h - size * 0.4, 0) * j / 8,
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
    price += sum(2 * overlap(box, body) for body in bodies)
    price /= area
    for y in (box.y + 4, box.y + box.h / 2, box.y + box.h - 4):
        left, right = span_at(panel.polygon, y)
        price += 6 * (max(0, left + 8 - box.x) + max(0, box.x + box.w - right + 8)) / max(box.w, 1)
    return price


def overlap(a: Box, b: Box) -> float:
    """The common area of two boxes in square pixels."""
    w = min(a.x + a.w, b.x + b.w) - max(a.x, b.x)
    h = min(a.y + a.h, b.y + b.h) - max(a.y, b.y)
    return max(w, 0) * max(h, 0)


def _letters(
    sound: Sfx, letters: Sequence[str], size: float, spot: Box, *, outline: Outline, rng: random.Random
) -> tuple[str, Box]:
    back, front = [], []
    y = spot.y
    left, right, bottom = spot.x + spot.w, spot.x, spot.y
    for i, letter in enumerate(letters):
        em = size * (0.86 + 0.2 * ((i + 1) % 2)) * (1.0 if i else 1.1)
        path, box = outline(letter, em)
        slide = (1 - i / max(len(letters) - 1, 1)) * size * 0.42 + size * 0.12 * (i % 2)
        x = spot.x + size * 0.12 + slide
        where = f"translate({number(x)} {number(y)}) rotate({rng.randint(-9, -3)})"
        back.append(
            f'<path transform="{where}" d="{path}" fill="{PAPER}" stroke="{PAPER}" '
            f'stroke-width="{number(size * 0.16)}"/>'
        )
        front.append(f'<path transform="{where}" d="{path}" fill="{INK}"/>')
        left, right = min(left, x), max(right, x + box.w * 1.08)
        y += max(box.h, em * 0.55) + size * 0.08
        bottom = y
    pad = size * 0.1
    extent = Box(
        x=round(left - pad, 1),
        y=round(spot.y - pad * 2, 1),
        w=round(right - left + 2 * pad, 1),
        h=round(bottom - spot.y + 2 * pad, 1),
    )
    return f'<g id="{sound.id}">{"".join(back)}{"".join(front)}</g>', extent
