"""PDF: one picture a page, and its words under it, unseen, so that a reader can search and copy them."""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from PIL import UnidentifiedImageError

from engines.comic.document import PAGE_HEIGHT, PAGE_WIDTH, Box, Document
from engines.comic.exports.invisible import invisible_font
from engines.comic.exports.printing import BLEED, BLEED_MM
from engines.comic.exports.sheets import Sheet, sheets

DATE = datetime(2020, 1, 1, tzinfo=UTC)
MILLIMETRE = 72 / 25.4
PAGE_POINTS = (182 * MILLIMETRE, 182 * MILLIMETRE * PAGE_HEIGHT / PAGE_WIDTH)
POINTS_A_PIXEL = PAGE_POINTS[0] / PAGE_WIDTH
SCENE = {"ja": "シーン {}", "en": "Scene {}"}


@dataclass(frozen=True)
class Bleed:
    """How far the pictures reach over the trim: in their own pixels, and in points of the page."""

    pixels: int = 0
    points: float = 0.0


PRINT_BLEED = Bleed(BLEED, BLEED_MM * MILLIMETRE)


def to_pdf(pngs: Sequence[bytes], document: Document, bleed: Bleed = Bleed()) -> bytes:
    """One PDF page of B5 width per page of the book; one read from right to left says so to the viewer.

    A spread becomes two pages that face each other, a webtoon its strips one below the other. Pictures for print come
    with their ``bleed``: readers show the trim, and printers find the rest by the page's boxes.
    Raises ValueError without pages or for bytes that are not PNG.
    """
    import img2pdf
    import pikepdf

    if not pngs:
        raise ValueError("a PDF needs at least one page")
    webtoon = document.layout == "webtoon"
    layout = _strip_layout if webtoon else img2pdf.get_layout_fun(tuple(n + 2 * bleed.points for n in PAGE_POINTS))
    try:
        bound = sheets(pngs, document, bleed=bleed.pixels)
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
    assert raw is not None
    with pikepdf.open(io.BytesIO(raw)) as pdf:
        # the first half of the file id would keep the moment of making
        if "/ID" in pdf.trailer:
            del pdf.trailer["/ID"]
        _describe(pdf, document)
        _add_outline(pdf, bound, document)
        _add_words(pdf, bound, bleed)
        if bleed.points:
            _add_boxes(pdf, bleed)
        pdf.save(out, deterministic_id=True, fix_metadata_version=False, min_version="1.7")
    return out.getvalue()


def _strip_layout(width: int, height: int, _: object) -> tuple[float, float, float, float]:
    w, h = width * POINTS_A_PIXEL, height * POINTS_A_PIXEL
    return w, h, w, h


def _describe(pdf: Any, document: Document) -> None:
    """Direction, layout, language, page numbers, and the metadata in XMP."""
    from pikepdf import Array, Dictionary, Name

    rtl = document.direction == "rtl"
    pdf.Root.ViewerPreferences = Dictionary(Direction=Name.R2L if rtl else Name.L2R, DisplayDocTitle=True)
    # the first page stands alone, so that even and odd ones face each other
    pdf.Root.PageLayout = Name.OneColumn if document.layout == "webtoon" else Name.TwoPageRight
    pdf.Root.Lang = document.language
    pdf.Root.PageLabels = Dictionary(Nums=Array([0, Dictionary(S=Name.D, St=1)]))
    with pdf.open_metadata(set_pikepdf_as_editor=False, update_docinfo=False) as metadata:
        metadata["dc:title"] = document.title
        metadata["dc:language"] = {document.language}
        metadata["dc:format"] = "application/pdf"
        engines = ", ".join(f"{role}: {engine}" for role, engine in sorted(document.provenance.items()))
        metadata["xmp:CreatorTool"] = f"Koma ({engines})" if engines else "Koma"


def _add_outline(pdf: Any, bound: Sequence[Sheet], document: Document) -> None:
    """A bookmark for each scene, at the page on which it begins."""
    from pikepdf import OutlineItem

    starts = [(sheet.scene, index) for index, sheet in enumerate(bound) if sheet.scene is not None]
    with pdf.open_outline() as outline:
        outline.root.extend(OutlineItem(SCENE[document.language].format(scene), index) for scene, index in starts)


def _add_boxes(pdf: Any, bleed: Bleed) -> None:
    """The paper with its bleed, and the trim inside it, which readers show."""
    from pikepdf import Array

    for page in pdf.pages:
        left, low, right, top = (float(value) for value in page.mediabox)
        trim = Array([left + bleed.points, low + bleed.points, right - bleed.points, top - bleed.points])
        page.obj.BleedBox, page.obj.TrimBox, page.obj.CropBox = page.mediabox, trim, trim


def _add_words(pdf: Any, bound: Sequence[Sheet], bleed: Bleed) -> None:
    lettered = [(page, sheet) for page, sheet in zip(pdf.pages, bound, strict=True) if sheet.words]
    if not lettered:
        return
    font = invisible_font(pdf)
    for page, sheet in lettered:
        # 3 Tr: neither filled nor stroked
        lines = b"\n".join(_line(text, box, sheet.size[1], bleed) for text, box in sheet.words)
        page.contents_add(b"BT 3 Tr\n" + lines + b"\nET", prepend=False)
        page.add_resource(font, "/Font", "/Words")


def _line(text: str, box: Box, height: int, bleed: Bleed) -> bytes:
    """One balloon's words stretched over the width of its text, so that a mark shows where they stand."""
    size = max(4.0, min(box.h, 40.0) * POINTS_A_PIXEL)
    width = box.w * POINTS_A_PIXEL
    codes = text.encode("utf-16-be")
    stretch = 100 * width / (size * 0.5 * max(len(codes) // 2, 1))
    x = box.x * POINTS_A_PIXEL + bleed.points
    y = (height - box.y - min(box.h, 40.0)) * POINTS_A_PIXEL + bleed.points
    return f"/Words {size:.1f} Tf {stretch:.1f} Tz 1 0 0 1 {x:.1f} {y:.1f} Tm <{codes.hex()}> Tj".encode()
