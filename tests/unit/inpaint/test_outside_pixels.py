"""Pixels outside the regions: what the original service and IOPaint's server do to them, and that ours stay.

The original service shrinks a page to 1024 pixels, fills it whole, and enlarges the whole page again. IOPaint's
server pastes under the mask alone, but answers in the form of the upload: JPEG and WebP are encoded anew with
losses, 16 bits become 8. Both are done here with IOPaint's own functions and its own class.
"""

import base64
import io

import cv2
import numpy as np
import pytest
from PIL import Image

from deployments.cluster import ROOT
from engines.inpaint.iopaint import load_class, undisturbed
from engines.inpaint.models.model_cache import ModelCache
from engines.inpaint.picture import read_picture
from engines.inpaint.remover import TextRemover
from foundation.images import ImageLimits
from foundation.models.inpainter import RemovalOptions, RemovalRequest
from scripts.lib.bench.inpaint.measure import changes
from scripts.lib.bench.inpaint.pages import sparse
from tests.support.pictures import png

SEED_SIDE = 1024
PIXELS = 50_000_000
DRAWN = [(95, 100, 125, 195), (945, 100, 90, 200)]


def words(boxes, shape):
    mask = np.zeros(shape[:2], dtype=bool)
    for x, y, w, h in boxes:
        mask[y : y + h, x : x + w] = True
    return mask


def pages():
    """Name, RGB and mask: a lettered page of the house, and the page of the bench."""
    drawn = np.asarray(Image.open(ROOT / "examples" / "page.png").convert("RGB"))
    result = sparse()
    return {"drawn": (drawn, words(DRAWN, drawn.shape)), "noisy": (result.rgb, result.mask)}


PAGES = pages()


def grey(mask):
    return np.where(mask, np.uint8(255), np.uint8(0))


def filled(rgb, mask, **strategy):
    """IOPaint's own class with its own request; its server's defaults where nothing is said."""
    with undisturbed():
        from iopaint.schema import InpaintRequest

        model = load_class("opencv2:OpenCV2")("cpu")
        bgr = model(rgb.copy(), grey(mask), InpaintRequest(**strategy))
    return np.ascontiguousarray(bgr.astype(np.uint8)[:, :, ::-1])


def seed(rgb, mask):
    """The original service's flow."""
    size = (rgb.shape[1], rgb.shape[0])
    scale = SEED_SIDE / max(size)
    less = (round(size[0] * scale), round(size[1] * scale))
    small = np.asarray(Image.fromarray(rgb).resize(less, Image.Resampling.LANCZOS))
    hole = np.asarray(Image.fromarray(grey(mask)).resize(less, Image.Resampling.NEAREST)) > 0
    done = filled(small, hole, hd_strategy="Original")
    return np.asarray(Image.fromarray(done).resize(size, Image.Resampling.LANCZOS))


def served(data, mask):
    """A file through the steps of ``api_inpaint`` of IOPaint's server."""
    with undisturbed():
        from iopaint.helper import concat_alpha_channel, decode_base64_to_image, pil_to_bytes

        rgb, alpha, infos, ending = decode_base64_to_image(base64.b64encode(data).decode())
        done = concat_alpha_channel(filled(rgb, mask), alpha)
        # the quality that `iopaint start` has by default
        return pil_to_bytes(Image.fromarray(done), ext=ending, quality=100, infos=infos)


def ours(data, mask, **options):
    remover = TextRemover(ModelCache(ROOT / "none", "cpu", 512), ImageLimits(PIXELS, 4096))
    return remover.remove(
        RemovalRequest(data, mask=png(Image.fromarray(grey(mask)))), RemovalOptions("cv2", **options)
    ).data


def pixels(data):
    return read_picture(data, ImageLimits(PIXELS)).pixels


def measured(name, before, after, mask, most=255):
    """Changed pixels outside and their PSNR, printed for those who read."""
    changed, psnr = changes(before, after, ~mask, most)
    print(f"{name}: {changed} of {(~mask).sum()} pixels outside, {100 * changed / (~mask).sum():.1f} %, {psnr} dB")
    return changed, psnr


@pytest.mark.parametrize("name", PAGES)
def test_the_detour_of_the_original_service_changes_the_page_and_ours_does_not(name):
    rgb, mask = PAGES[name]
    changed, psnr = measured(f"{name}, the original service", rgb, seed(rgb, mask), mask)
    assert changed > 0.1 * (~mask).sum()
    assert psnr < 40
    after = pixels(ours(png(Image.fromarray(rgb)), mask))
    assert measured(f"{name}, ours", rgb, after, mask) == (0, None)
    assert (after != rgb)[mask].any()


@pytest.mark.parametrize("form", ["JPEG", "WEBP"])
@pytest.mark.parametrize("name", PAGES)
def test_iopaints_server_encodes_the_whole_page_anew_and_ours_does_not(name, form):
    rgb, mask = PAGES[name]
    upload = png(Image.fromarray(rgb), format=form, quality=90)
    before = pixels(upload)
    answer = served(upload, mask)
    assert Image.open(io.BytesIO(answer)).format == form
    changed, psnr = measured(f"{name}, {form}, IOPaint's server", before, pixels(answer), mask)
    assert changed > 1000
    assert psnr < 70
    for lossless in ("png", "webp"):
        assert changes(before, pixels(ours(upload, mask, format=lossless)), ~mask) == (0, None)


def test_iopaints_server_cuts_16_bits_to_8_and_ours_does_not():
    rgb, mask = PAGES["noisy"]
    deep = rgb.astype(np.uint16) * 257 + np.random.default_rng(2).integers(-90, 90, rgb.shape).astype(np.uint16)
    deep[rgb == 0], deep[rgb == 255] = 0, 65535
    _, encoded = cv2.imencode(".png", deep[:, :, ::-1])
    upload = encoded.tobytes()
    after = pixels(served(upload, mask))
    assert after.dtype == np.uint8
    changed, psnr = measured("16 bits, IOPaint's server", deep, after.astype(np.uint16) * 257, mask, most=65535)
    assert changed > 0.5 * (~mask).sum()
    assert psnr < 70
    retained = pixels(ours(upload, mask))
    assert retained.dtype == np.uint16
    assert changes(deep, retained, ~mask, 65535) == (0, None)


@pytest.mark.parametrize("strategy", ["Original", "Crop", "Resize"])
def test_of_an_8_bit_png_iopaints_class_changes_nothing_outside_either(strategy):
    rgb, mask = PAGES["drawn"]
    assert changes(rgb, filled(rgb, mask, hd_strategy=strategy), ~mask) == (0, None)
    assert changes(rgb, pixels(ours(png(Image.fromarray(rgb)), mask, hd_strategy=strategy)), ~mask) == (0, None)
