"""API keys behind Serve's own proxy: requests and handshakes."""

import os

import httpx2
import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from deployments.ingress import bind_ingress
from deployments.scaling import Copies

KEY = "a-key-behind-the-proxy"
HEADER = {"X-API-Key": KEY}


def keyed_app():
    """Built on the replica, whose environment is its own."""
    os.environ["API_KEYS"] = f'["{KEY}"]'
    from foundation.settings import get_settings
    from graphs.manga.app import create_manga_app
    from tests.support.absent import ABSENT

    get_settings.cache_clear()
    return create_manga_app(ABSENT)


def test_the_proxy_passes_on_what_the_house_says_of_keys(cluster, app_name):
    cluster.deploy(bind_ingress(keyed_app, Copies(1)), app_name, f"/{app_name}")
    base = f"{cluster.url}/{app_name}"
    assert httpx2.get(f"{base}/health/live", timeout=30).status_code == 200
    refused = httpx2.get(f"{base}/api/v1/manga/sessions", headers={"x-request-id": "mine"}, timeout=30)
    assert (refused.status_code, refused.json()["code"], refused.json()["request_id"]) == (401, "no_key", "mine")
    assert "Basic" in refused.headers["www-authenticate"]
    assert httpx2.get(f"{base}/api/v1/manga/sessions", headers=HEADER, timeout=30).status_code == 200
    socket = f"{base}/ws/session/none".replace("http", "ws")
    with pytest.raises(InvalidStatus) as closed:
        connect(socket)
    assert closed.value.response.status_code in {401, 403}
    with connect(socket, additional_headers=HEADER):
        pass
