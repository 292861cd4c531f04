"""Lines around shapes."""

import cv2
import numpy as np

from engines.filters.arrays import Picture, Plane
from engines.filters.flow import along, tangents
from engines.filters.scene import FilterInput, blur, luma, mix, noise, ramp


def outline(
    picture: Picture,
    scene: FilterInput,
    *,
    width: float = 2.0,
    threshold: float = 4.0,
    colour: tuple[float, float, float] = (20, 16, 24),
    tint: float = 0.0,
    shortest: float = 18.0,
    wobble: float = 0.0,
    flat: float = 0.0,
    ink: float = 0.0,
) -> Picture:
    """Draw lines on the dark side of the input's edges.

    ``width`` of a line; ``threshold``, how strong an edge must be in levels of 255; ``shortest``, how long a line must
    be; ``wobble``, how far a line strays as a hand does; ``tint``, how much a line takes of the colour under it;
    ``flat`` (0 to 1), how much the lines are those of the picture as it is at this step;
    ``ink`` (0 to 1), how much the input's own thin dark lines and letters stay.
    """
    line = _lines(mix(scene.base, picture, flat), scene.size(width), threshold / 255, shortest * scene.unit)
    if ink:
        line = np.maximum(line, ink * _ink(scene))
    if wobble:
        line = _stray(line, scene, wobble * scene.unit)
    pen = np.array(colour, np.float32) / 255
    inked = pen + tint * (0.35 * picture - pen)
    return mix(picture, inked.astype(np.float32), line * min(1.0, 0.4 + scene.strength))


def _lines(shapes: Picture, width: float, threshold: float, shortest: float) -> Plane:
    """Difference of Gaussians, smoothed along the edges (Kang 2007, Winnemöller 2012), without specks. H×W in 0..1."""
    sigma = max(0.6, width * 0.55)
    base = blur(shapes, 0.35 * sigma)
    fine, coarse = blur(base, sigma), blur(base, 1.6 * sigma)
    # an edge of one colour against another of the same brightness is an edge too
    darker = np.maximum(coarse - fine, 0)
    dark = np.sqrt(np.einsum("hwc,hwc->hw", darker, darker)) * 0.6 + (luma(coarse) - luma(fine)) * 0.4
    flow = tangents(base, 1.5 * sigma)
    dark = along(np.maximum(dark, -threshold), flow, 4 * sigma)
    line = ramp(dark, 0.8 * threshold, 1.3 * threshold)
    return line * _long_ones(line, shortest, sigma)


def _ink(scene: FilterInput) -> Plane:
    """What the input has drawn in thin dark strokes (a black top hat), H×W in 0..1."""
    grey = luma(scene.base)
    side = 2 * max(1, round(5 * scene.unit)) + 1
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side))
    return ramp(cv2.morphologyEx(grey, cv2.MORPH_BLACKHAT, kernel), 0.3, 0.6)


def _long_ones(line: Plane, shortest: float, sigma: float) -> Plane:
    """1 where a line belongs to a piece of at least this length, soft at its rim."""
    drawn = (line > 0.15).astype(np.uint8)
    _, labels, stats, _ = cv2.connectedComponentsWithStats(drawn, connectivity=8)
    labels = np.asarray(labels, np.int32)
    long = np.hypot(stats[:, 2], stats[:, 3]) >= shortest
    long[0] = False
    return blur(cv2.dilate(long[labels].astype(np.float32), np.ones((3, 3))), 0.3 * sigma)


def _stray(line: Plane, scene: FilterInput, far: float) -> Plane:
    """The line moved by slow noise."""
    height, width = line.shape
    rows, columns = np.mgrid[0:height, 0:width].astype(np.float32)
    rng = scene.rng("outline")
    period = 60 * scene.unit
    columns += far * noise(rng, line.shape, period)
    rows += far * noise(rng, line.shape, period)
    return cv2.remap(line, columns, rows, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT)
