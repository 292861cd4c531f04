"""The style application as it is deployed: streams from replicas, kill -9 of the Diffuser, cancel, ComfyUI's socket."""

import json
import struct

import httpx2
import pytest

from foundation.settings import get_settings
from graphs.style.app import StyleArgs, build
from scripts.lib.make_tiny_models import make_diffusion
from tests.serve.cluster import kill
from tests.support.comfyui_api import PREVIEWS, Client, upload, workflow
from tests.support.style_api import SLOW, ended, read_events, send
from tests.support.waiting import until

APP = "style"
CHECKPOINT = "random_sd15_small.safetensors"
STEPS = 200


@pytest.fixture(scope="module")
def client(cluster, shared_app, tmp_path_factory):
    checkpoints, workflows = cluster.data / "models" / "checkpoints", tmp_path_factory.mktemp("workflows")
    result = make_diffusion(["tiny-sd15"], cluster.data / "models")
    next(path for path in result if path.suffix == ".safetensors" and path.parent == checkpoints).rename(
        checkpoints / CHECKPOINT
    )
    (workflows / "slow.json").write_text(json.dumps(SLOW).replace('"steps": 900', f'"steps": {STEPS}'))
    lora = {
        "model": ["4", 0],
        "clip": ["4", 1],
        "lora_name": "no-such.safetensors",
        "strength_model": 1,
        "strength_clip": 1,
    }
    broken = SLOW | {"10": {"class_type": "LoraLoader", "inputs": lora}}
    broken["5"] = SLOW["5"] | {"inputs": SLOW["5"]["inputs"] | {"model": ["10", 0]}}
    (workflows / "broken.json").write_text(json.dumps(broken))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("WORKFLOW_DIR", str(workflows))
        patch.setenv("STYLE_CHECKPOINT", CHECKPOINT)
        get_settings.cache_clear()
        target = build(StyleArgs())
    get_settings.cache_clear()
    shared_app(target, "/style", APP)
    with httpx2.Client(base_url=cluster.url + "/style", timeout=60) as opened:
        yield opened


def progress(client, task):
    return client.get(f"/api/v1/task/{task}").json()["progress"]


def test_filters_and_own_weights_work_and_links_carry_the_prefix(client, cluster):
    for engine in ("draft", "local"):
        status = ended(client, send(client, engine=engine, workflow="slow")["task_id"])
        assert (status["status"], status["engine"]) == ("completed", engine), status
        assert status["output_image_url"].startswith(f"{cluster.url}/style/files/")
        assert httpx2.get(status["output_image_url"]).status_code == 200
    assert client.get("/health").json()["status"] == "healthy"


def test_what_a_workflow_lacks_is_told_by_its_name(client):
    task = send(client, workflow="broken", engine="local")["task_id"]
    status = ended(client, task)
    assert status["status"] == "failed"
    assert "no-such.safetensors" in status["error_message"], status
    prompt = json.loads(json.dumps(SLOW).replace('"x"', '"no-such.safetensors"'))
    refused = client.post("/prompt", json={"prompt": prompt})
    assert refused.status_code == 400
    assert "no-such.safetensors" in refused.text


def test_events_stream_through_serve(client):
    accepted = send(client, workflow="slow", previews=True)
    with client.stream("GET", f"/api/v1/task/{accepted['task_id']}/events") as answer:
        events = [event for _, event in read_events("".join(answer.iter_text()))]
    values = [event["value"] for event in events if event["type"] == "progress"]
    assert values == sorted(values)
    assert len(values) > 10
    assert events[-1]["type"] == "completed"


def test_kill_of_the_diffuser_half_way_loses_no_task(client, cluster):
    tasks = [send(client, workflow="slow", seed=n)["task_id"] for n in range(3)]
    until(lambda: progress(client, tasks[0]) > 20)
    (pid,) = cluster.pids(APP, "Diffuser").values()
    kill(pid)
    assert [ended(client, task, seconds=60)["status"] for task in tasks] == ["completed"] * 3


def test_cancel_frees_the_replica(client):
    task = send(client, workflow="slow", seed=5)["task_id"]
    until(lambda: progress(client, task) > 15)
    client.post(f"/api/v1/task/{task}/cancel")
    assert ended(client, task)["error_code"] == "TASK_CANCELLED"
    until(lambda: client.get("/health").json()["engines"]["local"]["servers"][0]["active_runs"] == 0)


def test_a_comfyui_client_works_through_serve(client, cluster):
    upload(client, "house.png")
    with Client(f"{cluster.url}/style") as comfy:
        prompt_id = comfy.queue(workflow(seed=3), extra_data=PREVIEWS)
        texts, frames = comfy.messages(prompt_id)
        assert [message["data"]["value"] for message in texts if message["type"] == "progress"] == [1, 2, 3, 4]
        # previews are thinned out to a few a second
        assert 1 <= len(frames) <= 4
        assert len(comfy.images(prompt_id)) == 1


def test_a_sent_picture_and_a_failed_node_come_through_serve(client, cluster):
    sending, failing = workflow(seed=6), workflow(seed=7, steps=5000)
    sending["8"] = {"class_type": "SaveImageWebsocket", "inputs": {"images": ["7", 0]}}
    with Client(f"{cluster.url}/style") as comfy:
        _, frames = comfy.messages(comfy.queue(sending))
        assert [struct.unpack(">II", frame[:8]) for frame in frames] == [(1, 2)]
        texts, _ = comfy.messages(comfy.queue(failing))
        error = next(message["data"] for message in texts if message["type"] == "execution_error")
        assert (error["node_id"], error["exception_type"]) == ("5", "InvalidInput")
        assert error["current_inputs"]["steps"] == [5000]
