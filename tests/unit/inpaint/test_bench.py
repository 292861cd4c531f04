"""The bench of text removal without its servers, on its smallest page and with a small model."""

import io
import json
import os
import subprocess
import sys
import time

import numpy as np
import pytest
import typer
from PIL import Image
from rich.console import Console
from typer.testing import CliRunner

from scripts.lib.bench.inpaint import __main__ as bench
from scripts.lib.bench.inpaint import peer
from scripts.lib.bench.inpaint.load import Load
from scripts.lib.bench.inpaint.measure import PageResult, measure, outside
from scripts.lib.bench.inpaint.pages import PAGES, BenchPage, small
from scripts.lib.bench.inpaint.processes import Watch
from scripts.lib.bench.inpaint.table import aims, show
from scripts.lib.bench.inpaint.ways import bare_ways
from scripts.lib.bench.memory import descendants


def command():
    app = typer.Typer()
    app.command()(bench.main)
    return app


def png(pixels):
    out = io.BytesIO()
    Image.fromarray(pixels).save(out, "PNG")
    return out.getvalue()


def row(way, cpu, page="sparse", model="lama", idle=0.0):
    return PageResult(page, model, way, (cpu,), cpu, idle, cpu, 100, 90, 0, None)


def load(way, rate, clients=4):
    return Load("small", "cv2", way, clients, 8, 1.0, rate, 0.1, 100)


def test_the_bare_engine_gives_its_rows_and_pictures(tmp_path):
    bench.write_weights(tmp_path / "models", bench.TINY)
    page = small()
    rows = measure(bare_ways(tmp_path / "models"), [page], ["lama", "cv2"], 2, keep=tmp_path / "seen")
    assert [(r.model, r.way) for r in rows] == [
        (model, way) for model in ("lama", "cv2") for way in ("bare rect", "bare auto")
    ]
    for each in rows:
        assert len(each.runs_cpu_s) == 2
        assert each.cpu_s > 0
        assert each.peak_mib > 10
        assert (each.changed_outside, each.psnr_outside_db) == (0, None)
        after = np.asarray(Image.open(tmp_path / "seen" / f"{page.name}-{each.model}-{each.way.replace(' ', '-')}.png"))
        assert (after != page.rgb)[page.mask].any()


def test_the_pages_are_what_they_are_called():
    pages = {name: make() for name, make in PAGES.items()}
    assert {name: page.name for name, page in pages.items()} == {name: name for name in PAGES}
    assert {name: (page.rgb.shape, len(page.regions)) for name, page in pages.items()} == {
        "sparse": ((2048, 1456, 3), 10),
        "dense": ((2048, 1456, 3), 40),
        "small": ((1024, 728, 3), 10),
    }
    assert np.array_equal(np.asarray(Image.open(io.BytesIO(pages["dense"].mask_png))) > 0, pages["dense"].mask)


def test_a_changed_pixel_outside_is_found():
    page = BenchPage("tiny", np.zeros((40, 40, 3), np.uint8), ())
    changed = page.rgb.copy()
    assert outside(page, png(changed)) == (0, None)
    changed[3, 4, 1] = 255
    # one value of 40·40·3 is wrong by as much as can be
    assert outside(page, png(changed)) == (1, pytest.approx(10 * np.log10(4800), abs=0.01))
    with pytest.raises(ValueError, match="not the size"):
        outside(page, png(changed[:20]))


def test_processes_are_watched_with_their_children():
    # the child has taken CPU and memory before it says so
    code = "x = bytearray(60_000_000); sum(range(3_000_000)); print(flush=True); input()"
    parent = [sys.executable, "-c", f"import subprocess, sys; subprocess.run([sys.executable, '-c', {code!r}])"]
    with subprocess.Popen(parent, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        process.stdout.readline()
        pids = {process.pid} | descendants(process.pid)
        watch = Watch([*pids, 0])
        spent = watch.spent()
        process.communicate(b"\n")
    assert len(pids) == 2
    assert spent.peak_mib > spent.largest_mib > 60
    assert spent.cpu_s < 1
    watch = Watch([os.getpid()])
    until = time.process_time() + 0.1
    while time.process_time() < until:
        pass
    assert watch.spent().cpu_s >= 0.05


def test_aims_are_told_beside_what_was_seen():
    rows = [row("IOPaint", 70), row("HTTP rect", 7), row("bare rect", 5), row("IOPaint", 70, "dense")]
    rows += [row("HTTP rect", 7, "dense"), row("IOPaint", 1, "small", "cv2"), row("HTTP auto", 2, "small", "cv2")]
    found = aims(rows, [load("IOPaint", 2), load("HTTP rect", 5), load("HTTP rect", 1, clients=1)])
    assert [(aim.seen, aim.met) for aim in found] == [
        (10, True),
        (10, False),
        (1.4, False),
        (0.5, False),
        (2.5, True),
    ]
    out = io.StringIO()
    show(rows, [load("IOPaint", 2)], Console(file=out, width=80))
    assert out.getvalue().count("MISSED") == 3
    assert "HTTP rect" in out.getvalue()


def test_without_a_peer_there_are_no_ratios():
    found = aims([row("HTTP rect", 8, idle=1.0), row("bare rect", 7)], [load("HTTP rect", 1)])
    # what is taken without requests is told apart: it is not the request's alone
    assert [(aim.wanted, aim.seen) for aim in found] == [("≤ 1.2", 1.14), ("≤ 1.2", 1.0)]


def test_the_forms_and_their_pages():
    short, long = (bench.form_of(each, (), 3) for each in (True, False))
    assert (short.pages, short.runs, short.install) == (("small",), 1, False)
    assert (long.pages, long.runs, long.install) == (tuple(PAGES), 3, True)
    assert {clients for _, numbers, _ in long.loads for clients in numbers} == {1, 4, 16}
    assert bench.form_of(False, ("dense",), 1).pages == ("dense",)
    refused = CliRunner().invoke(command(), ["--only", "tall"])
    assert refused.exit_code == 2
    assert "there is no page tall" in refused.output


def test_a_peer_of_other_pins_is_not_installed(tmp_path, monkeypatch):
    monkeypatch.setattr(peer, "HOME", tmp_path)
    assert not peer.is_installed()
    (tmp_path / "installed").write_text("fastapi==0.1")
    assert not peer.is_installed()
    (tmp_path / "installed").write_text("".join(lock.read_text() for lock in peer.LOCKS))
    assert peer.is_installed()
    pins = {line.partition("==")[0].lower() for lock in peer.LOCKS for line in lock.read_text().splitlines()}
    assert {"iopaint", "torch", "fastapi", "torchvision"} <= pins
    assert json.dumps(sorted(pins)).count("nvidia") == 0
