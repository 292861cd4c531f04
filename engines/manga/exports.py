"""Finished pages as PDF, CBZ and a zip of PNG files. The same pages give the same bytes: dates and ids are fixed."""

import hashlib
import io
import zipfile
from collections.abc import Sequence
from datetime import UTC, datetime
from xml.sax.saxutils import escape

from engines.manga.document import Document

EPOCH = (1980, 1, 1, 0, 0, 0)
DATE = datetime(2020, 1, 1, tzinfo=UTC)
PAGE_POINTS = (182 / 25.4 * 72, 182 / 25.4 * 72 * 1700 / 1200)


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
        pdf.save(out, deterministic_id=True, fix_metadata_version=False)
    return out.getvalue()


def to_cbz(pngs: Sequence[bytes], document: Document) -> bytes:
    """A comic archive: the pages stored in order, and ComicInfo.xml with title, language and reading direction."""
    files = [(f"{number:03d}.png", png) for number, png in enumerate(pngs, 1)]
    return _zip([*files, ("ComicInfo.xml", _comic_info(len(pngs), document).encode())])


def to_png_zip(pngs: Sequence[bytes]) -> bytes:
    """All pages as ``page-001.png`` and so on in one stored zip."""
    return _zip([(f"page-{number:03d}.png", png) for number, png in enumerate(pngs, 1)])


def digest(data: bytes) -> str:
    """SHA-256 of an export in hex, to name or compare it."""
    return hashlib.sha256(data).hexdigest()


def _zip(files: Sequence[tuple[str, bytes]]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as archive:
        for name, data in files:
            info = zipfile.ZipInfo(name, EPOCH)
            info.external_attr = 0o644 << 16
            info.create_system = 3
            archive.writestr(info, data)
    return out.getvalue()


def _comic_info(count: int, document: Document) -> str:
    manga = "YesAndRightToLeft" if document.direction == "rtl" else "Yes"
    first = ' Type="FrontCover"'
    pages = "".join(f'<Page Image="{i}"{first if i == 0 else ""}/>' for i in range(count))
    made_by = ", ".join(sorted(set(document.provenance.values())))
    fields = {
        "Title": document.title,
        "Notes": f"engine: {made_by}" if made_by else "",
        "PageCount": str(count),
        "LanguageISO": document.language,
        "BlackAndWhite": "Yes",
        "Manga": manga,
    }
    body = "".join(f"<{key}>{escape(value)}</{key}>" for key, value in fields.items() if value)
    return f'<?xml version="1.0" encoding="utf-8"?><ComicInfo>{body}<Pages>{pages}</Pages></ComicInfo>'
