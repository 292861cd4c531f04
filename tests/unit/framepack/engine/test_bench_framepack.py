"""The bench of FramePack in its short form: three ways, same weights, forwards counted."""

import json

import torch
import typer
from typer.testing import CliRunner

from engines.framepack.layouts import layout_of
from engines.framepack.models import WeightPlacement
from scripts.lib.bench.framepack import __main__ as bench
from scripts.lib.bench.framepack.models import ImageSetting, KomaTransformer, Weights, stock_picture


def test_the_short_form_measures_three_ways(tmp_path):
    app = typer.Typer()
    app.command()(bench.main)
    out = tmp_path / "framepack.json"
    done = CliRunner().invoke(app, ["--short", "--pixels", "64x48", "--out", str(out)])
    assert done.exit_code == 0, done.output
    message = json.loads(out.read_text())
    rows = message["together"]
    assert {(row["way"], row["pictures"]) for row in rows} == {(w, n) for w in bench.WAYS for n in (1, 2)}
    forwards = {(row["way"], row["pictures"]): row["forwards"] for row in rows}
    assert forwards["one by one", 2] == 4
    assert forwards["batched", 2] == 2
    work = [row["teraflop"] for row in message["steps"]]
    assert 0 < work[0] < work[1] < work[2]
    stored = {row["mode"]: row["stored_bytes"] for row in message["modes"]}
    assert stored["float32"] == 2 * stored["bfloat16"] > 2 * stored["fp8"]
    assert "batched" in done.output


def test_the_ways_make_the_same_picture():
    place = WeightPlacement(torch.device("cpu"))
    setting, weights = ImageSetting(64, 48, 3, place, words=20, features=16), Weights("tiny", place)
    ours = KomaTransformer(weights, 2)
    result = ours.paint(setting, layout_of("musubi"), [1, 2], 2)
    ours.close()
    for seed, latent in zip((1, 2), result, strict=True):
        assert torch.allclose(latent, stock_picture(weights, setting, seed), atol=1e-4)
