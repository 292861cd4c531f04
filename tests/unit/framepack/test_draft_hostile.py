"""What strangers send the draft: it makes something of it, or says what is wrong."""

import io

import numpy as np
import pytest
from PIL import Image

from engines.framepack_draft.film import film_of
from engines.framepack_draft.transfer import transfer
from foundation.errors import BadImage, InvalidInput, KomaError
from tests.unit.framepack.draft import image_of, png, scenery

DOT = Image.new("RGB", (1, 1), (200, 40, 40))
STRIPE = scenery(3000, 1)
POLE = scenery(1, 3000)


@pytest.mark.parametrize(
    "prompt",
    [
        "girl " * 2000,
        "x" * 10_000,
        "雨" * 10_000,
        "two " * 2500,
        "a girl\x00\x07\x1b[31m in\u202e a\u200b room\r\n\t",
        "99999 cats and 1234567890 dogs",
        '"/><script>alert(1)</script><svg onload="x',
        "&amp; url(#tone-50) #111 {seed} %s",
        "👩‍👩‍👧‍👦🌧️🏙️",
        "\ufdfa" * 50,
        "no girl, without boy, no",
        "girl,boy,man,woman,cat,dog,fox,king,queen,crowd",
    ],
    ids=lambda text: text[:12],
)
async def test_no_prompt_is_too_odd_for_a_picture(prompt):
    data, pixels = await image_of(prompt=prompt)
    assert pixels.shape == (176, 304, 3)
    assert pixels.std() > 10
    assert (await image_of(prompt=prompt))[0] == data


async def test_half_a_character_is_refused():
    with pytest.raises(InvalidInput, match="surrogate"):
        await image_of(prompt="a girl \ud83d")


@pytest.mark.parametrize("seed", [0, -1, 2**63 - 1, 2**64, -(2**70)])
async def test_any_whole_number_is_a_seed(seed):
    assert (await image_of(seed=seed))[1].std() > 10


@pytest.mark.parametrize("size", [(1, 1), (1, 400), (400, 1), (16, 2048), (2048, 16)])
async def test_sizes_of_any_ratio_are_drawn(size):
    _, pixels = await image_of(width=size[0], height=size[1])
    assert pixels.shape == (size[1], size[0], 3)


@pytest.mark.parametrize("source", [DOT, STRIPE, POLE], ids=["dot", "stripe", "pole"])
@pytest.mark.parametrize("target", [DOT, STRIPE, POLE], ids=["dot", "stripe", "pole"])
@pytest.mark.parametrize("size", [(1, 1), (64, 48)])
def test_transfers_between_odd_pictures(source, target, size):
    files = {"source": png(source), "target": png(target), "source_mask": png(DOT), "target_mask": png(STRIPE)}
    for strength in (0.0, 1.0):
        assert np.asarray(transfer(files, strength, *size)).shape == (size[1], size[0], 3)


@pytest.mark.parametrize(
    "start", [DOT, STRIPE, POLE, Image.new("RGBA", (5, 5))], ids=["dot", "stripe", "pole", "clear"]
)
async def test_starts_of_any_ratio_make_pictures_and_films(start):
    assert (await image_of(start=png(start)))[1].shape == (176, 304, 3)
    film = film_of({"start": png(start), "end": png(DOT)}, "zoom in", 1, 1, (96, 64))
    assert film.frame(18).shape == (64, 96, 3)


def broken():
    whole = png(scenery(200, 200))
    animated = io.BytesIO()
    frames = [scenery(20, 20, seed=n) for n in range(3)]
    frames[0].save(animated, "WEBP", save_all=True, append_images=frames[1:])
    return {"empty": b"", "cut": whole[: len(whole) // 2], "text": b"<svg/>", "animated": animated.getvalue()}


@pytest.mark.parametrize("data", broken().values(), ids=broken().keys())
@pytest.mark.parametrize("name", ["source", "target", "source_mask", "target_mask"])
def test_broken_pictures_are_refused(name, data):
    files = {key: png(scenery(20, 20)) for key in ("source", "target", "source_mask", "target_mask")}
    with pytest.raises(BadImage):
        transfer(files | {name: data}, 0.5, 20, 20)
    with pytest.raises(KomaError):
        film_of({"start": data}, "", 1, 1, (64, 64))


def test_a_picture_lying_on_its_side_is_put_upright():
    lying = scenery(60, 30)
    exif = Image.Exif()
    exif[0x0112] = 6
    out = io.BytesIO()
    lying.save(out, "PNG", exif=exif)
    files = {"source": out.getvalue(), "target": png(scenery())}
    upright = np.asarray(transfer(files, 0.0, 30, 60))
    assert np.array_equal(upright, np.rot90(np.asarray(lying), -1))
