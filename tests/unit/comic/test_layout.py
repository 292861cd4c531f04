"""Pages by rule: panels stay apart and on the page, and geometry alone gives back their order."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import Polygon

from engines.comic.document import PAGE_HEIGHT, PAGE_WIDTH
from engines.comic.layout import PanelSlot, lay_out
from engines.comic.reading import reading_order

SLOTS = st.lists(
    st.builds(PanelSlot, weight=st.floats(0.8, 5.0), aspect=st.floats(0.8, 2.6), bleed=st.booleans()),
    min_size=1,
    max_size=8,
)


@settings(max_examples=300, deadline=None)
@given(slots=SLOTS, seed=st.integers(0, 10_000), direction=st.sampled_from(["rtl", "ltr"]))
def test_panels_are_apart_on_the_page_and_read_in_order(slots, seed, direction):
    placed, rows = lay_out(slots, direction, None, random.Random(seed))
    shapes = [Polygon(panel.polygon) for panel in placed]
    assert sum(map(sum, rows)) == len(slots)
    assert all(shape.is_valid and shape.area > 20_000 for shape in shapes)
    for shape in shapes:
        left, top, right, bottom = shape.bounds
        assert left >= 0
        assert top >= 0
        assert right <= PAGE_WIDTH
        assert bottom <= PAGE_HEIGHT
    assert all(a.disjoint(b) for i, a in enumerate(shapes) for b in shapes[:i])
    assert reading_order([panel.polygon for panel in placed], direction) == list(range(len(slots)))


@pytest.mark.parametrize("count", [3, 4, 5, 6])
def test_neighbouring_pages_differ(count):
    slots = [PanelSlot(1.2, 1.2)] * count
    _, first = lay_out(slots, "rtl", None, random.Random(1))
    _, second = lay_out(slots, "rtl", first, random.Random(2))
    assert first != second


def test_a_splash_fills_the_page():
    (panel,), _ = lay_out([PanelSlot(5.0, 1.2, bleed=True)], "rtl", None, random.Random(0))
    assert Polygon(panel.polygon).area == PAGE_WIDTH * PAGE_HEIGHT


def test_a_tall_panel_may_stand_beside_two_stacked_ones():
    slots = [PanelSlot(1.7, 0.5), PanelSlot(0.85, 1.2), PanelSlot(0.85, 1.2), PanelSlot(1.7, 2.4)]
    placed, rows = lay_out(slots, "rtl", None, random.Random(0))
    assert rows == ((1, 2), (1,))
    tall, upper, lower = (Polygon(panel.polygon).bounds for panel in placed[:3])
    assert tall[0] > upper[2], "the tall panel is read first, so it stands on the right"
    assert upper[3] < lower[1]
    assert tall[3] - tall[1] > upper[3] - upper[1]
