"""SVG to PNG, the same bytes every time: no system fonts, no clock."""

from functools import lru_cache

import numpy as np
import resvg_py


def render_png(svg: str, width: int | None = None) -> bytes:
    """Paint an SVG document as PNG, ``width`` pixels wide if given, else at its own size.

    Raises ValueError if the document is not SVG.
    """
    try:
        return bytes(resvg_py.svg_to_bytes(svg_string=svg, width=width, skip_system_fonts=True))
    except ValueError as error:
        raise ValueError(f"the page is not valid SVG: {error}") from error


@lru_cache(maxsize=8)
def grey(svg: str, width: int) -> np.ndarray:
    """Paint an SVG document as grey levels 0 to 255, shape (height, width), dtype uint8."""
    import io

    from PIL import Image

    return np.asarray(Image.open(io.BytesIO(render_png(svg, width))).convert("L"))
