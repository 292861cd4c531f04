"""Light: volume and bevels, bloom, vignette."""

import cv2
import numpy as np

from engines.filters.arrays import Picture, Plane
from engines.filters.scene import FilterInput, blur, luma, mix, noise, ramp

# from the upper left, towards the eye
LIGHT = np.array([-0.5, -0.6, 0.62], np.float32)


def relief(
    picture: Picture,
    scene: FilterInput,
    *,
    width: float = 16.0,
    depth: float = 1.0,
    volume: float = 0.0,
    gloss: float = 0.15,
    crease: float = 0.4,
    grain: float = 0.0,
    fingerprints: float = 0.0,
) -> Picture:
    """Light the regions of a flat picture as rounded bodies, from the upper left.

    ``width`` of the bevel at their borders and its ``depth``; ``volume`` by the input's brightness; ``gloss`` of the
    surface; ``crease``, how dark it is between bodies; ``grain`` and ``fingerprints``, marks in the surface.
    """
    reach = max(1.5, scene.size(width))
    height, near = pillow(picture, reach)
    height = height * depth + blur(luma(scene.base), 5 * scene.unit) * volume * 100 * scene.unit
    height = blur(height, 0.12 * reach)
    if grain:
        rng = scene.rng("relief")
        height = height + grain * scene.unit * (
            0.25 * noise(rng, height.shape, 5 * scene.unit) + noise(rng, height.shape, 26 * scene.unit)
        )
    if fingerprints:
        height = height + fingerprints * thumbs(scene)
    light, shine = lit(height)
    shaded = picture * (0.42 + 0.74 * light * (1 - crease * near))[:, :, None] + gloss * shine[:, :, None]
    return np.clip(shaded, 0, 1)


def pillow(picture: Picture, reach: float) -> tuple[Plane, Plane]:
    """Heights in pixels that rise from the borders of the regions as a quarter circle does, and the creases (0..1)."""
    border = np.zeros(picture.shape[:2], np.uint8)
    border[:, 1:] |= np.abs(np.diff(picture, axis=1)).max(axis=2) > 0.02
    border[1:] |= np.abs(np.diff(picture, axis=0)).max(axis=2) > 0.02
    distance = cv2.distanceTransform(1 - border, cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    # without a border the distance is without end
    inward = np.clip(distance / reach, 0, 1)
    return reach * np.sqrt(1 - (1 - inward) ** 2), np.exp(-((inward / 0.18) ** 2))


def lit(height: Plane) -> tuple[Plane, Plane]:
    """Diffuse and specular light (0..1) on a height field in pixels; level ground has 0.8 of the diffuse."""
    across = cv2.Sobel(height, cv2.CV_32F, 1, 0, scale=1 / 8)
    down = cv2.Sobel(height, cv2.CV_32F, 0, 1, scale=1 / 8)
    length = np.sqrt(1 + across * across + down * down)
    light = LIGHT / np.linalg.norm(LIGHT)
    half = light + np.array([0, 0, 1], np.float32)
    half /= np.linalg.norm(half)
    diffuse, shine = ((v[2] - across * v[0] - down * v[1]) / length for v in (light, half))
    return np.clip(0.16 + diffuse, 0, 1), np.clip(shine, 0, 1) ** 22


def thumbs(scene: FilterInput, count: int = 46, period: float = 4.2) -> Plane:
    """Heights of ridges that thumbs have left here and there."""
    height, width = scene.source.shape[:2]
    plane, rng = np.zeros((height, width), np.float32), scene.rng("thumbs")
    reach = max(2, round(34 * scene.unit))
    for _ in range(count):
        x, y, turn, bend = rng.random() * width, rng.random() * height, rng.random() * np.pi, rng.uniform(0.6, 1.6)
        left, top = max(0, int(x) - reach), max(0, int(y) - reach)
        window = (slice(top, int(y) + reach), slice(left, int(x) + reach))
        rows, columns = np.mgrid[
            window[0].start : min(height, window[0].stop), window[1].start : min(width, window[1].stop)
        ]
        u = ((columns - x) * np.cos(turn) + (rows - y) * np.sin(turn)) / reach
        v = ((rows - y) * np.cos(turn) - (columns - x) * np.sin(turn)) / reach
        ridges = np.sin(np.hypot(u * bend, v + 0.5) * reach * 2 * np.pi / (period * scene.unit))
        plane[window] += (ridges * np.clip(1 - u * u * 1.7 - v * v, 0, 1)).astype(np.float32)
    return plane * scene.unit


def bloom(
    picture: Picture, scene: FilterInput, *, amount: float = 0.3, radius: float = 24.0, above: float = 0.7
) -> Picture:
    """Bright parts (``above`` 0..1) shine over their borders."""
    bright = picture * ramp(luma(picture), above, 1.0)[:, :, None]
    glow = blur(bright, max(1.0, scene.size(radius)))
    return 1 - (1 - picture) * (1 - amount * np.clip(glow, 0, 1))


def vignette(picture: Picture, _scene: FilterInput, *, amount: float = 0.25, inner: float = 0.45) -> Picture:
    """Darken towards the corners as a lens does; ``inner`` (0..1) is how far out it begins."""
    away = from_centre(picture)
    return picture * (1 - amount * ramp(away, inner, 1.05))[:, :, None]


def from_centre(picture: Picture) -> Plane:
    """The distance from the middle, 1 in the corners, H×W."""
    height, width = picture.shape[:2]
    rows = (np.arange(height, dtype=np.float32) / max(1, height - 1) - 0.5)[:, None]
    columns = (np.arange(width, dtype=np.float32) / max(1, width - 1) - 0.5)[None]
    return np.hypot(rows, columns) / np.float32(np.sqrt(0.5))


def daylight(picture: Picture, scene: FilterInput, *, amount: float = 0.2) -> Picture:
    """Light that falls off from the upper left, stronger on even ground than on what is textured already."""
    height, width = picture.shape[:2]
    fall = (np.arange(height, dtype=np.float32) / max(1, height - 1))[:, None] * 0.6 + (
        np.arange(width, dtype=np.float32) / max(1, width - 1)
    )[None] * 0.4
    grey = luma(scene.base)
    uneven = blur(np.abs(grey - blur(grey, 6 * scene.unit)), 12 * scene.unit)
    even = 1 / (1 + (uneven / 0.02) ** 2)
    lit_picture = picture * (1.12 - 0.9 * fall)[:, :, None]
    return np.clip(mix(picture, lit_picture, amount * (0.4 + 0.6 * even)), 0, 1)
