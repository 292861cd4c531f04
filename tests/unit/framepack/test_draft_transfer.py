"""Transfers of colour: masks hold to the pixel, and strength goes from nothing to all."""

from itertools import pairwise

import numpy as np
import pytest
from PIL import Image

from engines.framepack_draft.transfer import transfer
from foundation.errors import BadImage, InvalidInput
from foundation.models.framepack import Transfer
from tests.unit.framepack.draft import image_of, png, scenery

SOURCE, TARGET = scenery(90, 60, seed=1), scenery(70, 80, seed=2)


def warm(width=64, height=48):
    rows = np.linspace([60, 10, 0], [255, 190, 120], height)[:, None]
    return Image.fromarray(np.tile(rows, (1, width, 1)).astype(np.uint8))


def half_mask(width=90, height=60):
    mask = np.zeros((height, width), np.uint8)
    mask[:, : width // 2] = 255
    return Image.fromarray(mask)


def moved(strength=1.0, size=(90, 60), **pictures):
    files = {name: png(image) for name, image in {"source": SOURCE, "target": TARGET, **pictures}.items()}
    return np.asarray(transfer(files, strength, *size))


def test_no_strength_gives_the_source_to_the_pixel():
    assert np.array_equal(moved(0.0), np.asarray(SOURCE))


def test_the_way_from_the_source_grows_with_the_strength():
    ways = [np.abs(moved(s).astype(int) - np.asarray(SOURCE)).mean() for s in (0, 0.1, 0.3, 0.5, 0.7, 0.9, 1)]
    assert all(a < b for a, b in pairwise(ways))
    assert ways[-1] > 10


def test_the_colours_are_those_of_the_target():
    red = moved(target=warm())
    wanted = np.asarray(warm()).reshape(-1, 3).mean(0)
    before = np.abs(np.asarray(SOURCE).reshape(-1, 3).mean(0) - wanted).sum()
    assert np.abs(red.reshape(-1, 3).mean(0) - wanted).sum() < before / 3


def test_white_of_the_source_mask_keeps_the_source_to_the_pixel():
    retained = moved(source_mask=half_mask())
    source = np.asarray(SOURCE)
    assert np.array_equal(retained[:, :45], source[:, :45])
    assert np.abs(retained[:, 45:].astype(int) - source[:, 45:]).mean() > 5
    assert np.array_equal(moved(source_mask=Image.new("L", (90, 60), 255)), source)
    assert np.array_equal(moved(source_mask=Image.new("L", (90, 60), 0)), moved())


def test_only_the_white_of_the_target_mask_gives_its_palette():
    both = np.concatenate([np.full((40, 40, 3), (200, 30, 30)), np.full((40, 40, 3), (30, 30, 200))], axis=1)
    target = Image.fromarray(both.astype(np.uint8))
    left = half_mask(80, 40)
    right = Image.fromarray(255 - np.asarray(left))
    red, blue = moved(target=target, target_mask=left), moved(target=target, target_mask=right)
    assert red[:, :, 0].mean() > red[:, :, 2].mean() + 80
    assert blue[:, :, 2].mean() > blue[:, :, 0].mean() + 80


def test_a_target_mask_that_leaves_nothing_is_refused():
    with pytest.raises(InvalidInput, match="target_mask"):
        moved(target_mask=Image.new("L", (70, 80), 0))


def test_masks_of_another_size_are_stretched_over_their_picture():
    retained = moved(source_mask=half_mask(9, 6).resize((450, 300), Image.Resampling.NEAREST))
    assert np.array_equal(retained[:, :38], np.asarray(SOURCE)[:, :38])


def test_a_mask_painted_on_nothing_is_black_where_nothing_is():
    painted = Image.new("RGBA", (90, 60), (255, 255, 255, 0))
    painted.paste((255, 255, 255, 255), (0, 0, 45, 60))
    assert np.array_equal(moved(source_mask=painted), moved(source_mask=half_mask()))


@pytest.mark.parametrize("size", [(90, 60), (45, 31), (120, 60), (61, 200)])
def test_the_result_has_the_size_that_is_asked_for(size):
    result = moved(size=size, source_mask=half_mask(), target_mask=half_mask(70, 80))
    assert result.shape == (size[1], size[0], 3)


def test_what_is_clear_stays_clear_and_gives_no_palette():
    clear = SOURCE.convert("RGBA")
    clear.putalpha(half_mask())
    assert np.array_equal(moved(0, source=clear), np.asarray(clear))
    assert np.array_equal(moved(1, source=clear)[:, :, 3], np.asarray(half_mask()))
    target = Image.new("RGBA", (70, 80), (0, 0, 255, 0))
    target.paste((210, 40, 40, 255), (0, 0, 20, 20))
    result = moved(target=target)
    assert result[:, :, 0].mean() > result[:, :, 2].mean() + 50


def test_grey_and_16_bit_and_palette_pictures_pass():
    deep = Image.fromarray(np.asarray(SOURCE.convert("L")).astype(np.uint16) * 257)
    grey = SOURCE.convert("L")
    assert np.array_equal(moved(0, source=deep), np.asarray(grey.convert("RGB")))
    assert np.array_equal(moved(1, source=deep), moved(1, source=grey))
    assert moved(target=deep).std() > 5
    assert moved(source=SOURCE.quantize(16), target=TARGET.convert("1")).shape == (60, 90, 3)


def test_one_colour_alone_is_no_trouble():
    flat = Image.new("RGB", (50, 40), (128, 128, 128))
    assert np.isfinite(moved(source=flat)).all()
    assert np.abs(moved(target=flat).astype(int) - 128).mean() < 40


async def test_the_deployment_gives_the_same_transfer():
    files = (png(SOURCE), png(TARGET))
    _, pixels = await image_of(transfer=Transfer(*files, 0.5, control_index=10), width=90, height=60)
    assert np.array_equal(pixels, moved(0.5))
    _, source = await image_of(transfer=Transfer(*files, 0.0), width=90, height=60)
    assert np.array_equal(source, np.asarray(SOURCE))


async def test_what_is_no_picture_is_refused():
    with pytest.raises(BadImage):
        await image_of(transfer=Transfer(png(SOURCE), b"none", 1.0))
