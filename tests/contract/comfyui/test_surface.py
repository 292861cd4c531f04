"""ComfyUI's own API: recorded refusals, a plain client over /prompt and /ws, and our own cluster as a client."""

import io
import json
import struct
import time
import uuid

import numpy as np
import pytest
from PIL import Image

from engines.comfycluster import ComfyCluster
from engines.comfycluster.events import Preview, Progress
from engines.comfycluster.server import Task
from tests.support.comfyui_api import CHECKPOINT, GOLDEN, PREVIEWS, upload, workflow
from tests.support.pictures import page, png
from tests.support.waiting import until

INVALID = sorted(path.stem for path in (GOLDEN / "api" / "invalid").glob("*.json"))
# ComfyUI itself falls over a body that is no JSON
OWN_WAY = {"body_not_json": 400}


def test_a_plain_client_gets_messages_and_its_picture(http, client):
    prompt_id = client.queue(workflow(), extra_data=PREVIEWS)
    texts, frames = client.messages(prompt_id)
    kinds = [message["type"] for message in texts]
    assert kinds[0] == "status"
    assert [kind for kind in kinds if kind.startswith("execution")] == [
        "execution_start",
        "execution_cached",
        "execution_success",
    ]
    recorded = [json.loads(line) for line in (GOLDEN / "api" / "ws" / "success.jsonl").read_text().splitlines()[1:]]
    shapes = {(line["text"]["type"], *sorted(line["text"]["data"])) for line in recorded if "text" in line}
    for message in texts:
        if message["type"] != "status":
            assert (message["type"], *sorted(message["data"])) in shapes
    steps = [(message["data"]["value"], message["data"]["max"]) for message in texts if message["type"] == "progress"]
    assert steps == [(1, 4), (2, 4), (3, 4), (4, 4)]
    assert {struct.unpack(">II", frame[:8]) for frame in frames} == {(1, 1)}
    assert Image.open(io.BytesIO(frames[0][8:])).format == "JPEG"
    (image,) = client.images(prompt_id)
    assert Image.open(io.BytesIO(image)).size == (64, 64)
    assert "prompt" in Image.open(io.BytesIO(image)).info


def test_previews_carry_metadata_for_those_that_ask(http, other):
    prompt_id = other.queue(workflow(seed=5), extra_data=PREVIEWS)
    _, frames = other.messages(prompt_id)
    kind, length = struct.unpack(">II", frames[0][:8])
    assert kind == 4
    message = json.loads(frames[0][8 : 8 + length])
    assert (message["prompt_id"], message["node_id"], message["image_type"]) == (prompt_id, "5", "image/jpeg")
    assert Image.open(io.BytesIO(frames[0][8 + length :])).format == "JPEG"


def test_the_same_again_is_cached_and_gives_the_same_picture(http, client):
    first = client.queue(workflow(seed=7))
    client.messages(first)
    again = client.queue(workflow(seed=7))
    texts, _ = client.messages(again)
    cached = next(message["data"]["nodes"] for message in texts if message["type"] == "execution_cached")
    assert {"1", "2", "3", "4", "5", "6", "7"} <= set(cached)
    assert client.images(first) == client.images(again)


def test_a_client_hears_only_of_its_own_prompts(http, client, other):
    theirs = other.queue(workflow(seed=8))
    other.messages(theirs)
    own = client.queue(workflow(seed=9))
    texts, _ = client.messages(own)
    assert {message["data"].get("prompt_id", own) for message in texts} == {own}


@pytest.mark.parametrize("name", INVALID)
def test_recorded_refusals(http, name):
    case = json.loads((GOLDEN / "api" / "invalid" / f"{name}.json").read_text())
    if "request" in case:
        answer = http.post("/prompt", json=case["request"] | {"prompt_id": f"{name}-{time.time_ns()}"})
    else:
        answer = http.post("/prompt", content=case["request_raw"].encode())
    if name in OWN_WAY:
        assert answer.status_code == OWN_WAY[name]
        assert set(answer.json()) == {"error", "node_errors"}
        assert set(answer.json()["error"]) == {"type", "message", "details", "extra_info"}
        return
    assert answer.status_code == case["answer"]["status"]
    payload, recorded = answer.json(), case["answer"]["body"]
    if answer.status_code == 200:
        assert set(payload) == set(recorded)
        return
    assert payload["error"]["type"] == recorded["error"]["type"]
    found = {node: sorted(e["type"] for e in entry["errors"]) for node, entry in payload["node_errors"].items()}
    assert found == {
        node: sorted(e["type"] for e in entry["errors"]) for node, entry in recorded["node_errors"].items()
    }


def test_interrupt_and_the_queue(http, client):
    long = [client.queue(workflow(seed=n, steps=1000, prefix=f"n{n}")) for n in range(6)]
    until(lambda: len(http.get("/queue").json()["queue_running"]) == 4)
    queue = http.get("/queue").json()
    assert [entry[1] for entry in queue["queue_pending"]] == long[4:]
    assert http.get("/prompt").json() == {"exec_info": {"queue_remaining": 6}}
    assert http.post("/queue", json={"delete": [long[5]]}).status_code == 200
    assert http.post("/queue", json={"clear": True}).status_code == 200
    assert http.get(f"/history/{long[5]}").json() == {}
    http.post("/interrupt", json={"prompt_id": long[0]})
    texts, _ = client.messages(long[0])
    gone = next(message["data"] for message in texts if message["type"] == "execution_interrupted")
    assert (gone["prompt_id"], gone["node_id"], gone["node_type"]) == (long[0], "5", "KSampler")
    # the oldest one each time
    http.post("/interrupt")
    until(lambda: long[1] in http.get("/history").json())
    assert {entry[1] for entry in http.get("/queue").json()["queue_running"]} == set(long[2:4])
    for _ in long[2:4]:
        http.post("/interrupt")
    until(lambda: not http.get("/queue").json()["queue_running"])
    history = http.get(f"/history/{long[1]}").json()[long[1]]
    assert history["status"]["status_str"] == "error"
    assert history["status"]["messages"][-1][0] == "execution_interrupted"
    assert http.post("/history", json={"delete": [long[1]]}).status_code == 200
    assert http.get(f"/history/{long[1]}").json() == {}


def test_a_node_that_fails_is_told_as_comfyui_does(http, client):
    broken = workflow(seed=11)
    broken["5"]["inputs"]["latent_image"] = "text"
    prompt_id = client.queue(broken)
    texts, _ = client.messages(prompt_id)
    error = next(message["data"] for message in texts if message["type"] == "execution_error")
    assert (error["node_id"], error["node_type"]) == ("5", "KSampler")
    assert "latent_image" in error["exception_message"]


def test_a_refused_prompt_leaves_no_files(http, style, monkeypatch):
    before = style.stored_files()
    monkeypatch.setattr(style.jobs, "queue_limit", 0)
    assert http.post("/prompt", json={"prompt": workflow(seed=31)}).status_code == 503
    assert style.stored_files() == before


def test_uploads_keep_their_names_and_stay_inside(http):
    first, other = png(page(32, 32)), png(page(40, 40))
    assert upload(http, "a.png", first, overwrite="false").json() == {"name": "a.png", "subfolder": "", "type": "input"}
    assert upload(http, "a.png", first, overwrite="false").json()["name"] == "a.png"
    assert upload(http, "a.png", other, overwrite="false").json()["name"] == "a (1).png"
    assert upload(http, "a.png", other).json()["name"] == "a.png"
    assert http.get("/view?filename=a.png&type=input").content == other
    placed = upload(http, "b.png", first, subfolder="sub/one").json()
    assert placed == {"name": "b.png", "subfolder": "sub/one", "type": "input"}
    assert http.get("/view?filename=b.png&type=input&subfolder=sub/one").content == first
    for bad in ({"subfolder": "../up"}, {"subfolder": "/etc"}):
        assert upload(http, "c.png", first, **bad).status_code == 400
    assert upload(http, "no.png", b"no picture").status_code == 400
    for query in ("filename=../../koma.db", "filename=x.png&subfolder=../..", "filename=nothing.png"):
        assert http.get(f"/view?{query}").status_code in {404, 400}


def test_view_gives_other_forms_and_channels(http):
    image = page(32, 32).convert("RGBA")
    image.putalpha(77)
    upload(http, "alpha.png", png(image))
    webp = http.get("/view?filename=alpha.png&type=input&preview=webp;80")
    assert (webp.headers["content-type"], Image.open(io.BytesIO(webp.content)).format) == ("image/webp", "WEBP")
    rgb = Image.open(io.BytesIO(http.get("/view?filename=alpha.png&type=input&channel=rgb").content))
    alpha = Image.open(io.BytesIO(http.get("/view?filename=alpha.png&type=input&channel=a").content))
    assert rgb.mode == "RGB"
    assert np.asarray(alpha).max() == np.asarray(alpha).min() == 77


def test_info_routes_bare_and_below_api(http):
    for prefix in ("", "/api"):
        info = http.get(f"{prefix}/object_info/KSampler").json()["KSampler"]
        assert info["input"]["required"]["seed"][0] == "INT"
        assert http.get(f"{prefix}/object_info/Nothing").json() == {}
        assert http.get(f"{prefix}/system_stats").json()["devices"][0]["type"] == "cpu"
    assert CHECKPOINT in http.get("/models/checkpoints").json()
    assert len(http.get("/object_info").json()) > 40
    assert http.get("/features").json()["supports_preview_metadata"] is True


def test_another_site_may_not_drive_a_server_on_this_machine(http):
    answer = http.post("/prompt", json={"prompt": workflow()}, headers={"Origin": "https://evil.example"})
    assert answer.status_code == 403


async def test_our_own_cluster_works_against_it(http, style):
    cluster = ComfyCluster([style.url])
    found, steps = [], []
    task = Task(f"cluster-{uuid.uuid4().hex}", workflow(seed=21), {"house.png": png(page(64, 64))}, 60)
    async for event in cluster.run(task):
        if isinstance(event, list):
            found = event
        elif isinstance(event, Progress):
            steps.append(event.value)
        elif isinstance(event, Preview):
            assert event.image
    assert steps == [1, 2, 3, 4]
    assert Image.open(io.BytesIO(found[0])).size == (64, 64)
    assert (await cluster.states())[0]["connected"] is True
    await cluster.close()


async def test_our_own_cluster_gets_pictures_that_are_only_sent(http, style):
    prompt = workflow(seed=22)
    prompt["8"] = {"class_type": "SaveImageWebsocket", "inputs": {"images": ["7", 0]}}
    cluster = ComfyCluster([style.url])
    task = Task(f"cluster-{uuid.uuid4().hex}", prompt, {"house.png": png(page(64, 64))}, 60, previews=True)
    events = [event async for event in cluster.run(task)]
    assert [Image.open(io.BytesIO(image)).size for image in events[-1]] == [(64, 64)]
    assert any(isinstance(event, Preview) for event in events)
    assert await cluster.missing("copy", prompt) == ""
    lacking = json.loads(json.dumps(prompt).replace(CHECKPOINT, "none.safetensors"))
    assert await cluster.missing("other", lacking) == "server 1 lacks none.safetensors"
    await cluster.close()
