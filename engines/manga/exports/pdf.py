"""PDF: one picture a page, and its words under it, unseen, so that a reader can search and copy them."""

import io
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from PIL import UnidentifiedImageError

from engines.manga.document import PAGE_HEIGHT, PAGE_WIDTH, Box, Document
from engines.manga.exports.invisible import invisible_font
from engines.manga.exports.sheets import Sheet, sheets

DATE = datetime(2020, 1, 1, tzinfo=UTC)
PAGE_POINTS = (182 / 25.4 * 72, 182 / 25.4 * 72 * PAGE_HEIGHT / PAGE_WIDTH)
POINTS_A_PIXEL = PAGE_POINTS[0] / PAGE_WIDTH


def to_pdf(pngs: Sequence[bytes], document: Document) -> bytes:
    """One PDF page of B5 width per page of the book; one read from right to left says so to the viewer.

    A spread becomes two pages that face each other, a webtoon its strips one below the other.
    Raises ValueError without pages or for bytes that are not PNG.
    """
    import img2pdf
    import pikepdf

    if not pngs:
        raise ValueError("a PDF needs at least one page")
    webtoon = document.layout == "webtoon"
    layout = _strip_layout if webtoon else img2pdf.get_layout_fun(PAGE_POINTS)
    try:
        bound = sheets(pngs, document)
        raw = img2pdf.convert(
            [sheet.png for sheet in bound],
            layout_fun=layout,
            title=document.title,
            creationdate=DATE,
            moddate=DATE,
            nodate=True,
        )
    except (img2pdf.ImageOpenError, UnidentifiedImageError) as error:
        raise ValueError("a page is not a PNG image") from error
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(raw)) as pdf:
        # the first half of the file id would keep the moment of making
        if "/ID" in pdf.trailer:
            del pdf.trailer["/ID"]
        rtl = document.direction == "rtl"
        pdf.Root.ViewerPreferences = pikepdf.Dictionary(Direction=pikepdf.Name.R2L if rtl else pikepdf.Name.L2R)
        # the first page stands alone, so that even and odd ones face each other
        pdf.Root.PageLayout = pikepdf.Name.OneColumn if webtoon else pikepdf.Name.TwoPageRight
        pdf.Root.Lang = document.language
        _add_words(pdf, bound)
        pdf.save(out, deterministic_id=True, fix_metadata_version=False)
    return out.getvalue()


def _strip_layout(width: int, height: int, _: object) -> tuple[float, float, float, float]:
    w, h = width * POINTS_A_PIXEL, height * POINTS_A_PIXEL
    return w, h, w, h


def _add_words(pdf: Any, bound: Sequence[Sheet]) -> None:
    lettered = [(page, sheet) for page, sheet in zip(pdf.pages, bound, strict=True) if sheet.words]
    if not lettered:
        return
    font = invisible_font(pdf)
    for page, sheet in lettered:
        # 3 Tr: neither filled nor stroked
        lines = b"\n".join(_line(text, box, sheet.size[1]) for text, box in sheet.words)
        page.contents_add(b"BT 3 Tr\n" + lines + b"\nET", prepend=False)
        page.add_resource(font, "/Font", "/Words")


def _line(text: str, box: Box, height: int) -> bytes:
    """One balloon's words stretched over the width of its text, so that a mark shows where they stand."""
    size = max(4.0, min(box.h, 40.0) * POINTS_A_PIXEL)
    width = box.w * POINTS_A_PIXEL
    stretch = 100 * width / (size * 0.5 * max(len(text), 1))
    x = box.x * POINTS_A_PIXEL
    y = (height - box.y - min(box.h, 40.0)) * POINTS_A_PIXEL
    codes = text.encode("utf-16-be").hex()
    return f"/Words {size:.1f} Tf {stretch:.1f} Tz 1 0 0 1 {x:.1f} {y:.1f} Tm <{codes}> Tj".encode()
