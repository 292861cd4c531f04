"""API keys in front of every application: real routes, real stores, a real server for the sockets."""

import base64
import logging

import httpx2
import pytest
from starlette.testclient import TestClient
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from foundation.errors import Misconfigured
from foundation.settings import Settings, get_settings
from graphs.manga.app import create_manga_app
from graphs.studio.app import create_studio_app
from tests.support.absent import ABSENT
from tests.support.framepack_app import FramePackApp
from tests.support.inpaint_app import InpaintApp
from tests.support.manga_api import STORY
from tests.support.problems import problem
from tests.support.style_app import StyleApp
from tests.support.web import served, under

KEY, OTHER = "first-key-of-the-test", "second-key-of-the-test"
ORIGIN = "https://app.example"
APPS = {
    "manga": lambda folder: create_manga_app(ABSENT),
    "studio": lambda folder: create_studio_app({"manga": "/manga"}),
    "inpaint": lambda folder: InpaintApp(folder / "models").app(),
    "style": lambda folder: StyleApp().app(),
    "framepack": lambda folder: FramePackApp(ready=False).app(),
}
# a route that asks for a key, and the health routes of the seeds
ASKS = {
    "manga": "/api/v1/manga/sessions",
    "studio": "/",
    "inpaint": "/api/v1/tasks",
    "style": "/api/v1/styles",
    "framepack": "/queue",
}
HEALTH = {"inpaint": "/api/v1/health", "style": "/api/v1/health"}
SOCKETS = {
    "manga": "/ws/session/none",
    "inpaint": "/api/v1/ws/progress",
    "style": "/ws",
    "framepack": "/api/jobs/none/ws",
}


def basic(password, user="anyone"):
    return {"Authorization": "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()}


WAYS = [
    {"Authorization": f"Bearer {KEY}"},
    {"authorization": f"bearer {OTHER}"},
    {"X-API-Key": OTHER},
    basic(KEY),
]
NO_WAYS = [
    {},
    {"Authorization": "Bearer"},
    {"Authorization": "Bearer wrong-key-of-the-test"},
    {"Authorization": f"Token {KEY}"},
    {"Authorization": f"Basic {KEY}"},
    {"Authorization": "Basic /w=="},
    basic("wrong"),
    basic("anyone", user=KEY),
    {"X-API-Key": KEY[:-1]},
    {"X-API-Key": KEY + "x"},
    {"X-API-Key": "schlüssel".encode("latin-1")},
]


@pytest.fixture(autouse=True)
def _keys(tmp_path, monkeypatch):
    monkeypatch.setenv("KOMA_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("API_KEYS", f'["{KEY}", "{OTHER}"]')
    monkeypatch.setenv("CORS_ORIGINS", f'["{ORIGIN}"]')
    monkeypatch.setenv("SOCKET_WAIT_SECONDS", "2")
    get_settings.cache_clear()
    yield
    get_settings.cache_clear()


@pytest.fixture(params=APPS)
def name(request):
    return request.param


@pytest.fixture
def app(name, tmp_path):
    return APPS[name](tmp_path)


@pytest.fixture
def keyed(app):
    with TestClient(app, raise_server_exceptions=False) as instance:
        yield instance


@pytest.fixture
def manga(tmp_path):
    with TestClient(APPS["manga"](tmp_path), raise_server_exceptions=False) as instance:
        yield instance


def test_every_app_asks_for_a_key_and_takes_it_in_three_ways(name, keyed):
    refused = keyed.get(ASKS[name], headers={"x-request-id": "mine", "origin": ORIGIN})
    body = problem(refused, 401, "no_key")
    assert (body["request_id"], refused.headers["access-control-allow-origin"]) == ("mine", ORIGIN)
    assert refused.headers.get_list("www-authenticate") == [
        'Basic realm="koma", charset="UTF-8"',
        'Bearer realm="koma"',
    ]
    assert body.get("error_code") == ("NO_KEY" if name == "style" else None)
    assert ("diagnosis" in body) == (name == "inpaint")
    for headers in WAYS:
        assert keyed.get(ASKS[name], headers=headers).status_code == 200, headers


def test_probes_of_every_app_need_no_key(name, keyed):
    for path in ("/health", "/health/live", "/health/ready", "/health/detailed", *filter(None, [HEALTH.get(name)])):
        if path == "/health" and name == "style":
            continue
        assert keyed.get(path).status_code != 401, path


def test_no_route_but_the_free_ones_answers_without_a_key(app, keyed):
    free = {"/health", "/health/ready", "/health/live", "/health/detailed", "/api/v1/health", "/files/{key}"}
    document = keyed.get("/openapi.json", headers=WAYS[0]).json()
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            answer = keyed.request(method, path)
            assert (answer.status_code == 401) == (path not in free), (method, path)
            assert (operation.get("security") == []) == (path in free), path
            assert ("401" in operation["responses"]) == (path not in free), path
    assert set(document["components"]["securitySchemes"]) == {"bearer", "header", "basic"}
    assert {name for each in document["security"] for name in each} == {"bearer", "header", "basic"}
    for path in ("/docs", "/redoc", "/openapi.json", "/static-offline-docs/swagger-ui-bundle.js"):
        assert keyed.get(path).status_code == 401, path


@pytest.mark.parametrize("headers", NO_WAYS, ids=str)
def test_what_is_no_key_is_refused(manga, headers):
    problem(manga.get(ASKS["manga"], headers=headers), 401, "no_key")


@pytest.mark.parametrize("path", ["//health/live", "/health/../api/v1/manga/sessions", "/healthy", "/HEALTH", "/files"])
def test_a_path_that_only_looks_free_is_not(manga, path):
    assert manga.get("http://testserver" + path).status_code in {401, 404}


def test_a_file_link_carries_its_own_signature(manga):
    async def put():
        return await manga.app.state.stores.blobs.put("default/pages", "a.txt", b"hello")

    link = manga.app.state.stores.signer.link("", manga.portal.call(put))
    assert manga.get(link).content == b"hello"
    problem(manga.get(link[:-1] + ("0" if link[-1] != "0" else "1")), 403, "forbidden")


def test_a_preflight_needs_no_key(manga):
    options = {
        "origin": ORIGIN,
        "access-control-request-method": "POST",
        "access-control-request-headers": "authorization,x-api-key",
    }
    answer = manga.options("/api/v1/manga/generate", headers=options)
    assert answer.status_code == 200
    assert "x-api-key" in answer.headers["access-control-allow-headers"]


def test_another_sites_page_may_not_use_the_password_that_a_browser_keeps(manga):
    def post(origin, headers):
        body = {"text": STORY, "hitl_enabled": False}
        return manga.post("/api/v1/manga/generate", json=body, headers=headers | {"origin": origin})

    problem(post("https://evil.example", basic(KEY)), 403, "forbidden")
    assert post(ORIGIN, basic(KEY)).status_code == 202
    assert post("http://testserver", basic(KEY)).status_code == 202
    assert post("https://evil.example", WAYS[0]).status_code == 202, "a page that knows the key may use it"


@pytest.mark.parametrize("name", SOCKETS, indirect=True)
def test_a_socket_is_refused_at_the_handshake(name, app):
    with served(app) as url:
        where = url.replace("http", "ws") + SOCKETS[name]
        with pytest.raises(InvalidStatus) as refused:
            connect(where)
        assert refused.value.response.status_code == 401
        assert b'"no_key"' in refused.value.response.body
        assert refused.value.response.headers["x-request-id"].encode() in refused.value.response.body
        with pytest.raises(InvalidStatus) as crossed:
            connect(where, additional_headers=basic(KEY), origin="https://evil.example")
        assert crossed.value.response.status_code == 403
        for headers in WAYS:
            with connect(where, additional_headers=headers):
                pass


def test_a_server_that_knows_no_answer_to_a_handshake_closes_it(manga):
    sent = []

    async def ask():
        async def send(message):
            sent.append(message)

        scope = {"type": "websocket", "path": SOCKETS["manga"], "headers": [], "extensions": {}, "query_string": b""}
        await manga.app(scope, None, send)

    manga.portal.call(ask)
    assert [message["type"] for message in sent] == ["websocket.close"]


def test_below_a_prefix_the_same_routes_are_free(tmp_path):
    with served(under("/manga", APPS["manga"](tmp_path))) as url:
        assert httpx2.get(f"{url}/manga/health/live").status_code == 200
        assert httpx2.get(f"{url}/manga{ASKS['manga']}").status_code == 401
        assert httpx2.get(f"{url}/manga{ASKS['manga']}", headers=WAYS[0]).status_code == 200


def test_no_key_reaches_a_log_or_a_problem(manga, caplog):
    with caplog.at_level(logging.DEBUG):
        answers = [manga.get(ASKS["manga"], headers=headers) for headers in (*WAYS, {"X-API-Key": KEY + "x"})]
        with manga.websocket_connect(SOCKETS["manga"], headers=WAYS[0]) as socket:
            socket.receive_json()
    text = caplog.text + "".join(answer.text for answer in answers) + repr(get_settings())
    assert KEY not in text
    assert OTHER not in text


def test_without_keys_everything_is_open(manga, tmp_path, monkeypatch):
    monkeypatch.delenv("API_KEYS")
    get_settings.cache_clear()
    with TestClient(APPS["manga"](tmp_path)) as client:
        assert client.get(ASKS["manga"]).status_code == 200
        assert "security" not in client.get("/openapi.json").json()


@pytest.mark.parametrize(
    "keys", ['["short"]', '["with a space in the middle"]', '["a-good-long-enough-key", "ключ-ключ-ключ-ключ"]']
)
def test_keys_that_cannot_be_sent_or_are_guessed_are_refused(monkeypatch, keys):
    monkeypatch.setenv("API_KEYS", keys)
    with pytest.raises(Misconfigured, match="of API_KEYS is not 16 or more") as raised:
        Settings()
    assert "short" not in raised.value.detail.replace("shorter", "")
