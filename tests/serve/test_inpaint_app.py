"""The text-removal application as it is deployed: kill -9 of the model, overload, models by request."""

import asyncio
import base64
import concurrent.futures
import io
import json
import time

import httpx2
import numpy as np
import pytest
from PIL import Image
from websockets.sync.client import connect

from deployments.model_ref import ModelRef
from graphs.inpaint.app import InpaintArgs, build
from tests.serve.cluster import kill
from tests.support.pictures import page, png
from tests.support.waiting import until

API = "/iopaint/api/v1"
QUEUED = 2
SIDE = 1400
REGIONS = [{"x": 60 + 420 * (n % 3), "y": 60 + 330 * (n // 3), "width": 90, "height": 24} for n in range(12)]


@pytest.fixture(scope="module")
def client(cluster, shared_app):
    from scripts.lib.make_tiny_models import make, register
    from scripts.lib.tiny_models.inpaint import write_lama

    folder = cluster.data / "models"
    make(["migan", "manga", "anime-lama"], folder)
    # slow enough to be killed in the middle of a page
    write_lama(folder / "big-lama.pt", 32, 9)
    register(["big-lama.pt"], folder)
    shared_app(build(InpaintArgs(inpainter=ModelRef(max_queued_requests=QUEUED))), "/iopaint", "inpaint")
    with httpx2.Client(base_url=cluster.url + API, timeout=120) as instance:
        yield instance


def body(seed=0, **more):
    image = base64.b64encode(png(page(SIDE, SIDE, seed), compress_level=1)).decode()
    return {"image": image, "regions": REGIONS} | more


def completed(client, task_id):
    def look():
        payload = client.get(f"/task-status/{task_id}").json()
        assert payload["status"] not in {"error", "cancelled"}, payload
        return payload["status"] == "completed"

    until(look)
    return client.get(f"/task-result/{task_id}").content


def outside(picture):
    mask = np.ones((SIDE, SIDE), dtype=bool)
    for r in REGIONS:
        mask[r["y"] : r["y"] + r["height"], r["x"] : r["x"] + r["width"]] = False
    return np.asarray(Image.open(io.BytesIO(picture)))[mask]


def test_models_are_switched_by_request(client):
    assert client.get("/model").json()["name"] == "lama"
    for model in ("migan", "manga", "cv2", "anime-lama", "lama"):
        answer = client.post("/inpaint-regions", json=body(model=model))
        assert (answer.status_code, answer.headers["x-model"]) == (200, model)
        assert answer.headers["x-engine"] == ("draft" if model == "cv2" else "local")
        assert np.array_equal(outside(answer.content), outside(png(page(SIDE, SIDE))))
    loaded = client.get("/model").json()["parameters"]["loaded"]
    assert set(loaded) == {"migan", "manga", "cv2", "anime-lama", "lama"}


@pytest.mark.parametrize("junk", [b"no picture", png(page(3000, 40)), b""], ids=["junk", "too long", "empty"])
def test_a_bad_picture_is_told_at_once_by_every_route(client, junk):
    sent = {"image": base64.b64encode(junk).decode(), "regions": REGIONS[:1]}
    refused = client.post("/inpaint-regions", json=sent).json()
    assert refused["status"] in {400, 413, 422}, refused
    accepted = client.post("/inpaint-regions-async", json=sent)
    if accepted.status_code != 200:
        assert accepted.json()["detail"] == refused["detail"]
        return
    task_id = accepted.json()["task_id"]
    until(lambda: client.get(f"/task-status/{task_id}").json()["status"] == "error", 20)
    status = client.get(f"/task-status/{task_id}").json()
    assert status["error_message"] == refused["detail"]
    assert "lost" not in status["error_message"]


def test_a_task_lives_through_the_death_of_its_model_and_does_no_window_twice(client, cluster):
    undisturbed = completed(client, client.post("/inpaint-regions-async", json=body(1)).json()["task_id"])
    accepted = client.post("/inpaint-regions-async", json=body(1)).json()
    killed = False
    entries = []
    with connect(accepted["websocket_url"]) as socket:
        for raw in socket:
            entries.append(json.loads(raw))
            if not killed and entries[-1].get("progress", 0) > 30:
                kill(*cluster.pids("inpaint", "Inpainter").values())
                killed = True
    assert killed
    assert entries[-1]["type"] == "task_completed"
    assert completed(client, accepted["task_id"]) == undisturbed

    async def windows():
        async with cluster.jobs("inpaint") as jobs:
            events = await jobs.store.events(await jobs.store.get(accepted["task_id"], "inpaint"))
            return [event.data["item"] for event in events if event.kind == "item_completed"]

    done = asyncio.run(windows())
    assert len(done) == len(set(done)) == len(REGIONS)


def test_a_synchronous_call_is_tried_again_when_its_model_dies(client, cluster):
    with concurrent.futures.ThreadPoolExecutor() as pool:
        answer = pool.submit(client.post, "/inpaint-regions", json=body(2))
        time.sleep(1.0)
        kill(*cluster.pids("inpaint", "Inpainter").values())
        answer = answer.result()
    assert answer.status_code in {200, 503}
    if answer.status_code == 503:
        assert int(answer.headers["retry-after"]) > 0
        assert answer.json()["diagnosis"]["retry_recommended"]
    until(lambda: client.get("/health").status_code == 200)


def test_four_times_too_much_is_refused_with_a_time_and_what_is_accepted_is_finished(client):
    count = 4 * (1 + QUEUED)
    with concurrent.futures.ThreadPoolExecutor(count) as pool:
        requested = [pool.submit(client.post, "/inpaint-regions", json=body(3)) for _ in range(count)]
        tasks = [pool.submit(client.post, "/inpaint-regions-async", json=body(n)) for n in range(4)]
        answers = [each.result() for each in requested]
        accepted = [each.result().json()["task_id"] for each in tasks]
    statuses = [answer.status_code for answer in answers]
    assert set(statuses) == {200, 503}
    for answer in answers:
        if answer.status_code == 503:
            assert int(answer.headers["retry-after"]) > 0
            assert answer.json()["code"] == "overloaded"
    assert len({answer.content for answer in answers if answer.status_code == 200}) == 1
    for task_id in accepted:
        assert completed(client, task_id)
