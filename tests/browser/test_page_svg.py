"""The page that is edited and the page that is printed are the same: SVG in a browser against the PNG."""

import io

import numpy as np
import pytest
from PIL import Image

from engines.comic.compose import page_svg
from engines.comic.document import PAGE_HEIGHT, PAGE_WIDTH
from engines.comic.render import render_png
from tests.support.pages import EXAMPLES, pages_of
from tests.support.web import screenshot


def grey(data):
    """Blurred over a tone's pitch: two painters may round a dot's edge differently, not its place or darkness."""
    image = Image.open(io.BytesIO(data)).convert("L").resize((PAGE_WIDTH // 4, PAGE_HEIGHT // 4), Image.Resampling.BOX)
    return np.asarray(image, dtype=np.float64)


@pytest.mark.parametrize(("story", "language", "number"), [("rooftop", "ja", 3), ("lighthouse", "en", 4)])
def test_the_svg_in_a_browser_is_the_png(tmp_path, story, language, number):
    text = (EXAMPLES / f"{story}.txt").read_text()
    ((page, document),) = pages_of(text, language, only=number)
    svg = page_svg(page, document)
    (tmp_path / "page.svg").write_text(svg)
    painted = screenshot(tmp_path / "page.svg", PAGE_WIDTH, PAGE_HEIGHT)
    assert Image.open(io.BytesIO(painted)).size == (PAGE_WIDTH, PAGE_HEIGHT)
    difference = np.abs(grey(painted) - grey(render_png(svg)))
    assert difference.mean() < 2.0
    assert np.quantile(difference, 0.999) < 40
    other = grey(render_png(svg))[:, ::-1]
    assert np.abs(grey(painted) - other).mean() > 10, "a mirrored page would pass too"
