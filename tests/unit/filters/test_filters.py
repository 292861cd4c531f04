"""Styles by recipes: clear errors, the same bytes for the same seed, any size, strength that means something."""

import io
import itertools
import json

import numpy as np
import pytest
from PIL import Image

from engines.filters.recipe import apply_recipe, check_recipe, filter_png
from engines.style.presets import load_presets
from foundation.errors import Misconfigured
from graphs.style.app import ASSETS
from tests.support.pictures import page

PRESETS = load_presets([ASSETS / "styles"])
STYLES = sorted(PRESETS)
SEEDED = ["cartoon", "clay", "oil_painting", "realistic"]


def picture(width=320, height=260):
    return np.asarray(page(width, height))


def styled(style, rgb, strength=1.0, seed=1):
    return apply_recipe(rgb, PRESETS[style].filter, strength, seed)


def distance(first, second):
    return float(np.abs(first.astype(float) - second).mean())


@pytest.mark.parametrize(
    ("step", "words"),
    [
        ({"op": "melt"}, "the filter melt"),
        ({}, "the filter None"),
        ({"op": "bloom", "power": 3}, "the filter bloom does not take power"),
        ({"op": "bloom", "amount": "much"}, "the filter bloom cannot work"),
    ],
)
def test_an_error_of_a_recipe_names_the_operation(step, words):
    with pytest.raises(Misconfigured, match=words):
        apply_recipe(picture(64, 64), [step], 1.0, 0)


@pytest.mark.parametrize("style", STYLES)
def test_every_preset_has_a_valid_recipe(style):
    assert PRESETS[style].filter
    check_recipe(PRESETS[style].filter)


@pytest.mark.parametrize("style", STYLES)
def test_the_same_seed_gives_the_same_bytes(style):
    assert np.array_equal(styled(style, picture(), seed=2**40), styled(style, picture(), seed=2**40))


@pytest.mark.parametrize("style", SEEDED)
def test_another_seed_gives_another_picture_in_the_same_style(style):
    first, second = styled(style, picture(), seed=1), styled(style, picture(), seed=2)
    assert not np.array_equal(first, second)
    assert distance(first, second) < distance(first, picture())


@pytest.mark.parametrize("size", [(1, 1), (500, 1), (1, 500), (3, 3), (47, 50)])
@pytest.mark.parametrize("style", STYLES)
def test_any_size_stays_its_size(style, size):
    rgb = picture()[: size[1], : size[0]] if max(size) < 200 else np.resize(picture(), (size[1], size[0], 3))
    result = styled(style, rgb)
    assert result.shape == rgb.shape
    assert result.dtype == np.uint8


@pytest.mark.parametrize("size", [(40_000, 12), (12, 40_000)])
@pytest.mark.parametrize("style", STYLES)
def test_a_strip_longer_than_a_16_bit_number_is_taken(style, size):
    strip = np.random.default_rng(1).integers(0, 256, (*size[::-1], 3), dtype=np.uint8)
    assert styled(style, strip).shape == strip.shape


@pytest.mark.parametrize("style", STYLES)
def test_strength_leads_away_from_the_input(style):
    far = [distance(styled(style, picture(), strength), picture()) for strength in (0.1, 0.3, 0.6, 1.0)]
    assert far[0] > 0.3
    assert all(after > 1.25 * before for before, after in itertools.pairwise(far))


def test_styles_differ_from_one_another_and_from_the_input():
    results = [picture(), *(styled(style, picture()) for style in STYLES)]
    assert all(distance(a, b) > 5 for a, b in itertools.combinations(results, 2))


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("level", [0, 128, 255])
def test_a_flat_picture_stays_calm(style, level):
    result = styled(style, np.full((200, 240, 3), level, np.uint8)).astype(float)
    assert result.std(axis=(0, 1)).max() < 25
    assert abs(np.median(result) - level) < 80


@pytest.mark.parametrize("style", STYLES)
def test_grey_and_transparent_pictures_are_taken(style):
    image = page(120, 100)
    for mode in ("L", "RGBA"):
        changed = image.convert(mode)
        if mode == "RGBA":
            changed.putalpha(Image.linear_gradient("L").resize(image.size))
        out = io.BytesIO()
        changed.save(out, "PNG")
        text = Image.open(io.BytesIO(filter_png(out.getvalue(), PRESETS[style].filter, 1.0, 0)))
        assert text.size == image.size
        if mode == "RGBA":
            assert np.array_equal(np.asarray(text.getchannel("A")), np.asarray(changed.getchannel("A")))


def test_a_large_picture_is_enlarged_without_seams(monkeypatch):
    """Bands of the enlarged picture meet: one band and many give the same."""
    rgb = picture(900, 700)
    recipe = [{"op": "tone", "contrast": 0.5}]
    monkeypatch.setattr("engines.filters.recipe.WORK_PIXELS", 100_000)
    monkeypatch.setattr("engines.filters.recipe.BAND", 64)
    many = apply_recipe(rgb, recipe, 1.0, 0)
    monkeypatch.setattr("engines.filters.recipe.BAND", 10_000)
    assert np.abs(many.astype(int) - apply_recipe(rgb, recipe, 1.0, 0)).max() <= 1


def test_a_large_picture_keeps_its_own_detail(monkeypatch):
    # the detail that comes back is that of the brightness
    rgb = np.repeat(picture(900, 700)[:, :, 1:2], 3, axis=2)
    monkeypatch.setattr("engines.filters.recipe.WORK_PIXELS", 150_000)
    retained = apply_recipe(rgb, [{"op": "tone", "contrast": 0.0}], 1.0, 0)
    soft = np.asarray(Image.fromarray(rgb).resize((439, 341), Image.Resampling.BOX).resize((900, 700)))
    assert distance(retained, rgb) < 0.8 * distance(soft, rgb)


def test_a_screentone_becomes_an_even_grey_and_lines_stay():
    rows, columns = np.mgrid[0:500, 0:500]
    rgb = np.full((500, 500, 3), 255, np.uint8)
    rgb[(rows % 8 < 4) & (columns % 8 < 4)] = 0
    rgb[240:246] = 0
    result = apply_recipe(rgb, [{"op": "descreen"}], 1.0, 0)
    assert result[60:200, 60:440].std() < 12
    assert result[242:244, 60:440].max() < 60


def test_a_file_in_another_folder_is_a_style_with_its_own_recipe(tmp_path):
    recipe = [{"op": "saturate", "amount": 0.0}, {"op": "grade", "shadows": [30, 15, 0]}]
    (tmp_path / "sepia.json").write_text(json.dumps({"title": "Sepia", "prompt": "sepia", "filter": recipe}))
    found = load_presets([ASSETS / "styles", tmp_path])
    assert set(found) == {*STYLES, "sepia"}
    result = apply_recipe(picture(), found["sepia"].filter, 1.0, 0).astype(float)
    assert result[:, :, 0].mean() > result[:, :, 1].mean() > result[:, :, 2].mean()
