"""What the text-removal API adds and refuses: masks, forms, batches, results, cancel, sockets, callbacks, health."""

import base64
import http.server
import io
import json
import threading
import time
import zipfile

import httpx2
import numpy as np
import pytest
from PIL import Image
from websockets.sync.client import connect

from tests.support.pictures import ON_ART, REGIONS, page, png, square_mask

API = "/api/v1"


@pytest.fixture(scope="module")
def inpaint_environment():
    return {"CALLBACK_HOSTS": '["127.0.0.1"]', "REQUEST_TIMEOUT": "3", "MAX_IMAGE_SIZE": "600", "IOPAINT_MODEL": "cv2"}


@pytest.fixture
def http_client(inpaint):
    with httpx2.Client(base_url=inpaint.url + API, timeout=30) as made:
        yield made


def b64(data):
    return base64.b64encode(data).decode()


IMAGE = b64(png(page()))


def body(**more):
    return {"image": IMAGE, "regions": REGIONS} | more


def problem(response, status, code):
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/problem+json"
    told = response.json()
    assert told["code"] == code
    assert told["detail"]
    assert told["hint"]
    diagnosis = told["diagnosis"]
    assert set(diagnosis) == {
        *("reason", "category", "confidence", "description", "suggestions", "retry_recommended"),
        *("retry_with_reduced_params", "technical_details"),
    }
    assert diagnosis["category"] in {"connection", "timeout", "resource", "service", "input", "unknown"}
    return told


def until(look, seconds=20):
    end = time.monotonic() + seconds
    while not (found := look()):
        assert time.monotonic() < end
        time.sleep(0.03)
    return found


def ended(client, task_id):
    def look():
        told = client.get(f"/task-status/{task_id}").json()
        return told if told["status"] in {"completed", "error", "cancelled"} else None

    return until(look)


def test_a_mask_is_filled_and_nothing_else(http_client):
    mask = square_mask((320, 260), (50, 180, 130, 220))
    answer = http_client.post("/inpaint", json={"image": IMAGE, "mask": f"data:image/png;base64,{b64(mask)}"})
    assert answer.status_code == 200
    assert (answer.headers["x-engine"], answer.headers["x-model"]) == ("draft", "cv2")
    after, before = np.asarray(Image.open(io.BytesIO(answer.content))), np.asarray(page())
    changed = (after != before).any(axis=2)
    assert changed[180:220, 50:130].any()
    changed[180:220, 50:130] = False
    assert not changed.any()


@pytest.mark.parametrize(
    ("accept", "form"),
    [
        ("*/*", "PNG"),
        ("image/webp", "WEBP"),
        ("image/jpeg, image/png;q=0.5", "JPEG"),
        ("image/jpeg;q=0.2, image/png;q=0.9", "PNG"),
        ("application/json, text/plain, */*", "PNG"),
        ("image/webp;q=x, image/avif", "PNG"),
    ],
)
def test_the_form_follows_accept(http_client, accept, form):
    answer = http_client.post("/inpaint-regions", json=body(), headers={"accept": accept})
    assert Image.open(io.BytesIO(answer.content)).format == form
    assert answer.headers["content-type"] == Image.MIME[form]


def test_polygons_and_glyph_masks_touch_less(http_client):
    def changed(regions, **more):
        answer = http_client.post("/inpaint-regions", json={"image": IMAGE, "regions": regions} | more)
        return (np.asarray(Image.open(io.BytesIO(answer.content))) != np.asarray(page())).any(axis=2)

    x, y, w, h = ON_ART.values()
    triangle = [[x, y], [x + w, y], [x, y + h]]
    whole, part = changed([ON_ART]), changed([{"polygon": triangle}])
    assert 0 < part.sum() < 0.7 * whole.sum()
    assert 0 < changed([ON_ART], mask_mode="glyph").sum() < whole.sum()


def test_engines_by_name(http_client):
    told = problem(
        http_client.post("/inpaint-regions", json=body(model="lama", engine="local")), 503, "engine_not_ready"
    )
    assert "./scripts/fetch_models lama" in told["detail"]
    assert told["diagnosis"]["reason"] == "model_loading_failed"
    answer = http_client.post("/inpaint-regions", json=body(model="lama", engine="auto"))
    assert (answer.status_code, answer.headers["x-model"]) == (200, "cv2")
    problem(http_client.post("/inpaint-regions", json=body(model="photoshop")), 422, "invalid_input")


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
    problem(http_client.post("/inpaint-regions-async", json=body(task_id="mine", sd_seed=5)), 409, "conflict")
    keyed = [
        http_client.post("/inpaint-regions-async", json=body(), headers={"Idempotency-Key": "k 1"}).json()["task_id"]
        for _ in range(2)
    ]
    assert keyed[0] == keyed[1]
    problem(
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
    told = ended(http_client, accepted["task_id"])
    assert (told["status"], told["total_regions"]) == ("completed", 5)
    archive = zipfile.ZipFile(io.BytesIO(httpx2.get(accepted["result_url"]).content))
    assert archive.namelist() == ["first.png", "003.png"]
    one = httpx2.get(accepted["result_url"] + "?index=2")
    assert one.content == archive.read("003.png")
    problem(httpx2.get(accepted["result_url"] + "?index=1"), 409, "task_failed")
    problem(httpx2.get(accepted["result_url"] + "?index=3"), 404, "not_found")


def test_a_task_with_a_broken_picture_fails_with_its_reason(http_client):
    task_id = http_client.post("/inpaint-regions-async", json=body(image=b64(b"no picture"))).json()["task_id"]
    told = ended(http_client, task_id)
    assert told["status"] == "error"
    assert "not a PNG, JPEG or WebP" in told["error_message"]
    problem(http_client.get(f"/task-result/{task_id}"), 409, "task_failed")


def test_cancel_stops_before_the_next_window(inpaint, http_client):
    rows = [{"x": 5, "y": 20 + n * 190, "width": 60, "height": 14} for n in range(3)]
    image = b64(png(page(590, 590)))
    inpaint.close_gate()
    before = inpaint.model.filled
    try:
        task_id = http_client.post("/inpaint-regions-async", json={"image": image, "regions": rows}).json()["task_id"]
        until(lambda: http_client.get(f"/task-status/{task_id}").json()["stage"] == "inpainting")
        problem(http_client.get(f"/task-result/{task_id}"), 409, "conflict")
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
        told = server.taken[-1]
        assert (told["task_id"], told["status"]) == (task_id, "completed")
        assert base64.b64decode(told["image_data"]) == http_client.get(f"/task-result/{task_id}").content
        assert isinstance(told["timestamp"], float)
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
    problem(http_client.post("/inpaint-regions-async", json=body(callback_url=url)), 422, "invalid_input")


def test_a_request_that_takes_too_long_is_504(inpaint, http_client):
    inpaint.close_gate()
    try:
        told = problem(http_client.post("/inpaint-regions", json=body()), 504, "timed_out")
    finally:
        inpaint.open_gate()
    assert told["diagnosis"]["reason"] == "processing_timeout"
    assert told["diagnosis"]["retry_with_reduced_params"] is True
    assert http_client.post("/inpaint-regions", json=body()).status_code == 200


def test_health_says_why_a_model_cannot_load_and_recovers(inpaint, http_client):
    folder = inpaint.settings.resolved_model_dir
    folder.mkdir(parents=True, exist_ok=True)
    http_client.get("/health").raise_for_status()

    async def describe(model, engine):
        return await type(inpaint.model).describe(inpaint.model, "migan", engine)

    (folder / "migan_traced.pt").write_bytes(b"these are no weights")
    inpaint.model.describe = describe
    try:
        health = http_client.get("/health")
        assert (health.status_code, health.json()["status"]) == (503, "unhealthy")
        assert "MD5" in health.json()["message"]
        assert http_client.get("/model").json()["status"] == "error"
        from scripts.lib.make_tiny_models import make

        make(["migan"], folder)
        assert http_client.get("/health").status_code == 200
        assert http_client.get("/model").json()["name"] == "migan"
    finally:
        del inpaint.model.describe
        for file in folder.iterdir():
            file.unlink()
