"""Whatever is sent, no route answers 500, and every answer is one that the OpenAPI document names."""

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis import checks

from foundation.settings import get_settings
from graphs.manga import create_manga_app
from tests.support.web import served

EXAMPLES = 100


@pytest.fixture(scope="module")
def api_schema(tmp_path_factory):
    patch = pytest.MonkeyPatch()
    patch.setenv("KOMA_DATA_DIR", str(tmp_path_factory.mktemp("fuzz")))
    patch.setenv("JOB_QUEUE_LIMIT", "100000")
    get_settings.cache_clear()
    with served(create_manga_app()) as url:
        yield schemathesis.openapi.from_url(f"{url}/openapi.json")
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
