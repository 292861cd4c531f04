"""Progress as server-sent events and as a WebSocket: the same messages, each once, also after a break."""

import asyncio
import json

import httpx2
from websockets.asyncio.client import connect

from tests.support.framepack_client import SMALL, read_events


def accepted(client, path="/api/generate-image", **body):
    answer = client.http.post(path, json={"prompt": "a harbour"} | SMALL | body)
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_events_tell_the_way_to_the_end_and_go_on_from_an_id(framepack_client):
    answer = accepted(framepack_client, steps=4)
    events = read_events(httpx2.get(answer["events_url"]).text)
    _, name, first = events[0]
    assert (name, first["job"]["id"]) == ("status", answer["job_id"])
    stages = [event["stage"] for _, name, event in events if name == "step_started"]
    assert stages == ["preparing", "painting", "finishing"]
    steps = [(event["step"], event["total"]) for _, name, event in events if name == "progress"]
    assert steps == [(1, 4), (2, 4), (3, 4), (4, 4)]
    visible = [event["progress"] for _, _, event in events if "progress" in event]
    assert visible == sorted(visible)
    previews = [event["preview"] for _, name, event in events if name == "progress" and event["preview"]]
    assert previews
    assert all(preview.startswith("data:image/jpeg;base64,") for preview in previews)
    _, name, last = events[-1]
    assert (name, last["progress"]) == ("completed", 100)
    assert httpx2.get(last["result"]["image_path"]).status_code == 200
    ids = [seq for seq, _, _ in events if seq]
    assert ids == sorted(set(ids))
    later = read_events(httpx2.get(answer["events_url"], headers={"Last-Event-ID": str(ids[-2])}).text)
    assert [name for _, name, _ in later] == ["status", "completed"]
    for odd in ("9" * 20, "no number"):
        names = [
            name for _, name, _ in read_events(httpx2.get(answer["events_url"], headers={"Last-Event-ID": odd}).text)
        ]
        assert names[0] == "status"


def test_a_batch_tells_each_picture_when_it_is_there_and_those_that_failed(framepack_client):
    answer = accepted(framepack_client, "/api/batch-images", prompts=["dawn", "FAIL", "night"])
    events = [event for _, _, event in read_events(httpx2.get(answer["events_url"]).text)]
    done = [event for event in events if event["type"] == "picture_completed"]
    assert sorted(event["index"] for event in done) == [0, 2]
    assert all(httpx2.get(event["url"]).status_code == 200 for event in done)
    (failed,) = [event for event in events if event["type"] == "picture_failed"]
    assert (failed["index"], failed["url"]) == (1, None)
    assert "it was told to" in failed["error"]
    # and again for one that comes later
    again = [event for _, _, event in read_events(httpx2.get(answer["events_url"]).text)]
    assert [event["type"] for event in again[1:]] == [event["type"] for event in events[1:]]


def test_a_failed_and_a_cancelled_job_end_their_streams(framepack_client, framepack):
    failed = accepted(framepack_client, prompt="FAIL")
    last = read_events(httpx2.get(failed["events_url"]).text)[-1][2]
    assert (last["type"], last["error_code"]) == ("failed", "step_failed")
    framepack.close("image")
    cancelled = accepted(framepack_client)
    framepack_client.running(cancelled["job_id"])
    framepack_client.http.post(f"/api/jobs/{cancelled['job_id']}/cancel")
    assert read_events(httpx2.get(cancelled["events_url"]).text)[-1][2]["type"] == "cancelled"


async def test_a_socket_follows_a_film_and_a_late_one_gets_the_same(framepack_client):
    job = await asyncio.to_thread(framepack_client.film, video_length="2.4")
    url = f"{framepack_client.http.base_url}".rstrip("/").replace("http", "ws") + f"/api/jobs/{job}/ws"
    streams = []
    for _ in range(2):
        async with connect(url, proxy=None) as socket:
            streams.append([json.loads(message) async for message in socket])
        assert socket.close_code == 1000
    first, late = ([message for message in stream if message["type"] != "status"] for stream in streams)
    assert first == late
    sections = [message["index"] for message in first if message["type"] == "section_completed"]
    assert sections == [0, 1]
    assert first[-1]["type"] == "completed"
    assert first[-1]["result"]["video_url"].startswith("http://")


async def test_a_socket_of_an_unknown_job_says_so(framepack):
    async with connect(framepack.url.replace("http", "ws") + "/api/jobs/nothing/ws", proxy=None) as socket:
        assert json.loads(await socket.recv())["code"] == "not_found"
        await socket.wait_closed()
    assert socket.close_code == 4404
