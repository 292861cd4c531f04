import io
import time
import xml.etree.ElementTree as ET
import zipfile

import pikepdf
import pytest

from engines.manga.document import Document
from engines.manga.exports import digest, to_cbz, to_pdf, to_png_zip
from engines.manga.render import render_png

SVG = '<svg xmlns="http://www.w3.org/2000/svg" width="120" height="170"><rect width="{}" height="90"/></svg>'
PAGES = [render_png(SVG.format(width)) for width in (30, 60, 90)]
JAPANESE = Document(title="空 & 海", language="ja", direction="rtl", provenance={"art": "draft"})
ENGLISH = Document(title="Sky", language="en", direction="ltr")


def test_pdf_reads_from_right_to_left():
    with pikepdf.open(io.BytesIO(to_pdf(PAGES, JAPANESE))) as pdf:
        assert pdf.Root.ViewerPreferences.Direction == "/R2L"
        assert len(pdf.pages) == 3
        assert str(pdf.docinfo["/Title"]) == "空 & 海"
    with pikepdf.open(io.BytesIO(to_pdf(PAGES, ENGLISH))) as pdf:
        assert pdf.Root.ViewerPreferences.Direction == "/L2R"


def test_cbz_says_manga_and_keeps_the_pages():
    with zipfile.ZipFile(io.BytesIO(to_cbz(PAGES, JAPANESE))) as archive:
        assert archive.testzip() is None
        assert archive.read("002.png") == PAGES[1]
        assert all(info.compress_type == zipfile.ZIP_STORED for info in archive.infolist())
        root = ET.fromstring(archive.read("ComicInfo.xml"))
    values = {e.tag: e.text for e in root}
    assert values["Manga"] == "YesAndRightToLeft"
    assert (values["LanguageISO"], values["PageCount"], values["Title"]) == ("ja", "3", "空 & 海")
    with zipfile.ZipFile(io.BytesIO(to_cbz(PAGES, ENGLISH))) as archive:
        assert b"RightToLeft" not in archive.read("ComicInfo.xml")


def test_png_zip_is_in_page_order():
    with zipfile.ZipFile(io.BytesIO(to_png_zip(PAGES))) as archive:
        assert archive.namelist() == ["page-001.png", "page-002.png", "page-003.png"]


@pytest.mark.parametrize(
    "make", [lambda: to_pdf(PAGES, JAPANESE), lambda: to_cbz(PAGES, JAPANESE), lambda: to_png_zip(PAGES)]
)
def test_exports_are_the_same_bytes_every_time(make):
    first = digest(make())
    # dates in files count seconds, and C code takes them where no patch reaches
    time.sleep(1.1)
    assert digest(make()) == first
    assert digest(to_cbz(PAGES[:2], JAPANESE)) != digest(to_cbz(PAGES, JAPANESE))


def test_pdf_refuses_nothing_and_rubbish():
    with pytest.raises(ValueError, match="at least one page"):
        to_pdf([], JAPANESE)
    with pytest.raises(ValueError, match="not a PNG"):
        to_pdf([b"rubbish"], JAPANESE)
