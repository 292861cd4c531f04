"""Pages for print: 1-bit PNG at 600 dpi on B5, where a tone is dots and nothing is grey.

Each panel is painted alone and cut by its polygon here: a clip path of the renderer costs more than all its art.
"""

import io

from PIL import Image, ImageDraw

from engines.manga.compose import View, art_svgs, over_svg
from engines.manga.document import PAGE_WIDTH, Document, Page, Panel
from engines.manga.render import render_clear

DOTS_PER_INCH = 600
PAGE_INCHES = 182 / 25.4
PRINT_WIDTH = round(PAGE_INCHES * DOTS_PER_INCH)
SCALE = PRINT_WIDTH / PAGE_WIDTH
THRESHOLD = 150


def to_print_png(page: Page, document: Document) -> bytes:
    """A page as a 1-bit PNG, 4,299 pixels wide and a spread twice that, marked with its resolution."""
    over = render_clear(over_svg(page, document), round(page.size[0] * SCALE))
    sheet = Image.new("L", over.size, 255)
    for panel, view, svg in art_svgs(page):
        _lay(sheet, panel, view, svg)
    sheet.paste(over.convert("L"), mask=over.getchannel("A"))
    out = io.BytesIO()
    # a little above the middle keeps thin white lines in black hair open
    sheet.point(lambda value: 255 * (value >= THRESHOLD)).convert("1", dither=Image.Dither.NONE).save(
        out, "PNG", dpi=(DOTS_PER_INCH, DOTS_PER_INCH), optimize=False
    )
    return out.getvalue()


def _lay(sheet: Image.Image, panel: Panel, view: View, svg: str) -> None:
    """Put the art of one panel where it belongs, inside its polygon."""
    left, top, width, _ = view
    art = render_clear(svg, round(width * SCALE)).convert("L")
    place = (round(left * SCALE), round(top * SCALE))
    mask = Image.new("L", art.size)
    corners = [(x * SCALE - place[0], y * SCALE - place[1]) for x, y in panel.polygon]
    ImageDraw.Draw(mask).polygon(corners, fill=255)
    sheet.paste(art, place, mask)
