"""SVG to PNG, the same bytes every time: no system fonts, no clock."""

import io
from functools import lru_cache

import numpy as np
import resvg_py
from PIL import Image


def render_png(svg: str, width: int | None = None) -> bytes:
    """Paint an SVG document over white as an opaque PNG, ``width`` pixels wide if given, else at its own size.

    A page without colour becomes an 8-bit grey image. Raises ValueError if the document is not SVG.
    """
    out = io.BytesIO()
    paint(svg, width).save(out, "PNG", compress_level=6)
    return out.getvalue()


@lru_cache(maxsize=8)
def grey(svg: str, width: int) -> np.ndarray:
    """Paint an SVG document as grey levels 0 to 255, shape (height, width), dtype uint8."""
    return np.asarray(paint(svg, width).convert("L"))


def render_clear(svg: str, width: int | None = None) -> Image.Image:
    """Paint an SVG document over nothing, as RGBA, ``width`` pixels wide if given, else at its own size."""
    return _resvg(svg, width)


def _resvg(svg: str, width: int | None) -> Image.Image:
    try:
        data = bytes(resvg_py.svg_to_bytes(svg_string=svg, width=width, skip_system_fonts=True))
    except ValueError as error:
        raise ValueError(f"the page is not valid SVG: {error}") from error
    return Image.open(io.BytesIO(data)).convert("RGBA")


def paint(svg: str, width: int | None = None) -> Image.Image:
    """Paint an SVG document over white: grey where it has no colour, else RGB. Raises ValueError as ``render_png``."""
    image = _resvg(svg, width)
    opaque = Image.alpha_composite(Image.new("RGBA", image.size, "#ffffff"), image).convert("RGB")
    red, green, blue = opaque.split()
    return red if red.tobytes() == green.tobytes() == blue.tobytes() else opaque
