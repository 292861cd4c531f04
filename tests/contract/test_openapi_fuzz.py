"""Whatever is sent, no route answers 500, and every answer is one that the OpenAPI document names."""

import asyncio
import threading

import pytest
import schemathesis
import uvicorn
from hypothesis import HealthCheck, given, settings
from schemathesis import checks

from foundation.settings import get_settings
from graphs.manga import create_manga_app
from tests.support.servers import free_port, wait_for_port

EXAMPLES = 100


@pytest.fixture(scope="module")
def api_schema(tmp_path_factory):
    patch = pytest.MonkeyPatch()
    patch.setenv("KOMA_DATA_DIR", str(tmp_path_factory.mktemp("fuzz")))
    patch.setenv("JOB_QUEUE_LIMIT", "100000")
    get_settings.cache_clear()
    port = free_port()
    server = uvicorn.Server(uvicorn.Config(create_manga_app(), port=port, log_level="error"))
    thread = threading.Thread(target=lambda: asyncio.run(server.serve()))
    thread.start()
    wait_for_port(port)
    yield schemathesis.openapi.from_url(f"http://127.0.0.1:{port}/openapi.json")
    server.should_exit = True
    thread.join(10)
    patch.undo()
    get_settings.cache_clear()


CHECKS = [
    checks.not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_schema_conformance,
]


def test_no_route_breaks(api_schema):
    operations = [result.ok() for result in api_schema.get_all_operations()]
    assert len(operations) > 10
    for operation in operations:

        @settings(max_examples=EXAMPLES, deadline=None, database=None, suppress_health_check=list(HealthCheck))
        @given(case=operation.as_strategy())
        def probe(case):
            case.call_and_validate(checks=CHECKS)

        probe()
