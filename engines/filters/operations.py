"""The operations that recipes are made of: functions of (picture, scene, parameters) that give a picture.

A picture is H×W×3 in 0..1, lengths are in thousandths of its mean side.
"""

from collections.abc import Callable

from engines.filters.arrays import Picture
from engines.filters.colour import cel, grade, palette, saturate, tone
from engines.filters.detail import denoise, focus, local_contrast, sharpen
from engines.filters.light import bloom, daylight, relief, vignette
from engines.filters.outlines import outline
from engines.filters.smoothing import descreen, flatten
from engines.filters.strokes import strokes
from engines.filters.texture import canvas, grain, halftone

OPERATIONS: dict[str, Callable[..., Picture]] = {
    operation.__name__: operation
    for operation in (
        bloom, canvas, cel, daylight, denoise, descreen, flatten, focus, grade, grain, halftone, local_contrast,
        outline, palette, relief, saturate, sharpen, strokes, tone, vignette,
    )
}  # fmt: skip
