"""Words in pictures: asked of Gemini with the picture, and told as regions."""

import io

import pytest
from PIL import Image

from engines.vertex.errors import ContentBlocked
from engines.vertex.lettering import Found, Written, find_lettering, regions_of


def png(width=200, height=100):
    out = io.BytesIO()
    Image.new("RGB", (width, height), "white").save(out, "PNG")
    return out.getvalue()


def found(*boxes):
    return Found(boxes=[Written(box_2d=list(box)) for box in boxes])


async def test_the_picture_goes_along_and_boxes_come_back(texts, emulator):
    answer = await find_lettering(texts, "gemini-3.8-flash", png(), 30)
    assert isinstance(answer.value, Found)
    (call,) = emulator.calls
    assert call["references"] == 1
    assert call["kind"] == "text"
    assert answer.usage.calls == 1


async def test_a_repair_turn_shows_the_picture_again(texts, emulator):
    emulator.fault("garbage", times=1)
    answer = await find_lettering(texts, "gemini-3.8-flash", png(), 30)
    assert answer.repaired
    assert [call["references"] for call in emulator.calls] == [1, 1]


async def test_a_blocked_picture_is_told(texts, emulator):
    emulator.fault("block", times=-1)
    with pytest.raises(ContentBlocked):
        await find_lettering(texts, "gemini-3.8-flash", png(), 30)


def test_boxes_are_pixels_with_a_rim():
    (region,) = regions_of(found((100, 200, 300, 400)), png(1000, 500))
    assert region == pytest.approx({"x": 194, "y": 47, "width": 212, "height": 106})


@pytest.mark.parametrize(
    "box", [(300, 200, 100, 400), (0, 0, 1000, 1000), (5, 5, 5, 5), (0, 400, 900, 300), (-5, -5, -1, -1)]
)
def test_boxes_that_cannot_be_are_left_out(box):
    assert regions_of(found(box), png()) == []


def test_boxes_at_the_edge_stay_inside():
    (region,) = regions_of(found((-10, 900, 200, 1200)), png(1000, 500))
    assert region["y"] == 0
    assert region["x"] + region["width"] <= 1000
