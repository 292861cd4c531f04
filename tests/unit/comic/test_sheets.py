"""Books of spreads and of webtoons: halves that face each other, strips cut where they are white."""

import io
import shutil
import subprocess
import xml.etree.ElementTree as ET
import zipfile

import numpy as np
import pikepdf
import pytest
from PIL import Image

from engines.comic.checks.panel import check_page
from engines.comic.compose import page_svg
from engines.comic.exports import to_cbz, to_epub, to_page_zip, to_pdf, to_print_png, to_psd, to_webtoon_zip
from engines.comic.exports.sheets import sheets
from engines.comic.render import render_png
from tests.support.pages import EXAMPLES, pages_of, panels_of

BOOKS = [("rooftop.txt", "ja"), ("lighthouse.txt", "en")]


def book(story, language, numbers, layout="page"):
    """Some pages of a story as a document, with their pictures; other pages are blank pictures."""
    text = (EXAMPLES / story).read_text()
    results = [next(pages_of(text, language, only=n, layout=layout)) for n in numbers]
    pages, document = [page for page, _ in results], results[0][1]
    return document.model_copy(update={"pages": pages}), [render_png(page_svg(page, document)) for page in pages]


@pytest.fixture(scope="module", params=BOOKS, ids=["rtl", "ltr"])
def with_spread(request):
    story, language = request.param
    panels = panels_of((EXAMPLES / story).read_text(), language)
    spread = next(panel.page for panel in panels if panel.paper == "spread")
    document, (picture,) = book(story, language, [spread])
    blank = render_png('<svg xmlns="http://www.w3.org/2000/svg" width="1200" height="1700"/>')
    return document, [*[blank] * (spread - 1), picture, blank], spread


@pytest.fixture(scope="module")
def webtoon():
    return book("lighthouse.txt", "en", [1, 2], "webtoon")


def test_a_spread_passes_every_gate(with_spread):
    document, _, _ = with_spread
    found = check_page(document.pages[0], document)
    assert [check for check in found if not check.passed] == []
    assert {"fold_clear"} <= {check.name for check in found}


def test_something_on_the_fold_is_found(with_spread):
    document, _, _ = with_spread
    page = document.pages[0].model_copy(deep=True)
    person = page.drawings[page.panels[0].id].figures[0]
    person.head.x = 1200 - person.head.w / 2
    failed = [check.element for check in check_page(page, document) if check.name == "fold_clear" and not check.passed]
    assert failed == [f"{page.panels[0].id}.figure.{person.character}"]


def test_the_halves_of_a_spread_face_each_other_and_keep_their_words(with_spread):
    document, pictures, number = with_spread
    found = sheets(pictures, document)
    assert [sheet.number for sheet in found] == list(range(1, len(pictures) + 2))
    first, second = found[number - 1], found[number]
    sides = ("right", "left") if document.direction == "rtl" else ("left", "right")
    assert (first.side, second.side) == sides
    by_side = {sheet.side: np.asarray(Image.open(io.BytesIO(sheet.png)).convert("L")) for sheet in (first, second)}
    whole = np.asarray(Image.open(io.BytesIO(pictures[number - 1])).convert("L"))
    assert np.array_equal(np.hstack([by_side["left"], by_side["right"]]), whole)
    output = [balloon.text for each in document.pages[0].letterings.values() for balloon in each.balloons]
    assert sorted(text for sheet in (first, second) for text, _ in sheet.words) == sorted(output)
    assert all(0 <= box.x <= 1200 for sheet in (first, second) for _, box in sheet.words)


def test_the_books_of_a_spread(with_spread):
    document, pictures, number = with_spread
    with pikepdf.open(io.BytesIO(to_pdf(pictures, document))) as pdf:
        assert len(pdf.pages) == len(pictures) + 1
        assert len({tuple(map(float, page.mediabox)) for page in pdf.pages}) == 1
        assert pdf.Root.PageLayout == "/TwoPageRight"
    with zipfile.ZipFile(io.BytesIO(to_cbz(pictures, document))) as archive:
        pages = ET.fromstring(archive.read("ComicInfo.xml")).find("Pages")
    assert [page.get("DoublePage") for page in pages].index("true") == number - 1
    assert pages[number - 1].get("ImageWidth") == "2400"
    with zipfile.ZipFile(io.BytesIO(to_epub(pictures, document))) as archive:
        package = archive.read("book/package.opf").decode()
    sides = ("right", "left") if document.direction == "rtl" else ("left", "right")
    for n, side in zip((number, number + 1), sides, strict=True):
        assert f'idref="page{n}" properties="page-spread-{side}"' in package
    names = zipfile.ZipFile(io.BytesIO(to_page_zip(pictures, "png", document))).namelist()
    assert names[number - 1 :] == [f"page-{number:03d}-{number + 1:03d}.png", f"page-{number + 2:03d}.png"]


@pytest.mark.parametrize("with_spread", BOOKS[:1], indirect=True, ids=["rtl"])
def test_a_spread_in_print_is_two_pages_wide(with_spread):
    document, _, _ = with_spread
    assert Image.open(io.BytesIO(to_print_png(document.pages[0], document))).size == (8598 + 142, 6091 + 142)


def test_a_strip_as_layers_has_its_own_size():
    (page, document), *_ = pages_of(
        "ハルは空を見た。「ねえ」とハルは言った。ハルは走った。「行こう」", "ja", layout="webtoon"
    )
    assert to_psd(page, document)[14:22] == bytes([*(2 * page.size[1]).to_bytes(4), *(2 * page.size[0]).to_bytes(4)])


def test_strips_are_the_scroll_cut_where_it_is_white(webtoon):
    document, pictures = webtoon
    with zipfile.ZipFile(io.BytesIO(to_webtoon_zip(pictures, document))) as archive:
        assert archive.namelist()[0] == "strip-001.png"
        found = [np.asarray(Image.open(archive.open(name)).convert("L")) for name in archive.namelist()]
    scroll = np.concatenate([np.asarray(Image.open(io.BytesIO(png)).convert("L")) for png in pictures])
    assert np.array_equal(np.concatenate(found), scroll)
    assert all(each.shape[1] == 800 and each.shape[0] <= 1280 for each in found)
    white = [bool((each[0] >= 250).all()) for each in found[1:]]
    assert sum(white) >= len(white) * 0.7
    with pytest.raises(ValueError, match="pages"):
        to_webtoon_zip(pictures, document.model_copy(update={"layout": "page"}))


def test_a_webtoon_passes_every_gate_in_type_for_a_phone(webtoon):
    document, _ = webtoon
    found = [check for page in document.pages for check in check_page(page, document)]
    assert [check for check in found if not check.passed] == []
    assert min(check.measured for check in found if check.name == "screen_type_size") >= 9
    assert any(check.name == "gutter_crossing" for check in found)


def test_the_words_of_a_webtoon_are_found_in_its_books(webtoon, tmp_path):
    document, pictures = webtoon
    output = [balloon.text for page in document.pages for each in page.letterings.values() for balloon in each.balloons]
    output += [sound.text for page in document.pages for panel in page.panels for sound in panel.sfx]
    assert sorted(text for sheet in sheets(pictures, document) for text, _ in sheet.words) == sorted(output)
    (tmp_path / "webtoon.pdf").write_bytes(to_pdf(pictures, document))
    process = subprocess.run(["pdftotext", tmp_path / "webtoon.pdf", "-"], capture_output=True, text=True, check=True)
    assert all(text.split()[0] in process.stdout for text in output)
    with zipfile.ZipFile(io.BytesIO(to_cbz(pictures, document))) as archive:
        root = ET.fromstring(archive.read("ComicInfo.xml"))
    assert (root.findtext("Manga"), root.findtext("Format")) == ("No", "Web Comic")


@pytest.mark.skipif(shutil.which("java") is None, reason="epubcheck needs Java")
def test_epubcheck_has_nothing_to_say_of_a_spread(with_spread, tmp_path):
    document, pictures, _ = with_spread
    (tmp_path / "spread.epub").write_bytes(to_epub(pictures, document))
    assert_valid(tmp_path / "spread.epub")


@pytest.mark.skipif(shutil.which("java") is None, reason="epubcheck needs Java")
def test_epubcheck_has_nothing_to_say_of_a_webtoon(webtoon, tmp_path):
    document, pictures = webtoon
    (tmp_path / "webtoon.epub").write_bytes(to_epub(pictures, document))
    assert_valid(tmp_path / "webtoon.epub")


def assert_valid(path):
    command = ["java", "-jar", "/usr/share/java/epubcheck.jar", path]
    process = subprocess.run(command, capture_output=True, text=True, check=False)
    assert process.returncode == 0, process.stdout + process.stderr
    assert "0 fatals / 0 errors / 0 warnings" in process.stdout + process.stderr
