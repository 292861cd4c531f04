"""Which way the shapes of a picture run: the structure tensor, and smoothing along it."""

import cv2
import numpy as np

from engines.filters.arrays import Picture, Plane
from engines.filters.resolution import shrink
from engines.filters.scene import blur, noise

PIXELS = 1_000_000


def tangents(picture: Picture, sigma: float, rng: np.random.Generator | None = None) -> Picture:
    """Unit vectors (x, y) along the edges, H×W×2; ``sigma`` in pixels is how far an edge is felt.

    Even ground follows edges farther away, and slow random swirls where there are none. Kass and Witkin, 1987.
    """
    small = shrink(picture, PIXELS)
    sigma = max(0.7, sigma * float(np.sqrt(small.size / picture.size)))
    tensor = _tensor(small)
    near = blur(tensor, sigma)
    tensor = near + 0.06 * blur(tensor, 5 * sigma) + 0.01 * blur(tensor, 16 * sigma)
    double = np.arctan2(2 * tensor[:, :, 2], tensor[:, :, 0] - tensor[:, :, 1])
    cosine, sine = np.cos(double), np.sin(double)
    if rng is not None:
        swirl = 2.2 * noise(rng, small.shape, 30 * sigma)
        power = tensor[:, :, 0] + tensor[:, :, 1]
        even = 2e-5 / (2e-5 + power)
        cosine, sine = cosine + even * (np.cos(swirl) - cosine), sine + even * (np.sin(swirl) - sine)
    # angles are doubled so that opposite directions are one; the field is enlarged in that form
    field = cv2.resize(np.dstack([cosine, sine]), picture.shape[1::-1], interpolation=cv2.INTER_LINEAR)
    angle = np.arctan2(field[:, :, 1], field[:, :, 0]) / 2 + np.pi / 2
    return np.dstack([np.cos(angle), np.sin(angle)]).astype(np.float32)


def _tensor(picture: Picture) -> Picture:
    """Products of the gradients, summed over the channels: xx, yy, xy."""
    across = cv2.Sobel(picture, cv2.CV_32F, 1, 0, scale=1 / 8)
    down = cv2.Sobel(picture, cv2.CV_32F, 0, 1, scale=1 / 8)
    pairs = ((across, across), (down, down), (across, down))
    return np.dstack([np.einsum("hwc,hwc->hw", a, b) for a, b in pairs])


def along(plane: Plane, field: Picture, reach: float, steps: int = 5) -> Plane:
    """The plane averaged along the field, ``reach`` pixels each way (line integral convolution, Cabral 1993)."""
    height, width = plane.shape[:2]
    rows, columns = np.mgrid[0:height, 0:width].astype(np.float32)
    total, step = plane.copy(), reach / steps
    for sign in (1.0, -1.0):
        x, y, way = columns.copy(), rows.copy(), field * sign
        for _ in range(steps):
            x += way[:, :, 0] * step
            y += way[:, :, 1] * step
            total += cv2.remap(plane, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT)
            following = cv2.remap(field, x, y, cv2.INTER_NEAREST, borderMode=cv2.BORDER_REFLECT)
            turn = np.sign(np.einsum("hwc,hwc->hw", following, way) + 1e-9)
            way = following * turn[:, :, None]
    return total / (2 * steps + 1)
