"""What the style API adds: other ways in, progress, cancel, webhooks, and clear refusals."""

import asyncio
import base64
import hashlib
import hmac
import io
import json

import httpx2
import numpy as np
import pytest
from fastapi import FastAPI, Request, Response
from PIL import Image
from websockets.asyncio.client import connect

from foundation.settings import get_settings
from tests.support.pictures import page, png
from tests.support.style_api import TASK, ended, image64, read_events, send
from tests.support.waiting import until
from tests.support.web import served


@pytest.fixture
def http(style):
    with httpx2.Client(base_url=style.url, timeout=30) as instance:
        yield instance


@pytest.fixture
def held(http, style):
    """The filters wait until the block ends; nothing else is on its way."""
    until(lambda: not {"pending", "processing"} & {k for k, n in counts(http).items() if n})
    style.close_gate()
    yield
    style.open_gate()


def counts(http):
    return http.get("/api/v1/stats").json()["stats"]["status_counts"]


def test_a_picture_may_come_in_base64_or_as_a_form(http):
    by_text = ended(http, send(http, seed=3)["task_id"])
    form = {"user_id": "user_1", "style_type": "clay", "seed": "3"}
    answer = http.post("/api/v1/transform/upload", data=form, files={"image": ("a.png", png(page()), "image/png")})
    assert answer.status_code == 200, answer.text
    by_form = ended(http, answer.json()["task_id"])
    first, second = (httpx2.get(message["output_image_url"]).content for message in (by_text, by_form))
    assert first == second
    assert by_text["engine"] == "draft"
    assert by_text["seed"] == 3


def test_without_a_seed_two_tasks_differ_in_it(http):
    seeds = {ended(http, send(http)["task_id"])["seed"] for _ in range(2)}
    assert len(seeds) == 2


def test_transparency_stays(http):
    image = page().convert("RGBA")
    image.putalpha(Image.linear_gradient("L").resize(image.size))
    status = ended(http, send(http, image=base64.b64encode(png(image)).decode())["task_id"])
    result = Image.open(io.BytesIO(httpx2.get(status["output_image_url"]).content))
    assert np.array_equal(np.asarray(result.getchannel("A")), np.asarray(image.getchannel("A")))


def test_an_own_id_is_idempotent(http):
    first = send(http, task_id="mine-1", seed=1)
    again = send(http, task_id="mine-1", seed=1)
    assert first["task_id"] == again["task_id"] == "mine-1"
    other = http.post("/api/v1/transform", json=TASK | {"image": image64(), "task_id": "mine-1", "seed": 2})
    assert other.status_code == 409
    assert other.json()["error_code"] == "CONFLICT"
    ended(http, "mine-1")


def test_health_stays_well_while_the_filters_work(http, style, held):
    tasks = [send(http)["task_id"] for _ in range(4)]
    until(lambda: all(http.get(f"/api/v1/task/{task}").json()["status"] == "processing" for task in tasks))
    assert http.get("/health").json()["status"] == "healthy"
    style.open_gate()
    assert [ended(http, task)["status"] for task in tasks] == ["completed"] * 4


def test_a_waiting_task_knows_its_place_and_priority_goes_first(http, style, held):
    running = [send(http)["task_id"] for _ in range(4)]
    until(lambda: all(http.get(f"/api/v1/task/{task}").json()["status"] == "processing" for task in running))
    slow = send(http)["task_id"]
    urgent = send(http, priority=5)["task_id"]
    assert http.get(f"/api/v1/task/{urgent}").json()["queue_position"] == 1
    assert http.get(f"/api/v1/task/{slow}").json()["queue_position"] == 2
    # one place becomes free
    http.post(f"/api/v1/task/{running[0]}/cancel")
    until(lambda: http.get(f"/api/v1/task/{urgent}").json()["status"] == "processing")
    assert http.get(f"/api/v1/task/{slow}").json()["status"] == "pending"
    style.open_gate()
    assert {ended(http, task)["status"] for task in (slow, urgent)} == {"completed"}


def test_a_task_is_cancelled_and_stays_so(http, style, held):
    task = send(http)["task_id"]
    until(lambda: http.get(f"/api/v1/task/{task}").json()["status"] == "processing")
    http.post(f"/api/v1/task/{task}/cancel")
    status = ended(http, task)
    assert (status["status"], status["error_code"]) == ("failed", "TASK_CANCELLED")
    style.open_gate()
    assert http.post(f"/api/v1/task/{task}/cancel").json()["error_code"] == "TASK_CANCELLED"
    assert http.get(f"/api/v1/task/{task}").json()["output_image_url"] is None


def test_server_sent_events_tell_the_way_to_the_end_and_go_on_from_an_id(http):
    accepted = send(http)
    path = accepted["events_url"].partition("/api")[2]
    events = read_events(http.get(f"/api{path}").text)
    assert events[0][1]["type"] == "status"
    assert [event["step"] for _, event in events if event["type"] == "step_started"] == [
        "fetching",
        "choosing",
        "transforming",
        "finishing",
    ]
    assert events[-1][1]["type"] == "completed"
    assert httpx2.get(events[-1][1]["output_image_url"]).status_code == 200
    ids = [seq for seq, _ in events if seq]
    assert ids == sorted(set(ids))
    later = read_events(http.get(f"/api{path}", headers={"Last-Event-ID": str(ids[-2])}).text)
    assert [event["type"] for _, event in later] == ["status", "completed"]


async def test_a_socket_follows_a_task_and_a_late_one_gets_the_end(http):
    accepted = await asyncio.to_thread(send, http)
    for _ in range(2):
        async with connect(accepted["websocket_url"], proxy=None) as socket:
            messages = [json.loads(message) async for message in socket]
        assert messages[0]["type"] == "status"
        assert messages[-1]["type"] == "completed"
        assert messages[-1]["output_image_url"].startswith("http://")


async def test_a_socket_of_an_unknown_task_says_so(style):
    url = style.url.replace("http", "ws") + "/api/v1/task/nothing/ws"
    async with connect(url, proxy=None) as socket:
        assert json.loads(await socket.recv())["code"] == "task_not_found"
        await socket.wait_closed()
    assert socket.close_code == 4404


def test_the_end_is_told_to_a_webhook_signed(http):
    heard, app = [], FastAPI()

    @app.post("/hook")
    async def hook(request: Request):
        heard.append((dict(request.headers), await request.body()))
        return Response(status_code=500 if len(heard) == 1 else 200)

    with served(app) as url:
        task = send(http, webhook_url=f"{url}/hook")["task_id"]
        until(lambda: len(heard) == 2)
    headers, body = heard[1]
    message = json.loads(body)
    assert message["type"] == "style.completed"
    assert message["data"]["task_id"] == task
    assert message["data"]["user_id"] == "user_1"
    assert httpx2.get(message["data"]["output_image_url"]).status_code == 200
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    expected = base64.b64encode(hmac.new(get_settings().webhook_key(), signed, hashlib.sha256).digest()).decode()
    assert headers["webhook-signature"] == f"v1,{expected}"


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({"style_type": "baroque"}, "style_type"),
        ({"workflow": "nothing"}, "workflow"),
        ({"strength": 0.05}, "strength"),
        ({"strength": "NaN"}, "strength"),
        ({"strength": 1.01}, "strength"),
        ({"user_id": ""}, "user_id"),
        ({"user_id": "   "}, "user_id"),
        ({"seed": -1}, "seed"),
        ({"seed": 2**64}, "seed"),
        ({"image_url": "https://example.com/a.png"}, "either image_url or image"),
        ({"image": None}, "either image_url or image"),
        ({"image": "%%%"}, "base64"),
        ({"custom_prompt": "x" * 4001}, "custom_prompt"),
        ({"priority": 99}, "priority"),
        ({"task_id": "../x"}, "task_id"),
        ({"webhook_url": "http://10.0.0.1/hook"}, "webhook_url"),
        ({"engine": "magic"}, "engine"),
    ],
)
def test_a_wrong_field_is_named(http, fields, named):
    answer = http.post("/api/v1/transform", json=TASK | {"image": image64()} | fields)
    assert answer.status_code == 422
    payload = answer.json()
    assert named in payload["detail"]
    assert payload["success"] is False
    assert payload["error_code"] in {"INVALID_INPUT", "BAD_IMAGE"}
    assert payload["hint"]


def test_an_engine_asked_by_name_that_is_not_ready_fails_with_what_mends_it(http):
    status = ended(http, send(http, engine="comfyui")["task_id"])
    assert status["status"] == "failed"
    assert status["error_code"] == "ENGINE_NOT_READY"
    assert "COMFYUI_BASE_URL" in status["error_message"]


def test_a_batch_of_eleven_or_with_a_private_url_is_refused_whole(http):
    many = http.post("/api/v1/transform/batch", json=TASK | {"image_urls": ["https://example.com/a.png"] * 11})
    assert many.status_code == 422
    private = ["https://example.com/a.png", "http://169.254.169.254/latest"]
    refused = http.post("/api/v1/transform/batch", json=TASK | {"image_urls": private})
    assert refused.status_code == 422
    assert "image_urls/1" in refused.json()["detail"]


def test_a_download_that_cannot_be_had_fails_with_its_reason(http, pictures):
    for path, reason in {
        "/round": "redirects",
        "/nothing": "answered 404",
        "/inside?to=http://10.0.0.1/secret": "not a public address",
        "/text.png": "not a PNG, JPEG or WebP",
    }.items():
        fields = TASK | {"image_url": pictures + path}
        payload = ended(http, http.post("/api/v1/transform", json=fields).json()["task_id"])
        assert payload["status"] == "failed", path
        assert reason in payload["error_message"], path
        assert payload["error_hint"]


def test_a_refused_task_leaves_no_files(http, style, monkeypatch):
    before = style.stored_files()
    monkeypatch.setattr(style.jobs, "queue_limit", 0)
    answer = http.post("/api/v1/transform", json=TASK | {"image": image64()})
    assert answer.status_code == 503
    assert answer.json()["error_code"] == "OVERLOADED"
    assert answer.headers["retry-after"]
    assert style.stored_files() == before
