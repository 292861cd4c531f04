"""PDF: one picture a page, and its words under it, unseen, so that a reader can search and copy them."""

import io
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from engines.manga.document import PAGE_HEIGHT, PAGE_WIDTH, Balloon, Document, Page
from engines.manga.exports.invisible import invisible_font

DATE = datetime(2020, 1, 1, tzinfo=UTC)
PAGE_POINTS = (182 / 25.4 * 72, 182 / 25.4 * 72 * PAGE_HEIGHT / PAGE_WIDTH)
POINTS_A_PIXEL = PAGE_POINTS[0] / PAGE_WIDTH


def to_pdf(pngs: Sequence[bytes], document: Document) -> bytes:
    """One PDF page of B5 width per PNG; a document read from right to left says so to the viewer.

    Raises ValueError without pages or for bytes that are not PNG.
    """
    import img2pdf
    import pikepdf

    if not pngs:
        raise ValueError("a PDF needs at least one page")
    layout = img2pdf.get_layout_fun(PAGE_POINTS)
    try:
        raw = img2pdf.convert(
            list(pngs), layout_fun=layout, title=document.title, creationdate=DATE, moddate=DATE, nodate=True
        )
    except img2pdf.ImageOpenError as error:
        raise ValueError("a page is not a PNG image") from error
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(raw)) as pdf:
        # the first half of the file id would keep the moment of making
        if "/ID" in pdf.trailer:
            del pdf.trailer["/ID"]
        rtl = document.direction == "rtl"
        pdf.Root.ViewerPreferences = pikepdf.Dictionary(Direction=pikepdf.Name.R2L if rtl else pikepdf.Name.L2R)
        pdf.Root.PageLayout = pikepdf.Name.TwoPageRight
        pdf.Root.Lang = document.language
        _add_words(pdf, document)
        pdf.save(out, deterministic_id=True, fix_metadata_version=False)
    return out.getvalue()


def _add_words(pdf: Any, document: Document) -> None:
    pages = [page for page in document.pages if page.letterings]
    if not pages:
        return
    font = invisible_font(pdf)
    for page in pages:
        target = pdf.pages[page.number - 1]
        target.contents_add(_text(page), prepend=False)
        target.add_resource(font, "/Font", "/Words")


def _text(page: Page) -> bytes:
    balloons = [b for panel in page.panels for b in _balloons(page, panel.id)]
    # 3 Tr: neither filled nor stroked
    return b"BT 3 Tr\n" + b"\n".join(_line(balloon) for balloon in balloons) + b"\nET"


def _balloons(page: Page, panel: str) -> list[Balloon]:
    lettering = page.letterings.get(panel)
    return sorted(lettering.balloons, key=lambda balloon: balloon.order) if lettering else []


def _line(balloon: Balloon) -> bytes:
    """One balloon's words stretched over the width of its text, so that a mark shows where they stand."""
    box = balloon.text_box
    size = max(4.0, min(box.h, 40.0) * POINTS_A_PIXEL)
    width = box.w * POINTS_A_PIXEL
    stretch = 100 * width / (size * 0.5 * max(len(balloon.text), 1))
    x = box.x * POINTS_A_PIXEL
    y = PAGE_POINTS[1] - (box.y + min(box.h, 40.0)) * POINTS_A_PIXEL
    codes = balloon.text.encode("utf-16-be").hex()
    return f"/Words {size:.1f} Tf {stretch:.1f} Tz 1 0 0 1 {x:.1f} {y:.1f} Tm <{codes}> Tj".encode()
