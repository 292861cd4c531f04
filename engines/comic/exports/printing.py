"""Pages for print: 1-bit PNG at 600 dpi on B5 with 3 mm of bleed, where a tone is dots and nothing is grey.

Each panel is painted alone and cut by its polygon here: a clip path of the renderer costs more than all its art.
Art that runs to the trim is mirrored into the bleed; words and frames are not.
"""

import io

import numpy as np
from PIL import Image, ImageDraw
from PIL.PngImagePlugin import PngInfo

from engines.comic.compose import View, art_svgs, over_svg
from engines.comic.document import PAGE_WIDTH, Document, Page, Panel
from engines.comic.render import render_clear

DOTS_PER_INCH = 600
PAGE_INCHES = 182 / 25.4
PRINT_WIDTH = round(PAGE_INCHES * DOTS_PER_INCH)
SCALE = PRINT_WIDTH / PAGE_WIDTH
BLEED_MM = 3.0
BLEED = round(BLEED_MM / 25.4 * DOTS_PER_INCH)
THRESHOLD = 150


def to_print_png(page: Page, document: Document) -> bytes:
    """A page as a 1-bit PNG marked with its resolution: 4,299 by 6,091 pixels at the trim, a spread twice as wide.

    ``BLEED`` pixels lie outside the trim on each side. The engines stand in its metadata, not on the paper.
    """
    over = render_clear(over_svg(page, document, credits=False), round(page.size[0] * SCALE))
    sheet = Image.new("L", over.size, 255)
    for panel, view, svg in art_svgs(page):
        _lay(sheet, panel, view, svg)
    sheet = Image.fromarray(np.pad(np.asarray(sheet), BLEED, mode="symmetric"))
    sheet.paste(over.convert("L"), (BLEED, BLEED), mask=over.getchannel("A"))
    out = io.BytesIO()
    # a little above the middle keeps thin white lines in black hair open
    sheet.point([255 * (value >= THRESHOLD) for value in range(256)]).convert("1", dither=Image.Dither.NONE).save(
        out, "PNG", dpi=(DOTS_PER_INCH, DOTS_PER_INCH), optimize=False, pnginfo=_facts(document)
    )
    return out.getvalue()


def _facts(document: Document) -> PngInfo:
    facts = PngInfo()
    facts.add_itxt("Title", document.title)
    facts.add_text("Source", ", ".join(f"{role}: {engine}" for role, engine in sorted(document.provenance.items())))
    facts.add_text("Comment", f"trim box {BLEED} pixels ({BLEED_MM:g} mm) inside each edge")
    return facts


def _lay(sheet: Image.Image, panel: Panel, view: View, svg: str) -> None:
    """Put the art of one panel where it belongs, inside its polygon."""
    left, top, width, _ = view
    art = render_clear(svg, round(width * SCALE)).convert("L")
    place = (round(left * SCALE), round(top * SCALE))
    mask = Image.new("L", art.size)
    corners = [(x * SCALE - place[0], y * SCALE - place[1]) for x, y in panel.polygon]
    ImageDraw.Draw(mask).polygon(corners, fill=255)
    sheet.paste(art, place, mask)
