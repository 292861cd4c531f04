"""Pages in a real browser, with no network to fetch scripts from."""

import pytest

from foundation.settings import get_settings
from graphs.manga.app import create_manga_app
from graphs.studio.app import create_studio_app
from tests.support.absent import ABSENT
from tests.support.web import dom, served, under


@pytest.fixture(autouse=True)
def _settings(tmp_path, monkeypatch):
    monkeypatch.setenv("KOMA_DATA_DIR", str(tmp_path))
    get_settings.cache_clear()
    yield
    get_settings.cache_clear()


@pytest.mark.parametrize(("path", "expected"), [("/docs", "opblock-summary-path"), ("/redoc", "generate")])
def test_the_documentation_needs_no_network_and_knows_its_prefix(path, expected):
    with served(under("/manga", create_manga_app(ABSENT))) as url:
        page = dom(f"{url}/manga{path}")
    assert expected in page
    assert "/api/v1/manga/generate" in page
    assert "Failed to load" not in page


def test_the_front_page_names_the_services():
    with served(create_studio_app({"framepack": "/framepack", "manga": "/manga"})) as url:
        page = dom(url + "/")
    assert f'href="{url}/manga/docs"' in page
    assert "seven phases" in page
    assert f'href="{url}/framepack/docs"' in page
    assert "Generate pictures and films" in page


def test_a_browser_that_was_given_the_key_sends_it_with_the_page_and_its_fetches(monkeypatch):
    key = "a-key-for-a-browser"
    monkeypatch.setenv("API_KEYS", f'["{key}"]')
    get_settings.cache_clear()
    with served(create_manga_app(ABSENT)) as url:
        closed = dom(f"{url}/docs")
        # as if it had been typed in: from /docs/ the application redirects to /docs, whose own URL holds no password
        opened = dom(f"{url.replace('//', f'//anyone:{key}@')}/docs/")
    assert "opblock" not in closed
    assert "opblock-summary-path" in opened
    assert "/api/v1/manga/generate" in opened
