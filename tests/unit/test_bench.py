"""The pieces of scripts/bench/manga that need no Ray, in a short form: numbers come out."""

import math

import pytest

from graphs.manga.app import make_graph
from scripts.lib.bench.manga.engines import measure_engines
from scripts.lib.bench.manga.pages import measure_pages
from scripts.lib.bench.manga.sleepers import PANELS, SEED_SECONDS, critical_path, replay_args
from scripts.lib.bench.memory import measure_memory, our_processes, proportional_bytes

STORY = "ハルは空を見上げた。「ねえ、ミオ」とハルは言った。「なあに？」ミオが笑った。"


def test_the_engines_are_measured_phase_by_phase():
    (found,) = measure_engines({"short": STORY}, runs=1)
    assert list(found["cpu_s_by_phase"]) == [step.name for step in make_graph().steps]
    assert found["pages"] > 0
    assert found["panels"] > 0
    assert math.isfinite(found["cpu_s_per_page"])
    assert found["cpu_s"] > 0


def test_pages_are_measured_on_the_screen_and_in_print():
    (found,) = measure_pages({"short": STORY}, runs=1, pages=1)
    assert found["pages"] == 1
    assert 0 < found["page_cpu_s"] <= found["page_cpu_s_worst"]
    assert 0 < found["print_cpu_s"] <= found["print_cpu_s_worst"]


def test_memory_is_that_of_our_own_processes(tmp_path):
    import subprocess
    import sys

    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    try:
        assert child.pid in our_processes()
        assert proportional_bytes(child.pid) > 0
        assert measure_memory()["pss_mib"] > 0
    finally:
        child.communicate(b"\n")
    assert child.pid not in our_processes()
    assert proportional_bytes(child.pid) == 0


def test_the_replay_keeps_the_seeds_times():
    args = replay_args(0.5)
    assert args["items"] == PANELS
    assert args["seconds"][0] == SEED_SECONDS[0] / 2
    assert args["seconds"][4] * PANELS / 5 == pytest.approx(SEED_SECONDS[4] / 2)
    assert critical_path(1.0) < sum(SEED_SECONDS)
