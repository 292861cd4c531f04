import io
import shutil
import subprocess
import time
import xml.etree.ElementTree as ET
import zipfile
from functools import lru_cache

import numpy as np
import pikepdf
import pytest
from PIL import Image
from psd_tools import PSDImage

from engines.comic.compose import over_svg, page_svg
from engines.comic.document import Balloon, Box, Character, Document, Drawing, Lettering, Page, Panel, Sfx
from engines.comic.exports import PRINT_BLEED, to_cbz, to_epub, to_page_zip, to_pdf, to_print_png, to_psd
from engines.comic.exports.printing import BLEED
from engines.comic.exports.sheets import sheets
from engines.comic.render import render_png
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
    visible = []
    for name, document in (("with", LETTERED), ("without", JAPANESE)):
        (tmp_path / name).write_bytes(to_pdf(PAGES, document))
        subprocess.run(["pdftoppm", "-r", "50", "-png", tmp_path / name, tmp_path / name], check=True)
        visible.append([page.read_bytes() for page in sorted(tmp_path.glob(f"{name}-*.png"))])
    assert visible[0] == visible[1]
    assert len(visible[0]) == 3


@pytest.mark.skipif(shutil.which("java") is None, reason="epubcheck needs Java")
@pytest.mark.parametrize("document", [LETTERED, ENGLISH])
def test_epubcheck_has_nothing_to_say(tmp_path, document):
    (tmp_path / "manga.epub").write_bytes(to_epub(PAGES, document))
    command = ["java", "-jar", "/usr/share/java/epubcheck.jar", tmp_path / "manga.epub"]
    process = subprocess.run(command, capture_output=True, text=True, check=False)
    assert process.returncode == 0, process.stdout + process.stderr
    assert "0 fatals / 0 errors / 0 warnings" in process.stdout + process.stderr


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


@lru_cache
def in_print(number):
    """A page of a story, its document, and the page for print: half a minute of drawing for all tests below."""
    ((drawn, document),) = pages_of((EXAMPLES / "rooftop.txt").read_text(), "ja", only=number)
    return drawn, document, to_print_png(drawn, document)


def test_print_pages_are_black_and_white_at_600_dpi_and_show_the_page():
    drawn, document, printed = in_print(1)
    page = Image.open(io.BytesIO(printed))
    assert page.mode == "1"
    assert page.size == (4299 + 2 * BLEED, 6091 + 2 * BLEED)
    assert round(page.info["dpi"][0]) == 600
    page = page.crop((BLEED, BLEED, page.width - BLEED, page.height - BLEED))
    displayed = Image.open(io.BytesIO(render_png(page_svg(drawn, document)))).convert("L")
    small = [
        np.asarray(image.convert("L").resize((120, 170), Image.Resampling.BOX), float) for image in (page, displayed)
    ]
    assert np.abs(small[0] - small[1]).mean() < 6
    assert np.corrcoef(small[0].ravel(), small[1].ravel())[0, 1] > 0.98


def test_art_runs_into_the_bleed_and_words_do_not():
    drawn, _, printed = in_print(1)
    assert any(panel.bleed for panel in drawn.panels)
    page = Image.open(io.BytesIO(printed))
    ink = 255 - np.asarray(page.convert("L"), dtype=int)
    assert ink[: BLEED - 5, BLEED:-BLEED].mean() > 5
    assert ink[BLEED : 2 * BLEED, BLEED:-BLEED].mean() == pytest.approx(ink[:BLEED, BLEED:-BLEED].mean(), abs=2)
    foot = ink[-BLEED:]
    assert foot.max() == 0 or drawn.panels[-1].bleed


def test_print_files_name_their_engines_in_metadata_and_not_on_the_paper():
    drawn, document, printed = in_print(1)
    other = document.model_copy(update={"provenance": {"artist": "some other engine"}})
    pictures = [Image.open(io.BytesIO(each)) for each in (printed, to_print_png(drawn, other))]
    assert document.provenance != other.provenance
    assert pictures[0].tobytes() == pictures[1].tobytes()
    assert pictures[1].info["Source"] == "artist: some other engine"
    assert "engine" not in over_svg(drawn, other, credits=False)


def test_a_pdf_for_print_has_its_bleed_outside_the_trim_and_its_words_in_place():
    drawn, document, printed = in_print(1)
    whole = document.model_copy(update={"pages": [drawn]})
    data = to_pdf([printed], whole, PRINT_BLEED)
    with pikepdf.open(io.BytesIO(data)) as pdf:
        page = pdf.pages[0]
        trim, media = ([float(v) for v in box] for box in (page.trimbox, page.mediabox))
        assert trim == pytest.approx([media[0] + 8.504, media[1] + 8.504, media[2] - 8.504, media[3] - 8.504], abs=0.01)
        assert trim[2] - trim[0] == pytest.approx(182 / 25.4 * 72, abs=0.01)
        assert page.cropbox == page.trimbox
        assert [int(each.BitsPerComponent) for each in page.obj.Resources.XObject.values()] == [1]
    plain = to_pdf([render_png(page_svg(drawn, document))], whole)
    places = [_word_places(each) for each in (data, plain)]
    assert places[0]
    for (word, x, y), (other, left, top) in zip(*places, strict=True):
        assert (word, x - 8.504, y - 8.504) == (other, pytest.approx(left, abs=0.2), pytest.approx(top, abs=0.2))


def _word_places(data):
    """The lines of the text layer with their origins in points."""
    found, place = [], (0.0, 0.0)
    with pikepdf.open(io.BytesIO(data)) as pdf:
        for operands, operator in pikepdf.parse_content_stream(pdf.pages[0]):
            if str(operator) == "Tm":
                place = (float(operands[4]), float(operands[5]))
            elif str(operator) == "Tj":
                found.append((bytes(operands[0]).decode("utf-16-be"), *place))
    return found


def test_the_halves_of_a_printed_spread_keep_their_bleed_at_the_fold():
    panel = Panel(
        id="p1.panel1", page=1, number=1, scene=1, polygon=[(0, 0), (2400, 0), (2400, 1700), (0, 1700)], paper="spread"
    )
    document = JAPANESE.model_copy(update={"pages": [Page(number=1, panels=[panel])]})
    out = io.BytesIO()
    Image.new("1", (240 + 20, 170 + 20), 1).save(out, "PNG")
    halves = [Image.open(io.BytesIO(sheet.png)) for sheet in sheets([out.getvalue()], document, bleed=10)]
    assert [(half.size, half.mode) for half in halves] == [((120 + 20, 170 + 20), "1")] * 2


def test_a_pdf_has_labels_bookmarks_and_metadata():
    with pikepdf.open(io.BytesIO(to_pdf(PAGES, LETTERED))) as pdf:
        assert pdf.pdf_version == "1.7"
        assert [page.label for page in pdf.pages] == ["1", "2", "3"]
        with pdf.open_outline() as outline:
            assert [item.title for item in outline.root] == ["シーン 1"]
        metadata = pdf.open_metadata()
        assert metadata["dc:title"] == "空 & 海"
        assert metadata["xmp:CreatorTool"] == "Koma (art: draft)"


def test_sounds_can_be_found_in_a_pdf():
    document = LETTERED.model_copy(deep=True)
    panel = document.pages[0].panels[0]
    panel.sfx = [Sfx(id=f"{panel.id}.sfx1", text="カツン")]
    document.pages[0].drawings[panel.id] = Drawing(panel=panel.id, svg="", sfx=[Box(x=10, y=20, w=30, h=40)])
    assert "カツン".encode("utf-16-be").hex().encode() in _content(to_pdf(PAGES, document))


def _content(data):
    with pikepdf.open(io.BytesIO(data)) as pdf:
        return b"".join(page.Contents.read_bytes() if not isinstance(page.Contents, pikepdf.Array) else b"".join(
            part.read_bytes() for part in page.Contents) for page in pdf.pages)  # fmt: skip


def test_an_epub_has_what_kindle_asks_for():
    with zipfile.ZipFile(io.BytesIO(to_epub(PAGES, JAPANESE))) as book:
        package = book.read("book/package.opf").decode()
    for name, value in (("fixed-layout", "true"), ("original-resolution", "120x170"), ("book-type", "comic"),
                        ("primary-writing-mode", "horizontal-rl")):  # fmt: skip
        assert f'<meta name="{name}" content="{value}"/>' in package


def test_comic_info_names_no_engine_as_a_person():
    with zipfile.ZipFile(io.BytesIO(to_cbz(PAGES, JAPANESE))) as archive:
        info = archive.read("ComicInfo.xml").decode()
    assert "<Writer>" not in info
    assert "<Notes>engine: draft</Notes>" in info


def test_a_psd_has_a_named_layer_for_each_thing_and_shows_the_page():
    ((page, document),) = pages_of((EXAMPLES / "rooftop.txt").read_text(), "ja", only=3)
    psd = PSDImage.open(io.BytesIO(to_psd(page, document)))
    assert psd.size == (2 * 1200, 2 * 1700)
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
