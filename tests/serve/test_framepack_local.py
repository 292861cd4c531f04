"""FramePack's real engine as it is deployed, with tiny random weights: kill -9 within a batch, restart, cancel."""

import shutil

import httpx2
import pytest
import torch
from safetensors.torch import save_file

from graphs.framepack.app import FramePackAppArgs, build
from scripts.lib.tiny_models.framepack import write_framepack
from tests.serve.cluster import kill
from tests.support.framepack_client import FramePackClient, read_events
from tests.support.pictures import page, png
from tests.support.waiting import until

APP = "framepack_local"
SLOW = {"width": 304, "height": 176, "steps": 20, "engine": "local", "previews": False}
SLOW_FILM = {"resolution": "64", "steps": "20", "engine": "local", "previews": "false"}


def deploy(cluster):
    cluster.deploy(build(FramePackAppArgs()), APP, "/framepack")


@pytest.fixture(scope="module")
def client(cluster):
    write_framepack(cluster.data / "models")
    deploy(cluster)
    with httpx2.Client(base_url=cluster.url + "/framepack", timeout=60) as opened:
        yield FramePackClient(opened)
    cluster.delete(APP)
    # the draft's own tests want none
    shutil.rmtree(cluster.data / "models" / "framepack")


def pictures(client, status):
    return [client.http.get(image["url"]).content for image in status["result"]["images"]]


def test_kill_of_the_engine_within_a_batch_loses_no_picture_and_makes_none_twice(client, cluster):
    job = client.batch([f"a harbour {n}" for n in range(8)], batch_size=2, **SLOW)
    until(lambda: (client.job(job)["batch_progress"] or {}).get("completed", 0) >= 1, 120)
    options = {row["url"] for row in client.job(job)["batch_progress"]["items"]}
    before = {url: client.http.get(url).content for url in options}
    (pid,) = cluster.pids(APP, "FramePack").values()
    kill(pid)
    status = client.ended(job, seconds=240)
    assert [image["index"] for image in status["result"]["images"] if "url" in image] == list(range(8))
    assert {url: client.http.get(url).content for url in options} == before
    events = read_events(client.http.get(f"/api/jobs/{job}/events").text)
    assert sorted(event["index"] for _, name, event in events if name == "picture_completed") == list(range(8))


def test_a_lora_that_does_not_fit_is_refused_with_its_counts(client, cluster):
    folder = cluster.data / "models" / "loras"
    folder.mkdir(exist_ok=True)
    save_file({"lora_te_text_model.lora_down.weight": torch.zeros(4, 8)}, folder / "other.safetensors")
    (folder / "cut.safetensors").write_bytes((folder / "other.safetensors").read_bytes()[:40])
    for name in ("other.safetensors", "cut.safetensors"):
        answer = client.http.post("/api/generate-image", json={"prompt": "a", "lora_paths": [name]})
        problem = answer.json()
        assert (answer.status_code, problem["errors"][0]["pointer"]) == (422, "/lora_paths"), problem
        assert name in problem["detail"]
        film = {"image": ("a.png", png(page(64, 64)), "image/png")}
        answer = client.http.post("/generate", data={"lora_path": name}, files=film)
        assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/lora_path")
    shutil.rmtree(folder)


def test_cancel_frees_the_engine(client):
    jobs = [client.image(**SLOW | {"steps": 100}), client.film(**SLOW_FILM | {"steps": "100", "video_length": "60"})]
    for job in jobs:
        until(lambda job=job: client.job(job)["step"], 60)
        client.http.post(f"/api/jobs/{job}/cancel")
        client.ended(job, "cancelled")
    until(lambda: client.http.get("/").json()["engines"]["local"]["active_runs"] == 0)


def test_twenty_jobs_outlive_a_restart_of_serve(client, cluster):
    jobs = [client.image(f"picture {n}", **SLOW) for n in range(15)]
    films = [client.film(**SLOW_FILM) for _ in range(5)]
    until(lambda: any(client.job(job)["status"] == "completed" for job in jobs), 120)
    (done, *_) = [job for job in jobs if client.job(job)["status"] == "completed"]
    before = pictures(client, client.job(done))
    assert any(entry["status"] == "pending" for entry in client.http.get("/queue").json()["queue"])
    cluster.restart()
    deploy(cluster)
    left = client.http.get("/api/jobs").json()["jobs"]
    assert {job["id"] for job in left} >= {*jobs, *films}
    for job in (*jobs, *films):
        client.ended(job, seconds=240)
    assert pictures(client, client.job(done)) == before
