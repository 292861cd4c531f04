"""ComfyUI servers that answer what no ComfyUI answers: the error is ours, and another server does the task."""

import json
import time
import uuid

import pytest
from fastapi import FastAPI, Request, Response, WebSocket

from engines.comfycluster import ComfyCluster, connection
from engines.comfycluster import server as server_module
from engines.comfycluster.cluster import LONGEST_PAUSE_S
from engines.comfycluster.errors import NoServer
from engines.comfycluster.events import LARGEST_PREVIEW, read_binary, read_text
from tests.support.web import served
from tests.unit.style.comfy_tasks import is_inverted, run, task

GOOD = {
    "GET /prompt": '{"exec_info": {"queue_remaining": 0}}',
    "POST /prompt": "{}",
    "POST /upload/image": "{}",
    "GET /queue": '{"queue_running": [], "queue_pending": []}',
}
GARBAGE = ["<html>502</html>", "[]", "null", "7", '{"ID": 1}', "[" * 5000 + "]" * 5000]
HISTORIES = [
    *('{"ID": null}', '{"ID": []}', '{"ID": {}}', '{"ID": {"status": null}}', '{"ID": {"status": {}}}'),
    '{"ID": {"status": {"status_str": "error", "messages": [1]}}}',
    '{"ID": {"status": {"status_str": "error", "messages": [["execution_error", 1]]}}}',
    '{"ID": {"status": {"status_str": "success"}}}',
    '{"ID": {"status": {"status_str": "success"}, "outputs": {"8": 1}}}',
    '{"ID": {"status": {"status_str": "success"}, "outputs": {"8": {"images": [{"filename": "x"}]}}}}',
]


def odd(answers, silent=False):
    """A server with these answers by method and path; its socket says garbage, and the end if not ``silent``."""
    app = FastAPI()

    @app.websocket("/ws")
    async def ws(socket: WebSocket):
        await socket.accept()
        await socket.receive_text()
        options = {
            "type": "progress",
            "data": {"prompt_id": app.state.id, "value": float("nan"), "max": -1, "node": []},
        }
        for message in ("[[[", "[" * 5000, '{"type": [], "data": 5}', json.dumps(options)):
            await socket.send_text(message)
        await socket.send_bytes(b"\0\0\0\x01" + b"x" * (LARGEST_PREVIEW + 1))
        if not silent:
            end = {"type": "executing", "data": {"node": None, "prompt_id": app.state.id}}
            await socket.send_text(json.dumps(end))
        await socket.receive()

    @app.api_route("/{path:path}", methods=["GET", "POST"])
    async def answer(request: Request, path: str):
        name = f"{request.method} /{path.partition('/')[0] if path.startswith('history') else path}"
        body = (GOOD | answers).get(name, "{}")
        return Response(body.replace("ID", app.state.id), media_type="application/json")

    return app


async def both(servers, answers, silent=False):
    """The servers that a task saw when the first one is odd, and whether its picture came."""
    app, given = odd(answers, silent), task()
    app.state.id = given.id
    with served(app) as url:
        cluster = ComfyCluster([url, servers[0].url])
        names, _, previews, pictures = await run(cluster, given)
        await cluster.close()
    assert all(len(each) < LARGEST_PREVIEW for each in previews)
    return names, is_inverted(pictures[0])


@pytest.mark.parametrize("body", [*GARBAGE, '{"exec_info": {"queue_remaining": "many"}}'])
async def test_a_server_whose_queue_cannot_be_read_is_passed_over(servers, body):
    assert await both(servers, {"GET /prompt": body}) == (["server 2"], True)


@pytest.mark.parametrize("body", [*GARBAGE, *HISTORIES])
async def test_a_history_that_cannot_be_read_is_a_lost_server(servers, monkeypatch, body):
    monkeypatch.setattr(server_module, "HISTORY_TRIES", 1)
    assert await both(servers, {"GET /history": body}) == (["server 1", "server 2"], True)


@pytest.mark.parametrize("body", [*GARBAGE, '{"queue_running": [[]], "queue_pending": [1]}'])
async def test_a_silent_server_whose_queue_cannot_be_read_is_a_lost_server(servers, monkeypatch, body):
    monkeypatch.setattr(server_module, "SILENCE_S", 0.05)
    assert await both(servers, {"GET /queue": body}, silent=True) == (["server 1", "server 2"], True)


@pytest.mark.parametrize("body", [*GARBAGE, '{"system": 1}', '{"devices": [1]}'])
async def test_health_tells_of_a_server_that_cannot_be_read(body):
    app = odd({"GET /system_stats": body, "GET /prompt": body})
    app.state.id = uuid.uuid4().hex
    with served(app) as url:
        cluster = ComfyCluster([url])
        (state,) = await cluster.states()
        await cluster.close()
    assert (state["connected"], "server 1" in state["detail"]) == (False, True)


async def test_an_answer_without_an_end_is_cut(servers, monkeypatch):
    monkeypatch.setattr(connection, "LARGEST_ANSWER", 10_000)
    app = odd({"GET /prompt": " " * 20_000 + GOOD["GET /prompt"]})
    app.state.id = "x"
    with served(app) as url:
        cluster = ComfyCluster([url])
        with pytest.raises(NoServer):
            await run(cluster)
        await cluster.close()


def test_a_server_that_is_away_for_ever_is_looked_at_again():
    cluster = ComfyCluster(["http://127.0.0.1:9"])
    for _ in range(3000):
        cluster._leave_alone(cluster.servers[0])
    assert cluster.servers[0].away_until - time.monotonic() <= LONGEST_PAUSE_S


def test_numbers_that_are_none_and_pictures_that_are_too_large_are_passed_over():
    for value in ("NaN", "Infinity", "-1", "1e300", "1" * 400):
        text = f'{{"type": "progress", "data": {{"prompt_id": "a", "value": {value}, "max": 4, "node": "1"}}}}'
        assert read_text(text, "a") is None
    assert read_text("[" * 100_000, "a") is None
    assert read_binary(b"\0\0\0\x01\0\0\0\x01" + b"x" * LARGEST_PREVIEW, "a") is None


@pytest.mark.parametrize("body", [*GARBAGE, '{"KSampler": 5}', '{"KSampler": {"input": {"required": [1]}}}', "{"])
async def test_what_a_server_says_of_its_nodes_may_be_anything(body):
    app = odd({"GET /object_info/KSampler": body})
    app.state.id = "x"
    with served(app) as url:
        cluster = ComfyCluster([url])
        flow = {"1": {"class_type": "KSampler", "inputs": {"sampler_name": "euler"}}}
        assert await cluster.missing("any", flow) == ""
        await cluster.close()


@pytest.mark.parametrize("config", ["[]", "5", '[["heun"]]', '["COMBO", {"options": ["heun"]}]', '["STRING", {}]'])
async def test_lists_of_both_shapes_are_looked_into(config):
    app = odd(
        {"GET /object_info/KSampler": f'{{"KSampler": {{"input": {{"required": {{"sampler_name": {config}}}}}}}}}'}
    )
    app.state.id = "x"
    with served(app) as url:
        cluster = ComfyCluster([url])
        flow = {"1": {"class_type": "KSampler", "inputs": {"sampler_name": "euler"}}}
        assert await cluster.missing("any", flow) == ("server 1 lacks euler" if "heun" in config else "")
        await cluster.close()
