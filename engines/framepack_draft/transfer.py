"""Colours, tones and palette of one picture for another, in CIE L*a*b*.

Colours follow Reinhard et al., "Color transfer between images" (2001): mean and deviation of a and b. Lightness follows
the quantiles, so that the shadows of one become as dark as those of the other.
"""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from engines.filters.colour import to_lab, to_rgb
from engines.framepack_draft.pictures import fit, load, load_mask, pixels
from foundation.errors import InvalidInput

Plane = NDArray[np.float32]
Pixels = NDArray[np.uint8]
QUANTILES = np.linspace(0, 1, 33)
# a grey picture has no colours to stretch, and noise is not to become one
LEAST_DEVIATION, LEAST_GAIN, MOST_GAIN = 2.0, 0.3, 2.0
# a lightness curve that is steeper tears smooth skies into bands
STEEPEST = 3.0
# the share of the quantiles in the lightness; the rest is the picture's own
TONE_SHARE = 0.85
# less than one level of one pixel is nothing
FEWEST = 0.5 / 255


def transfer(files: Mapping[str, bytes], strength: float, width: int, height: int) -> Image.Image:
    """``source`` with the palette of ``target``, ``width`` by ``height``; transparency of the source stays.

    White of ``source_mask`` keeps the source's own pixels; white of ``target_mask`` is the part of the target whose
    palette counts. ``strength`` 0 gives the source, 1 the whole transfer. Raises InvalidInput for a target mask that
    leaves nothing, BadImage for what is no picture.
    """
    source = load(files["source"])
    own = fit(source, width, height)
    if strength <= 0:
        return own
    free = 1 - _mask(files.get("source_mask"), source.size, (width, height), 0)
    if not free.any():
        return own
    palette, weights = _palette(files)
    return _mixed(own, free, recolour(pixels(own), free, palette, weights), strength)


def in_colours_of(picture: Image.Image, target: Image.Image, strength: float) -> Image.Image:
    """A whole picture with the palette of a whole target."""
    everywhere = np.ones(picture.size[::-1], np.float32)
    weights = _opaque(target)
    if weights.sum() < FEWEST:
        return picture
    return _mixed(picture, everywhere, recolour(pixels(picture), everywhere, pixels(target), weights), strength)


def _mixed(own: Image.Image, free: Plane, recoloured: NDArray[np.float32], strength: float) -> Image.Image:
    """The way from a picture to its recoloured self, where it is free."""
    moved = pixels(own) + strength * free[:, :, None] * (recoloured - pixels(own))
    result = Image.fromarray(np.clip(np.rint(moved), 0, 255).astype(np.uint8))
    if own.mode == "RGBA":
        result.putalpha(own.getchannel("A"))
    return result


def _mask(data: bytes | None, source: tuple[int, int], size: tuple[int, int], plain: float) -> Plane:
    """A mask in 0..1 that goes with a picture through ``fit``, H×W; ``plain`` everywhere if there is none."""
    if data is None:
        return np.full(size[::-1], plain, np.float32)
    return _shares(fit(load_mask(data, source), *size))


def _palette(files: Mapping[str, bytes]) -> tuple[Pixels, Plane]:
    """The target's colours and how much each pixel counts."""
    target = load(files["target"])
    weights = _mask(files.get("target_mask"), target.size, target.size, 1)
    weights = weights * _opaque(target)
    if weights.sum() < FEWEST:
        raise InvalidInput("the target and its mask leave no pixel; paint white in target_mask what is to be used")
    return pixels(target), weights


def _opaque(picture: Image.Image) -> Plane:
    """How much can be seen of each pixel, in 0..1."""
    if picture.mode == "RGBA":
        return _shares(picture.getchannel("A"))
    return np.ones(picture.size[::-1], np.float32)


def _shares(mask: Image.Image) -> Plane:
    """Levels of 0..255 as 0..1, H×W."""
    return (np.asarray(mask, np.float32) / 255).astype(np.float32)


def recolour(source: Pixels, free: Plane, target: Pixels, weights: Plane) -> NDArray[np.float32]:
    """The source with all of the target's palette, H×W×3 in 0..255.

    ``free`` weighs the source's pixels and ``weights`` the target's, both in 0..1 and of their sizes.
    """
    ours, theirs = _lab(source), _lab(target)
    ours[:, :, 0] = _tones(ours[:, :, 0], free, theirs[:, :, 0], weights)
    for channel in (1, 2):
        ours[:, :, channel] = _reinhard(ours[:, :, channel], free, theirs[:, :, channel], weights)
    return to_rgb(ours) * 255


def _lab(picture: Pixels) -> NDArray[np.float32]:
    return to_lab((picture / np.float32(255)).astype(np.float32))


def _reinhard(ours: Plane, free: Plane, theirs: Plane, weights: Plane) -> Plane:
    mean, deviation = _moments(ours, free)
    wanted, spread = _moments(theirs, weights)
    gain = np.clip(spread / max(deviation, LEAST_DEVIATION), LEAST_GAIN, MOST_GAIN)
    return ((ours - mean) * gain + wanted).astype(np.float32)


def _moments(values: Plane, weights: Plane) -> tuple[float, float]:
    mean = float(np.average(values, weights=weights))
    return mean, float(np.sqrt(np.average((values - mean) ** 2, weights=weights)))


def _tones(ours: Plane, free: Plane, theirs: Plane, weights: Plane) -> Plane:
    """The lightness by a curve that rises everywhere, but nowhere steeply."""
    places, levels = _quantiles(ours, free), _quantiles(theirs, weights)
    steps = np.diff(places)
    # where the source has one level only, the curve has a step of the least width
    steps = np.maximum(steps, 1e-3)
    rises = np.minimum(np.diff(levels), steps * STEEPEST)
    curve = np.concatenate([[0], np.cumsum(rises)])
    curve += float(np.average(levels)) - float(np.average(curve))
    at = places[0] + np.concatenate([[0], np.cumsum(steps)])
    moved = np.interp(ours, at, curve).astype(np.float32)
    return np.clip(ours + TONE_SHARE * (moved - ours), 0, 100).astype(np.float32)


def _quantiles(values: Plane, weights: Plane) -> NDArray[np.float64]:
    """Lightness at each of QUANTILES, from a histogram."""
    counts, edges = np.histogram(values, bins=400, range=(0, 100), weights=weights)
    share = np.cumsum(counts) / counts.sum()
    # a tiny slope keeps empty bins in order
    share = share + np.linspace(0, 1e-6, share.size)
    return np.interp(QUANTILES, share, (edges[:-1] + edges[1:]) / 2)
