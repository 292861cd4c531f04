"""The manga API over a real store, without Ray: shapes, limits, problems, files, socket."""

import pytest
from starlette.websockets import WebSocketDisconnect

from foundation.settings import Settings
from serve_app.manga.schemas import FeedbackRequest
from tests.support.manga_api import API, STORY, generate
from tests.support.problems import problem


def test_an_accepted_story_tells_where_to_follow_it(client):
    response = generate(client)
    assert response.status_code == 202
    body = response.json()
    assert body["status"] == "pending"
    assert body["status_url"] == response.headers["location"]
    assert body["websocket_url"].startswith("ws://testserver/ws/session/")
    session = client.get(body["status_url"]).json()
    assert session["id"] == body["session_id"]
    assert {k: session[k] for k in ("status", "current_phase", "total_phases", "progress_percentage")} == {
        "status": "pending",
        "current_phase": 0,
        "total_phases": 7,
        "progress_percentage": 0.0,
    }


def test_urls_carry_the_prefix_and_host_of_the_request(client):
    client.app.root_path = "/manga"
    body = client.post("/manga" + API + "/generate", json={"text": STORY}, headers={"host": "koma.example"}).json()
    assert body["status_url"].startswith(f"http://koma.example/manga{API}/sessions/")
    docs = client.get("/manga/docs").text
    assert "/manga/openapi.json" in docs


def test_the_same_id_is_the_same_session_and_another_body_is_refused(client):
    first = generate(client, session_id="mine")
    again = generate(client, session_id="mine")
    assert (first.status_code, again.json()["session_id"]) == (202, "mine")
    problem(generate(client, session_id="mine", seed=7), 409, "conflict")


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"text": ""}, "/text"),
        ({"text": "あ" * 10_001}, "/text"),
        ({"text": "\x00\x01\x02\x03\x04\x05\x06\x07\x08\x0b\x0c"}, "/text"),
        ({"text": "🎉" * 30}, "/text"),
        ({"text": "مرحبا بالعالم، كيف حالك اليوم"}, "/text"),
        ({"text": 5}, "/text"),
        ({"text": None}, "/text"),
        ({"seed": -1}, "/seed"),
        ({"seed": 2**31}, "/seed"),
        ({"seed": "x"}, "/seed"),
        ({"language": "fr"}, "/language"),
        ({"genre": "western"}, "/genre"),
        ({"title": "x" * 256}, "/title"),
        ({"hitl_enabled": "perhaps"}, "/hitl_enabled"),
        ({"session_id": "../../etc"}, "/session_id"),
        ({"quality_level": "best"}, "/quality_level"),
        ({"layout": "scroll"}, "/layout"),
        ({"ruby": "grade:7"}, "/ruby"),
        ({"ruby": "none"}, "/ruby"),
    ],
)
def test_bad_values_are_named(client, change, pointer):
    body = problem(generate(client, **change), 422, "invalid_input")
    assert pointer in [error["pointer"] for error in body["errors"]]


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"null", b'{"text": "\\ud800aaaaaaaaaaaa"}'])
def test_bodies_that_are_no_request_are_refused(client, body):
    response = client.post(f"{API}/generate", content=body, headers={"content-type": "application/json"})
    problem(response, 422, "invalid_input")


def test_bytes_that_are_no_text_are_refused(client):
    response = client.post(f"{API}/generate", content=b"\xff\xfe\x00", headers={"content-type": "application/json"})
    problem(response, 400, "bad_request")


def test_control_characters_are_dropped_from_a_story(client):
    session = generate(client, text=STORY + "\x00\x07\u202e終わり", title="題\x00名").json()
    assert client.get(session["status_url"]).json()["title"] == "題名"


@pytest.mark.parametrize("announced", [True, False])
def test_large_bodies_are_stopped(client, announced):
    size = Settings().max_body_bytes + 1
    content = b" " * size if announced else (b" " * 65_536 for _ in range(size // 65_536 + 1))
    response = client.post(f"{API}/generate", content=content, headers={"content-type": "application/json"})
    problem(response, 413, "too_large")


def test_unknown_things_are_404(client):
    problem(client.get(f"{API}/sessions/none"), 404, "not_found")
    problem(client.get(f"{API}/sessions/none/pages/1.png"), 404, "not_found")
    problem(client.post(f"{API}/sessions/none/cancel"), 404, "not_found")
    problem(client.get("/nowhere"), 404, "not_found")
    problem(client.delete(f"{API}/generate"), 405, "method_not_allowed")


def test_results_before_their_time_are_409(client):
    session = generate(client).json()["session_id"]
    for path in ("document", "pages/1.png", "pages/1.svg", "export/pdf", "export/epub", "export/png.zip"):
        problem(client.get(f"{API}/sessions/{session}/{path}"), 409, "conflict")
    phase = client.get(f"{API}/sessions/{session}/phase/5").json()
    assert (phase["phase_number"], phase["phase_name"], phase["status"]) == (5, "シーン画像生成", "pending")
    problem(client.get(f"{API}/sessions/{session}/phase/8"), 422, "invalid_input")


def test_feedback_while_nobody_is_asked_is_400(client):
    session = generate(client).json()["session_id"]
    problem(client.post(f"{API}/sessions/{session}/feedback", json={"feedback_type": "approval"}), 400, "not_waiting")
    problem(client.post(f"{API}/sessions/{session}/feedback?phase_number=2&feedback_text=x"), 400, "not_waiting")


def test_sessions_are_listed_newest_first_and_by_status(client):
    ids = [generate(client, seed=n).json()["session_id"] for n in range(3)]
    client.post(f"{API}/sessions/{ids[1]}/cancel")
    listed = client.get(f"{API}/sessions?limit=2").json()
    assert [s["id"] for s in listed["sessions"]] == ids[:0:-1]
    assert (listed["total"], listed["limit"], listed["offset"]) == (3, 2, 0)
    cancelled = client.get(f"{API}/sessions?status=cancelled").json()
    assert [s["id"] for s in cancelled["sessions"]] == [ids[1]]
    problem(client.get(f"{API}/sessions?limit=101"), 422, "invalid_input")
    problem(client.get(f"{API}/sessions?status=asleep"), 422, "invalid_input")


@pytest.mark.parametrize(
    ("body", "code"),
    [(b'{"feedback_data": {"x": NaN}}', 422), (b'{"mood": "brighter"}', 400), (b'{"feedback_data": 5, "x": 1}', 422)],
)
def test_feedback_of_any_shape_is_understood_or_refused(client, body, code):
    session = generate(client).json()["session_id"]
    headers = {"content-type": "application/json"}
    assert client.post(f"{API}/sessions/{session}/feedback", content=body, headers=headers).status_code == code


def test_bare_feedback_data_is_kept():
    speech = FeedbackRequest.model_validate({"mood": "brighter", "feedback_type": "text", "feedback_data": {"a": 1}})
    assert speech.feedback_data == {"mood": "brighter", "a": 1}


def test_print_quality_has_a_limit(client):
    problem(generate(client, quality_level="ultra_high", text="長い話。" * 600), 422, "invalid_input")


def test_what_nobody_foresaw_is_a_problem_with_its_id(client, monkeypatch):
    async def fail(*_args, **_kwargs):
        raise ZeroDivisionError

    monkeypatch.setattr(type(client.app.state.stores.jobs), "find", fail)
    body = problem(client.get(f"{API}/sessions", headers={"x-request-id": "mine"}), 500, "internal")
    assert body["request_id"] == "mine"
    assert "ZeroDivisionError" not in str(body)


def test_cancel_is_final_and_may_be_repeated(client):
    session = generate(client).json()["session_id"]
    assert client.post(f"{API}/sessions/{session}/cancel").json()["status"] == "cancelled"
    assert client.post(f"{API}/sessions/{session}/cancel").json()["status"] == "cancelled"


def test_the_socket_replays_answers_pings_and_ends(client):
    session = generate(client).json()["session_id"]
    with client.websocket_connect(f"/ws/session/{session}") as socket:
        assert socket.receive_json() == {"type": "connect", "session_id": session, "status": "pending"}
        first = socket.receive_json()
        assert (first["type"], first["seq"]) == ("pipeline_started", 1)
        socket.send_json({"type": "ping"})
        assert socket.receive_json() == {"type": "pong"}
        for nonsense in ("{", "[]", '"x"', '{"type": 5}'):
            socket.send_text(nonsense)
            assert socket.receive_json()["data"]["code"] == "unknown_message"
        client.post(f"{API}/sessions/{session}/cancel")
        last = socket.receive_json()
        assert (last["type"], last["seq"]) == ("pipeline_cancelled", 2)
        with pytest.raises(WebSocketDisconnect):
            socket.receive_json()
    with client.websocket_connect(f"/ws/session/{session}?after=1") as socket:
        assert socket.receive_json()["type"] == "connect"
        assert socket.receive_json()["seq"] == 2
    with client.websocket_connect(f"/ws/session/{session}?after=2") as socket:
        assert socket.receive_json()["type"] == "connect"
        with pytest.raises(WebSocketDisconnect):
            socket.receive_json()


def test_the_socket_of_no_session_says_so(client):
    with client.websocket_connect("/ws/session/none") as socket:
        assert socket.receive_json()["data"]["code"] == "not_found"
        with pytest.raises(WebSocketDisconnect) as closed:
            socket.receive_json()
    assert closed.value.code == 4404


def test_files_need_a_valid_and_fresh_signature(client):
    stores = client.app.state.stores
    key = client.portal.call(stores.blobs.put, "public/x", "page.png", b"\x89PNG")
    link = stores.signer.link("http://testserver", key)
    response = client.get(link)
    assert (response.status_code, response.content) == (200, b"\x89PNG")
    assert response.headers["content-type"] == "image/png"
    assert response.headers["x-content-type-options"] == "nosniff"
    problem(client.get(link.replace("sig=", "sig=0")), 403, "forbidden")
    problem(client.get(link.replace("page", "other")), 403, "forbidden")
    problem(client.get(link.partition("?")[0]), 422, "invalid_input")
    expired = type(stores.signer)(stores.settings.signing_key(), -5).link("http://testserver", key)
    problem(client.get(expired), 410, "gone")
    missing = stores.signer.link("http://testserver", "public/x/none.png")
    problem(client.get(missing), 404, "not_found")
    outside = stores.signer.link("http://testserver", "../../secret_key")
    assert client.get(outside).status_code == 404


def test_health_tells_what_is_wrong(client, tmp_path):
    for path in ("/health", "/health/ready", "/health/live"):
        assert client.get(path).json()["status"] == "healthy"
    detailed = client.get("/health/detailed").json()
    assert set(detailed["checks"]) == {"database", "files"}
    assert detailed["jobs"] == {"queued": 0, "running": 0, "waiting": 0}
    generate(client)
    assert client.get("/health/detailed").json()["jobs"]["queued"] == 1


def test_cors_answers_only_the_listed(client):
    options = {"origin": "https://app.example", "access-control-request-method": "POST"}
    assert (
        client.options(f"{API}/generate", headers=options).headers["access-control-allow-origin"] == options["origin"]
    )
    other = client.options(f"{API}/generate", headers=options | {"origin": "https://evil.example"})
    assert "access-control-allow-origin" not in other.headers


def test_request_ids_are_kept_when_sane(client):
    assert client.get("/health", headers={"x-request-id": "abc-1"}).headers["x-request-id"] == "abc-1"
    assert client.get("/health", headers={"x-request-id": "<script>"}).headers["x-request-id"] != "<script>"


def test_a_full_queue_is_503_with_a_time(client):
    stores = client.app.state.stores
    stores.jobs.queue_limit = 1
    generate(client)
    response = generate(client)
    problem(response, 503, "overloaded")
    assert int(response.headers["retry-after"]) > 0


def test_docs_and_examples_are_true(client):
    schema = client.get("/openapi.json").json()
    assert client.get("/docs").status_code == client.get("/redoc").status_code == 200
    example = schema["components"]["schemas"]["GenerateRequest"]["examples"][0]
    assert client.post(f"{API}/generate", json=example).status_code == 202
    for route in schema["paths"].values():
        # HEAD answers without a body
        for operation in (each for method, each in route.items() if method != "head"):
            for status, response in operation["responses"].items():
                if status.startswith(("4", "5")) and "health" not in operation["tags"]:
                    assert "application/problem+json" in response["content"], operation["operationId"]
