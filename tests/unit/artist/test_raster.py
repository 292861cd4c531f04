"""Pictures of image models as panels: their geometry, their sounds, and what they are told."""

import io

import numpy as np
import pytest
from PIL import Image

from engines.artist import raster
from engines.comic.compose import panel_svg
from engines.comic.document import Character, Figure, Look, Panel, Sfx
from engines.comic.render import render_png

CAST = [
    Character(
        id="c1", name="Haru", look=Look(gender="male", hair="spiky", accessory="glasses", beard="stubble", scar=True)
    ),
    Character(id="c2", name="Mio", look=Look(hair="bun", outfit="sailor")),
    Character(id="c3", name="Cat", look=Look(species="cat")),
]
FRAME = [(100.0, 200.0), (700.0, 200.0), (700.0, 600.0), (100.0, 600.0)]


def panel(**changes):
    options = {"id": "p1.panel1", "page": 1, "number": 1, "scene": 1, "polygon": FRAME, "background": "rooftop"}
    return Panel(**(options | {"figures": [Figure(character="c1"), Figure(character="c2", place=0.2)]} | changes))


def png(image):
    out = io.BytesIO()
    image.save(out, "PNG")
    return out.getvalue()


def painted(planned, drawing):
    return np.asarray(Image.open(io.BytesIO(render_png(panel_svg(planned, drawing)))).convert("RGB")).astype(int)


@pytest.mark.parametrize(
    "frame", [FRAME, [(0, 0), (90, 0), (90, 900), (0, 900)], [(0, 0), (1200, 0), (1200, 80), (0, 80)]]
)
@pytest.mark.parametrize("multiple", [8, 16, 64])
def test_sizes_are_whole_and_near_the_proportions(frame, multiple):
    width, height = raster.size_for(panel(polygon=frame), 512 * 512, multiple)
    assert width % multiple == height % multiple == 0
    assert 0.3 < width / height < 3.2
    assert 0.6 < width * height / 512**2 < 1.6


def test_the_guide_is_the_sketch_without_words_and_sounds():
    sketch, guide = raster.sketched(panel(), CAST, 304, 208)
    loud, same = raster.sketched(panel(sfx=[Sfx(id="s", text="ドーン")]), CAST, 304, 208)
    with Image.open(io.BytesIO(guide)) as image:
        assert (image.size, image.mode) == ((304, 208), "RGB")
    assert guide == same
    assert loud.sfx == []
    assert [figure.character for figure in sketch.figures] == ["c1", "c2"]


def test_a_picture_takes_the_place_of_the_art_and_keeps_the_figures():
    sketch, _ = raster.sketched(panel(), CAST, 304, 208)
    red = png(Image.new("RGB", (300, 200), (200, 30, 30)))
    colour = raster.mount(panel(), sketch, red, "imagen", colour=True)
    grey = raster.mount(panel(), sketch, red, "imagen", colour=False)
    assert colour.figures == sketch.figures
    assert colour.engine == "imagen"
    middle = painted(panel(), colour)[200, 300]
    assert middle[0] > middle[1] + 100
    assert len(set(painted(panel(), grey)[200, 300])) == 1


def test_a_picture_of_other_proportions_covers_the_frame():
    sketch, _ = raster.sketched(panel(), CAST, 304, 208)
    tall = raster.mount(panel(bleed=True), sketch, png(Image.new("RGB", (64, 640), (0, 0, 0))), "x", colour=True)
    assert painted(panel(bleed=True), tall)[5:-5, 5:-5].max() < 40


def test_sounds_lie_over_the_picture():
    loud = panel(sfx=[Sfx(id="p1.panel1.sfx1", text="ドーン")])
    sketch, _ = raster.sketched(loud, CAST, 304, 208)
    white = png(Image.new("RGB", (304, 208), "white"))
    silent, sounding = (raster.mount(each, sketch, white, "x", colour=True) for each in (panel(), loud))
    assert silent.sfx == []
    assert len(sounding.sfx) == 1
    assert painted(loud, sounding)[20:-20, 20:-20].min() < 60 < painted(panel(), silent)[20:-20, 20:-20].min()


def test_an_empty_picture_is_noticed_at_the_heads():
    sketch, guide = raster.sketched(panel(), CAST, 304, 208)
    assert [check.passed for check in raster.check_figures(panel(), sketch, guide)] == [True, True]
    missing = raster.check_figures(panel(), sketch, png(Image.new("RGB", (304, 208), "white")))
    assert [check.element for check in missing if not check.passed] == ["p1.panel1.c1", "p1.panel1.c2"]


@pytest.mark.parametrize("size", [(640, 100), (100, 640)])
def test_heads_are_looked_for_where_a_picture_of_other_proportions_shows_them(size):
    sketch, _ = raster.sketched(panel(), CAST, 304, 208)
    noise = np.random.default_rng(0).integers(0, 255, (208, 304), np.uint8)
    head, frame = sketch.figures[0].head, raster.frame_of(panel())
    left, right = ((x - frame.x) / frame.w * 304 for x in (head.x, head.x + head.w))
    only = Image.new("L", (304, 208), 255)
    only.paste(Image.fromarray(noise).crop((int(left), 0, int(right), 208)), (int(left), 0))
    # what covers the frame lies in the middle of the larger picture
    scale = max(304 / size[0], 208 / size[1])
    whole = Image.new("L", (round(size[0] * scale), round(size[1] * scale)), 255)
    whole.paste(only, ((whole.width - 304) // 2, (whole.height - 208) // 2))
    found = raster.check_figures(panel(), sketch, png(whole))
    assert [check.passed for check in found] == [True, False]


def test_a_blank_panel_keeps_room_for_balloons():
    sketch, _ = raster.sketched(panel(), CAST, 304, 208)
    assert raster.blank(panel(), sketch, "imagen").figures == sketch.figures
    assert raster.blank(panel(), sketch, "imagen").svg == ""
