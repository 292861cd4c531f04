"""What scripts of others send: no content type, sent pictures, preview methods, interrupts, targets, pages."""

import io
import json
import struct
import urllib.error
import urllib.request

import pytest
from PIL import Image

from tests.support.comfyui_api import workflow
from tests.support.waiting import until

ERROR_MEMBERS = {"type", "message", "details", "extra_info"}


def post(style, path, body, **headers):
    """As urllib posts: without a header of ours it says application/x-www-form-urlencoded."""
    request = urllib.request.Request(f"{style.url}{path}", data=body, headers=headers)
    try:
        with urllib.request.urlopen(request) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.read()


def with_websocket(seed, batch=1, **more):
    """Text to image whose pictures are only sent."""
    prompt = workflow(seed=seed, **more)
    prompt["6"] = {"class_type": "EmptyLatentImage", "inputs": {"width": 64, "height": 64, "batch_size": batch}}
    prompt["5"]["inputs"]["denoise"] = 1.0
    prompt["save_image_websocket_node"] = {"class_type": "SaveImageWebsocket", "inputs": {"images": ["7", 0]}}
    del prompt["8"], prompt["1"]
    return prompt


@pytest.mark.parametrize("prefix", ["", "/api"])
@pytest.mark.parametrize("headers", [{}, {"Content-Type": "text/plain"}, {"Content-Type": "application/json"}])
def test_a_prompt_is_json_whatever_its_content_type(http, style, prefix, headers):
    body = json.dumps({"prompt": workflow(seed=50, steps=1), "client_id": "urllib"}).encode()
    status, answer = post(style, f"{prefix}/prompt", body, **headers)
    assert status == 200, answer
    prompt_id = json.loads(answer)["prompt_id"]
    until(lambda: prompt_id in http.get(f"{prefix}/history/{prompt_id}").json())
    for path in ("/queue", "/history"):
        assert post(style, f"{prefix}{path}", json.dumps({"delete": [prompt_id]}).encode(), **headers)[0] == 200
    assert http.get(f"/history/{prompt_id}").json() == {}
    assert post(style, f"{prefix}/interrupt", b"{}", **headers)[0] == 200


@pytest.mark.parametrize("body", [b"", b"not json", b"[]", b'"text"', b"5", b"null", b'{"prompt":', b"\xff\xfe"])
@pytest.mark.parametrize("path", ["/prompt", "/queue", "/history", "/api/prompt"])
def test_what_is_no_json_object_is_refused_in_comfyuis_shape(http, style, path, body):
    status, answer = post(style, path, body)
    assert status == 400
    message = json.loads(answer)
    assert set(message) == {"error", "node_errors"}
    assert set(message["error"]) == ERROR_MEMBERS
    assert message["node_errors"] == {}


def test_errors_of_all_bare_routes_have_comfyuis_shape(http):
    answers = [
        http.get("/view"),
        http.get("/view?filename=none.png"),
        http.get("/view?filename=x.png&type=secret"),
        http.get("/history?max_items=many"),
        http.post("/upload/image", files={"no_image": b"x"}),
        http.post("/prompt", json={"prompt": workflow(), "prompt_id": "a b"}),
        http.post("/prompt", json={"prompt": workflow(), "client_id": 5}),
        http.get("/object_info", headers={"Origin": "https://evil.example"}),
    ]
    assert [answer.status_code for answer in answers] == [400, 404, 400, 400, 400, 400, 400, 403]
    for answer in answers:
        assert set(answer.json()["error"]) == ERROR_MEMBERS


@pytest.mark.parametrize("host", ["localhost:8188", "127.0.0.1", "[::1]:8188", "[::1]", "LOCALHOST"])
@pytest.mark.parametrize("origin", ["https://evil.example", "http://[", "null"])
def test_another_sites_page_cannot_call_a_server_on_this_machine(http, host, origin):
    headers = {"Host": host, "Origin": origin}
    assert http.get("/queue", headers=headers).status_code == 403
    assert http.get("/queue", headers=headers | {"Origin": f"http://{host}"}).status_code == 200


@pytest.mark.parametrize("origin", ["https://evil.example", "http://[", "null"])
def test_another_sites_page_cannot_post_what_a_browser_sends_unasked(http, style, origin):
    # under a name of its own, as on a private network
    headers = {"Host": "koma.example:8000", "Origin": origin, "Content-Type": "text/plain"}
    body = json.dumps({"prompt": workflow()}).encode()
    assert http.post("/prompt", content=body, headers=headers).status_code == 403
    own = headers | {"Origin": "http://koma.example:8000"}
    assert http.post("/interrupt", content=b"{}", headers=own).status_code == 200


def test_a_picture_that_is_only_sent_comes_while_its_node_runs(http, client):
    prompt_id = client.queue(with_websocket(seed=51, batch=2))
    node, pictures, texts = None, [], []
    while True:
        message = client.socket.recv(timeout=60)
        if isinstance(message, bytes):
            pictures.append((node, message))
            continue
        payload = json.loads(message)
        texts.append(payload)
        if payload["type"] == "executing":
            node = payload["data"]["node"]
            if node is None:
                break
    assert [node for node, _ in pictures] == ["save_image_websocket_node"] * 2
    for _, frame in pictures:
        assert struct.unpack(">II", frame[:8]) == (1, 2)
        assert Image.open(io.BytesIO(frame[8:])).format == "PNG"
    assert pictures[0][1] != pictures[1][1]
    assert [payload["data"]["node"] for payload in texts if payload["type"] == "executed"] == []
    history = http.get(f"/history/{prompt_id}").json()[prompt_id]
    assert (history["outputs"], history["status"]["status_str"]) == ({}, "success")


def test_an_empty_queue_is_told_after_all_that_happened_in_it(http, client):
    client.queue(with_websocket(seed=55, steps=20))
    pictures, counts = 0, []
    while counts[-2:] != [1, 0]:
        message = client.socket.recv(timeout=60)
        if isinstance(message, bytes):
            pictures += 1
        elif (payload := json.loads(message))["type"] == "status":
            counts.append(payload["data"]["status"]["exec_info"]["queue_remaining"])
    assert pictures == 1


def test_a_sent_picture_has_metadata_for_those_that_ask(http, other):
    _, frames = other.messages(other.queue(with_websocket(seed=52)))
    kind, length = struct.unpack(">II", frames[0][:8])
    message = json.loads(frames[0][8 : 8 + length])
    assert (kind, message["image_type"], message["node_id"]) == (4, "image/png", "save_image_websocket_node")
    assert Image.open(io.BytesIO(frames[0][8 + length :])).format == "PNG"


def test_the_same_again_sends_its_picture_again(http, client):
    first, again = (client.messages(client.queue(with_websocket(seed=53)))[1] for _ in range(2))
    assert len(first) == 1
    assert first == again


@pytest.mark.parametrize(
    ("seed", "extra", "sends"),
    [
        (540, {}, False),
        (541, {"preview_method": "none"}, False),
        (542, {"preview_method": "default"}, False),
        (543, {"preview_method": "auto"}, True),
        (544, {"preview_method": "latent2rgb"}, True),
        (545, {"preview_method": "taesd"}, True),
    ],
)
def test_previews_come_by_the_method_that_is_asked_for(http, client, seed, extra, sends):
    _, frames = client.messages(client.queue(workflow(seed=seed), extra_data=extra))
    assert bool(frames) is sends


def test_an_interrupt_stops_one_prompt_of_its_client(http, client, other):
    mine = [client.queue(workflow(seed=60 + n, steps=1000)) for n in range(2)]
    theirs = other.queue(workflow(seed=62, steps=1000))
    running = {*mine, theirs}
    until(lambda: {entry[1] for entry in http.get("/queue").json()["queue_running"]} == running)
    for names in ({"json": {"client_id": "nobody"}}, {"json": {"prompt_id": "unknown"}}):
        assert http.post("/interrupt", **names).status_code == 200
    assert http.post(f"/interrupt?client_id={other.id}").status_code == 200
    until(lambda: theirs in http.get("/history").json())
    assert {entry[1] for entry in http.get("/queue").json()["queue_running"]} == set(mine)
    # what is no JSON names nothing
    assert http.post("/interrupt", content=b"not json").status_code == 200
    until(lambda: mine[0] in http.get("/history").json())
    assert http.post("/interrupt", json={"client_id": client.id}).status_code == 200
    until(lambda: mine[1] in http.get("/history").json())


def test_an_interrupt_leaves_a_prompt_that_waits(http, client):
    ids = [client.queue(workflow(seed=70 + n, steps=1000)) for n in range(5)]
    until(lambda: len(http.get("/queue").json()["queue_running"]) == 4)
    waiting = [entry[1] for entry in http.get("/queue").json()["queue_pending"]]
    assert waiting == ids[4:]
    assert http.post("/interrupt", json={"prompt_id": waiting[0]}).status_code == 200
    queue = http.get("/queue").json()
    assert (len(queue["queue_running"]), [entry[1] for entry in queue["queue_pending"]]) == (4, waiting)
    http.post("/queue", json={"clear": True})
    for _ in range(4):
        http.post("/interrupt")
    until(lambda: not http.get("/queue").json()["queue_running"])


def test_only_the_targets_run(http, client):
    prompt = workflow(seed=80, prefix="first") | {
        "9": {"class_type": "SaveImage", "inputs": {"images": ["7", 0], "filename_prefix": "second"}}
    }
    prompt_id = client.queue(prompt, partial_execution_targets=["9"])
    client.messages(prompt_id)
    payload = http.get(f"/history/{prompt_id}").json()[prompt_id]
    assert list(payload["outputs"]) == payload["prompt"][4] == ["9"]
    for none in ([], ["7"], ["unknown"]):
        refused = http.post("/prompt", json={"prompt": prompt, "partial_execution_targets": none})
        assert (refused.status_code, refused.json()["error"]["type"]) == (400, "prompt_no_outputs")


def test_what_is_null_is_not_given(http):
    names = ("client_id", "prompt_id", "number", "front", "extra_data", "partial_execution_targets")
    body = {"prompt": workflow(seed=85, steps=1)} | dict.fromkeys(names)
    answer = http.post("/prompt", json=body)
    assert answer.status_code == 200, answer.text
    until(lambda: answer.json()["prompt_id"] in http.get("/history").json())


def test_history_pages_count_from_the_oldest(http, client):
    ids = [client.queue(workflow(seed=90, steps=1)) for _ in range(4)]
    for prompt_id in ids:
        until(lambda wanted=prompt_id: wanted in http.get(f"/history/{wanted}").json())
    everything = list(http.get("/history").json())
    assert everything[-4:] == ids
    for query, page in (
        ("max_items=2", everything[-2:]),
        ("max_items=2&offset=0", everything[:2]),
        ("max_items=2&offset=1", everything[1:3]),
        ("offset=2", everything[2:]),
        ("max_items=2&offset=-1", everything[-2:]),
        ("max_items=0", []),
        ("offset=10000", []),
    ):
        assert list(http.get(f"/history?{query}").json()) == page, query
