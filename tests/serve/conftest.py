"""One Ray with Serve for the whole run. Each test has an application of its own, gone after the test."""

from collections.abc import Callable, Iterator
from itertools import count

import pytest

from deployments.cluster import free_port, local_ray
from foundation.settings import get_settings
from tests.emulator.running import Emulator
from tests.serve.cluster import ServeCluster

LOGICAL_CPUS = 16
LEASE_SECONDS = "3"
GOOGLE_TOKEN = "a-very-secret-token"
_numbers = count(1)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Whatever is below this folder needs Ray."""
    for item in items:
        if "/tests/serve/" in item.path.as_posix() and "cluster" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.ray)


@pytest.fixture(scope="session")
def google() -> Iterator[Emulator]:
    """Google's models, emulated in a process of their own."""
    emulator = Emulator("--token", GOOGLE_TOKEN, "--side", "96")
    yield emulator
    emulator.stop()


@pytest.fixture(scope="session")
def cluster(tmp_path_factory, google) -> Iterator[ServeCluster]:
    """A Ray without applications, over a data folder of this run."""
    data, port, metrics_port = tmp_path_factory.mktemp("cluster"), free_port(), free_port()
    with pytest.MonkeyPatch.context() as environment:
        # replicas inherit this from the Ray that is started below
        environment.setenv("KOMA_DATA_DIR", str(data))
        environment.setenv("JOB_LEASE_SECONDS", LEASE_SECONDS)
        environment.setenv("METRICS_PORT", str(metrics_port))
        get_settings.cache_clear()
        vertex = {
            "VERTEX_PROJECT": "p",
            "VERTEX_BASE_URL": google.url,
            "VERTEX_GRPC_TARGET": google.grpc_target,
            "VERTEX_TOKEN": GOOGLE_TOKEN,
            "VERTEX_IMAGE_RPM": "6000",
        }
        for name, value in vertex.items():
            environment.setenv(name, value)
        for name in ("DATABASE_URL", "REDIS_URL", "BLOB_URL"):
            environment.delenv(name, raising=False)
        with local_ray(LOGICAL_CPUS):
            from ray import serve

            # builders run here, and so do the tests after these: only the replicas know of the emulator, and a service
            # that another test starts has a port of its own
            for name in (*vertex, "METRICS_PORT"):
                environment.delenv(name)
            get_settings.cache_clear()
            instance = ServeCluster(f"http://127.0.0.1:{port}", data, f"http://127.0.0.1:{metrics_port}/metrics")
            instance.start()
            try:
                yield instance
            finally:
                serve.shutdown()


@pytest.fixture
def app_name(cluster) -> Iterator[str]:
    """A name that no other test has; what is deployed under it is deleted afterwards."""
    name = f"app{next(_numbers)}"
    yield name
    cluster.delete(name)


@pytest.fixture(scope="module")
def shared_app(cluster) -> Iterator[Callable[..., str]]:
    """Deploys an application that the tests of a module share: most of a test's time is the start of replicas."""
    deployed: list[str] = []

    def deploy(target, route_prefix=None, name=None, **options) -> str:
        deployed.append(name or f"app{next(_numbers)}")
        cluster.deploy(target, deployed[-1], route_prefix, **options)
        return deployed[-1]

    yield deploy
    for name in deployed:
        cluster.delete(name)
