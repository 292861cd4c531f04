"""Camera moves: the film is whole, whichever end it grows from."""

from itertools import pairwise

import numpy as np
import pytest
from PIL import Image

from deployments.framepack_draft import FramePackDraft
from engines.framepack import mp4
from engines.framepack_draft.camera import CameraMove, move_of
from engines.framepack_draft.film import film_of as engine_film
from engines.framepack_draft.film import frames_in, span
from foundation.errors import InvalidInput
from tests.unit.framepack.draft import events, film, film_of, png, scenery

START, END = scenery(96, 64, seed=3), scenery(96, 64, seed=4)
KINDS = ["zoom_in", "zoom_out", "left", "right", "up", "down", "walk", "roll", "shake", "still"]


def near(one, other):
    return np.abs(one.astype(int) - other).mean()


@pytest.mark.parametrize(("seconds", "sections"), [(0.1, 1), (1.2, 1), (1.9, 2), (5, 4), (120, 100)])
async def test_a_section_is_36_frames(seconds, sections):
    assert await FramePackDraft().sections(seconds) == sections


@pytest.mark.parametrize("sections", [1, 2, 4])
def test_the_sections_are_the_whole_film_from_either_end(sections):
    forward = [n for k in range(sections) for n in span(k, sections, "forward")]
    backward = [n for k in reversed(range(sections)) for n in span(k, sections, "reverse")]
    assert forward == backward == list(range(frames_in(sections)))


@pytest.mark.parametrize("number", [-1, 2])
def test_a_section_that_is_not_there_is_refused(number):
    with pytest.raises(InvalidInput, match="2 sections"):
        span(number, 2, "reverse")


async def test_a_film_made_in_reverse_is_the_one_made_forward():
    forward = [piece.done for piece in await film_of(film(png(START), png(END)))]
    backward = [piece.done for piece in await film_of(film(png(START), png(END), sampling_mode="reverse"))]
    assert forward == backward[::-1]
    whole = mp4.join(forward)
    assert mp4.probe(whole) == mp4.VideoInfo(96, 64, 73, 30.0, "h264")


async def test_a_film_goes_on_smoothly_over_its_joins():
    pieces = await film_of(film(png(START), sections=3, mp4_crf=4))
    whole = mp4.join([piece.done for piece in pieces])
    drawn = engine_film({"start": png(START)}, "pan left", 7, 3, (96, 64))
    meant = [drawn.frame(n) for n in range(109)]
    assert max(near(a, b) for a, b in pairwise(meant)) < 3
    assert max(near(mp4.frame(whole, n), frame) for n, frame in enumerate(meant)) < 4
    assert sum(piece.frames for piece in pieces) == 109


async def test_a_film_begins_with_the_start_and_ends_with_the_end():
    pieces = await film_of(film(png(START), png(END), prompt="zoom in", mp4_crf=4))
    whole = mp4.join([piece.done for piece in pieces])
    assert near(mp4.frame(whole, 0), np.asarray(START)) < 3
    assert near(mp4.frame(whole, 72), np.asarray(END)) < 3
    assert near(mp4.frame(whole, 0), np.asarray(END)) > 20


@pytest.mark.parametrize("kind", KINDS)
def test_every_move_shows_only_what_is_in_the_picture(kind):
    move = CameraMove(kind, 109)
    for number in range(109):
        for view in (move.at(number), move.back(number)):
            half = 0.5 / view.zoom
            assert view.zoom >= 1
            assert half - 1e-9 <= view.x <= 1 - half + 1e-9
            assert half - 1e-9 <= view.y <= 1 - half + 1e-9


@pytest.mark.parametrize("kind", KINDS)
def test_every_move_moves_and_never_jumps(kind):
    move = CameraMove(kind, 73)
    views = [move.at(n) for n in range(73)]
    assert views[0] != views[-1]
    for one, next_one in pairwise(views):
        assert abs(next_one.zoom - one.zoom) < 0.02
        assert abs(next_one.x - one.x) + abs(next_one.y - one.y) < 0.05
        assert abs(next_one.roll - one.roll) < 0.3


@pytest.mark.parametrize(
    ("prompt", "kind"),
    [
        ("the camera zooms in slowly", "zoom_in"),
        ("zoom out over the harbour", "zoom_out"),
        ("Pan left", "left"),
        ("camera pans right", "right"),
        ("tilt up to the sky", "up"),
        ("she walks through the street", "walk"),
        ("ゆっくりズームアウト", "zoom_out"),
        ("镜头向右移动", "right"),
        ("static shot", "still"),
    ],
)
def test_words_choose_the_move(prompt, kind):
    assert move_of(prompt, 1, 37).kind == kind


def test_without_words_the_seed_chooses():
    kinds = {move_of("a girl", seed, 37).kind for seed in range(40)}
    assert len(kinds) >= 4
    assert move_of("a girl", 5, 37) == move_of("a girl", 5, 37)


@pytest.mark.parametrize("mode", ["RGBA", "L", "P", "1"])
def test_pictures_of_every_kind_and_an_odd_size_make_a_film(mode):
    start = Image.new("RGBA", (131, 77), (200, 30, 30, 0)) if mode == "RGBA" else scenery(131, 77).convert(mode)
    drawn = engine_film({"start": png(start)}, "zoom in", 1, 1, (96, 64))
    assert drawn.frame(0).shape == drawn.frame(36).shape == (64, 96, 3)
    if mode == "RGBA":
        assert drawn.frame(0).min() > 250


@pytest.mark.parametrize("size", [(95, 64), (96, 63), (0, 64)])
def test_a_film_of_odd_sides_is_refused(size):
    with pytest.raises(InvalidInput, match="even"):
        engine_film({"start": png(START)}, "", 1, 1, size)


async def test_previews_and_progress_come_while_it_works():
    job = film(png(START), previews=True, sections=1)
    *progress, last = await events(FramePackDraft().section(job, 0, None))
    assert [event.step for event in progress] == [0, 6, 12, 18, 24, 30, 36, 37]
    assert all(event.preview.startswith(b"\xff\xd8") for event in progress[1:])
    assert (last.frames, last.open, last.state) == (37, b"", b"")


async def test_a_film_that_is_given_up_lets_the_next_be_made():
    model = FramePackDraft()
    section = model.section(film(png(START)), 0, None)
    await anext(section)
    await anext(section)
    await section.aclose()
    assert (await events(model.section(film(png(START)), 1, b"")))[-1].frames == 36
