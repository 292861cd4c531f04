"""The manga application over a real store, without Ray."""

import pytest
from starlette.testclient import TestClient

from foundation.settings import get_settings
from graphs.manga import create_manga_app


@pytest.fixture
def client(tmp_path, monkeypatch):
    monkeypatch.setenv("KOMA_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("CORS_ORIGINS", '["https://app.example"]')
    get_settings.cache_clear()
    with TestClient(create_manga_app(), raise_server_exceptions=False) as made:
        yield made
    get_settings.cache_clear()
