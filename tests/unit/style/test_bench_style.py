"""The bench of style transform in its short form: three ways, same weights, calls counted."""

import json

from typer.testing import CliRunner

from scripts.lib.bench.style import __main__ as bench


def test_the_short_form_measures_three_ways(tmp_path):
    import typer

    app = typer.Typer()
    app.command()(bench.main)
    out = tmp_path / "style.json"
    done = CliRunner().invoke(app, ["--short", "--out", str(out)])
    assert done.exit_code == 0, done.output
    rows = json.loads(out.read_text())["rows"]
    assert {(row["way"], row["requests"]) for row in rows} == {(w, n) for w in bench.WAYS for n in (1, 2)}
    calls = {row["requests"]: row["unet_calls"] for row in rows if row["way"] == "batcher"}
    assert calls[1] == 3
    assert 3 <= calls[2] <= 6
    assert "batcher" in done.output
