"""A socket that is opened before its request: it follows the id when it comes, and closes when none comes."""

import json

import httpx2
import pytest
from starlette.websockets import WebSocketDisconnect
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from tests.support.inpaint_api import API, body
from tests.support.inpaint_api import IMAGE as PICTURE

STORY = "ハルは空を見上げた。「ねえ、ミオ」とハルは言った。「なあに？」ミオが笑った。"


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    monkeypatch.setattr("serve_app.jobs.sockets.PING_S", 0.2)
    monkeypatch.setattr("serve_app.jobs.sockets.POLL_S", 0.1)


def post(url, path, sent):
    answer = httpx2.post(url + path, json=sent, timeout=60)
    assert answer.status_code == 200, answer.text


def inpaint_request(url, task_id):
    post(url, f"{API}/inpaint-regions-async", body(task_id=task_id))


def style_request(url, task_id):
    post(url, "/api/v1/transform", {"user_id": "u", "image": PICTURE, "task_id": task_id, "engine": "draft"})


def framepack_request(url, job_id):
    sent = {"prompt": "a harbour", "job_id": job_id, "width": 64, "height": 64, "steps": 2, "engine": "draft"}
    post(url, "/api/generate-image", sent)


APPS = {
    "inpaint": (f"{API}/ws/progress/{{}}", inpaint_request, "task_completed"),
    "style": ("/api/v1/task/{}/ws", style_request, "completed"),
    "framepack": ("/api/jobs/{}/ws", framepack_request, "completed"),
}


def kinds(socket):
    return [json.loads(message)["type"] for message in socket]


@pytest.fixture(params=APPS)
def application(request):
    path, send, end = APPS[request.param]
    url = request.getfixturevalue(request.param).url
    return url, url.replace("http", "ws") + path, send, end


def test_two_watchers_hear_pings_then_the_whole_job(application):
    url, socket_url, send, end = application
    with (
        connect(socket_url.format("early"), proxy=None) as one,
        connect(socket_url.format("early"), proxy=None) as two,
    ):
        for socket in (one, two):
            while json.loads(socket.recv(timeout=5))["type"] != "ping":
                pass
        send(url, "early")
        heard = [kinds(one), kinds(two)]
    for messages in heard:
        assert messages[-1] == end
        assert len(messages) > 2
    with connect(socket_url.format("early"), proxy=None) as late:
        assert kinds(late)[-1] == end


def test_an_id_that_never_comes_closes_with_4404(application):
    _, socket_url, _, _ = application
    messages, closed = [], None
    with connect(socket_url.format("never"), proxy=None) as socket:
        while closed is None:
            try:
                messages.append(json.loads(socket.recv(timeout=10)))
            except ConnectionClosed as error:
                closed = error
    assert closed.rcvd.code == 4404
    assert {message["type"] for message in messages[:-1]} <= {"connection_established", "ping"}
    assert messages[-1]["type"] == "error"
    assert messages[-1].get("detail") or messages[-1]["error"]


@pytest.mark.parametrize("name", ["style", "framepack"])
def test_a_number_that_is_none_closes_with_4400(request, name):
    url = request.getfixturevalue(name).url.replace("http", "ws") + APPS[name][0].format("any")
    with connect(f"{url}?after=x", proxy=None) as socket:
        assert json.loads(socket.recv())["code"] == "invalid_input"
        with pytest.raises(ConnectionClosed) as closed:
            socket.recv(timeout=10)
    assert closed.value.rcvd.code == 4400


def test_a_session_that_is_accepted_later_is_followed(client):
    with client.websocket_connect("/ws/session/early") as socket:
        assert socket.receive_json() == {"type": "ping"}
        accepted = client.post("/api/v1/manga/generate", json={"text": STORY, "session_id": "early"})
        assert accepted.status_code == 202
        message = {"type": "ping"}
        while message["type"] == "ping":
            message = socket.receive_json()
        assert (message["type"], message["session_id"]) == ("connect", "early")


def test_a_session_socket_refuses_a_number_that_is_none(client):
    with client.websocket_connect("/ws/session/early?after=x") as socket:
        assert socket.receive_json()["data"]["code"] == "invalid_input"
        with pytest.raises(WebSocketDisconnect) as closed:
            socket.receive_json()
    assert closed.value.code == 4400


ODD_MESSAGES = [
    "[" * 100_000,
    "9" * 6000,
    "null",
    '{"type": ["a"]}',
    '{"type": {"a": 1}, "task_id": 5}',
    r'{"type": "\ud800"}',
    r'{"type": "subscribe_task", "task_id": "\ud800"}',
    b"\xff\x00",
]


@pytest.mark.parametrize("message", ODD_MESSAGES)
def test_a_message_that_means_nothing_closes_no_progress_socket(inpaint, message):
    with connect(f"{inpaint.url.replace('http', 'ws')}{API}/ws/progress") as socket:
        socket.send(message)
        socket.send('{"type": "ping"}')
        assert [json.loads(socket.recv(5))["type"] for _ in range(3)] == ["connection_established", "error", "pong"]


@pytest.mark.parametrize("message", ODD_MESSAGES)
def test_a_message_that_means_nothing_closes_no_comfyui_socket(style, message):
    with connect(f"{style.url.replace('http', 'ws')}/ws?clientId=odd") as socket:
        socket.send(message)
        socket.send('{"type": "feature_flags", "data": {}}')
        assert {json.loads(socket.recv(5))["type"] for _ in range(2)} == {"status", "feature_flags"}


@pytest.mark.parametrize("message", ODD_MESSAGES)
def test_a_message_that_means_nothing_closes_no_session_socket(client, message):
    client.post("/api/v1/manga/generate", json={"text": STORY, "session_id": "odd"})
    with client.websocket_connect("/ws/session/odd") as socket:
        assert socket.receive_json()["type"] == "connect"
        socket.send_bytes(message) if isinstance(message, bytes) else socket.send_text(message)
        assert _next(socket, "error")["data"]["code"] == "unknown_message"
        socket.send_text('{"type": "ping"}')
        assert _next(socket, "pong") == {"type": "pong"}


def _next(socket, kind):
    """The next message of a kind: events of the session may come between."""
    return next(message for message in iter(socket.receive_json, None) if message["type"] == kind)
