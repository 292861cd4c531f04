"""Sheets of a manga: spreads that face each other, strips to scroll, balloons that may cross a gutter."""

import random
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import Polygon

from engines.comic.crossing import plan_crossings
from engines.comic.document import PAGE_WIDTH, STRIP_WIDTH, Line, Page, Panel
from engines.comic.layout import PanelSlot, lay_out, rows_of
from engines.comic.reading import reading_order
from engines.comic.relayout import with_more_room
from engines.comic.strip import Beat, lay_out_strip
from tests.support.pages import EXAMPLES, panels_of

BEATS = st.lists(
    st.builds(
        Beat,
        weight=st.floats(0.8, 5.0),
        aspect=st.floats(0.8, 2.6),
        follows=st.sampled_from(["begin", "moment", "action", "reaction", "scene", "climax"]),
        bleed=st.booleans(),
    ),
    min_size=1,
    max_size=8,
)
SLOTS = st.lists(
    st.builds(PanelSlot, weight=st.floats(0.8, 5.0), aspect=st.floats(0.8, 2.6), bleed=st.booleans()),
    min_size=2,
    max_size=8,
)
STORIES = [("rooftop.txt", "ja"), ("lighthouse.txt", "en")]


def panel(number, polygon, *lines, paper="page", **fields):
    name = f"p1.panel{number}"
    spoken = [Line(id=f"{name}.line{n}", text=text, speaker="c1") for n, text in enumerate(lines, 1)]
    return Panel(id=name, page=1, number=number, scene=1, polygon=polygon, lines=spoken, paper=paper, **fields)


@settings(max_examples=300, deadline=None)
@given(beats=BEATS, seed=st.integers(0, 10_000))
def test_a_strip_is_read_from_the_top_and_its_white_has_the_rhythm_of_the_story(beats, seed):
    placed = lay_out_strip(beats, random.Random(seed))
    assert all(len({y for _, y in each.polygon}) == 2 for each in placed)
    shapes = [Polygon(each.polygon) for each in placed]
    assert all(shape.is_valid and shape.bounds[0] >= 0 and shape.bounds[2] <= STRIP_WIDTH for shape in shapes)
    assert reading_order([each.polygon for each in placed], "rtl") == list(range(len(beats)))
    for (above, below), beat in zip(pairwise(shapes), beats[1:], strict=True):
        white = below.bounds[1] - above.bounds[3]
        assert white >= 60
        assert (white >= 400) == (beat.follows == "scene")


@settings(max_examples=200, deadline=None)
@given(beats=BEATS, seed=st.integers(0, 10_000))
def test_balloons_of_a_strip_share_its_white(beats, seed):
    placed = lay_out_strip(beats, random.Random(seed))
    planned = plan_crossings([panel(n, each.polygon, paper="strip") for n, each in enumerate(placed, 1)])
    rooms = [Polygon(each.reach) for each in planned]
    height = Page(number=1, panels=planned).size[1]
    assert all(room.covers(Polygon(each.polygon)) for room, each in zip(rooms, planned, strict=True))
    assert all(a.disjoint(b) for a, b in pairwise(rooms))
    assert all(room.bounds[1] > 0 and room.bounds[3] < height for room in rooms)


@settings(max_examples=300, deadline=None)
@given(first=SLOTS, second=SLOTS, seed=st.integers(0, 10_000))
def test_neighbouring_pages_are_never_alike(first, second, seed):
    _, rows = lay_out(first, "rtl", None, random.Random(seed))
    _, following = lay_out(second, "rtl", rows, random.Random(seed + 1))
    assert rows != following


@settings(max_examples=300, deadline=None)
@given(slots=SLOTS, seed=st.integers(0, 10_000), direction=st.sampled_from(["rtl", "ltr"]), chosen=st.integers(0, 7))
def test_a_panel_gets_more_room_in_the_same_rows(slots, seed, direction, chosen):
    placed, rows = lay_out(slots, direction, None, random.Random(seed))
    assert rows_of([each.polygon for each in placed]) == rows
    panels = [
        panel(n, each.polygon, weight=slot.weight, bleed=each.bleed)
        for n, (each, slot) in enumerate(zip(placed, slots, strict=True), 1)
    ]
    grown = with_more_room(panels, panels[chosen % len(panels)].id, direction)
    assert rows_of([each.polygon for each in grown]) == rows
    assert reading_order([each.polygon for each in grown], direction) == list(range(len(slots)))
    shapes = [Polygon(each.polygon) for each in grown]
    assert all(a.disjoint(b) for i, a in enumerate(shapes) for b in shapes[:i])


def test_one_voice_alone_may_cross_into_the_panel_below():
    upper = panel(1, [(60, 60), (1140, 60), (1140, 700), (60, 700)], "ねえ")
    lower = panel(2, [(60, 730), (1140, 730), (1140, 1600), (60, 1600)])
    above, below = plan_crossings([upper, lower])
    room, (zone,) = Polygon(above.reach), below.reserved
    assert room.covers(Polygon(upper.polygon))
    assert room.bounds[3] == zone.y + zone.h > 730
    for other in (lower.model_copy(update={"scene": 2}), lower.model_copy(update={"bleed": True})):
        assert not plan_crossings([upper, other])[0].reach
    assert not plan_crossings([panel(1, upper.polygon, "ねえ", "あの"), lower])[0].reach


@pytest.mark.parametrize(("story", "language"), STORIES)
def test_a_great_climax_is_a_spread_of_two_facing_pages(story, language):
    panels = panels_of((EXAMPLES / story).read_text(), language)
    (spread,) = [each for each in panels if each.paper == "spread"]
    assert spread.rule.endswith("+climax")
    assert spread.page % 2 == 0, "an even page and the odd one after it face each other"
    assert Polygon(spread.polygon).bounds[2] == 2 * PAGE_WIDTH
    numbers = sorted({each.page for each in panels})
    assert spread.page + 1 not in numbers
    assert numbers == [n for n in range(1, numbers[-1] + 1) if n != spread.page + 1]
    assert all(abs(figure.place - 0.5) > 0.1 for figure in spread.figures)
    counts = [sum(each.page == n for each in panels) for n in numbers]
    assert all(2 <= count <= 8 for n, count in zip(numbers, counts, strict=True) if n != spread.page)


def test_a_short_story_has_no_spread():
    text = (EXAMPLES / "rooftop.txt").read_text()[:400]
    assert all(each.paper == "page" for each in panels_of(text, "ja"))


@pytest.mark.parametrize(("story", "language"), STORIES)
def test_a_webtoon_is_planned_as_a_strip_with_the_same_words(story, language):
    text = (EXAMPLES / story).read_text()
    strips, pages = panels_of(text, language, layout="webtoon"), panels_of(text, language)
    assert {each.paper for each in strips} == {"strip"}
    xs = [x for x, _ in strips[-1].polygon]
    assert max(xs) - min(xs) >= 720
    assert [line.text for each in strips for line in each.lines] == [line.text for each in pages for line in each.lines]
    assert all(each.reach for each in strips)
