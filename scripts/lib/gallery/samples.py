"""Sample pictures for the style gallery, painted by procedure: a landscape, a still life, a portrait, a drawing."""

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from scripts.lib.gallery.paint import (
    COLUMNS,
    HEIGHT,
    ROWS,
    WIDTH,
    Array,
    ball,
    colour,
    cover,
    ellipse,
    finish,
    fractal,
    lit,
    polygon,
    ridge,
    shadow,
    soft,
)

Rgb = NDArray[np.uint8]


def landscape(seed: int = 4) -> Rgb:
    """Mountains under clouds, a house between trees, a meadow."""
    rng = np.random.default_rng(seed)
    picture = _sky(rng)
    _hills(picture, rng)
    _cottage(picture, rng)
    for x, y, size in ((150, 560, 95), (1010, 585, 80), (905, 560, 55), (330, 545, 40), (1110, 620, 100)):
        _tree(picture, rng, x, y, size)
    _flowers(picture, rng)
    return finish(picture, rng)


def _sky(rng: np.random.Generator) -> Array:
    down = np.clip(ROWS / 480, 0, 1)[:, :, None]
    picture = colour(70, 130, 205) * (1 - down) + colour(196, 220, 236) * down
    picture = picture.astype(np.float32)
    clouds = fractal(rng, 260, 6, 1.7)
    thick = np.clip((clouds - 0.5) * 4.5, 0, 1) * np.clip(1.15 - ROWS / 520, 0, 1)
    light = np.clip(0.80 + lit(cv2.GaussianBlur(clouds, (0, 0), 4) * 260) * 0.32, 0, 1)
    cover(picture, thick, np.clip(light[:, :, None] * colour(255, 252, 247), 0, 1))
    return picture


def _hills(picture: Array, rng: np.random.Generator) -> None:
    ranges = (
        (330, 260, 420, colour(122, 142, 172), colour(225, 228, 236)),
        (420, 150, 300, colour(84, 112, 112), None),
        (500, 90, 420, colour(70, 112, 62), None),
        (580, 60, 700, colour(104, 146, 58), None),
    )
    for level, swing, scale, tint, snow in ranges:
        line = ridge(rng, level, swing, scale)
        inside = ROWS - line[None, :]
        rough = fractal(rng, 90, 6)
        light = 0.55 + 0.7 * lit(rough * (70 if snow is not None else 24))
        paint = tint * light[:, :, None]
        if snow is not None:
            white = soft(70 - inside + (rough - 0.5) * 130, 26)
            paint = paint + white[:, :, None] * (snow * light[:, :, None] - paint)
        cover(picture, soft(inside), np.clip(paint, 0, 1).astype(np.float32))
    near = np.clip((ROWS - 560) / 300, 0, 1)
    grass = fractal(rng, 26, 4, 0.35)
    shade = soft(ROWS - 575, 30) * near * (grass - 0.5) * 0.5
    picture *= (1 + shade)[:, :, None]


def _cottage(picture: Array, rng: np.random.Generator) -> None:
    shadow(picture, (640, 668, 150, 16), 0.55, 10)
    rough = 0.9 + 0.16 * fractal(rng, 18, 3)[:, :, None]
    planks = (0.94 + 0.06 * np.sin(COLUMNS / 4.2))[:, :, None]
    cover(picture, polygon([(520, 520), (640, 520), (640, 665), (520, 665)]), colour(236, 222, 196) * rough)
    cover(picture, polygon([(640, 520), (760, 520), (760, 665), (640, 665)]), colour(182, 160, 140) * rough)
    cover(picture, polygon([(520, 520), (580, 430), (640, 520)]), colour(228, 212, 186) * rough)
    cover(picture, polygon([(580, 424), (716, 424), (780, 528), (646, 528)]), colour(176, 72, 52) * rough * planks)
    cover(picture, polygon([(580, 424), (588, 430), (520, 536), (504, 532)]), colour(122, 48, 40) * rough)
    cover(picture, polygon([(700, 395), (726, 395), (726, 450), (700, 440)]), colour(150, 84, 66) * rough)
    cover(picture, polygon([(562, 590), (600, 590), (600, 665), (562, 665)]), colour(92, 58, 40) * rough)
    for x, y in ((664, 570), (712, 570), (566, 500)):
        wide = 30 if y > 520 else 26
        cover(picture, polygon([(x, y), (x + wide, y), (x + wide, y + 36), (x, y + 36)]), colour(245, 240, 228))
        inner = polygon([(x + 4, y + 4), (x + wide - 4, y + 4), (x + wide - 4, y + 32), (x + 4, y + 32)])
        cover(picture, inner, colour(58, 84, 112) * (0.8 + 0.5 * fractal(rng, 60, 2)[:, :, None]))


def _tree(picture: Array, rng: np.random.Generator, x: float, y: float, size: float) -> None:
    foot = y + size * 1.15
    shadow(picture, (x + size * 0.3, foot, size * 1.1, size * 0.14), 0.5, 8)
    trunk = [(x - size * 0.11, foot), (x - size * 0.05, y), (x + size * 0.05, y), (x + size * 0.11, foot)]
    cover(picture, polygon(trunk), colour(92, 66, 46) * (0.75 + 0.4 * fractal(rng, 12, 3, 0.3)[:, :, None]))
    leaf = 0.62 + 0.75 * fractal(rng, 15, 3)[:, :, None]
    crowns = rng.normal(0, 0.42, (46, 2)) * size
    for dx, dy in crowns[np.argsort(crowns[:, 1] + crowns[:, 0] * 0.4)[::-1]]:
        green = colour(58, 112, 44) + (rng.random() - 0.4) * colour(46, 36, 10)
        ball(picture, (x + dx, y - size * 0.25 + dy * 0.8, size * 0.25, size * 0.22), green * leaf)


def _flowers(picture: Array, rng: np.random.Generator) -> None:
    tints = (colour(236, 70, 66), colour(250, 208, 66), colour(240, 238, 246), colour(190, 110, 210))
    for y in np.sort(rng.uniform(690, HEIGHT, 170)):
        x, size = rng.uniform(0, WIDTH), 1.5 + (y - 680) / 34
        tint = tints[rng.integers(len(tints))]
        middle = (int(x), int(y))
        cv2.circle(picture, middle, round(size), tuple(float(t) * 0.78 for t in tint), -1, cv2.LINE_AA)
        lifted = (int(x - size * 0.25), int(y - size * 0.25))
        cv2.circle(picture, lifted, max(1, round(size * 0.6)), tuple(map(float, tint)), -1, cv2.LINE_AA)


def still_life(seed: int = 7) -> Rgb:
    """Fruit and a jug on a table before a wall."""
    rng = np.random.default_rng(seed)
    wall = colour(112, 108, 98) * (1.25 - 0.75 * COLUMNS / WIDTH)[:, :, None]
    picture = (wall * (0.9 + 0.2 * fractal(rng, 160, 5)[:, :, None])).astype(np.float32)
    wood = 0.72 + 0.5 * fractal(rng, 22, 5, 14)
    table = colour(150, 96, 56) * (wood * (1.1 - 0.35 * COLUMNS / WIDTH))[:, :, None]
    cover(picture, soft(ROWS - 560), table.astype(np.float32))
    _cloth(picture, rng)
    _jug(picture, rng)
    skin = 0.9 + 0.2 * fractal(rng, 14, 3)[:, :, None]
    streaks = fractal(rng, 40, 4, 0.3)[:, :, None]
    apple = colour(188, 28, 30) * (1 - streaks) + colour(226, 130, 50) * streaks
    fruit = (
        ((760, 590, 92, 90), colour(235, 134, 30) * skin, 0.35),
        ((930, 640, 100, 76), colour(240, 204, 50) * skin, 0.4),
        ((590, 668, 104, 98), apple.astype(np.float32), 0.6),
        ((790, 730, 88, 82), (colour(112, 158, 46) * skin).astype(np.float32), 0.5),
    )
    for (x, y, rx, ry), paint, gloss in fruit:
        shadow(picture, (x + rx * 0.55, y + ry * 0.78, rx * 1.15, ry * 0.34), 0.62)
        ball(picture, (x, y, rx, ry), paint, gloss)
    for x, y in ((590, 574), (790, 652)):
        cv2.line(picture, (x, y + 12), (x + 12, y - 22), (0.24, 0.16, 0.1), 6, cv2.LINE_AA)
    for n in range(15):
        x, y = 392 + (n % 5) * 38 + (n // 5) * 19 + rng.normal(0, 3), 800 - (n // 5) * 36 + rng.normal(0, 3)
        shadow(picture, (x + 12, y + 18, 26, 12), 0.4, 6)
        ball(picture, (x, y, 27, 27), colour(92, 44, 104) * (0.8 + 0.4 * rng.random()), 0.7)
    return finish(picture, rng)


def _cloth(picture: Array, rng: np.random.Generator) -> None:
    edge = ridge(rng, 690, 40, 300)
    folds = 26 * np.sin((COLUMNS + ROWS * 0.5 + 60 * fractal(rng, 300, 2)) / 42) + 14 * fractal(rng, 80, 3)
    weave = 0.97 + 0.03 * np.sin(COLUMNS * 1.3) * np.sin(ROWS * 1.3)
    stripes = np.where(np.abs(((COLUMNS * 0.7 - ROWS) % 190) - 95) < 12, 1.0, 0.0)[:, :, None]
    tint = colour(232, 228, 216) * (1 - stripes) + colour(60, 92, 150) * stripes
    paint = tint * ((0.42 + 0.62 * lit(folds)) * weave)[:, :, None]
    cover(picture, soft(ROWS - edge[None, :] - 60), np.clip(paint, 0, 1).astype(np.float32))


def _jug(picture: Array, rng: np.random.Generator) -> None:
    shadow(picture, (420, 655, 230, 34), 0.6, 16)
    t = np.clip((ROWS - 190) / 460, 0, 1)
    half = 62 + 106 * np.sin(np.clip((t - 0.18) / 0.82, 0, 1) ** 0.85 * 2.75) ** 1.2 + 26 * np.exp(-t * 26)
    u = np.clip((COLUMNS - 300) / half, -1, 1)
    mask = soft((half - np.abs(COLUMNS - 300)), 2) * soft(ROWS - 190) * soft(652 - ROWS + 26 * np.sqrt(1 - u * u) - 20)
    facing = np.clip(-0.62 * u + 0.72 * np.sqrt(1 - u * u), 0, 1)
    glaze = colour(44, 98, 132) * (0.85 + 0.3 * fractal(rng, 40, 4)[:, :, None])
    band = np.exp(-(((ROWS - 470) / 26) ** 2) * 3)[:, :, None]
    glaze = glaze * (1 - band) + colour(228, 214, 178) * band
    shine = np.exp(-(((u + 0.42) / 0.07) ** 2)) * np.exp(-(((ROWS - 420) / 90) ** 2)) * 0.6
    paint = glaze * (0.2 + 0.95 * facing)[:, :, None] + shine[:, :, None]
    handle = np.zeros((HEIGHT, WIDTH), np.uint8)
    cv2.ellipse(handle, (388, 360), (92, 110), 0, -100, 80, 255, 24, cv2.LINE_AA)
    grip = cv2.GaussianBlur(handle, (0, 0), 9).astype(np.float32) / 255
    cover(picture, handle.astype(np.float32) / 255, colour(44, 98, 132) * (0.25 + 0.7 * lit(grip * 26))[:, :, None])
    cover(picture, mask, np.clip(paint, 0, 1).astype(np.float32))
    cover(picture, ellipse(300, 196, 84, 15), colour(24, 40, 54))


def drawing() -> Rgb:
    """A flat drawing in few colours with black lines: a boat at sea."""
    image = Image.new("RGB", (WIDTH, HEIGHT), (150, 214, 240))
    draw = ImageDraw.Draw(image)
    ink, pen = (30, 26, 34), 7
    draw.ellipse((840, 80, 1010, 250), fill=(255, 214, 80), outline=ink, width=pen)
    for x, y in ((200, 170), (560, 120)):
        for dx, dy, r in ((-90, 20, 50), (0, 0, 72), (84, 24, 46)):
            draw.ellipse((x + dx - r, y + dy - r, x + dx + r, y + dy + r), fill=(255, 255, 255))
    draw.polygon([(0, 520), (180, 380), (330, 470), (470, 400), (640, 540), (0, 560)], fill=(96, 170, 96), outline=ink)
    draw.rectangle((0, 540, WIDTH, HEIGHT), fill=(44, 118, 190))
    for row in range(4):
        for x in range(-60 + 50 * (row % 2), WIDTH, 190):
            box = (x, 590 + row * 72, x + 110, 640 + row * 72)
            draw.arc(box, 200, 340, fill=(200, 232, 250), width=6)
    draw.polygon([(620, 180), (620, 560), (880, 560)], fill=(250, 246, 236), outline=ink, width=pen)
    draw.polygon([(590, 220), (590, 560), (430, 560)], fill=(226, 74, 62), outline=ink, width=pen)
    draw.rectangle((596, 150, 614, 620), fill=(130, 84, 50), outline=ink, width=4)
    hull = [(380, 600), (930, 600), (840, 740), (470, 740)]
    draw.polygon(hull, fill=(166, 92, 48), outline=ink, width=pen)
    draw.line((400, 640, 905, 640), fill=(242, 210, 150), width=16)
    for x in (520, 640, 760):
        draw.ellipse((x - 24, 664, x + 24, 712), fill=(150, 214, 240), outline=ink, width=6)
    return np.asarray(image)
