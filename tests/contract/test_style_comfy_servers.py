"""Style tasks on ComfyUI servers, through the API: the right workflow, progress with previews, cancel, failures."""

import base64
import io
import json
import time

import httpx2
import numpy as np
import pytest
from PIL import Image, ImageOps

from tests.support.comfy_servers import ComfyServer
from tests.support.pictures import page
from tests.support.style_api import ended, read_events, send
from tests.support.waiting import until


@pytest.fixture(scope="module")
def comfy():
    servers = [ComfyServer(), ComfyServer()]
    yield servers
    for server in servers:
        server.stop()


@pytest.fixture(scope="module")
def style_environment(comfy):
    return {"COMFYUI_BASE_URL": f"{comfy[0].url}/, {comfy[1].url}", "COMFYUI_TIMEOUT": "20"}


@pytest.fixture
def http(style, comfy):
    for server in comfy:
        if server.process.poll() is not None:
            server.start()
        server.set()
    with httpx2.Client(base_url=style.url, timeout=30) as instance:
        yield instance


def test_auto_takes_the_servers_and_the_picture_is_ours_to_serve(http, comfy):
    status = ended(http, send(http)["task_id"])
    assert status["status"] == "completed", status
    assert status["engine"] == "comfyui"
    assert all(server.url not in json.dumps(status) for server in comfy)
    result = Image.open(io.BytesIO(httpx2.get(status["output_image_url"]).content))
    assert np.array_equal(np.asarray(result), np.asarray(ImageOps.invert(page())))


def test_the_workflow_that_arrives_says_what_was_asked(http, comfy):
    comfy[0].set(step_s=0.2)
    task = send(http, custom_prompt="a red house", negative_prompt="fog", strength=0.35, seed=99)["task_id"]
    queue = None

    def running():
        nonlocal queue
        queue = httpx2.get(f"{comfy[0].url}/queue").json()["queue_running"]
        return bool(queue)

    until(running)
    workflow = queue[0][2]
    sampler = workflow["5"]["inputs"]
    assert (sampler["denoise"], sampler["seed"]) == (0.35, 99)
    assert workflow[sampler["positive"][0]]["inputs"]["text"] == "a red house"
    assert workflow[sampler["negative"][0]]["inputs"]["text"] == "fog"
    assert task in workflow["1"]["inputs"]["image"]
    ended(http, task)


def test_progress_and_previews_are_passed_on(http):
    accepted = send(http, previews=True)
    events = [event for _, event in read_events(http.get("/api" + accepted["events_url"].partition("/api")[2]).text)]
    steps = [event for event in events if event["type"] == "progress"]
    assert [event["value"] for event in steps if "preview" not in event] == [1, 2, 3, 4]
    head, data = next(event["preview"] for event in steps if "preview" in event).split(",")
    assert head == "data:image/jpeg;base64"
    assert Image.open(io.BytesIO(base64.b64decode(data))).size == (64, 64)
    percents = [event["progress"] for event in events if "progress" in event]
    assert percents == sorted(percents)


def test_without_previews_none_are_sent(http):
    accepted = send(http)
    assert "preview" not in http.get("/api" + accepted["events_url"].partition("/api")[2]).text


def test_cancel_stops_the_prompt_on_its_server(http, comfy):
    comfy[0].set(step_s=10)
    before = len(comfy[0].report()["done"])
    task = send(http)["task_id"]
    until(lambda: httpx2.get(f"{comfy[0].url}/queue").json()["queue_running"])
    http.post(f"/api/v1/task/{task}/cancel")
    assert ended(http, task)["error_code"] == "TASK_CANCELLED"
    until(lambda: len(comfy[0].report()["done"]) > before)
    assert not httpx2.get(f"{comfy[0].url}/queue").json()["queue_running"]


def test_a_node_that_fails_is_named(http, comfy):
    for server in comfy:
        server.set("error")
    status = ended(http, send(http)["task_id"])
    assert status["error_code"] == "WORKFLOW_FAILED"
    assert "node 1 (LoadImage)" in status["error_message"]


def test_kill_of_a_server_under_load_loses_no_task(http, comfy):
    for server in comfy:
        server.set(step_s=0.15)
    tasks = [send(http, seed=n)["task_id"] for n in range(6)]
    until(lambda: httpx2.get(f"{comfy[0].url}/queue").json()["queue_running"])
    comfy[0].kill()
    assert [ended(http, task)["status"] for task in tasks] == ["completed"] * 6
    payload = http.get("/health").json()
    assert payload["status"] == "healthy"
    assert [server["connected"] for server in payload["comfyui_stats"]["servers"]] == [False, True]


def test_auto_passes_over_servers_that_lack_a_file(http, comfy):
    classes = [
        "LoadImage",
        "CLIPTextEncode",
        "KSampler",
        "VAEEncode",
        "VAEDecode",
        "SaveImage",
        "ImageScaleToTotalPixels",
    ]
    lists = {name: {} for name in classes}
    lacking = lists | {"CheckpointLoaderSimple": {"ckpt_name": ["other.safetensors"]}}
    complete = lists | {"CheckpointLoaderSimple": {"ckpt_name": ["v1-5-pruned-emaonly.safetensors"]}}
    for server in comfy:
        server.set(models=lacking)
    status = ended(http, send(http, workflow="style_scribble")["task_id"])
    assert status["engine"] == "draft"
    assert "server 1 lacks" in status["engine_reason"]
    assert "v1-5-pruned-emaonly.safetensors" in status["engine_reason"]
    named = ended(http, send(http, workflow="style_scribble", engine="comfyui")["task_id"])
    assert (named["error_code"], "lacks" in named["error_message"]) == ("ENGINE_NOT_READY", True)
    # one that has everything is enough
    comfy[1].set(models=complete)
    assert ended(http, send(http, workflow="style_change")["task_id"])["engine"] == "comfyui"


def test_health_is_degraded_while_no_server_answers_and_recovers(http, comfy):
    for server in comfy:
        server.kill()
    payload = http.get("/health").json()
    assert (payload["status"], payload["comfyui_connected"]) == ("degraded", False)
    assert "0 of 2" in payload["error"]
    # filters do the work meanwhile
    assert ended(http, send(http)["task_id"])["engine"] == "draft"
    comfy[0].start()
    time.sleep(0.1)
    assert http.get("/health").json()["comfyui_connected"] is True
