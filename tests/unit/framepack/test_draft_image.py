"""Sketches: the words of the prompt are seen, and the same request gives the same bytes."""

import io
import json
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from deployments.framepack_draft import FramePackDraft
from engines.framepack_draft.reading import read
from foundation.errors import BadImage, InvalidInput
from foundation.images import png_text
from foundation.models.framepack import PaintedPicture
from foundation.models.progress import SamplerProgress
from tests.unit.framepack.draft import PICTURE, SIZE, events, image_of, png


def nouns(prompt):
    return [person.noun for person in read(prompt).people]


@pytest.mark.parametrize(
    ("prompt", "people", "place", "time", "weather"),
    [
        ("a girl with a red umbrella on a rainy rooftop", ["girl"], "rooftop", "", "rain"),
        ("Harbour at dawn", [], "sea", "dawn", ""),
        ("two boys running in a forest", ["boy", "boy"], "forest", "", ""),
        ("夜の森を走る二人の少年", ["boy", "boy"], "forest", "night", ""),
        ("两个女孩在海边散步，日落", ["girl", "girl"], "sea", "sunset", ""),
        ("雪の駅で泣いている女の子", ["girl"], "station", "", "snow"),
        ("empty classroom, afternoon light, no people", [], "classroom", "day", ""),
        ("1girl, cat ears, school uniform", ["girl"], "", "", ""),
        ("2boys, street", ["boy", "boy"], "street", "", ""),
        ("three cats and their dog in a kitchen", ["cat", "cat", "cat"], "kitchen", "", ""),
        ("an old woman; she is bearded with age", ["grandmother"], "", "", ""),
        ("a princess and her prince in a castle", ["princess", "prince"], "castle", "", ""),
        ("asdf qwer zxcv", [], "", "", ""),
        ("she is reading by the window, it is his", ["woman", "man"], "room", "", ""),
    ],
)
def test_a_prompt_tells_who_and_where_and_when(prompt, people, place, time, weather):
    answer = read(prompt)
    assert [person.noun for person in answer.people] == people
    assert (answer.place, answer.time, answer.weather) == (place, time, weather)


def test_a_prompt_tells_pose_mood_things_and_colour():
    answer = read("close-up of a crying woman with long hair, sitting with a yellow umbrella and a book")
    assert (answer.pose, answer.mood, answer.shot) == ("sit", "cry", "close_up")
    assert answer.things == ["umbrella", "book"]
    assert answer.details["hair"] == "long"
    assert answer.colour == "#e0a92e"


def test_words_within_words_show_nothing():
    assert nouns("a bearded rathouse coward in a seasonal portico") == []
    assert read("portrait in the season of catalogues").place == ""


def test_many_are_a_crowd():
    assert all(person.crowd for person in read("a crowd of people").people)
    assert all(person.crowd for person in read("seven soldiers marching").people) is False
    assert all(person.crowd for person in read("a group of soldiers marching").people)


async def test_the_same_request_gives_the_same_bytes_and_every_other_another_picture():
    first, _ = await image_of()
    assert (await image_of())[0] == first
    others = [await image_of(seed=8), await image_of(prompt="a boy on a rainy rooftop"), await image_of(prompt="a cat")]
    assert len({first, *(data for data, _ in others)}) == 4


@pytest.mark.parametrize("prompt", ["", "   ", "asdf qwer", "。、", "7"])
async def test_a_prompt_that_shows_nothing_still_gives_a_picture(prompt):
    data, pixels = await image_of(prompt=prompt)
    assert pixels.std() > 10
    assert (await image_of(prompt=prompt, seed=99))[0] != data


@pytest.mark.parametrize("size", [(304, 176), (177, 305), (64, 512), (512, 64), (64, 64), (1216, 704)])
async def test_the_picture_has_the_size_that_is_asked_for(size):
    _, pixels = await image_of(width=size[0], height=size[1])
    assert pixels.shape == (size[1], size[0], 3)
    assert pixels.std() > 10


async def test_night_is_darker_than_day():
    day, night = [(await image_of(prompt=f"a street {when}"))[1].mean() for when in ("at noon", "at midnight")]
    assert night < day - 20


async def test_a_named_colour_is_seen():
    async def share(colour):
        _, pixels = await image_of(prompt=f"a girl in a street, {colour} umbrella")
        red, _, blue = (pixels[:, :, n].astype(int) for n in range(3))
        return (red - blue > 60).mean(), (blue - red > 40).mean()

    red, blue = await share("red"), await share("blue")
    assert red[0] > 5 * blue[0]
    assert blue[1] > red[1]


async def test_parameters_are_written_into_the_picture_and_nothing_without_them():
    options = {"prompt": "雨の屋上", "seed": 7, "loras": [["a", 0.5]]}
    data, _ = await image_of(parameters=options)
    assert json.loads(png_text(data)["parameters"]) == options
    assert png_text((await image_of())[0]) == {}


async def test_a_start_picture_gives_its_colours():
    start = png(
        Image.fromarray(np.tile(np.linspace([90, 10, 10], [250, 160, 140], 64)[:, None], (1, 64, 1)).astype(np.uint8))
    )
    _, plain = await image_of(prompt="harbour")
    _, red = await image_of(start=start, prompt="harbour")
    assert plain[:, :, 2].mean() > plain[:, :, 0].mean()
    assert red[:, :, 0].mean() > red[:, :, 2].mean() + 20


async def test_progress_comes_before_the_picture_with_a_preview_if_one_is_wanted():
    *progress, last = await events(FramePackDraft().image(replace(PICTURE, previews=True)))
    assert all(isinstance(event, SamplerProgress) for event in progress)
    steps = [event.step for event in progress]
    assert steps == sorted(steps)
    assert steps[-1] == progress[-1].total
    previews = [Image.open(io.BytesIO(event.preview)) for event in progress if event.preview]
    assert previews
    assert all(each.format == "JPEG" and max(each.size) <= 256 for each in previews)
    assert (last.width, last.height) == (SIZE["width"], SIZE["height"])
    assert not any(event.preview for event in (await events(FramePackDraft().image(PICTURE)))[:-1])


async def test_a_picture_that_is_given_up_lets_the_next_one_be_made():
    model = FramePackDraft()
    given_up = model.image(PICTURE)
    await anext(given_up)
    await given_up.aclose()
    assert isinstance((await events(model.image(PICTURE)))[-1], PaintedPicture)


async def test_it_is_always_ready_and_says_what_it_is():
    description = await FramePackDraft().describe()
    assert description["ready"] is True
    assert "sketch" in description["detail"]


async def test_it_has_no_loras():
    await FramePackDraft().check_loras([])
    with pytest.raises(InvalidInput, match=r"has no LoRAs.*ink\.safetensors"):
        await FramePackDraft().check_loras(["ink.safetensors"])


async def test_a_start_that_is_no_picture_is_refused():
    with pytest.raises(BadImage):
        await image_of(start=b"no picture")
