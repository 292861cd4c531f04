"""Pictures from files: all of Pillow's formats, frames, wide greys, and hostile bytes."""

import io

import numpy as np
import pytest
from PIL import Image

from engines.comfy.context import Limits
from engines.comfy.pictures import picture_path, read_channel, read_picture
from foundation.errors import BadImage, ClientError, InvalidInput
from serve_app.comfyui.pictures import converted, open_picture
from tests.support.pictures import page, png

FORMATS = ["PNG", "JPEG", "WEBP", "GIF", "BMP", "TIFF", "AVIF", "PPM", "TGA", "JPEG2000", "ICO", "PCX", "SGI", "DDS"]
LIMITS = Limits(pixels=256 * 256, side=1024, batch=4)
MUTATIONS = 25


@pytest.fixture
def keep(tmp_path):
    def write(data, name="picture"):
        (tmp_path / name).write_bytes(data)
        return tmp_path / name

    return write


def animated(form, count, size=(32, 32)):
    frames = [page(*size, seed=n) for n in range(count)]
    return png(frames[0], format=form, save_all=True, append_images=frames[1:])


@pytest.mark.parametrize("form", FORMATS)
def test_every_format_is_read(keep, form):
    pixels, mask = read_picture(keep(png(page(48, 48), format=form)), LIMITS)
    assert (tuple(pixels.shape), tuple(mask.shape)) == ((1, 48, 48, 3), (1, 64, 64))


@pytest.mark.parametrize("form", ["GIF", "TIFF", "WEBP", "PNG"])
def test_frames_are_a_batch_within_the_limit(keep, form):
    assert read_picture(keep(animated(form, 3)), LIMITS)[0].shape[0] == 3
    with pytest.raises(InvalidInput, match="4 in a batch"):
        read_picture(keep(animated(form, 6)), LIMITS)


def test_a_picture_of_several_views_is_its_first(keep):
    assert read_picture(keep(animated("MPO", 3)), LIMITS)[0].shape[0] == 1


@pytest.mark.parametrize(("value", "level"), [(0, 0), (254, 0), (255, 1), (33405, 131), (65025, 255), (65535, 255)])
def test_wide_greys_are_divided_by_255(keep, value, level):
    wide = Image.fromarray(np.full((4, 4), value, np.uint16))
    for form in ("PNG", "TIFF"):
        path = keep(png(wide, format=form))
        assert set((read_picture(path, LIMITS)[0] * 255).round().int().ravel().tolist()) == {level}
        assert set((read_channel(path, "red", LIMITS) * 255).round().int().ravel().tolist()) == {level}


def test_a_frame_that_is_too_large_is_refused_before_it_is_decoded(keep):
    small, large = Image.new("L", (8, 8)), Image.new("L", (400, 400))
    data = png(small, format="TIFF", save_all=True, append_images=[large])
    with pytest.raises(InvalidInput, match="400 x 400"):
        read_picture(keep(data), LIMITS)


def test_what_would_start_a_program_is_no_picture(keep):
    script = b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 8 8\n%%EndComments\nshowpage\n%%EOF\n"
    assert Image.open(io.BytesIO(script)).format == "EPS"
    with pytest.raises(BadImage):
        read_picture(keep(script), LIMITS)
    with pytest.raises(BadImage):
        open_picture(script, 10_000)


def many_scans(count):
    """A JPEG whose one scan comes again and again."""
    data = png(page(16, 16), format="JPEG", progressive=True)
    start = data.rindex(b"\xff\xda")
    return data[:start] + data[start:-2] * count + data[-2:]


def test_a_jpeg_of_too_many_scans_is_refused(keep):
    assert read_picture(keep(many_scans(3)), LIMITS)[0].shape[0] == 1
    with pytest.raises(BadImage, match="scans"):
        read_picture(keep(many_scans(300)), LIMITS)
    with pytest.raises(BadImage, match="scans"):
        open_picture(many_scans(300), 10_000)


@pytest.mark.parametrize("form", FORMATS)
def test_whatever_is_wrong_with_the_bytes_is_the_callers_fault(keep, form):
    rng, whole = np.random.default_rng(7), np.frombuffer(png(page(24, 24), format=form), np.uint8)
    for number in range(MUTATIONS):
        data = whole.copy()
        places = rng.integers(0, min(len(data), 400), rng.integers(1, 12))
        data[places] = rng.integers(0, 256, len(places))
        cut = data[: rng.integers(1, len(data))] if number % 3 == 0 else data
        for read in (
            lambda raw: read_picture(keep(raw), LIMITS),
            lambda raw: read_channel(keep(raw), "alpha", LIMITS),
            lambda raw: converted(raw, "jpeg;80", "rgb", 256 * 256),
        ):
            try:
                read(cut.tobytes())
            except ClientError:
                continue


def test_annotated_names_are_looked_for_as_they_stand_first(keep, tmp_path):
    keep(b"x", "a.png")
    keep(b"y", "b.png [output]")
    assert picture_path(tmp_path, "a.png [input]") == tmp_path / "a.png"
    assert picture_path(tmp_path, "b.png [output]") == tmp_path / "b.png [output]"
    assert picture_path(tmp_path, "a.png [output]") is None
    assert picture_path(tmp_path, "../a.png [input]") is None
