"""Whatever is sent, no route breaks, and every answer is one that the OpenAPI document names."""

import contextlib

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis import checks

from foundation.settings import get_settings
from graphs.manga.app import create_manga_app
from tests.support.absent import ABSENT
from tests.support.framepack_app import FramePackApp
from tests.support.inpaint_app import InpaintApp
from tests.support.style_app import StyleApp
from tests.support.web import served

EXAMPLES = [40, pytest.param(200, marks=[pytest.mark.slow, pytest.mark.timeout(1800)])]


@contextlib.contextmanager
def manga(_):
    with served(create_manga_app(ABSENT)) as url:
        yield url


@contextlib.contextmanager
def inpaint(folder):
    with InpaintApp(folder / "models").served() as url:
        yield url


@contextlib.contextmanager
def style(_):
    with StyleApp().served() as url:
        yield url


@contextlib.contextmanager
def framepack(_):
    with FramePackApp(ready=False).served() as url:
        yield url


@pytest.fixture(scope="module", params=[manga, inpaint, style, framepack], ids=lambda served: served.__name__)
def api_schema(request, tmp_path_factory):
    folder = tmp_path_factory.mktemp("fuzz")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("KOMA_DATA_DIR", str(folder))
        patch.setenv("JOB_QUEUE_LIMIT", "100000")
        get_settings.cache_clear()
        with request.param(folder) as url:
            yield schemathesis.openapi.from_url(f"{url}/openapi.json")
    get_settings.cache_clear()


# a stream that never ends
ENDLESS = {"/video_stream"}
UNAVAILABLE = 503


def no_fault(context, response, case):
    """No 5xx but the one that says what is missing: an engine asked for by name, or room in a queue."""
    return None if response.status_code == UNAVAILABLE else checks.not_a_server_error(context, response, case)


CHECKS = [
    no_fault,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_schema_conformance,
]


@pytest.mark.parametrize("examples", EXAMPLES)
def test_no_route_breaks(api_schema, examples):
    operations = [result.ok() for result in api_schema.get_all_operations()]
    assert len(operations) > 10
    for operation in operations:
        # HEAD is GET without its body
        if operation.path in ENDLESS or operation.method == "head":
            continue

        @settings(max_examples=examples, deadline=None, database=None, suppress_health_check=list(HealthCheck))
        @given(case=operation.as_strategy())
        def probe(case):
            # an application draws in the process of its routes here: a large sketch keeps an answer waiting
            case.call_and_validate(checks=CHECKS, timeout=60)

        probe()
