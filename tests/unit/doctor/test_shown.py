"""What the doctor shows: all of it, at any width, as JSON, and no secret."""

import io
import json
import os
import subprocess
import sys
import threading

import pytest
from rich.console import Console

from deployments.cluster import ROOT
from scripts.lib.doctor.finding import broken, missing, ready
from scripts.lib.doctor.look import look_at_all
from scripts.lib.doctor.show import as_json, is_broken, show
from tests.unit.doctor.findings import SECRET, closed_port_url


def test_a_look_that_hangs_or_fails_hides_no_other():
    hold = threading.Event()

    def hangs(_):
        hold.wait(60)
        return [ready("late", "")]

    def fails(_):
        raise RuntimeError(SECRET)

    def well(_):
        return [ready("well", "here")]

    found = look_at_all({"group": (hangs, fails, well)}, seconds=0.2)
    hold.set()
    assert [each.state for each in found["group"]] == ["broken", "broken", "ready"]
    assert SECRET not in as_json(found)


LOADED = """
import sys
from scripts.lib.doctor.finding import ready
from scripts.lib.doctor.look import look_at_all
print(look_at_all({"one": (lambda _: [ready("numpy", str("numpy" in sys.modules))],)}))
"""


def test_what_several_looks_load_is_there_before_their_threads():
    done = subprocess.run([sys.executable, "-c", LOADED], cwd=ROOT, capture_output=True, text=True, check=True)
    assert "detail='True'" in done.stdout


@pytest.mark.parametrize(
    ("environment", "message"),
    [
        ({"API_KEYS": f'["{SECRET} "]'}, "key 1 of API_KEYS"),
        ({"API_KEYS": SECRET}, 'field "api_keys"'),
        ({"PORT": SECRET}, "PORT: "),
        ({"SECRET_KEY": SECRET[:10]}, "SECRET_KEY is shorter"),
    ],
)
def test_settings_that_cannot_be_read_are_told_without_their_value(monkeypatch, environment, message):
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    found = look_at_all({})
    assert is_broken(found)
    assert message in found["settings"][0].detail
    assert SECRET[:10] not in as_json(found)


FOUND = {
    "machine": [ready("Python", "3.11"), missing("GPU", "none, " * 20, "a driver")],
    "stores": [broken("Redis", "no answer", "check REDIS_URL")],
}


@pytest.mark.parametrize("width", [40, 80, 200])
def test_a_terminal_shows_all_of_it_at_any_width(width):
    out = io.StringIO()
    show(FOUND, Console(file=out, force_terminal=True, width=width, color_system=None))
    lines = out.getvalue().splitlines()
    assert max(map(len, lines)) <= width
    assert " ".join(" ".join(lines).split()).count("none,") == 20
    assert any("→ check REDIS_URL" in line for line in lines)
    assert lines[-1] == "1 ready, 1 optional missing, 1 broken"[:width]


def test_a_pipe_shows_one_line_for_each():
    out = io.StringIO()
    show(FOUND, Console(file=out, width=40))
    lines = out.getvalue().splitlines()
    assert lines[2] == "broken  stores   Redis: no answer  -> check REDIS_URL"
    assert len([line for line in lines if line]) == 4


def run(folder, *arguments, **environment):
    clean = {k: v for k, v in os.environ.items() if k not in {"API_KEYS", "DATABASE_URL", "REDIS_URL"}}
    return subprocess.run(
        ["./scripts/doctor", *arguments],
        cwd=ROOT,
        env=clean | {"KOMA_DATA_DIR": str(folder / "data"), "IOPAINT_MODEL": "cv2"} | environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_the_command_tells_json_and_ends_with_1_only_when_something_is_broken(tmp_path):
    done = run(tmp_path, "--json")
    findings = json.loads(done.stdout)
    # a port may be taken by whatever else this machine runs
    bad = [each for each in findings["findings"] if each["state"] == "broken" and not each["name"].startswith("port")]
    assert bad == []
    assert (done.returncode == 0) == findings["ok"]
    assert {each["group"] for each in findings["findings"]} == {"machine", "stores", "access", "engines"}
    assert all(each["mend"] for each in findings["findings"] if each["state"] != "ready")
    assert not (tmp_path / "data").exists()
    dead = run(tmp_path, REDIS_URL=closed_port_url("redis"), API_KEYS=f'["{SECRET}"]')
    assert dead.returncode == 1
    assert "Redis: no answer" in dead.stdout
    assert SECRET not in dead.stdout + dead.stderr
