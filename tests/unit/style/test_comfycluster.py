"""The cluster of ComfyUI servers against doubles that speak recorded traffic in processes of their own."""

import asyncio
import io
import json
from contextlib import aclosing

import pytest
from PIL import Image

from engines.comfycluster import ComfyCluster
from engines.comfycluster import server as server_module
from engines.comfycluster.errors import NoServer, WorkflowFailed, WorkflowRefused
from engines.comfycluster.events import End, Preview, read_binary, read_text
from tests.support.comfy_servers import ComfyServer
from tests.support.servers import free_port
from tests.unit.style.comfy_tasks import is_inverted, run, task


@pytest.fixture
async def cluster(servers):
    instance = ComfyCluster([server.url for server in servers])
    yield instance
    await instance.close()


async def test_a_task_tells_its_progress_shows_previews_and_gives_its_picture(cluster):
    names, progress, previews, pictures = await run(cluster)
    assert names == ["server 1"]
    assert progress == [(n, 4) for n in (1, 2, 3, 4)]
    assert [Image.open(io.BytesIO(each)).format for each in previews] == ["JPEG"] * 4
    assert [is_inverted(each) for each in pictures] == [True]


async def test_tasks_spread_over_the_servers(cluster, servers):
    for server in servers:
        server.set(step_s=0.1)
    found = await asyncio.gather(*[run(cluster) for _ in range(6)])
    names = [name for names, *_ in found for name in names]
    assert {name: names.count(name) for name in set(names)} == {"server 1": 3, "server 2": 3}


async def test_a_busy_server_is_passed_over(cluster, servers):
    servers[0].set(step_s=0.5)
    other = ComfyCluster([servers[0].url])
    busy = asyncio.create_task(run(other))
    await asyncio.to_thread(servers[0].until_seen, len(servers[0].report()["seen"]) + 1)
    names, *_ = await run(cluster)
    assert names == ["server 2"]
    await busy
    await other.close()


async def test_a_server_that_dies_half_way_loses_no_task(cluster, servers):
    servers[0].set("die")
    names, _, _, pictures = await run(cluster)
    assert names == ["server 1", "server 2"]
    assert is_inverted(pictures[0])
    names, *_ = await run(cluster)
    assert names == ["server 2"]


async def test_a_dead_server_comes_back(cluster, servers):
    servers[0].kill()
    assert (await run(cluster))[0] == ["server 2"]
    servers[0].start()
    assert [state["connected"] for state in await cluster.states()] == [True, True]
    assert (await run(cluster))[0] == ["server 1"]


async def test_when_no_server_answers_the_error_says_what_to_do(servers):
    cluster = ComfyCluster([f"http://127.0.0.1:{free_port()}"])
    with pytest.raises(NoServer) as caught:
        await run(cluster)
    assert "COMFYUI_BASE_URL" in caught.value.hint
    assert [state["connected"] for state in await cluster.states()] == [False]
    await cluster.close()


@pytest.mark.parametrize("mode", ["drop", "late"])
async def test_races_lose_no_picture(cluster, servers, mode):
    """The socket goes while the work goes on; the history comes later than the end."""
    for server in servers:
        server.set(mode)
    names, _, _, pictures = await run(cluster)
    assert len(names) == 1
    assert is_inverted(pictures[0])


async def test_a_prompt_that_vanishes_is_done_elsewhere(cluster, servers, monkeypatch):
    monkeypatch.setattr(server_module, "SILENCE_S", 0.2)
    servers[0].set("forget")
    names, _, _, pictures = await run(cluster)
    assert names == ["server 1", "server 2"]
    assert is_inverted(pictures[0])


async def test_a_refusal_everywhere_names_the_node(cluster, servers):
    for server in servers:
        server.set("refuse")
    with pytest.raises(WorkflowRefused, match=r"node 4 \(CheckpointLoaderSimple\).*other\.safetensors"):
        await run(cluster)


async def test_what_one_server_lacks_another_may_have(cluster, servers):
    servers[0].set("refuse")
    assert (await run(cluster))[0] == ["server 1", "server 2"]


async def test_a_node_that_fails_is_told_and_not_tried_again(cluster, servers):
    servers[0].set("error")
    with pytest.raises(WorkflowFailed, match=r"node 1 \(LoadImage\).*cannot identify image"):
        await run(cluster)


async def test_closing_interrupts_the_prompt_on_its_server(cluster, servers):
    servers[0].set(step_s=5)
    given = task()
    async with aclosing(cluster.run(given)) as events:
        async for event in events:
            if isinstance(event, Preview):
                break
    history = await cluster.servers[0].connection.json("GET", f"/history/{given.id}")
    assert history[given.id]["status"]["messages"][0][0] == "execution_interrupted"


async def test_a_task_that_takes_too_long_is_stopped(cluster, servers):
    servers[0].set("hang")
    with pytest.raises(WorkflowFailed, match="COMFYUI_TIMEOUT"):
        await run(cluster, task(timeout_s=0.5))
    servers[0].set()
    assert (await run(cluster))[3]


def test_messages_of_other_prompts_and_garbage_are_passed_over():
    done = json.dumps({"type": "executing", "data": {"node": None, "prompt_id": "mine"}})
    assert read_text(done, "mine") == End("done")
    assert read_text(done, "other") is None
    for text in (
        "",
        "[]",
        "null",
        '{"type": 1}',
        '{"type": "progress", "data": []}',
        '{"type":"progress","data":{"prompt_id":"mine"}}',
    ):
        assert read_text(text, "mine") is None
    for frame in (b"", b"\0" * 7, b"\0\0\0\x04\xff\xff\xff\xff" + b"x" * 20, b"\0\0\0\x04\0\0\0\x02{}" + b"x"):
        assert read_binary(frame, "mine") is None


def test_the_double_is_a_process_of_its_own():
    server = ComfyServer()
    assert server.report() == {"seen": [], "done": []}
    server.stop()
