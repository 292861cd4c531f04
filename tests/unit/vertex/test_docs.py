"""docs/how-to/use-google.md says what is so."""

import json
import re
import shlex
from pathlib import Path

import httpx
import pytest

from engines.vertex import errors
from foundation.settings import Settings
from tests.emulator.running import Emulator

PAGE = (Path(__file__).parents[3] / "docs" / "how-to" / "use-google.md").read_text()
SETTINGS = {name.upper(): field for name, field in Settings.model_fields.items() if name.startswith("vertex_")}


def test_every_setting_is_shown_with_its_default():
    rows = dict(re.findall(r"^\| `(VERTEX_\w+)` \| ([^|]+) \|", PAGE.partition("## Settings")[2], re.MULTILINE))
    assert set(rows) == set(SETTINGS)
    for name, message in rows.items():
        default = SETTINGS[name].default
        if message not in {"none", "see above", "Google's"}:
            assert float(message) == default if isinstance(default, int | float) else message.strip("`") == default


def test_the_models_shown_are_the_defaults():
    options = dict(
        re.findall(r"^\| `(VERTEX_\w+)` \| `([^`]+)` \|", PAGE.partition("## What it costs")[0], re.MULTILINE)
    )
    assert json.loads(options["VERTEX_IMAGE_MODELS"]) == SETTINGS["VERTEX_IMAGE_MODELS"].default
    assert options["VERTEX_PLAN_MODEL"] == SETTINGS["VERTEX_PLAN_MODEL"].default


def test_the_prices_shown_are_prices(monkeypatch):
    monkeypatch.setenv("VERTEX_PRICES", shlex.split(re.search(r"VERTEX_PRICES=('.+')", PAGE)[1])[0])
    assert Settings(_env_file=None).vertex_prices["gemini-4-argon"]["output"] == 10.0


def test_every_error_shown_exists():
    visible = set(re.findall(r"`(vertex_\w+|content_blocked)`", PAGE))
    kinds = [kind for kind in vars(errors).values() if isinstance(kind, type) and kind.__module__ == errors.__name__]
    assert visible == {kind.code for kind in kinds} - {"vertex_failed"}


@pytest.mark.timeout(60)
def test_the_commands_of_the_emulator_work_as_shown():
    start = re.search(r"python -m tests\.emulator (.+)", PAGE)[1]
    emulator = Emulator(*re.sub(r"\b80\d\d\b", "0", start).split())
    try:
        path, body = re.search(r"curl -X POST http://[^/]+(\S+) -d '(.+)'", PAGE).groups()
        assert httpx.post(emulator.url + path, content=body).json() == {"faults": 1}
        assert emulator.report() == {"calls": [], "peak": 0, "running": 0, "cancelled": 0}
        assert httpx.post(emulator.url + path, json={"kind": "no such"}).status_code == 400
    finally:
        emulator.stop()
