"""What an image may cost before it is refused: headers first, scans counted, metadata never trusted."""

import io
import struct

import numpy as np
import pytest
from PIL import Image

from foundation import images
from foundation.errors import BadImage, TooLarge
from foundation.images import ImageLimits, decode_image, open_image, orientation_of
from tests.support.mutations import WHOLE, mutated
from tests.support.pictures import page, png, png_of

PIXELS = 50_000_000


def many_scans(count):
    """A progressive JPEG whose last scan, a refinement, is there so often (ITU-T T.81, G.1.2.3)."""
    data = png(page(64, 64), format="JPEG", progressive=True)
    *_, last = images._scans(data)
    scan = data[last - 2 : -2]
    return data[:-2] + scan * count + data[-2:]


def with_exif(*entries):
    """A JPEG with Exif of these entries: tag, type, count, value in four bytes."""
    body = struct.pack("<H", len(entries)) + b"".join(struct.pack("<HHI4s", *each) for each in entries) + bytes(4)
    return png(page(96, 64), format="JPEG", exif=b"Exif\0\0II*\0\x08\0\0\0" + body)


LYING = (0x0112, 3, 1, b"\x06\0\0\0")


def test_scans_are_counted_past_thumbnails_and_stuffed_bytes():
    assert len(list(images._scans(png(page(64, 64), format="JPEG")))) == 1
    usual = len(list(images._scans(many_scans(0))))
    assert 5 < usual < 20
    assert len(list(images._scans(many_scans(7)))) == usual + 7
    thumbnail = png(page(32, 32), format="JPEG", progressive=True)
    inside = png(page(64, 64), format="JPEG", exif=b"Exif\0\0II*\0\x08\0\0\0\0\0\0\0\0\0" + thumbnail)
    assert len(list(images._scans(inside))) == 1


def test_a_jpeg_of_thousands_of_scans_is_refused_from_its_headers():
    decode_image(many_scans(20), PIXELS)
    with pytest.raises(BadImage, match="more than 100 scans"):
        open_image(many_scans(2000), PIXELS)


def test_the_limit_in_force_is_asked_before_any_pixel_is_decoded(monkeypatch):
    monkeypatch.setattr(Image.Image, "load", None)
    limits = ImageLimits(PIXELS, 2048, "MAX_IMAGE_SIZE")
    with pytest.raises(TooLarge, match=r"2049x16; its longer side may have 2048 pixels \(MAX_IMAGE_SIZE\)"):
        open_image(png_of(2049, 16), limits)
    with pytest.raises(TooLarge, match="longer side may have 65535"):
        open_image(png_of(1, 5_000_000), PIXELS)


def test_an_image_that_decodes_for_too_long_is_refused(monkeypatch):
    monkeypatch.setattr(images, "DECODE_SECONDS", -1.0)
    with pytest.raises(BadImage, match="seconds to decode"):
        decode_image(WHOLE[1], PIXELS)


@pytest.mark.parametrize("beside", [(0x011A, 7, 4, b"abcd"), (0x0128, 12, 1, b"\0\0\0\0")])
def test_broken_entries_beside_an_orientation_change_nothing(beside):
    data = with_exif(LYING, beside)
    assert orientation_of(open_image(data, PIXELS)) == 6
    assert decode_image(data, PIXELS).size == (64, 96)


@pytest.mark.parametrize("form", ["PNG", "WEBP"])
def test_animations_are_refused_whatever_their_format(form):
    frames = [page(64, 64, seed) for seed in range(3)]
    with pytest.raises(BadImage, match="animated"):
        open_image(png(frames[0], format=form, save_all=True, append_images=frames[1:]), PIXELS)


def test_every_orientation_is_turned_as_pillow_turns_it():
    from PIL import ImageOps

    exif = Image.Exif()
    for orientation in range(1, 9):
        exif[0x0112] = orientation
        data = png(page(96, 64), exif=exif.tobytes())
        with Image.open(io.BytesIO(data)) as image:
            expected = np.asarray(ImageOps.exif_transpose(image))
        assert np.array_equal(np.asarray(decode_image(data, PIXELS)), expected), orientation


def test_whatever_a_picture_holds_it_is_read_or_refused():
    refused = 0
    for seed in range(400):
        try:
            decode_image(mutated(np.random.default_rng(seed)), PIXELS)
        except (BadImage, TooLarge):
            refused += 1
    assert 0 < refused < 400
