"""Pages for print: 1-bit PNG at 600 dpi on B5, where a tone is dots and nothing is grey."""

import io

from PIL import Image

from engines.manga.render import render_png

DOTS_PER_INCH = 600
PAGE_INCHES = 182 / 25.4
PRINT_WIDTH = round(PAGE_INCHES * DOTS_PER_INCH)
THRESHOLD = 150


def to_print_png(svg: str, pages: int = 1) -> bytes:
    """A page's SVG as a 1-bit PNG, 4,299 pixels wide for each of its ``pages``, marked with its resolution."""
    grey = Image.open(io.BytesIO(render_png(svg, PRINT_WIDTH * pages))).convert("L")
    out = io.BytesIO()
    # a little above the middle keeps thin white lines in black hair open
    grey.point(lambda value: 255 * (value >= THRESHOLD)).convert("1", dither=Image.Dither.NONE).save(
        out, "PNG", dpi=(DOTS_PER_INCH, DOTS_PER_INCH), optimize=False
    )
    return out.getvalue()
