"""Recipes: lists of operations with their parameters, as a preset's ``filter`` has them."""

import io
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from engines.filters.operations import OPERATIONS
from foundation.errors import Misconfigured

Rgb = NDArray[np.uint8]


def apply_recipe(rgb: Rgb, recipe: Sequence[Mapping[str, Any]], strength: float, seed: int) -> Rgb:
    """An H×W×3 picture in 8 bits by a recipe. ``strength`` is 0.1 to 1; the same seed gives the same bytes.

    Raises Misconfigured for an operation or a parameter that is not there.
    """
    for step in recipe:
        name, parameters = step.get("op"), {key: value for key, value in step.items() if key != "op"}
        operation = OPERATIONS.get(str(name))
        if operation is None:
            raise Misconfigured(f"a style asks for the filter {name}; there are {', '.join(sorted(OPERATIONS))}")
        try:
            rgb = operation(rgb, strength, seed, **parameters)
        except TypeError as error:
            raise Misconfigured(f"the filter {name} does not take {', '.join(parameters)}") from error
    return rgb


def filter_png(data: bytes, recipe: Sequence[Mapping[str, Any]], strength: float, seed: int) -> bytes:
    """The same for a PNG in RGB or RGBA; transparency stays as it was."""
    with Image.open(io.BytesIO(data)) as image:
        alpha = image.getchannel("A") if image.mode == "RGBA" else None
        rgb = np.asarray(image.convert("RGB"))
    made, out = Image.fromarray(apply_recipe(rgb, recipe, strength, seed)), io.BytesIO()
    if alpha is not None:
        made.putalpha(alpha)
    made.save(out, "PNG", compress_level=1)
    return out.getvalue()
