"""Painting with brush strokes that follow the shapes, from coarse to fine (Hertzmann, 1998)."""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from engines.filters.arrays import Picture, Plane
from engines.filters.flow import along, tangents
from engines.filters.light import LIGHT
from engines.filters.scene import FilterInput, blur, noise

POINTS = 7
# of the most strokes in a layer: a picture of one megapixel at the finest brush has some 25,000
MOST = 60_000
Places = NDArray[np.float32]


@dataclass(frozen=True)
class _Brush:
    """Radius in pixels, length in radii, and how far below a difference in colour nothing is painted over (0..1)."""

    radius: float
    length: float
    tolerance: float


def strokes(
    picture: Picture,
    scene: FilterInput,
    *,
    sizes: Sequence[float] = (12, 6, 3),
    length: float = 6.0,
    tolerance: float = 12.0,
    jitter: float = 6.0,
    bristles: float = 0.5,
    impasto: float = 0.5,
) -> Picture:
    """Paint the picture anew.

    ``sizes`` are the brushes' radii; ``length`` of a stroke in radii; ``tolerance`` in levels of 255, how wrong a
    colour must be for a finer brush to mend it; ``jitter`` of the colours in levels; ``bristles``, how much they are
    seen; ``impasto``, the light on the thickness of the paint.
    """
    rng = scene.rng("strokes")
    field = tangents(scene.base, max(1.0, scene.size(min(sizes))), rng)
    canvas = np.dstack([_bytes(blur(picture, scene.size(max(sizes)))), np.full(picture.shape[:2], 90, np.uint8)])
    for n, size in enumerate(sizes):
        # the finer the brush, the more it takes to use it
        brush = _Brush(max(0.6, scene.size(size)), length, tolerance / 255 * 1.6 ** (n - 1) if n else 0.0)
        _paint_layer(canvas, picture, field, brush, jitter=jitter, rng=rng)
    painted, height = canvas[:, :, :3].astype(np.float32) / 255, canvas[:, :, 3].astype(np.float32) / 255
    return _light(painted, height, _bristles(field, scene, rng), (bristles, impasto), scene)


def _bytes(picture: Picture) -> NDArray[np.uint8]:
    return (np.clip(picture, 0, 1) * 255 + 0.5).astype(np.uint8)


def _paint_layer(
    canvas: NDArray[np.uint8],
    picture: Picture,
    field: Picture,
    brush: _Brush,
    *,
    jitter: float,
    rng: np.random.Generator,
) -> None:
    """One layer of strokes over the canvas, in a random order."""
    wanted = blur(picture, 0.5 * brush.radius)
    starts = _starts(canvas, wanted, brush, rng)
    if len(starts) == 0:
        return
    paths = _trace(starts, wanted, field, brush)
    tints = (
        _at(wanted, starts) * 255
        + rng.normal(0, jitter, (len(starts), 1))
        + rng.normal(0, jitter / 2, (len(starts), 3))
    )
    heights = rng.uniform(70, 190, (len(starts), 1))
    colours = np.clip(np.hstack([tints, heights]), 0, 255).tolist()
    widths = np.maximum(1, np.rint(2 * brush.radius * rng.uniform(0.7, 1.15, len(starts)))).astype(int).tolist()
    # a sixteenth of a pixel
    points = np.rint(paths * 16).astype(np.int32)
    for path, tint, wide in zip(points, colours, widths, strict=True):
        cv2.polylines(canvas, [path], False, tint, wide, cv2.LINE_AA, 4)


def _starts(canvas: NDArray[np.uint8], wanted: Picture, brush: _Brush, rng: np.random.Generator) -> Places:
    """Where strokes begin, N×2 (x, y): a jittered grid, of it what is not yet painted well enough."""
    height, width = wanted.shape[:2]
    step = max(1.0, brush.radius * (1.1 if brush.tolerance else 0.9), np.sqrt(height * width / MOST))
    x, y = np.meshgrid(np.arange(step / 2, width, step), np.arange(step / 2, height, step))
    places = np.stack([x.ravel(), y.ravel()], axis=1) + rng.uniform(-step / 2, step / 2, (x.size, 2))
    places = np.clip(places, 0, [width - 1, height - 1]).astype(np.float32)
    if brush.tolerance:
        wrong = np.abs(canvas[:, :, :3].astype(np.float32) / 255 - wanted).max(axis=2)
        places = places[_at(blur(wrong, 0.5 * brush.radius), places) > brush.tolerance]
    return places[rng.permutation(len(places))]


def _at(picture: Picture, places: Places) -> NDArray[np.float32]:
    """The picture's values at places."""
    x, y = places.astype(int).T
    return picture[np.clip(y, 0, picture.shape[0] - 1), np.clip(x, 0, picture.shape[1] - 1)]


def _trace(starts: Places, wanted: Picture, field: Picture, brush: _Brush) -> NDArray[np.float32]:
    """Paths along the field, N×POINTS×2, that end where the colour is no longer that of their start."""
    step = brush.radius * brush.length / (POINTS - 1)
    colour, here = _at(wanted, starts), starts.copy()
    way, going, path = _at(field, starts), np.ones(len(starts), bool), [starts]
    for _ in range(POINTS - 1):
        there = here + way * step
        going = going & (np.abs(_at(wanted, there) - colour).max(axis=1) < 0.09)
        here = np.where(going[:, None], there, here)
        turned = _at(field, here)
        turned = turned * np.where((turned * way).sum(axis=1) < 0, -1, 1)[:, None]
        way = 0.4 * way + 0.6 * turned
        path.append(here)
    return np.stack(path, axis=1)


def _bristles(field: Picture, scene: FilterInput, rng: np.random.Generator) -> Plane:
    """Fine furrows along the strokes, mean 0 and deviation 1."""
    furrows = along(noise(rng, field.shape, 2.4 * scene.unit), field, 14 * scene.unit, 6)
    return furrows / max(float(furrows.std()), 1e-3)


def _light(
    painted: Picture, height: Plane, furrows: Plane, amounts: tuple[float, float], scene: FilterInput
) -> Picture:
    """The paint with its bristles, and light from the upper left on its thickness."""
    bristles, impasto = amounts
    surface = blur(height, 0.7 * scene.unit) * 7 * scene.unit + furrows * bristles * 0.55 * scene.unit
    across = cv2.Sobel(surface, cv2.CV_32F, 1, 0, scale=1 / 8)
    down = cv2.Sobel(surface, cv2.CV_32F, 0, 1, scale=1 / 8)
    light = np.tanh(-(across * LIGHT[0] + down * LIGHT[1]) * 0.9) * impasto
    shaded = painted * (1 + 0.45 * light + 0.035 * bristles * furrows)[:, :, None]
    gleam = np.clip(light - 0.28, 0, 1)[:, :, None] * 0.35
    return np.clip(shaded + gleam, 0, 1).astype(np.float32)
