"""Operations on colours, most of them in CIE L*a*b*: L of 0..100, a and b of about ±100."""

import cv2
import numpy as np
from numpy.typing import NDArray

from engines.filters.arrays import Picture, Plane
from engines.filters.scene import FilterInput, blur, luma, mix, ramp

Colour = tuple[float, float, float]
# a shadow on a body is less of a border than another colour
SHADE_WEIGHT = np.array([0.6, 1, 1], np.float32)


def to_lab(picture: Picture) -> Picture:
    """RGB of 0..1 in CIE L*a*b*."""
    return cv2.cvtColor(np.clip(picture, 0, 1), cv2.COLOR_RGB2LAB)


def to_rgb(lab: Picture) -> Picture:
    """CIE L*a*b* in RGB of 0..1."""
    return np.clip(cv2.cvtColor(lab, cv2.COLOR_LAB2RGB), 0, 1)


def saturate(picture: Picture, _scene: FilterInput, *, amount: float = 1.3, vibrance: float = 0.0) -> Picture:
    """Multiply colourfulness by ``amount``; ``vibrance`` adds to dull colours more than to strong ones."""
    lab = to_lab(picture)
    chroma = np.hypot(lab[:, :, 1], lab[:, :, 2])
    gain = amount + vibrance * np.exp(-chroma / 30)
    lab[:, :, 1:] *= gain[:, :, None]
    return to_rgb(lab)


def tone(
    picture: Picture, _scene: FilterInput, *, contrast: float = 0.3, lift: float = 0.0, gamma: float = 1.0
) -> Picture:
    """A photographic S curve: ``contrast`` 0 to 1, ``lift`` of the blacks and roll-off of the whites, ``gamma``."""
    grey = np.clip(picture, 0, 1) ** gamma
    curve = grey * grey * (3 - 2 * grey)
    return lift + (1 - 1.5 * lift) * mix(grey, curve, contrast)


def grade(
    picture: Picture,
    _scene: FilterInput,
    *,
    shadows: Colour = (0, 0, 0),
    middle: Colour = (0, 0, 0),
    lights: Colour = (0, 0, 0),
) -> Picture:
    """Split toning: levels of 255 added to the dark, the middle and the bright parts, for red, green and blue."""
    grey = luma(picture)
    dark, bright = 1 - ramp(grey, 0.0, 0.55), ramp(grey, 0.45, 1.0)
    between = 1 - np.abs(2 * grey - 1)
    parts = ((dark, shadows), (between, middle), (bright, lights))
    added = sum(weight[:, :, None] * (np.array(colour, np.float32) / 255) for weight, colour in parts)
    return np.clip(picture + added, 0, 1).astype(np.float32)


def cel(
    picture: Picture,
    scene: FilterInput,
    *,
    tones: int = 5,
    sharpness: float = 3.0,
    cool: float = 6.0,
    bright: float = 0.0,
) -> Picture:
    """Cel shading: brightness in ``tones`` steps with crisp borders.

    ``cool`` turns shadows to violet, ``bright`` (0 to 1) lifts what is neither black nor white.
    """
    lab = to_lab(picture)
    level = blur(lab[:, :, 0], scene.size(2.0)) / 100
    stepped = _steps(level + bright * level * (1 - level), tones, sharpness)
    shade = np.clip(0.75 - stepped, 0, 0.75) * ramp(stepped, 0.02, 0.2)
    lab[:, :, 0] = 100 * stepped
    lab[:, :, 1] += cool * shade
    lab[:, :, 2] -= 2 * cool * shade
    return to_rgb(lab)


def _steps(level: Plane, tones: int, sharpness: float) -> Plane:
    """Soft quantisation (Winnemöller, 2006): black and white stay what they are."""
    scaled = level * (tones - 1)
    whole = np.floor(scaled)
    part = 0.5 + 0.5 * np.tanh((scaled - whole - 0.5) * 2 * sharpness) / np.tanh(sharpness)
    return ((whole + part) / (tones - 1)).astype(np.float32)


def palette(
    picture: Picture,
    scene: FilterInput,
    *,
    colours: int = 10,
    rounding: float = 4.0,
    spread: float = 1.0,
    smallest: float = 10.0,
) -> Picture:
    """Few flat colours in rounded regions.

    ``rounding`` of the borders; ``spread`` by which the colours are drawn apart in brightness, ``smallest`` side of a
    region.
    """
    lab = to_lab(picture) * SHADE_WEIGHT
    centres = choose_colours(lab, colours)
    labels = _regions(lab, centres, max(0.5, scene.size(rounding)))
    labels = _without_specks(labels, max(4.0, scene.size(smallest)))
    shades = centres / SHADE_WEIGHT
    shades[:, 0] = np.clip(50 + spread * (shades[:, 0] - 50), 0, 100)
    return to_rgb(shades[None].astype(np.float32))[0][labels]


def choose_colours(lab: Picture, count: int) -> NDArray[np.float32]:
    """The colours that stand for a picture, N×3 as it has them: k-means of a thumbnail.

    It begins with those farthest apart, so no chance is in it.
    """
    height, width = lab.shape[:2]
    small = cv2.resize(lab, (min(width, 96), min(height, 96)), interpolation=cv2.INTER_AREA).reshape(-1, 3)
    chosen = [small.mean(axis=0)]
    for _ in range(count - 1):
        far = np.min([np.sum((small - each) ** 2, axis=1) for each in chosen], axis=0)
        chosen.append(small[int(np.argmax(far))])
    centres = np.array(chosen, np.float32)
    for _ in range(12):
        nearest = np.argmin(((small[:, None] - centres) ** 2).sum(axis=2), axis=1)
        for n in range(count):
            if (nearest == n).any():
                centres[n] = small[nearest == n].mean(axis=0)
    return centres


def _regions(lab: Picture, centres: NDArray[np.float32], sigma: float) -> NDArray[np.uint8]:
    """For each pixel the colour that prevails around it."""
    best = np.full(lab.shape[:2], -1.0, np.float32)
    labels = np.zeros(lab.shape[:2], np.uint8)
    nearest = np.zeros(lab.shape[:2], np.uint8)
    least = np.full(lab.shape[:2], np.inf, np.float32)
    for n, centre in enumerate(centres):
        distance = np.einsum("hwc,hwc->hw", lab - centre, lab - centre)
        nearest[distance < least] = n
        np.minimum(least, distance, out=least)
    for n in range(len(centres)):
        share = blur((nearest == n).astype(np.float32), sigma)
        labels[share > best] = n
        np.maximum(best, share, out=best)
    return labels


def _without_specks(labels: NDArray[np.uint8], side: float) -> NDArray[np.uint8]:
    """Regions with no room for a square of this side get the label of what is next to them."""
    reach = max(1, round(side / 2))
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * reach + 1, 2 * reach + 1))
    stable = np.zeros(labels.shape, bool)
    for label in np.unique(labels):
        mask = (labels == label).astype(np.uint8)
        stable |= cv2.morphologyEx(mask, cv2.MORPH_OPEN, kernel, borderType=cv2.BORDER_REFLECT).astype(bool)
    if not stable.any():
        return labels
    _, nearest = cv2.distanceTransformWithLabels(
        (~stable).astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_5, labelType=cv2.DIST_LABEL_PIXEL
    )
    nearest = np.asarray(nearest, np.int32)
    table = np.zeros(int(nearest.max()) + 1, np.uint8)
    table[nearest[stable]] = labels[stable]
    return table[nearest]
