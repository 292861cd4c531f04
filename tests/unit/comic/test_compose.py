import io
import xml.etree.ElementTree as ET

import numpy as np
import pytest
from PIL import Image

from engines.comic.compose import page_svg, panel_svg
from engines.comic.render import grey, render_png
from tests.support.lettering_samples import JAPANESE, make_document
from tests.support.pages import EXAMPLES, pages_of


@pytest.fixture(scope="module")
def document():
    return make_document(JAPANESE)


def elements(svg):
    return {e.get("id"): e for e in ET.fromstring(svg).iter() if e.get("id")}


def test_every_element_has_its_own_group(document):
    page = document.pages[0]
    found = elements(page_svg(page, document))
    for panel in page.panels:
        assert {panel.id, f"{panel.id}.art", f"{panel.id}.frame"} <= set(found)
        for balloon in page.letterings[panel.id].balloons:
            group = found[balloon.id]
            assert group.get("data-text") == balloon.text
            assert group.get("data-speaker") == (balloon.speaker or "")
    assert found["p1.engine"].get("data-text") == "engine: draft, rules"


def test_every_id_of_a_drawn_page_is_its_own():
    ((page, book),) = pages_of((EXAMPLES / "rooftop.txt").read_text(), "ja", only=2)
    root = ET.fromstring(page_svg(page, book))
    ids = [element.get("id") for element in root.iter() if element.get("id")]
    assert len(ids) == len(set(ids))
    assert root.findtext("{http://www.w3.org/2000/svg}title") == f"{book.title} 2"


def test_bleed_panels_have_no_frame(document):
    found = elements(page_svg(document.pages[0], document))
    assert len(found["p1.panel1.frame"]) == 1
    assert len(found["p1.panel4.frame"]) == 0


def test_png_has_the_size_of_the_page_and_is_the_same_twice(document):
    svg = page_svg(document.pages[0], document)
    assert svg == page_svg(document.pages[0], document)
    first = render_png(svg, 400)
    assert first == render_png(svg, 400)
    image = Image.open(io.BytesIO(first))
    assert (image.size, image.mode) == ((400, 567), "L")
    assert Image.open(
        io.BytesIO(render_png('<svg xmlns="http://www.w3.org/2000/svg" width="9" height="5"/>'))
    ).size == (9, 5)


def test_art_is_clipped_to_its_polygon(document):
    page = document.pages[0].model_copy(deep=True)
    page.letterings = {}
    page.drawings["p1.panel2"].svg = '<rect width="1200" height="1700" fill="#000000"/>'
    levels = grey(page_svg(page, document), 600)
    assert levels[600 // 2, 800 // 2] < 10
    assert levels[900 // 2, 90 // 2] > 200
    assert np.median(levels[450 // 2 : 462 // 2]) > 250


def test_one_panel_alone_is_cropped_to_its_bounds(document):
    panel, drawing = JAPANESE[0]
    size = Image.open(io.BytesIO(render_png(panel_svg(panel, drawing)))).size
    assert size == pytest.approx((1084, 384), abs=2)
    with_balloons = panel_svg(panel, drawing, document.pages[0].letterings[panel.id])
    assert "p1.panel1.balloon1" in elements(with_balloons)


def test_svg_that_is_none_is_refused():
    with pytest.raises(ValueError, match="SVG"):
        render_png("no svg at all")
