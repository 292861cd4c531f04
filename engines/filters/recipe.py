"""Recipes: lists of operations with their parameters, as a preset's ``filter`` has them."""

import inspect
import io
from collections.abc import Mapping, Sequence
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from engines.filters.arrays import Picture
from engines.filters.operations import OPERATIONS
from engines.filters.resolution import enlarge, shrink
from engines.filters.scene import FilterInput
from foundation.errors import Misconfigured

Rgb = NDArray[np.uint8]
Recipe = Sequence[Mapping[str, Any]]
# larger pictures are made at this size and enlarged with their own edges: memory stays bounded
WORK_PIXELS = 4_000_000
# operations look at windows; a smaller picture is continued by its border
LEAST_SIDE = 48
BAND = 512
# a strength of 0.1 is a hint that can be seen
EASE = 0.75


def apply_recipe(rgb: Rgb, recipe: Recipe, strength: float, seed: int) -> Rgb:
    """An H×W×3 picture in 8 bits by a recipe. ``strength`` is 0.1 to 1; the same seed gives the same bytes.

    Raises Misconfigured for an operation or a parameter that is not there.
    """
    check_recipe(recipe)
    small = shrink(rgb, WORK_PIXELS).astype(np.float32) / 255
    filtered = _cook(small, recipe, strength, seed)
    return _finish(filtered, small, rgb, min(1.0, strength**EASE))


def check_recipe(recipe: Recipe) -> None:
    """Raises Misconfigured, with the operation's name, for one that is not there or does not take a parameter."""
    for step in recipe:
        name = str(step.get("op"))
        operation = OPERATIONS.get(name)
        if operation is None:
            raise Misconfigured(f"a style asks for the filter {name}; there are {', '.join(sorted(OPERATIONS))}")
        known = [p.name for p in inspect.signature(operation).parameters.values() if p.kind is p.KEYWORD_ONLY]
        unknown = sorted(step.keys() - {"op", *known})
        if unknown:
            takes = ", ".join(known) or "no parameter"
            raise Misconfigured(f"the filter {name} does not take {', '.join(unknown)}; it takes {takes}")


def _cook(picture: Picture, recipe: Recipe, strength: float, seed: int) -> Picture:
    """The recipe at full amount; sizes go by the strength."""
    height, width = picture.shape[:2]
    down, across = max(0, LEAST_SIDE - height), max(0, LEAST_SIDE - width)
    scene = FilterInput(cv2.copyMakeBorder(picture, 0, down, 0, across, cv2.BORDER_REPLICATE), strength, seed)
    filtered = scene.source
    for step in recipe:
        parameters = {key: value for key, value in step.items() if key != "op"}
        try:
            filtered = OPERATIONS[step["op"]](filtered, scene, **parameters)
        except (TypeError, ValueError, cv2.error) as error:
            raise Misconfigured(f"the filter {step['op']} cannot work with {parameters}: {error}") from error
    return np.ascontiguousarray(filtered[:height, :width], np.float32)


def _finish(filtered: Picture, small: Picture, rgb: Rgb, share: float) -> Rgb:
    """``share`` of the made picture over the input, at the input's size, band by band."""
    out = np.empty_like(rgb)
    for top in range(0, rgb.shape[0], BAND):
        rows = slice(top, min(rgb.shape[0], top + BAND))
        full = rgb[rows].astype(np.float32) / 255
        band = filtered[rows] if filtered.shape == rgb.shape else enlarge(filtered, small, full, top, rgb.shape[0])
        out[rows] = (np.clip(full + (band - full) * share, 0, 1) * 255 + 0.5).astype(np.uint8)
    return out


def filter_png(data: bytes, recipe: Recipe, strength: float, seed: int) -> bytes:
    """The same for a PNG in RGB or RGBA; transparency stays as it was."""
    with Image.open(io.BytesIO(data)) as image:
        alpha = image.getchannel("A") if image.mode == "RGBA" else None
        rgb = np.asarray(image.convert("RGB"))
    filtered, out = Image.fromarray(apply_recipe(rgb, recipe, strength, seed)), io.BytesIO()
    if alpha is not None:
        filtered.putalpha(alpha)
    filtered.save(out, "PNG", compress_level=1)
    return out.getvalue()
