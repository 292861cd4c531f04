import pytest

from tests.support.comfy_servers import ComfyServer


@pytest.fixture(scope="module")
def two_processes():
    servers = [ComfyServer(), ComfyServer()]
    yield servers
    for server in servers:
        server.stop()


@pytest.fixture
def servers(two_processes):
    """Two ComfyUI doubles that work as they should."""
    for server in two_processes:
        if server.process.poll() is not None:
            server.start()
        server.set()
    return two_processes
