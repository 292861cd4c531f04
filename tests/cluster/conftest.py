"""The cluster, once for all tests below here; it is gone before those of tests/serve start theirs."""

import tempfile
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest

from foundation.settings import get_settings
from tests.cluster.world import World, world

LEASE_SECONDS = "3"
_numbers = count(1)


@pytest.fixture(scope="package")
def cluster(tmp_path_factory, postgres) -> Iterator[World]:
    """Three worker nodes over PostgreSQL; all replicas are on worker nodes, and CPU replicas see no GPU."""
    data = tmp_path_factory.mktemp("cluster")
    # paths of sockets end at 107 characters
    with (
        tempfile.TemporaryDirectory(prefix="koma-", dir="/tmp", ignore_cleanup_errors=True) as short,
        pytest.MonkeyPatch.context() as environment,
    ):
        options = {
            "RAY_TMPDIR": short,
            "KOMA_DATA_DIR": str(data),
            "DATABASE_URL": postgres.url,
            "JOB_LEASE_SECONDS": LEASE_SECONDS,
            # load is told every 10 s in the field
            "RAY_SERVE_HANDLE_AUTOSCALING_METRIC_PUSH_INTERVAL_S": "0.5",
            "RAY_SERVE_REPLICA_AUTOSCALING_METRIC_PUSH_INTERVAL_S": "0.5",
        }
        for name, value in options.items():
            environment.setenv(name, value)
        for name in ("REDIS_URL", "BLOB_URL"):
            environment.delenv(name, raising=False)
        get_settings.cache_clear()
        (Path(short) / "ray").mkdir()
        with world(data) as result:
            yield result
    get_settings.cache_clear()


@pytest.fixture
def app_name(cluster) -> Iterator[str]:
    """A name that no other test has; what is deployed under it is deleted afterwards."""
    name = f"on{next(_numbers)}"
    yield name
    cluster.serve_cluster.delete(name)
