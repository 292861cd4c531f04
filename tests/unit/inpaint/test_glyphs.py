"""Letters with outlines, letters beside art: what the mask of glyphs covers, and what is left of the picture."""

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from engines.inpaint.masks import region_mask
from engines.inpaint.models.model_cache import ModelCache
from engines.inpaint.options import Region
from engines.inpaint.remover import TextRemover
from foundation.images import ImageLimits
from foundation.models.inpainter import RemovalOptions, RemovalRequest
from tests.support.pictures import png

ROOT = Path(__file__).parents[3]
FACE = ROOT / "assets" / "fonts" / "comic-neue-bold.ttf"
WORDS = "HELLO THERE\nOLD FRIEND"


def gradient():
    rows, columns = np.mgrid[0:240, 0:420]
    return Image.fromarray(np.stack([80 + columns * 0.3, 60 + rows * 0.4, 200 - columns * 0.2], 2).astype(np.uint8))


def dots():
    rows, columns = np.mgrid[0:240, 0:420]
    return Image.fromarray(
        np.where((rows % 6 - 3) ** 2 + (columns % 6 - 3) ** 2 < 4, 30, 235).astype(np.uint8)
    ).convert("RGB")


def lettered(ground, fill, outline, width, pad=4):
    """The picture with words on it, and their box."""
    picture = ground.copy()
    draw, face = ImageDraw.Draw(picture), ImageFont.truetype(FACE, 40)
    box = draw.multiline_textbbox((60, 70), WORDS, font=face, stroke_width=width)
    draw.multiline_text((60, 70), WORDS, font=face, fill=fill, stroke_width=width, stroke_fill=outline)
    left, top, right, bottom = box[0] - pad, box[1] - pad, box[2] + pad, box[3] + pad
    return picture, Region(x=left, y=top, width=right - left, height=bottom - top)


@pytest.mark.parametrize(
    ("fill", "outline", "width"),
    [("red", "white", 5), ("white", "black", 3), ("black", None, 0), ("yellow", "navy", 7)],
)
@pytest.mark.parametrize("mode", ["glyph", "auto"])
def test_letters_go_with_their_outline(mode, fill, outline, width):
    ground = gradient()
    picture, region = lettered(ground, fill, outline, width)
    changed = (np.asarray(picture) != np.asarray(ground)).any(axis=2)
    mask = region_mask(np.asarray(picture), [region], mode)
    assert not (changed & ~mask).any(), "parts of letters are left"
    assert mask.sum() < region.width * region.height, "nothing of the ground is kept"


def test_the_fill_is_the_ground_and_not_the_outline():
    ground = gradient()
    picture, region = lettered(ground, "red", "white", 5)
    remover = TextRemover(ModelCache(ROOT / "none", "cpu", 512), ImageLimits(10_000_000))
    request = RemovalRequest(png(picture), [region.model_dump()])
    filled = remover.remove(request, RemovalOptions("cv2", mask_mode="auto")).data
    difference = np.asarray(Image.open(io.BytesIO(filled)), float) - np.asarray(ground, float)
    assert np.abs(difference).max() < 12


def test_an_outline_that_goes_on_outside_the_region_is_kept():
    picture = dots()
    ImageDraw.Draw(picture).ellipse((8, 20, 400, 216), fill="white", outline="black", width=3)
    balloon = np.asarray(picture).copy()
    lettering, region = lettered(picture, "black", None, 0, pad=40)
    mask = region_mask(np.asarray(lettering), [region], "auto")
    outline = np.zeros(mask.shape, bool)
    drawn = Image.new("L", (420, 240))
    ImageDraw.Draw(drawn).ellipse((8, 20, 400, 216), outline=255, width=3)
    outline |= np.asarray(drawn) > 0
    changed = (np.asarray(lettering) != balloon).any(axis=2)
    assert (mask & changed).sum() == changed.sum()
    assert (mask & outline).sum() < 0.05 * outline.sum()
