"""FramePack as it is deployed: both lanes, links with the prefix, kill -9 of the draft within a batch, cancel."""

import json

import httpx2
import pytest
from websockets.asyncio.client import connect

from engines.framepack import mp4
from graphs.framepack.app import FramePackAppArgs, build
from tests.serve.cluster import kill
from tests.support.framepack_client import FramePackClient, read_events
from tests.support.waiting import until

APP = "framepack"
LARGE = {"width": 1216, "height": 704}


@pytest.fixture(scope="module")
def client(cluster, shared_app):
    shared_app(build(FramePackAppArgs()), "/framepack", APP)
    with httpx2.Client(base_url=cluster.url + "/framepack", timeout=60) as opened:
        yield FramePackClient(opened)


async def test_a_picture_and_a_film_are_made_and_links_carry_the_prefix(client, cluster):
    film, picture = client.film(video_length="2.4"), client.image()
    status = client.ended(picture)
    assert status["result"]["engine"] == "draft"
    assert status["result"]["image_path"].startswith(f"{cluster.url}/framepack/api/jobs/")
    assert httpx2.get(status["result"]["image_path"]).status_code == 200
    url = cluster.url.replace("http", "ws") + f"/framepack/api/jobs/{film}/ws"
    async with connect(url, proxy=None) as socket:
        messages = [json.loads(message) async for message in socket]
    assert messages[-1]["type"] == "completed"
    assert mp4.probe(httpx2.get(messages[-1]["result"]["video_url"]).content).frames == 73
    assert client.http.get(f"/result/{film}").json()["video_url"] == f"{cluster.url}/framepack/download/video/{film}"
    part = client.http.get(f"/download/video/{film}", headers={"Range": "bytes=4-7"})
    assert (part.status_code, part.content) == (206, b"ftyp")


def test_kill_of_the_draft_within_a_batch_loses_no_picture(client, cluster):
    job = client.batch([f"a harbour {n}" for n in range(8)], **LARGE)
    until(lambda: client.job(job)["batch_progress"]["completed"] >= 2)
    final_status = [row["index"] for row in client.job(job)["batch_progress"]["items"]]
    (pid,) = cluster.pids(APP, "FramePackDraft").values()
    kill(pid)
    status = client.ended(job, seconds=90)
    assert [image["index"] for image in status["result"]["images"] if "url" in image] == list(range(8))
    events = read_events(client.http.get(f"/api/jobs/{job}/events").text)
    done = [event["index"] for _, name, event in events if name == "picture_completed"]
    assert sorted(done) == list(range(8))
    assert set(done[: len(final_status)]) == set(final_status)


def test_cancel_frees_the_lane(client):
    films = [client.film(video_length="60") for _ in range(3)]
    for film in films:
        client.http.post(f"/api/jobs/{film}/cancel")
    for film in films:
        client.ended(film, "cancelled")
    client.ended(client.film())
