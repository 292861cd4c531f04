"""Films in memory: the bytes are settled by the frames, and pieces join without loss."""

import hashlib
import io
import subprocess
import sys

import av
import numpy as np
import pytest

from engines.framepack import mp4
from foundation.errors import InvalidInput


def numbered(numbers, width=96, height=64):
    """Frames whose brightness tells their number, over a pattern that moves."""
    across = np.arange(width)[None, :, None]
    down = np.arange(height)[:, None, None]
    for n in numbers:
        pattern = ((across + down + 3 * n) % 24 < 12) * np.array([12, 12, 12])
        yield (pattern + 2 * n + 16).astype(np.uint8)


def number_of(frame):
    return round((frame.mean() - 22) / 2)


def test_the_same_frames_give_the_same_bytes_in_any_process():
    code = (
        "import hashlib, numpy as np\nfrom engines.framepack import mp4\n"
        "noise = np.random.default_rng(0).integers(0, 255, (114, 150, 3), dtype=np.uint8)\n"
        "print(hashlib.sha256(mp4.encode(noise[n:n + 66, n:n + 98] for n in range(20))).hexdigest())"
    )
    others = {subprocess.run([sys.executable, "-c", code], capture_output=True, check=True).stdout for _ in range(2)}
    noise = np.random.default_rng(0).integers(0, 255, (114, 150, 3), dtype=np.uint8)
    here = {mp4.encode(noise[n : n + 66, n : n + 98] for n in range(20)) for _ in range(5)}
    assert len(here) == 1
    assert others == {hashlib.sha256(here.pop()).hexdigest().encode() + b"\n"}


def test_a_film_is_what_browsers_play():
    data = mp4.encode(numbered(range(5)))
    assert mp4.probe(data) == mp4.VideoInfo(96, 64, 5, 30.0, "h264")
    assert data.index(b"moov") < data.index(b"mdat")
    with av.open(io.BytesIO(data)) as film:
        codec = film.streams.video[0].codec_context
        assert (codec.pix_fmt, codec.profile, codec.colorspace, codec.color_range) == ("yuv420p", "High", 1, 1)


def test_even_the_best_quality_is_played_by_browsers():
    with av.open(io.BytesIO(mp4.encode(numbered(range(3)), crf=0))) as film:
        assert film.streams.video[0].codec_context.profile == "High"


def test_colours_come_back():
    bars = np.zeros((64, 96, 3), np.uint8)
    for n, colour in enumerate(
        [(255, 255, 255), (0, 0, 0), (200, 30, 40), (30, 160, 60), (40, 60, 200), (220, 200, 40)]
    ):
        bars[:, 16 * n : 16 * n + 16] = colour
    back = mp4.frame(mp4.encode([bars], crf=4), 0).astype(int)
    assert np.abs(back - bars)[8:-8, 4::16].max() <= 6


@pytest.mark.parametrize("lengths", [(37, 36, 36), (1, 1, 2), (1, 37), (3, 0, 4)])
def test_joined_pieces_play_in_order_without_a_gap(lengths):
    ends = np.cumsum(lengths)
    pieces = [mp4.encode(numbered(range(end - length, end))) for end, length in zip(ends, lengths, strict=True)]
    joined = mp4.join(pieces)
    assert mp4.probe(joined).frames == sum(lengths)
    with av.open(io.BytesIO(joined)) as film:
        decoded = list(film.decode(video=0))
        rate = film.streams.video[0].average_rate
    assert rate == 30
    visible = [number_of(mp4.frame(joined, n)) for n in range(len(decoded))]
    assert visible == list(range(sum(lengths)))
    assert [round(each.time * 30) for each in decoded] == list(range(sum(lengths)))


def test_a_piece_is_the_same_to_the_pixel_wherever_it_is_joined():
    pieces = [mp4.encode(numbered(range(n, n + 5))) for n in (0, 5, 10)]
    joined = mp4.join(pieces)
    for n in range(15):
        assert np.array_equal(mp4.frame(joined, n), mp4.frame(pieces[n // 5], n % 5))
    again = mp4.join([mp4.join(pieces[:2]), b"", pieces[2]])
    assert np.array_equal(mp4.frame(again, 14), mp4.frame(joined, 14))


def test_nothing_joined_is_nothing():
    assert mp4.encode([]) == b""
    assert mp4.join([]) == mp4.join([b"", b""]) == b""
    piece = mp4.encode(numbered(range(2)))
    assert mp4.join([b"", piece]) == piece


@pytest.mark.parametrize(
    "other",
    [
        mp4.encode(numbered(range(2), width=64)),
        mp4.encode(numbered(range(2)), fps=24),
        mp4.encode(numbered(range(2)), crf=40),
    ],
    ids=["size", "rate", "quality"],
)
def test_pieces_that_differ_are_refused(other):
    with pytest.raises(InvalidInput, match="piece 1"):
        mp4.join([mp4.encode(numbered(range(2))), other])


def test_odd_sides_lose_their_last_row():
    film = mp4.probe(mp4.encode([np.full((35, 51, 3), 90, np.uint8)]))
    assert (film.width, film.height) == (50, 34)


@pytest.mark.parametrize("frames", [[np.zeros((1, 8, 3), np.uint8)], [np.zeros((8, 8, 3)), np.zeros((8, 10, 3))]])
def test_frames_that_make_no_film_are_refused(frames):
    with pytest.raises(InvalidInput):
        mp4.encode(np.uint8(each) for each in frames)


@pytest.mark.parametrize("data", [b"no film", mp4.encode(numbered(range(3)))[:200]])
def test_broken_bytes_are_refused(data):
    with pytest.raises(InvalidInput):
        mp4.probe(data)
    with pytest.raises(InvalidInput):
        mp4.join([data, data])


@pytest.mark.parametrize("number", [-1, 3])
def test_frames_that_are_not_there_are_refused(number):
    with pytest.raises(InvalidInput, match="3 frames"):
        mp4.frame(mp4.encode(numbered(range(3))), number)
