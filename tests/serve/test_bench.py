"""The sleepers of scripts/bench/manga on a real Ray, in a short form: ratios come out, no time is asserted."""

import math

import pytest

from foundation.settings import get_settings
from scripts.lib.bench.manga.jobs import measure_fan_out, measure_replay


@pytest.fixture(autouse=True)
def _settings_of_the_cluster(cluster):
    get_settings.cache_clear()
    yield
    get_settings.cache_clear()


def test_fan_out_gives_a_share_of_the_ideal():
    found = measure_fan_out(items=10, seconds=0.05, runs=1)
    assert math.isfinite(found["efficiency"])
    assert 0 < found["efficiency"] <= 1


def test_the_replay_takes_no_less_than_its_critical_path():
    found = measure_replay(scale=0.01, runs=1)
    assert found["wall_s"] >= found["critical_path_s"] > 0
    assert 0 <= found["overhead_percent"] < 100
