"""Every kind of picture keeps every pixel outside the mask, bit for bit."""

import io
import struct
import zlib

import cv2
import numpy as np
import pytest
from PIL import Image

from engines.inpaint.models.fillers import IOPaintFiller
from engines.inpaint.models.loader import load_model
from engines.inpaint.options import FillOptions, Region
from engines.inpaint.picture import encode_picture, read_mask, read_picture
from engines.inpaint.remove import Work, remove_text
from engines.inpaint.windows import Geometry
from foundation.errors import BadImage, TooLarge
from foundation.images import ImageLimits
from tests.support.pictures import REGIONS, page, png, square_mask, srgb

PIXELS = 4_000_000
LIMITS = ImageLimits(PIXELS, 2048)
REGION = [Region(**each) for each in REGIONS]


def deep(shape, seed=0):
    return np.random.default_rng(seed).integers(0, 65536, shape).astype(np.uint16)


def deep_png(pixels):
    return cv2.imencode(".png", pixels)[1].tobytes()


def cases():
    """Name and file of 60 pictures: each kind in three sizes or more."""
    for width, height in ((320, 260), (257, 219), (241, 250)):
        rgb = page(width, height)
        alpha = Image.fromarray(np.random.default_rng(1).integers(0, 256, (height, width)).astype(np.uint8))
        rgba, grey_alpha = rgb.copy(), rgb.convert("LA")
        rgba.putalpha(alpha)
        grey_alpha.putalpha(alpha)
        size = f"{width}x{height}"
        yield f"rgb-{size}", png(rgb)
        yield f"rgba-{size}", png(rgba)
        yield f"grey-{size}", png(rgb.convert("L"))
        yield f"grey-alpha-{size}", png(grey_alpha)
        yield f"palette-{size}", png(rgb.quantize(64))
        yield f"palette-transparent-{size}", png(rgb.quantize(64), transparency=3)
        yield f"one-bit-{size}", png(rgb.convert("1"))
        yield f"rgb-colour-key-{size}", png(rgb, transparency=(10, 20, 30))
        yield f"16-bit-grey-{size}", png(Image.fromarray(deep((height, width))))
        yield f"16-bit-rgb-{size}", deep_png(deep((height, width, 3)))
        yield f"16-bit-rgba-{size}", deep_png(deep((height, width, 4)))
        yield f"icc-{size}", png(rgb, icc_profile=srgb(), dpi=(300, 300))
        yield f"jpeg-{size}", png(rgb, format="JPEG", quality=90)
        yield f"jpeg-grey-{size}", png(rgb.convert("L"), format="JPEG")
        yield f"cmyk-{size}", png(rgb.convert("CMYK"), format="JPEG")
        yield f"webp-{size}", png(rgb, format="WEBP", lossless=True)
        yield f"webp-alpha-{size}", png(rgba, format="WEBP", lossless=True, exact=True)
        for orientation in (3, 6, 8):
            exif = Image.Exif()
            exif[0x0112] = orientation
            yield f"exif-{orientation}-{size}", png(rgb, format="JPEG", exif=exif)


CASES = dict(cases())


def test_there_are_sixty():
    assert len(CASES) == 60


@pytest.fixture(scope="module")
def cv2_model(tmp_path_factory) -> IOPaintFiller:
    return load_model("cv2", tmp_path_factory.mktemp("none"))


@pytest.mark.parametrize("name", CASES)
def test_pixels_outside_the_mask_are_bit_identical(name, cv2_model):
    before = read_picture(CASES[name], LIMITS)
    done = remove_text(Work(CASES[name], REGION), cv2_model, Geometry(), FillOptions(), LIMITS)
    after = read_picture(done.data, LIMITS)
    mask = np.zeros(before.size[::-1], dtype=bool)
    for r in REGIONS:
        mask[r["y"] : r["y"] + r["height"], r["x"] : r["x"] + r["width"]] = True
    assert after.pixels.dtype == before.pixels.dtype
    assert after.pixels.shape == before.pixels.shape or "grey-alpha" in name
    assert np.array_equal(after.pixels[~mask], before.pixels[~mask])
    assert not np.array_equal(after.pixels[mask], before.pixels[mask])
    assert (done.width, done.height, done.masked_pixels) == (*before.size, int(mask.sum()))
    assert (after.icc is not None) == name.startswith("icc")


@pytest.mark.parametrize("form", ["png", "webp"])
def test_lossless_forms_keep_alpha_and_profile(form, cv2_model):
    rgba = page().convert("RGBA")
    rgba.putalpha(77)
    done = remove_text(
        Work(png(rgba, icc_profile=srgb()), REGION), cv2_model, Geometry(), FillOptions(format=form), LIMITS
    )
    image = Image.open(io.BytesIO(done.data))
    assert image.format == form.upper()
    assert image.info["icc_profile"] == srgb()
    assert np.asarray(image)[:, :, 3].min() == np.asarray(image)[:, :, 3].max() == 77


def test_jpeg_has_no_alpha_and_8_bits():
    for data in (CASES["16-bit-rgba-320x260"], CASES["grey-alpha-320x260"]):
        image = Image.open(io.BytesIO(encode_picture(read_picture(data, LIMITS), "jpeg")))
        assert image.mode in {"RGB", "L"}


def test_16_bits_keep_their_profile():
    picture = read_picture(CASES["16-bit-rgb-320x260"], LIMITS)
    with_icc = encode_picture(type(picture)(picture.pixels, srgb()), "png")
    assert Image.open(io.BytesIO(with_icc)).info["icc_profile"] == srgb()
    assert np.array_equal(read_picture(with_icc, LIMITS).pixels, picture.pixels)


def test_exif_turns_the_picture_upright_once():
    picture = read_picture(CASES["exif-6-320x260"], LIMITS)
    assert picture.size == (260, 320)
    again = Image.open(io.BytesIO(encode_picture(picture, "png")))
    assert again.size == (260, 320)
    assert not again.getexif().get(0x0112)


def test_cmyk_looks_like_it_did():
    picture = read_picture(CASES["cmyk-320x260"], LIMITS)
    assert np.abs(picture.pixels.astype(int) - np.asarray(page())).mean() < 12


def test_a_mask_must_have_the_size_of_its_picture():
    mask = read_mask(square_mask((320, 260), (10, 20, 30, 50)), (320, 260), LIMITS)
    assert mask.sum() == 20 * 30
    with pytest.raises(BadImage, match="the mask is 320x260, the image 320x261"):
        read_mask(square_mask((320, 260)), (320, 261), LIMITS)


def chunk(kind, body):
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def header(width, height):
    """A PNG of which little follows after its header."""
    ihdr = struct.pack(">IIBBBBB", width, height, 16, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", ihdr) + chunk(b"IDAT", b"x")


@pytest.mark.parametrize(
    ("data", "error"),
    [
        (b"", BadImage),
        (b"GIF89a" + bytes(40), BadImage),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", BadImage),
        (header(60_000, 60_000), TooLarge),
        (header(300, 300), BadImage),
        (CASES["rgb-320x260"][:2000], BadImage),
        (CASES["16-bit-rgb-320x260"][:2000], BadImage),
        (CASES["jpeg-320x260"][:500], BadImage),
    ],
)
def test_broken_and_huge_files_are_refused(data, error):
    with pytest.raises(error):
        read_picture(data, LIMITS)


def test_an_animation_is_refused():
    frames = [page(seed=n) for n in range(2)]
    with pytest.raises(BadImage, match="animated"):
        read_picture(png(frames[0], format="WEBP", save_all=True, append_images=frames[1:]), LIMITS)
