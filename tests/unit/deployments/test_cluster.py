"""The local Ray: what must be so before it starts."""

import pytest
import ray  # noqa: F401

from deployments.cluster import _plain, local_ray
from foundation.errors import Misconfigured


def test_a_ray_that_has_read_its_environment_already_is_refused_at_once(monkeypatch):
    monkeypatch.delenv("RAY_AUTH_MODE", raising=False)
    with pytest.raises(Misconfigured, match="RAY_AUTH_MODE"), local_ray():
        raise AssertionError("it started")


def test_the_log_level_of_the_environment_wins_where_it_is_set(monkeypatch):
    import logging

    from deployments.telemetry import start_telemetry
    from foundation.settings import get_settings

    log = logging.getLogger("ray.serve")
    before = log.level
    try:
        log.setLevel("WARNING")
        for value, level in ((None, logging.WARNING), ("DEBUG", logging.DEBUG)):
            monkeypatch.setenv("LOG_LEVEL", value) if value else monkeypatch.delenv("LOG_LEVEL", raising=False)
            get_settings.cache_clear()
            start_telemetry()
            assert log.level == level
    finally:
        log.setLevel(before)
        get_settings.cache_clear()


def test_an_error_of_ours_is_told_without_the_lines_that_led_to_it():
    trace = "Deploying app 'inpaint' failed with exception:\nTraceback (most recent call last):\n  File ...\n"
    assert (
        _plain(trace + "foundation.errors.Misconfigured: set DATABASE_URL to PostgreSQL\n")
        == "set DATABASE_URL to PostgreSQL"
    )
    assert _plain(trace + "ValueError: 3") == trace + "ValueError: 3"
