"""Masks, flat fills and windows, by examples and by many random ones."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engines.inpaint.flat import fill_flat
from engines.inpaint.masks import region_mask
from engines.inpaint.options import FillOptions, Region
from engines.inpaint.picture import DecodedPicture
from engines.inpaint.plan import make_plan
from engines.inpaint.windows import SIZES, Geometry, auto_windows
from tests.support.pictures import BUBBLE, ON_ART, page

RGB = np.asarray(page())
HUGE = st.floats(-1e300, 1e300, allow_nan=False)


def box(**region):
    return Region(**region)


def test_boxes_cover_the_pixels_they_touch_and_no_others():
    mask = region_mask(RGB, [box(x=10.5, y=20, width=5, height=3.2)], "rect")
    ys, xs = np.nonzero(mask)
    assert (xs.min(), xs.max(), ys.min(), ys.max()) == (10, 15, 20, 23)
    assert mask.sum() == 6 * 4


@pytest.mark.parametrize(
    "region", [{"x": 400, "y": 10, "width": 30, "height": 9}, {"x": -90, "y": -9, "width": 80, "height": 5}, {}]
)
def test_a_region_outside_masks_nothing(region):
    assert not region_mask(RGB, [box(**region)], "rect").any()


def test_a_polygon_overrides_its_box():
    mask = region_mask(RGB, [box(width=300, height=200, polygon=[(10, 10), (50, 10), (10, 50)])], "rect")
    assert mask[12, 12]
    assert not mask[48, 48]
    assert 700 < mask.sum() < 950


def test_glyph_masks_hold_the_strokes_and_less_than_the_box():
    whole = region_mask(RGB, [box(**BUBBLE)], "rect")
    for mode in ("glyph", "auto"):
        mask = region_mask(RGB, [box(**BUBBLE)], mode)
        strokes = whole & (RGB.max(axis=2) < 100)
        assert (mask & strokes).sum() == strokes.sum()
        assert mask.sum() < 0.7 * whole.sum()
        assert not (mask & ~whole).any()


def test_where_glyphs_cannot_be_told_the_whole_box_is_masked():
    noise = np.random.default_rng(0).integers(100, 140, (60, 60, 3)).astype(np.uint8)
    region = box(x=5, y=5, width=40, height=40)
    assert region_mask(noise, [region], "auto").sum() == 1600
    flat = np.full((60, 60, 3), 7, np.uint8)
    assert region_mask(flat, [region], "glyph").sum() == 1600


@given(st.lists(st.builds(Region, x=HUGE, y=HUGE, width=st.floats(0, 1e300), height=st.floats(0, 1e300)), max_size=5))
def test_any_box_gives_a_mask_of_the_picture(regions):
    assert region_mask(RGB, regions, "auto").shape == RGB.shape[:2]


@given(st.lists(st.tuples(HUGE, HUGE), min_size=3, max_size=8), st.sampled_from(["rect", "glyph", "auto"]))
def test_any_polygon_gives_a_mask_of_the_picture(polygon, mode):
    assert region_mask(RGB, [Region(polygon=polygon)], mode).shape == RGB.shape[:2]


def test_a_hole_in_a_white_balloon_is_filled_white_without_a_model():
    plan = make_plan(
        DecodedPicture(RGB), region_mask(RGB, [box(**BUBBLE), box(**ON_ART)], "rect"), Geometry(), FillOptions()
    )
    assert len(plan.windows) == 1
    x, y = BUBBLE["x"], BUBBLE["y"]
    assert (plan.canvas[y : y + 60, x : x + 160] == 255).all()


def test_a_gradient_is_not_flat():
    rgb = np.repeat(np.linspace(0, 255, 200).astype(np.uint8)[None, :, None], 80, axis=0).repeat(3, axis=2)
    mask = np.zeros((80, 200), dtype=bool)
    mask[20:60, 50:150] = True
    before = rgb.copy()
    assert np.array_equal(fill_flat(rgb, mask), mask)
    assert np.array_equal(rgb, before)


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_windows_hold_all_holes_with_context_in_few_sizes(data):
    width, height = data.draw(st.integers(64, 900)), data.draw(st.integers(64, 900))
    mask = np.zeros((height, width), dtype=bool)
    for _ in range(data.draw(st.integers(0, 12))):
        x, y = data.draw(st.integers(0, width - 1)), data.draw(st.integers(0, height - 1))
        mask[y : y + data.draw(st.integers(1, 80)), x : x + data.draw(st.integers(1, 300))] = True
    square = data.draw(st.booleans())
    covered, owners = np.zeros_like(mask), np.zeros(mask.shape, int)
    for (left, top, right, bottom), holes in auto_windows(mask, Geometry(square=square)):
        assert 0 <= left < right <= width
        assert 0 <= top < bottom <= height
        assert right - left in {*SIZES, width}
        assert bottom - top in {*SIZES, height}
        covered[top:bottom, left:right] = True
        for x1, y1, x2, y2 in holes:
            assert left <= x1 < x2 <= right
            assert top <= y1 < y2 <= bottom
            owners[y1:y2, x1:x2] += 1
            # real context on each side, or the edge of the picture
            assert x1 - left >= 8 or left == 0
            assert right - x2 >= 8 or right == width
    assert (covered & mask).sum() == mask.sum()
    assert (owners[mask] >= 1).all()


def test_forty_lines_of_a_page_share_windows():
    mask = np.zeros((2048, 1456), dtype=bool)
    for n in range(40):
        mask[100 + n * 40 : 130 + n * 40, 250:1150] = True
    windows = auto_windows(mask, Geometry())
    pixels = sum((b[2] - b[0]) * (b[3] - b[1]) for b, _ in windows)
    # one for each line would be 40 of 1156×286
    assert pixels < 0.2 * 40 * 1156 * 286


def test_far_holes_keep_their_own_windows():
    mask = np.zeros((2000, 2000), dtype=bool)
    mask[50:80, 50:150] = mask[1900:1930, 1800:1900] = True
    assert len(auto_windows(mask, Geometry())) == 2
