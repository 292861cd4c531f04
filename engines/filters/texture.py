"""Surfaces: film grain, canvas, dots of print."""

import numpy as np

from engines.filters.arrays import Picture
from engines.filters.scene import FilterInput, luma, mix, noise, ramp


def grain(picture: Picture, scene: FilterInput, *, amount: float = 5.0, size: float = 1.2) -> Picture:
    """Film grain of ``amount`` levels of 255, strongest in the middle tones, in clumps of ``size``."""
    plane = noise(scene.rng("grain"), picture.shape, 2 * size * scene.unit)
    grey = luma(picture)
    return np.clip(picture + (plane * (0.35 + 2.6 * grey * (1 - grey)) * amount / 255)[:, :, None], 0, 1)


def canvas(picture: Picture, scene: FilterInput, *, amount: float = 6.0, thread: float = 3.2) -> Picture:
    """The weave of a canvas, ``amount`` levels of 255, threads of ``thread`` apart; thick bright paint hides it."""
    height, width = picture.shape[:2]
    # below two pixels a weave would be a moiré
    step = 2 * np.pi / max(3.0, thread * scene.unit)
    rng = scene.rng("canvas")
    uneven = 0.7 * noise(rng, picture.shape, 16 * scene.unit)
    rows, columns = np.arange(height, dtype=np.float32)[:, None], np.arange(width, dtype=np.float32)[None]
    warp, weft = np.sin(columns * step + uneven), np.sin(rows * step + uneven)
    over = np.sin(columns * step / 2) * np.sin(rows * step / 2)
    weave = np.where(over > 0, warp, weft)
    return np.clip(picture + (weave * (1 - 0.5 * luma(picture)) * amount / 255)[:, :, None], 0, 1).astype(np.float32)


def halftone(
    picture: Picture,
    scene: FilterInput,
    *,
    period: float = 9.0,
    amount: float = 0.3,
    below: float = 0.6,
    angle: float = 45,
) -> Picture:
    """Dots of print in the shadows: larger where it is darker ``below`` a brightness, ``amount`` of darkening."""
    height, width = picture.shape[:2]
    step = 2 * np.pi / max(4.0, period * scene.unit)
    turn = np.deg2rad(angle)
    rows, columns = np.mgrid[0:height, 0:width].astype(np.float32)
    u = (columns * np.cos(turn) + rows * np.sin(turn)) * step
    v = (rows * np.cos(turn) - columns * np.sin(turn)) * step
    dots = 0.5 + 0.25 * (np.cos(u) + np.cos(v))
    grey = luma(picture)
    share = np.clip((below - grey) / below, 0, 1) * ramp(grey, 0.04, 0.16)
    soft = 0.5 * step
    inside = ramp(dots, 1 - share - soft, 1 - share + soft) * (share > 0.02)
    return mix(picture, picture * 0.55, amount * inside.astype(np.float32))
