"""The nine models through the real loading code, against IOPaint's own classes called directly."""

import json

import numpy as np
import pytest
import torch

from engines.inpaint.iopaint import crop_boxes, import_module, load_class, to_request, undisturbed
from engines.inpaint.masks import region_mask
from engines.inpaint.models.catalogue import card_of, catalogue
from engines.inpaint.models.loader import load_model
from engines.inpaint.models.model_cache import ModelCache
from engines.inpaint.options import FillOptions, Region
from engines.inpaint.picture import DecodedPicture
from engines.inpaint.plan import make_plan
from foundation.errors import EngineNotReady, InvalidInput
from scripts.lib.make_tiny_models import make
from scripts.lib.tiny_models.inpaint import LARGE
from tests.support.pictures import REGIONS, page

SMALL = [name for name in catalogue() if name not in LARGE]
STRATEGIES = [
    {"hd_strategy": "Original"},
    {"hd_strategy": "Crop", "hd_strategy_crop_trigger_size": 200, "hd_strategy_crop_margin": 20},
    {"hd_strategy": "Resize", "hd_strategy_resize_limit": 200},
]


def direct(name, folder):
    """IOPaint's class as IOPaint would load it: its constants are the paths."""
    card = card_of(name)
    module = import_module(card.path.partition(":")[0])
    with pytest.MonkeyPatch.context() as patch, undisturbed():
        for file in card.files:
            patch.setattr(module, f"{file.constant}_MODEL_URL", str(folder / file.name))
        return load_class(card.path)(torch.device("cpu"))


def by_iopaint(model, rgb, mask, options):
    request = to_request(options)
    request.hd_strategy = options.hd_strategy
    with undisturbed():
        torch.manual_seed(options.seed)
        bgr = model(rgb.copy(), np.where(mask, 255, 0).astype(np.uint8), request)
    return bgr.astype(np.uint8)[:, :, ::-1]


def by_us(filler, rgb, mask, options, geometry):
    picture = DecodedPicture(rgb)
    plan = make_plan(picture, mask, geometry, options)
    for window, filled in zip(plan.windows, filler.fill(plan.windows, options), strict=True):
        plan.paste(window, filled)
    return plan.finish(picture).pixels


def compare(name, folder, strategy):
    rgb = np.asarray(page(seed=3))
    mask = region_mask(rgb, [Region(**region) for region in REGIONS], "rect")
    options = FillOptions(model=name, ldm_steps=4, **strategy)
    theirs = by_iopaint(direct(name, folder), rgb, mask, options)
    ours = by_us(load_model(name, folder), rgb, mask, options, card_of(name).geometry)
    assert np.array_equal(ours[mask], theirs[mask])
    assert np.array_equal(ours[~mask], rgb[~mask])
    assert not np.array_equal(ours[mask], rgb[mask])


@pytest.mark.parametrize("strategy", STRATEGIES, ids=lambda s: s["hd_strategy"])
@pytest.mark.parametrize("name", SMALL)
def test_each_strategy_gives_the_pixels_of_iopaints_own_class(weights, name, strategy):
    compare(name, weights, strategy)


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(LARGE))
def test_the_large_models_give_the_pixels_of_iopaints_own_class(tmp_path, name):
    make([name], tmp_path)
    compare(name, tmp_path, {"hd_strategy": "Original"})


def test_the_crop_windows_are_iopaints():
    base = import_module("base").InpaintModel
    rng = np.random.default_rng(1)
    for _ in range(50):
        mask = np.zeros((rng.integers(40, 300), rng.integers(40, 300)), dtype=bool)
        for _ in range(rng.integers(1, 6)):
            y, x = rng.integers(0, mask.shape[0]), rng.integers(0, mask.shape[1])
            mask[y : y + rng.integers(1, 60), x : x + rng.integers(1, 60)] = True
        margin = int(rng.integers(0, 80))
        request = to_request(FillOptions(hd_strategy_crop_margin=margin))
        image, raw = np.zeros((*mask.shape, 3), np.uint8), np.where(mask, 255, 0).astype(np.uint8)
        boxes = import_module("base").boxes_from_mask(raw)
        theirs = [tuple(map(int, base._crop_box(None, image, raw, box, request)[2])) for box in boxes]
        assert crop_boxes(mask, margin) == theirs


def test_the_package_is_the_one_that_the_stub_was_written_for():
    from importlib.metadata import version

    assert version("iopaint") == "1.6.0"
    for card in catalogue().values():
        assert load_class(card.path).is_erase_model


def test_importing_iopaint_changes_neither_environment_nor_random_numbers():
    import os
    import subprocess
    import sys

    program = """
import os, torch
from engines.inpaint.iopaint import load_class
before, seed = dict(os.environ), torch.random.get_rng_state()
load_class("ldm:LDM")
assert dict(os.environ) == before, set(os.environ) ^ set(before)
assert torch.equal(seed, torch.random.get_rng_state())
import sys
assert "transformers" not in sys.modules and "gradio" not in sys.modules
"""
    subprocess.run([sys.executable, "-c", program], check=True, env=dict(os.environ))


def test_weights_of_another_hash_are_refused_and_left_alone(weights, tmp_path):
    (tmp_path / "big-lama.pt").write_bytes((weights / "big-lama.pt").read_bytes())
    with pytest.raises(EngineNotReady, match=r"MD5 .* instead of e3aa4aaa"):
        load_model("lama", tmp_path)
    assert (tmp_path / "big-lama.pt").read_bytes() == (weights / "big-lama.pt").read_bytes()


@pytest.mark.parametrize("name", ["lama", "migan", "mat"])
def test_broken_weights_are_an_error_of_ours_and_are_left_alone(tmp_path, name):
    from scripts.lib.make_tiny_models import register

    file = card_of(name).files[0].name
    (tmp_path / file).write_bytes(b"PK\x03\x04 this is no model")
    register([file], tmp_path)
    with pytest.raises(EngineNotReady, match=f"{name} cannot be loaded"):
        load_model(name, tmp_path)
    assert (tmp_path / file).read_bytes().startswith(b"PK")


def test_missing_weights_name_the_command(tmp_path):
    with pytest.raises(EngineNotReady, match=r"\./scripts/fetch_models zits"):
        load_model("zits", tmp_path)
    with pytest.raises(InvalidInput, match="models are lama"):
        load_model("sd", tmp_path)


def test_the_model_cache_keeps_to_its_budget(weights):
    models = ModelCache(weights, "cpu", budget_mib=1)
    for name in ("lama", "migan", "manga", "lama", "anime-lama"):
        models.use(name, lambda filler: filler)
    # a LaMa with its copy in half the bits is 1.2 MB of stand-in
    assert models.loaded() == ["anime-lama"]
    models = ModelCache(weights, "cpu", budget_mib=64)
    for name in ("lama", "migan", "lama"):
        models.use(name, lambda filler: filler)
    assert models.loaded() == ["migan", "lama"]


def test_the_model_cache_chooses_the_best_that_is_ready(weights, tmp_path):
    full, empty = ModelCache(weights, "cpu", 64), ModelCache(tmp_path, "cpu", 64)
    assert (full.choose("lama", "auto"), empty.choose("lama", "auto")) == ("lama", "cv2")
    assert full.choose("lama", "draft") == "cv2"
    assert full.choose("lama", "local") == "lama"
    with pytest.raises(EngineNotReady, match="fetch_models lama"):
        empty.choose("lama", "local")
    assert empty.ready() == ["cv2"]
    assert json.loads((weights / "md5s.json").read_text())
