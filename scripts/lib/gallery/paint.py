"""What the sample pictures are painted with: noise, soft shapes and lit balls on float pictures, H×W×3 in 0..1."""

import cv2
import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.floating]
Colour = tuple[float, float, float]
HEIGHT, WIDTH = 864, 1152
LIGHT = np.array([-0.5, -0.62, 0.6], np.float32)
ROWS, COLUMNS = (a.astype(np.float32) for a in np.mgrid[0:HEIGHT, 0:WIDTH])


def colour(*rgb: float) -> Array:
    """A colour of 0..255 as an array of 0..1."""
    return np.array(rgb, np.float32) / 255


def fractal(rng: np.random.Generator, scale: float, octaves: int = 5, stretch: float = 1.0) -> Array:
    """Smooth noise of 0..1, H×W; ``scale`` is its coarsest period in pixels, ``stretch`` how much wider than high."""
    total = np.zeros((HEIGHT, WIDTH), np.float32)
    for octave in range(octaves):
        period = scale / 2**octave
        size = (max(2, int(WIDTH / (period * stretch)) + 2), max(2, int(HEIGHT / period) + 2))
        layer = rng.random(size[::-1], dtype=np.float32)
        total += cv2.resize(layer, (WIDTH, HEIGHT), interpolation=cv2.INTER_CUBIC) * 0.5**octave
    low, high = float(total.min()), float(total.max())
    return (total - low) / (high - low)


def ridge(rng: np.random.Generator, level: float, swing: float, scale: float) -> Array:
    """A skyline: the height (row) of a range of hills at each column, W values."""
    line = np.full(WIDTH, level, np.float32)
    for octave in range(6):
        knots = rng.random(max(3, int(WIDTH / scale * 2**octave) + 2), dtype=np.float32) - 0.5
        line += swing * 0.5**octave * np.interp(np.linspace(0, len(knots) - 1, WIDTH), np.arange(len(knots)), knots)
    return line


def cover(picture: Array, alpha: Array, paint: Array) -> None:
    """Lay a colour or a picture over ``picture`` in place, where ``alpha`` (H×W) says so."""
    picture += alpha[:, :, None] * (paint - picture)


def soft(edge: Array, width: float = 1.5) -> Array:
    """A signed distance in pixels (inside positive) as a mask with a soft border."""
    return np.clip(edge / width + 0.5, 0, 1)


def polygon(points: list[tuple[float, float]], blur: float = 0.7) -> Array:
    """A filled polygon as a mask, H×W in 0..1."""
    mask = np.zeros((HEIGHT, WIDTH), np.uint8)
    cv2.fillPoly(mask, [np.array(points, np.float32).astype(np.int32)], 255, cv2.LINE_AA)
    return cv2.GaussianBlur(mask, (0, 0), blur).astype(np.float32) / 255


def ellipse(x: float, y: float, rx: float, ry: float, width: float = 1.5) -> Array:
    """A filled ellipse as a mask."""
    reach = np.sqrt(((COLUMNS - x) / rx) ** 2 + ((ROWS - y) / ry) ** 2)
    return soft((1 - reach) * min(rx, ry), width)


def lit(height: Array, light: Array = LIGHT) -> Array:
    """Diffuse light of 0..1 on a height field in pixels."""
    across = cv2.Sobel(height, cv2.CV_32F, 1, 0, scale=1 / 8)
    down = cv2.Sobel(height, cv2.CV_32F, 0, 1, scale=1 / 8)
    facing = light[2] - across * light[0] - down * light[1]
    return np.clip(facing / np.sqrt(1 + across**2 + down**2), 0, 1) / float(np.linalg.norm(light))


def ball(picture: Array, place: tuple[float, float, float, float], paint: Array, gloss: float = 0.0) -> None:
    """A lit ellipsoid at (x, y, rx, ry) in a colour or a texture, with its rim in reflected light."""
    x, y, rx, ry = place
    u, v = (COLUMNS - x) / rx, (ROWS - y) / ry
    depth = np.sqrt(np.clip(1 - u * u - v * v, 0, 1))
    normal = np.stack([u, v, depth], axis=2)
    unit = LIGHT / np.linalg.norm(LIGHT)
    facing = normal @ unit
    half = unit + np.array([0, 0, 1], np.float32)
    shine = np.clip(normal @ (half / np.linalg.norm(half)), 0, 1) ** 48
    light = 0.22 + 0.85 * np.clip(facing, 0, 1) + 0.12 * (1 - depth) ** 2
    shaded = paint * light[:, :, None] + gloss * shine[:, :, None]
    cover(picture, ellipse(x, y, rx, ry), np.clip(shaded, 0, 1).astype(np.float32))


def shadow(picture: Array, place: tuple[float, float, float, float], depth: float = 0.6, blur: float = 14.0) -> None:
    """A soft shadow, an ellipse at (x, y, rx, ry)."""
    mask = cv2.GaussianBlur(ellipse(*place), (0, 0), blur)
    picture *= 1 - depth * mask[:, :, None]


def finish(picture: Array, rng: np.random.Generator, grain: float = 0.012) -> NDArray[np.uint8]:
    """The picture in 8 bits, with a camera's softness and noise."""
    soft_picture = cv2.GaussianBlur(picture, (0, 0), 0.8)
    noisy = soft_picture + rng.normal(0, grain, picture.shape).astype(np.float32)
    return (np.clip(noisy, 0, 1) * 255 + 0.5).astype(np.uint8)
