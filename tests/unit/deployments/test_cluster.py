"""The local Ray: what must be so before it starts."""

import pytest
import ray  # noqa: F401

from deployments.cluster import local_ray
from foundation.errors import Misconfigured


def test_a_ray_that_has_read_its_environment_already_is_refused_at_once(monkeypatch):
    monkeypatch.delenv("RAY_AUTH_MODE", raising=False)
    with pytest.raises(Misconfigured, match="RAY_AUTH_MODE"), local_ray():
        raise AssertionError("it started")
