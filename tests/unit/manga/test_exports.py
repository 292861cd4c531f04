import io
import shutil
import subprocess
import time
import xml.etree.ElementTree as ET
import zipfile

import numpy as np
import pikepdf
import pytest
from PIL import Image
from psd_tools import PSDImage

from engines.manga.compose import page_svg
from engines.manga.document import Balloon, Box, Character, Document, Lettering, Page, Panel
from engines.manga.exports import to_cbz, to_epub, to_page_zip, to_pdf, to_print_png, to_psd
from engines.manga.render import render_png
from tests.support.pages import EXAMPLES, pages_of

SVG = '<svg xmlns="http://www.w3.org/2000/svg" width="120" height="170"><rect width="{}" height="90"/></svg>'
PAGES = [render_png(SVG.format(width)) for width in (30, 60, 90)]
JAPANESE = Document(title="空 & 海", language="ja", direction="rtl", provenance={"art": "draft"})
ENGLISH = Document(title="Sky", language="en", direction="ltr")
WORDS = "12月の約束、ちゃんと覚えてる？"


def lettered():
    panel = Panel(id="p2.panel1", page=2, number=1, scene=1, polygon=[(0, 0), (900, 0), (900, 900), (0, 900)])
    balloon = Balloon(
        id="p2.panel1.balloon1",
        line="p2.panel1.line1",
        kind="speech",
        text=WORDS,
        order=1,
        font="dialogue",
        font_size=30,
        outline="",
        text_path="",
        hull=[],
        text_box=Box(x=200, y=100, w=90, h=300),
    )
    page = Page(number=2, panels=[panel], letterings={panel.id: Lettering(panel=panel.id, svg="", balloons=[balloon])})
    return JAPANESE.model_copy(update={"pages": [page], "characters": [Character(id="c1", name="ハル & ミオ")]})


LETTERED = lettered()


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
    with zipfile.ZipFile(io.BytesIO(to_page_zip(PAGES, "png"))) as archive:
        assert archive.namelist() == ["page-001.png", "page-002.png", "page-003.png"]


@pytest.mark.parametrize(
    "make",
    [
        lambda: to_pdf(PAGES, LETTERED),
        lambda: to_cbz(PAGES, LETTERED),
        lambda: to_epub(PAGES, LETTERED),
        lambda: to_page_zip(PAGES, "png"),
        lambda: to_psd(LETTERED.pages[0], LETTERED),
    ],
)
def test_exports_are_the_same_bytes_every_time(make):
    first = make()
    # dates in files count seconds, and C code takes them where no patch reaches
    time.sleep(1.1)
    assert make() == first


def test_pdf_refuses_nothing_and_rubbish():
    with pytest.raises(ValueError, match="at least one page"):
        to_pdf([], JAPANESE)
    with pytest.raises(ValueError, match="not a PNG"):
        to_pdf([b"rubbish"], JAPANESE)


def test_the_words_of_a_pdf_can_be_found_on_their_page(tmp_path):
    path = tmp_path / "manga.pdf"
    path.write_bytes(to_pdf(PAGES, LETTERED))
    found = [
        subprocess.run(["pdftotext", "-f", n, "-l", n, path, "-"], capture_output=True, text=True, check=True).stdout
        for n in ("1", "2", "3")
    ]
    assert [text.strip("\f\n ") for text in found] == ["", WORDS, ""]


def test_a_pdf_shows_the_same_with_and_without_words(tmp_path):
    shown = []
    for name, document in (("with", LETTERED), ("without", JAPANESE)):
        (tmp_path / name).write_bytes(to_pdf(PAGES, document))
        subprocess.run(["pdftoppm", "-r", "50", "-png", tmp_path / name, tmp_path / name], check=True)
        shown.append([page.read_bytes() for page in sorted(tmp_path.glob(f"{name}-*.png"))])
    assert shown[0] == shown[1]
    assert len(shown[0]) == 3


@pytest.mark.skipif(shutil.which("java") is None, reason="epubcheck needs Java")
@pytest.mark.parametrize("document", [LETTERED, ENGLISH])
def test_epubcheck_has_nothing_to_say(tmp_path, document):
    (tmp_path / "manga.epub").write_bytes(to_epub(PAGES, document))
    command = ["java", "-jar", "/usr/share/java/epubcheck.jar", tmp_path / "manga.epub"]
    told = subprocess.run(command, capture_output=True, text=True, check=False)
    assert told.returncode == 0, told.stdout + told.stderr
    assert "0 fatals / 0 errors / 0 warnings" in told.stdout + told.stderr


def test_an_epub_turns_its_pages_as_the_story_is_read():
    for document, direction, side in ((LETTERED, "rtl", "left"), (ENGLISH, "ltr", "right")):
        with zipfile.ZipFile(io.BytesIO(to_epub(PAGES, document))) as archive:
            package = archive.read("book/package.opf").decode()
        assert f'page-progression-direction="{direction}"' in package
        assert f'idref="page1" properties="page-spread-{side}"' in package


def test_comic_info_tells_who_is_in_it():
    with zipfile.ZipFile(io.BytesIO(to_cbz(PAGES, LETTERED))) as archive:
        root = ET.fromstring(archive.read("ComicInfo.xml"))
    assert root.findtext("Characters") == "ハル & ミオ"
    assert [page.get("ImageWidth") for page in root.find("Pages")] == ["120"] * 3


def test_print_pages_are_black_and_white_at_600_dpi_and_show_the_page():
    ((drawn, document),) = pages_of((EXAMPLES / "rooftop.txt").read_text(), "ja", only=3)
    page = Image.open(io.BytesIO(to_print_png(drawn, document)))
    assert page.mode == "1"
    assert page.size == (4299, 6091)
    assert round(page.info["dpi"][0]) == 600
    shown = Image.open(io.BytesIO(render_png(page_svg(drawn, document)))).convert("L")
    small = [np.asarray(image.convert("L").resize((120, 170), Image.Resampling.BOX), float) for image in (page, shown)]
    assert np.abs(small[0] - small[1]).mean() < 6
    assert np.corrcoef(small[0].ravel(), small[1].ravel())[0, 1] > 0.98


def test_a_psd_has_a_named_layer_for_each_thing_and_shows_the_page():
    ((page, document),) = pages_of((EXAMPLES / "rooftop.txt").read_text(), "ja", only=3)
    psd = PSDImage.open(io.BytesIO(to_psd(page, document)))
    names = [layer.name for layer in psd]
    assert names[0] == "paper"
    assert "p3 frames" in names
    assert [name for name in names if name.endswith(" art")] == [f"{panel.id} art" for panel in page.panels]
    balloons = [b for lettering in page.letterings.values() for b in lettering.balloons]
    assert sum(".balloon" in name for name in names) == len(balloons)
    assert any("ミオ やっぱり、忘れてたんだ" in name for name in names)
    flat = np.asarray(psd.composite().convert("L").resize((300, 425)), dtype=float)
    whole = np.asarray(Image.open(io.BytesIO(render_png(page_svg(page, document)))).resize((300, 425)), dtype=float)
    assert np.abs(flat - whole)[:410].mean() < 2
