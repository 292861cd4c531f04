"""Pictures of the stand-in: who is beside whom changes no bit, and each wish has its effect."""

import io
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pytest
import torch
from PIL import Image

from engines.batching.step_batcher import Stopped
from engines.framepack.layouts import kisekae, layout_of
from engines.framepack.painter import paint
from engines.framepack.pictures import fitted, fitted_mask, in_cells, preview
from engines.framepack.requests import PictureRequest, Pictures, SamplingHooks
from foundation.errors import InvalidInput
from tests.unit.framepack.engine.painting import SAMPLING, latent_of, noisy, picture, png, together


def test_an_image_alone_in_a_batch_and_in_a_sweep_is_the_same(runtime):
    batch = [picture(seed=seed, batch_size=4) for seed in range(4)]
    sweep = [PictureRequest(SAMPLING, layout_of("eichi", float(index))) for index in (5, 8, 9, 13)]
    alone = [latent_of(runtime, each) for each in batch]
    calls = runtime.batcher.counts
    shared = together(runtime, batch)
    assert runtime.batcher.counts.rows - calls.rows == 12
    assert runtime.batcher.counts.calls - calls.calls < 12
    assert all(torch.equal(one, other) for one, other in zip(alone, shared, strict=True))
    swept = together(runtime, [replace(each, sampling=replace(SAMPLING, batch_size=4)) for each in sweep])
    assert torch.equal(swept[1], latent_of(runtime, picture()))
    assert not torch.equal(swept[0], swept[3])


def test_the_size_of_a_batch_bounds_a_call(runtime):
    together(runtime, [picture(seed=seed, batch_size=2) for seed in range(4)])
    assert runtime.batcher.counts.rows == 12


def test_the_same_seed_is_the_same_picture_and_another_is_not(runtime):
    first = np.asarray(paint(runtime, picture(), SamplingHooks()))
    assert np.array_equal(np.asarray(paint(runtime, picture(), SamplingHooks())), first)
    assert not np.array_equal(np.asarray(paint(runtime, picture(seed=8), SamplingHooks())), first)
    assert first.shape == (64, 96, 3)


@pytest.mark.parametrize(
    "changes",
    [{"prompt": "a boy"}, {"guidance": 1.0}, {"solver": "euler"}, {"cfg": 3.0, "negative": "rain"}, {"steps": 4}],
)
def test_each_wish_changes_the_latent(runtime, changes):
    assert float((latent_of(runtime, picture(**changes)) - latent_of(runtime, picture())).abs().max()) > 1e-5


def test_the_negative_prompt_counts_with_true_cfg_alone(runtime):
    plain = latent_of(runtime, picture())
    assert torch.equal(latent_of(runtime, picture(negative="rain")), plain)
    rainy, snowy = (latent_of(runtime, picture(negative=word, cfg=4.0)) for word in ("rain", "snow"))
    assert not torch.equal(rainy, snowy)
    assert not torch.equal(latent_of(runtime, picture(negative="rain", cfg=4.0, rescale=0.7)), rainy)


def test_all_layouts_and_the_start_picture_count(runtime):
    results = [latent_of(runtime, PictureRequest(SAMPLING, layout_of(name))) for name in ("eichi", "musubi", "minimal")]
    results.append(latent_of(runtime, PictureRequest(SAMPLING, layout_of("eichi"), Pictures(noisy(3)))))
    assert len({latent.numpy().tobytes() for latent in results}) == 4


def distances(runtime, pictures, layout=None):
    source = runtime.image_encoder.encode(fitted(pictures.source, 96, 64))
    found = []
    for strength in (0.25, 0.5, 0.75, 1.0):
        latent = latent_of(runtime, PictureRequest(SAMPLING, layout or kisekae(), pictures, strength))
        found.append(float((latent - source).abs().mean()))
    return found


def test_strength_leads_away_from_the_source_step_by_step(runtime):
    found = distances(runtime, Pictures(noisy(1), noisy(2)))
    assert found == sorted(found)
    assert found[-1] > 2 * found[0] > 0


def test_strength_0_gives_the_source_back_pixel_by_pixel(runtime):
    pictures = Pictures(noisy(1), noisy(2))
    result = paint(runtime, PictureRequest(SAMPLING, kisekae(), pictures, 0.0), SamplingHooks())
    assert result.tobytes() == fitted(pictures.source, 96, 64).tobytes()


def test_reference_control_index_and_reference_mask_count(runtime):
    plain = PictureRequest(SAMPLING, kisekae(), Pictures(noisy(1), noisy(2)), 0.7)
    others = [
        replace(plain, pictures=Pictures(noisy(1), noisy(3))),
        replace(plain, layout=kisekae(control=13.0)),
        replace(plain, layout=kisekae(target=5.0)),
        replace(plain, pictures=Pictures(noisy(1), noisy(2), None, png(half_white()))),
    ]
    results = [latent_of(runtime, each) for each in (plain, *others)]
    assert len({latent.numpy().tobytes() for latent in results}) == 5


def half_white(size=(96, 64)):
    mask = Image.new("L", size, 0)
    mask.paste(255, (0, 0, size[0] // 2, size[1]))
    return mask


def test_a_source_mask_keeps_its_cells_and_its_pixels(runtime):
    pictures = Pictures(noisy(1), noisy(2), png(half_white()))
    requested = PictureRequest(SAMPLING, kisekae(), pictures, 1.0)
    source = fitted(pictures.source, 96, 64)
    latent, retained = latent_of(runtime, requested), runtime.image_encoder.encode(source)
    assert torch.equal(latent[..., :6], retained[..., :6])
    assert float((latent[..., 6:] - retained[..., 6:]).abs().min(dim=0).values.mean()) > 0.01
    result = np.asarray(paint(runtime, requested, SamplingHooks()))
    assert np.array_equal(result[:, :48], np.asarray(source)[:, :48])
    assert not np.array_equal(result[:, 48:], np.asarray(source)[:, 48:])


def test_a_black_reference_mask_leaves_no_reference(runtime):
    black = png(Image.new("L", (96, 64), 0))
    results = [
        latent_of(runtime, PictureRequest(SAMPLING, kisekae(), Pictures(noisy(1), reference, None, black), 0.7))
        for reference in (noisy(2), noisy(3))
    ]
    assert torch.equal(*results)


def test_steps_are_told_and_an_owner_stops_between_two(runtime):
    steps, stop = [], threading.Event()

    def on_step(step, total, _latent):
        steps.append((step, total))
        stop.set()

    with pytest.raises(Stopped):
        paint(runtime, picture(steps=50), SamplingHooks(on_step, stop.is_set))
    assert steps == [(1, 50)]


def test_one_that_fails_leaves_its_neighbours_alone(runtime):
    def bad(*_):
        raise RuntimeError("mine")

    def attempt(n):
        try:
            return paint(runtime, picture(seed=n, batch_size=4), SamplingHooks(bad if n == 2 else None)).tobytes()
        except RuntimeError as error:
            return str(error)

    with ThreadPoolExecutor(4) as pool:
        results = list(pool.map(attempt, range(4)))
    assert results[2] == "mine"
    assert results[0] == paint(runtime, picture(seed=0), SamplingHooks()).tobytes()


@pytest.mark.parametrize("mode", ["L", "RGB", "RGBA", "P", "1"])
def test_pictures_of_any_kind_are_fitted(mode):
    image = fitted(png(Image.new(mode, (333, 50))), 96, 64)
    assert (image.size, image.mode) == ((96, 64), "RGB")


def test_clear_parts_are_white():
    assert fitted(png(Image.new("RGBA", (8, 8), (0, 0, 0, 0))), 16, 16).getpixel((3, 3)) == (255, 255, 255)


def test_a_mask_is_black_where_it_is_clear_and_else_what_it_shows():
    drawn = Image.new("RGBA", (96, 64), (255, 255, 255, 0))
    drawn.paste((255, 255, 255, 255), (0, 0, 48, 64))
    for mask in (drawn, drawn.convert("LA"), half_white(), half_white().convert("RGBA")):
        cells = in_cells(fitted_mask(png(mask), noisy(1), 96, 64))
        assert cells.shape == (8, 12)
        assert (cells[:, :6] == 1).all()
        assert (cells[:, 6:] == 0).all()


def test_a_mask_of_another_shape_lies_on_its_whole_picture():
    small, wide = (fitted_mask(png(half_white(size)), noisy(1, (96, 96)), 96, 64) for size in ((12, 12), (640, 64)))
    for mask in (small, wide):
        assert mask.shape == (64, 96)
        assert mask[:, :40].min() == 1
        assert mask[:, 56:].max() == 0


def test_a_picture_is_upright_and_of_8_bits_before_it_is_cut():
    upright, out = Image.new("RGB", (64, 96), "white"), io.BytesIO()
    upright.paste("black", (0, 0, 64, 48))
    exif = Image.Exif()
    exif[0x0112] = 6
    upright.rotate(90, expand=True).save(out, "PNG", exif=exif)
    assert fitted(out.getvalue(), 64, 96).tobytes() == upright.tobytes()
    deep = Image.fromarray(np.full((32, 32), 128 * 257, np.uint16))
    assert fitted(png(deep), 32, 32).getpixel((5, 5)) == (128, 128, 128)


def test_numbers_that_become_too_large_are_told_and_no_black_picture(runtime):
    with pytest.raises(InvalidInput, match="lower cfg"):
        paint(runtime, picture(cfg=1e38), SamplingHooks())
    assert runtime.batcher.alive


@pytest.mark.parametrize("calls", [0, 1])
def test_an_owner_who_left_before_or_behind_the_steps_gets_no_work(runtime, monkeypatch, calls):
    """Asked once before and then at each step; the last answer is that behind them."""
    requested = iter([*[False] * calls * (SAMPLING.steps + 1), *[True] * 100])
    monkeypatch.setattr(runtime.image_encoder, "decode", lambda _: pytest.fail("nobody wants it"))
    with pytest.raises(Stopped):
        paint(runtime, picture(), SamplingHooks(should_stop=lambda: next(requested)))


def test_a_preview_is_a_small_jpeg():
    with Image.open(io.BytesIO(preview(torch.randn(16, 8, 12)))) as image:
        assert (image.format, image.size) == ("JPEG", (12, 8))
