"""Tasks of text removal: ids, batches, results, cancel, both sockets, callbacks."""

import base64
import http.server
import io
import json
import threading
import time
import zipfile

import httpx2
import pytest
from websockets.sync.client import connect

from tests.support.inpaint_api import API, IMAGE, b64, body, diagnosed, ended
from tests.support.pictures import REGIONS, page, png, square_mask
from tests.support.waiting import until


@pytest.fixture(scope="module")
def inpaint_environment():
    return {"CALLBACK_HOSTS": '["127.0.0.1"]', "IOPAINT_MODEL": "cv2"}


def test_a_task_gives_its_picture_and_the_same_pixels_as_the_synchronous_route(http_client):
    accepted = http_client.post("/inpaint-regions-async", json=body()).json()
    assert ended(http_client, accepted["task_id"])["status"] == "completed"
    result = httpx2.get(accepted["result_url"])
    assert result.headers["content-type"] == "image/png"
    assert result.content == http_client.post("/inpaint-regions", json=body()).content


def test_the_same_id_is_the_same_task_and_another_body_is_refused(http_client):
    first = http_client.post("/inpaint-regions-async", json=body(task_id="mine"))
    again = http_client.post("/inpaint-regions-async", json=body(task_id="mine"))
    assert first.status_code == again.status_code == 200
    diagnosed(http_client.post("/inpaint-regions-async", json=body(task_id="mine", sd_seed=5)), 409, "conflict")
    keyed = [
        http_client.post("/inpaint-regions-async", json=body(), headers={"Idempotency-Key": "k 1"}).json()["task_id"]
        for _ in range(2)
    ]
    assert keyed[0] == keyed[1]
    diagnosed(
        http_client.post("/inpaint-regions-async", json=body(sd_seed=6), headers={"Idempotency-Key": "k 1"}),
        409,
        "conflict",
    )


def test_a_batch_is_one_task_and_a_broken_picture_spoils_only_itself(http_client):
    images = [
        {"image": IMAGE, "regions": REGIONS, "name": "first"},
        {"image": b64(b"no picture"), "regions": REGIONS},
        {"image": IMAGE, "mask": b64(square_mask((320, 260), (50, 180, 130, 220)))},
    ]
    accepted = http_client.post("/inpaint-batch", json={"images": images}).json()
    status = ended(http_client, accepted["task_id"])
    assert (status["status"], status["total_regions"]) == ("completed", 5)
    archive = zipfile.ZipFile(io.BytesIO(httpx2.get(accepted["result_url"]).content))
    assert archive.namelist() == ["first.png", "003.png", "errors.json"]
    (failed,) = json.loads(archive.read("errors.json"))
    assert (failed["index"], failed["name"], failed["code"]) == (1, "002", "bad_image")
    assert "1 of 3 images failed" in status["message"]
    assert [(each["pointer"], each["code"]) for each in status["warnings"]] == [("/images/1", "bad_image")]
    one = httpx2.get(accepted["result_url"] + "?index=2")
    assert one.content == archive.read("003.png")
    diagnosed(httpx2.get(accepted["result_url"] + "?index=1"), 409, "task_failed")
    diagnosed(httpx2.get(accepted["result_url"] + "?index=3"), 404, "not_found")


def test_equal_names_of_a_batch_overwrite_nothing(http_client):
    images = [{"image": IMAGE, "regions": REGIONS, "name": name} for name in ("a", "A", "a", "a-2")]
    accepted = http_client.post("/inpaint-batch", json={"images": images}).json()
    assert ended(http_client, accepted["task_id"])["status"] == "completed"
    names = zipfile.ZipFile(io.BytesIO(httpx2.get(accepted["result_url"]).content)).namelist()
    assert len({name.casefold() for name in names}) == 4
    assert names[:3] == ["a.png", "A-2.png", "a-3.png"]


@pytest.mark.parametrize("name", ["..", ".", "con", "LPT1.x", " ", "a."])
def test_names_that_no_file_can_have_are_refused(http_client, name):
    images = [{"image": IMAGE, "regions": REGIONS, "name": name}]
    answer = http_client.post("/inpaint-batch", json={"images": images})
    assert answer.json()["errors"][0]["pointer"] == "/images/0/name", answer.text


def test_a_task_with_a_broken_picture_fails_with_its_reason(http_client):
    refused = http_client.post("/inpaint-regions-async", json=body(image=b64(b"no picture")))
    assert "not a PNG, JPEG or WebP" in diagnosed(refused, 422, "bad_image")["detail"]
    cut = b64(png(page(), format="JPEG")[:3000])
    task_id = http_client.post("/inpaint-regions-async", json=body(image=cut)).json()["task_id"]
    status = ended(http_client, task_id)
    assert (status["status"], status["error_message"]) == ("error", "the image is damaged")
    diagnosed(http_client.get(f"/task-result/{task_id}"), 409, "task_failed")


def test_cancel_stops_before_the_next_window(inpaint, http_client):
    rows = [{"x": 5, "y": 20 + n * 190, "width": 60, "height": 14} for n in range(3)]
    image = b64(png(page(590, 590)))
    inpaint.close_gate()
    before = inpaint.model.filled
    try:
        task_id = http_client.post("/inpaint-regions-async", json={"image": image, "regions": rows}).json()["task_id"]
        until(lambda: http_client.get(f"/task-status/{task_id}").json()["stage"] == "inpainting")
        diagnosed(http_client.get(f"/task-result/{task_id}"), 409, "conflict")
        cancelled = http_client.post(f"/cancel-task/{task_id}")
        assert cancelled.json() == {
            "task_id": task_id,
            "status": "cancelled",
            "message": "Task cancelled successfully",
        }
        assert ended(http_client, task_id)["status"] == "cancelled"
    finally:
        inpaint.open_gate()
    time.sleep(0.3)
    assert inpaint.model.filled == before
    assert http_client.post(f"/cancel-task/{task_id}").status_code == 200
    assert http_client.get(f"/task-status/{task_id}").json()["status"] == "cancelled"


def receive(socket, kind, seconds=15):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        message = json.loads(socket.recv(timeout=seconds))
        if message["type"] == kind:
            return message
    raise AssertionError(f"no {kind}")


def test_the_socket_of_all_tasks_subscribes_and_answers(inpaint, http_client):
    with connect(inpaint.url.replace("http", "ws") + API + "/ws/progress") as socket:
        assert receive(socket, "connection_established")["task_id"] is None
        socket.send('{"type": "ping"}')
        assert receive(socket, "pong")["timestamp"]
        for nonsense in ("{", "[]", '{"type": "dance"}', '{"type": "cancel_task"}'):
            socket.send(nonsense)
            assert receive(socket, "error")["error"]
        task_id = http_client.post("/inpaint-regions-async", json=body(sd_seed=77)).json()["task_id"]
        assert receive(socket, "progress_update")["task_id"] == task_id
        assert receive(socket, "task_completed")["task_id"] == task_id
        socket.send(json.dumps({"type": "get_task_status", "task_id": task_id}))
        assert receive(socket, "progress_update")["status"] == "completed"
        socket.send(json.dumps({"type": "subscribe_task", "task_id": task_id}))
        assert receive(socket, "task_subscribed")["task_id"] == task_id
        assert receive(socket, "task_completed")["task_id"] == task_id
        socket.send(json.dumps({"type": "unsubscribe_task", "task_id": task_id}))
        assert receive(socket, "task_unsubscribed")["task_id"] == task_id
        socket.send(json.dumps({"type": "get_task_status", "task_id": "none"}))
        assert receive(socket, "error")["error"] == "Task none not found"


def test_a_task_is_cancelled_by_socket(inpaint, http_client):
    inpaint.close_gate()
    try:
        task_id = http_client.post("/inpaint-regions-async", json=body(sd_seed=78)).json()["task_id"]
        with connect(inpaint.url.replace("http", "ws") + f"{API}/ws/progress/{task_id}") as socket:
            receive(socket, "progress_update")
            socket.send(json.dumps({"type": "cancel_task", "task_id": task_id}))
            assert receive(socket, "task_cancelled")["task_id"] == task_id
    finally:
        inpaint.open_gate()


class Listener(http.server.BaseHTTPRequestHandler):
    """Takes callbacks; the first one is refused."""

    def do_POST(self):
        content = self.rfile.read(int(self.headers["content-length"]))
        self.server.taken.append(json.loads(content))
        self.send_response(500 if len(self.server.taken) == 1 else 204)
        self.end_headers()

    def log_message(self, *_):
        pass


def test_a_callback_is_repeated_until_it_is_taken(http_client):
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Listener)
    server.taken = []
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        url = f"http://127.0.0.1:{server.server_port}/done?x=1"
        task_id = http_client.post("/inpaint-regions-async", json=body(callback_url=url)).json()["task_id"]
        assert ended(http_client, task_id)["status"] == "completed"
        assert len(server.taken) == 2
        answer = server.taken[-1]
        assert (answer["task_id"], answer["status"]) == (task_id, "completed")
        assert base64.b64decode(answer["image_data"]) == http_client.get(f"/task-result/{task_id}").content
        assert isinstance(answer["timestamp"], float)
    finally:
        server.shutdown()


@pytest.mark.parametrize(
    "url",
    [
        *(
            "http://10.0.0.1/x",
            "http://[::1]/",
            "ftp://example.org/",
            "http://user:p@example.org/",
            "file:///etc/passwd",
        ),
        *(
            "http://169.254.169.254/latest",
            "http://example.org:22/",
            "http://[64:ff9b::7f00:1]/",
            "nonsense",
            "http://",
        ),
        *("http://0.0.0.0/", "https://[2002:7f00:1::]/", "http://[::ffff:127.0.0.2]/", "http://192.168.1.1:80/"),
    ],
)
def test_callbacks_to_private_places_are_refused(http_client, url):
    diagnosed(http_client.post("/inpaint-regions-async", json=body(callback_url=url)), 422, "invalid_input")


def test_a_refused_task_leaves_no_files(inpaint, http_client, monkeypatch):
    before = inpaint.stored_files()
    monkeypatch.setattr(inpaint.jobs, "queue_limit", 0)
    assert http_client.post("/inpaint-regions-async", json=body()).status_code == 503
    assert inpaint.stored_files() == before
