"""A portrait for the style gallery: a head as a height field in soft light, hair in strands."""

import cv2
import numpy as np
from numpy.typing import NDArray

from scripts.lib.gallery.paint import (
    COLUMNS,
    HEIGHT,
    ROWS,
    WIDTH,
    Array,
    colour,
    cover,
    ellipse,
    finish,
    fractal,
    lit,
    polygon,
    soft,
)

LIGHT = np.array([-0.5, -0.42, 0.76], np.float32)
X, Y = 576, 400


def _bump(x: float, y: float, rx: float, ry: float, high: float) -> Array:
    return high * np.exp(-(((COLUMNS - X - x) / rx) ** 2) - ((ROWS - Y - y) / ry) ** 2)


def _head() -> tuple[Array, Array]:
    """The mask of the face and its height in pixels."""
    u = (COLUMNS - X) / (176 - 46 * np.clip((ROWS - Y - 40) / 220, 0, 1) ** 1.5)
    v = (ROWS - Y) / 236
    inside = 1 - u * u - v * v
    height = 150 * np.sqrt(np.clip(inside, 0, 1))
    features = (
        (0, 52, 22, 34, 34), (0, 0, 13, 60, 18), (-17, 62, 12, 12, 9), (17, 62, 12, 12, 9),
        (-70, -8, 42, 26, -20), (70, -8, 42, 26, -20), (-70, -8, 26, 17, 9), (70, -8, 26, 17, 9),
        (-66, -54, 52, 15, 8), (66, -54, 52, 15, 8), (-84, 60, 48, 48, 12), (84, 60, 48, 48, 12),
        (0, 112, 42, 10, 10), (0, 136, 38, 11, 11), (0, 124, 46, 4, -7),
        (-52, 116, 12, 9, -5), (52, 116, 12, 9, -5), (0, 186, 46, 28, 14), (0, 86, 7, 14, -4),
    )  # fmt: skip
    for feature in features:
        height = height + _bump(*feature)
    return soft(inside * 90, 2), height


def _skin(rng: np.random.Generator) -> Array:
    paint = colour(232, 184, 156) * (0.965 + 0.07 * fractal(rng, 9, 3)[:, :, None])
    blush = _bump(-92, 66, 50, 40, 0.5) + _bump(92, 66, 50, 40, 0.5) + _bump(0, 66, 24, 24, 0.35)
    paint = paint + blush[:, :, None] * (colour(222, 128, 110) - paint)
    lips = soft(1 - (((COLUMNS - X) / 52) ** 2 + ((ROWS - Y - 124) / 23) ** 2), 0.3) * 0.85
    return (paint + lips[:, :, None] * (colour(186, 78, 80) - paint)).astype(np.float32)


def _eye(picture: Array, side: int) -> None:
    x, y = X + side * 70, Y - 8
    lid = soft(1 - np.hypot((COLUMNS - x) / 35, (ROWS - y) / 16), 0.08)
    cover(picture, lid, colour(238, 232, 226) * (0.78 + 0.2 * np.clip((ROWS - y + 16) / 28, 0, 1))[:, :, None])
    cover(picture, lid * ellipse(x, y, 15, 15), colour(74, 104, 92))
    cover(picture, lid * ellipse(x, y, 15, 15, 8) * (1 - ellipse(x, y, 12, 12, 3)), colour(30, 42, 40))
    cover(picture, lid * ellipse(x, y, 7, 7), colour(14, 12, 14))
    cover(picture, ellipse(x - 5, y - 5, 3.4, 3.4), colour(255, 255, 255))
    curve = [(x + t * 37, y - 16 * np.sqrt(max(0.0, 1 - t * t)) + 1) for t in np.linspace(-1, 1, 25)]
    lash = np.zeros((HEIGHT, WIDTH), np.uint8)
    cv2.polylines(lash, [np.array(curve, np.int32)], isClosed=False, color=255, thickness=5, lineType=cv2.LINE_AA)
    cover(picture, lash.astype(np.float32) / 255 * 0.9, colour(40, 26, 22))
    brow = [(x + t * 50, y - 48 - 12 * (1 - t * t) + 5 * t * side) for t in np.linspace(-1, 1, 25)]
    hairs = np.zeros((HEIGHT, WIDTH), np.uint8)
    cv2.polylines(hairs, [np.array(brow, np.int32)], isClosed=False, color=255, thickness=11, lineType=cv2.LINE_AA)
    cover(picture, cv2.GaussianBlur(hairs, (0, 0), 2).astype(np.float32) / 255 * 0.8, colour(74, 46, 32))


def _strands(rng: np.random.Generator, centre: tuple[float, float]) -> Array:
    """Hair: noise drawn out along circles around the crown, H×W in 0..1."""
    angle = np.arctan2(ROWS - centre[1], COLUMNS - centre[0])
    reach = np.hypot(ROWS - centre[1], (COLUMNS - centre[0]) * 1.15)
    table = cv2.GaussianBlur(rng.random((512, 512), dtype=np.float32), (0, 0), 1.2, sigmaY=0.1)
    table = cv2.GaussianBlur(table, (0, 0), 0.1, sigmaY=0.9)
    table = cv2.normalize(table, np.empty_like(table), 0, 1, cv2.NORM_MINMAX)
    across, down = (angle * 40 % 511).astype(np.float32), (reach * 0.9 % 511).astype(np.float32)
    return cv2.remap(table, across, down, cv2.INTER_LINEAR).astype(np.float32)


def _hair(picture: Array, rng: np.random.Generator, mask: Array) -> None:
    strands = _strands(rng, (X + 30, Y - 60))
    shape = cv2.GaussianBlur(mask, (0, 0), 26) * 150
    gleam = np.exp(-(((np.hypot(COLUMNS - X, ROWS - Y) - 245) / 22) ** 2)) * np.clip((X + 110 - COLUMNS) / 260, 0, 1)
    light = (0.35 + 0.8 * lit(shape, LIGHT)) * (0.6 + 0.6 * strands) + gleam * 0.8 * strands
    cover(picture, mask, np.clip(colour(104, 62, 38) * light[:, :, None], 0, 1).astype(np.float32))


def portrait(seed: int = 11) -> NDArray[np.uint8]:
    """A woman with brown hair in a blue pullover before a blurred garden."""
    rng = np.random.default_rng(seed)
    garden = cv2.GaussianBlur(np.dstack([fractal(rng, 420, 3)] * 3), (0, 0), 16)
    picture = colour(104, 132, 96) * (0.55 + garden * 0.8)
    for _ in range(26):
        x, y, r = rng.uniform(0, WIDTH), rng.uniform(0, HEIGHT * 0.7), rng.uniform(18, 46)
        cover(picture, ellipse(x, y, r, r, 9) * 0.3, colour(232, 226, 170))
    picture = picture.astype(np.float32)
    back = np.maximum(ellipse(X, Y - 40, 222, 258), polygon([(362, 380), (790, 380), (812, 720), (340, 720)], 14))
    _hair(picture, rng, back)
    _shoulders(picture, rng)
    mask, height = _head()
    light = 0.3 + 0.86 * lit(cv2.GaussianBlur(height, (0, 0), 3).astype(np.float32), LIGHT)
    cover(picture, mask, np.clip(_skin(rng) * light[:, :, None], 0, 1).astype(np.float32))
    for side in (-1, 1):
        _eye(picture, side)
    fringe = ellipse(X, Y - 40, 216, 250) * (1 - ellipse(X + 46, Y + 74, 176, 244, 10))
    cover(picture, cv2.GaussianBlur(fringe, (0, 0), 12) * mask * 0.4, colour(70, 30, 20))
    _hair(picture, rng, fringe)
    return finish(picture, rng)


def _shoulders(picture: Array, rng: np.random.Generator) -> None:
    neck = polygon([(506, 560), (646, 560), (664, 760), (490, 760)], 3)
    round_neck = 90 * np.sqrt(np.clip(1 - ((COLUMNS - X) / 96) ** 2, 0, 1))
    under = 1 - 0.55 * np.clip((690 - ROWS) / 90, 0, 1)
    cover(picture, neck, colour(224, 172, 146) * ((0.25 + 0.8 * lit(round_neck, LIGHT)) * under)[:, :, None])
    body: list[tuple[float, float]] = [
        (160, HEIGHT),
        (206, 790),
        (330, 738),
        (492, 700),
        (576, 752),
        (660, 700),
        (822, 738),
        (946, 790),
        (992, HEIGHT),
    ]
    mask = polygon(body, 3)
    shape = cv2.GaussianBlur(mask, (0, 0), 34) * 170 + 9 * np.sin((COLUMNS + ROWS * 0.2) / 7) + 8 * fractal(rng, 90, 3)
    paint = colour(62, 84, 142) * (0.28 + 0.85 * lit(shape, LIGHT))[:, :, None]
    cover(picture, mask, np.clip(paint, 0, 1).astype(np.float32))
