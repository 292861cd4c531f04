"""Gemini and Imagen as replicas on a real Ray, behind one gate, against the emulator."""

import asyncio
import os
import signal
from pathlib import Path

import pytest
import ray
from ray import serve

from deployments.gemini import Gemini
from deployments.handles import HandleModel, Slot
from deployments.imagen import Imagen
from deployments.vertex_gate import VertexGate
from engines.vertex.errors import ContentBlocked, ModelUnavailable
from foundation.models.imagen import ImageJob, ImagenClient
from tests.emulator.running import Emulator
from tests.support.waiting import eventually

REPLICAS = 5
STORY = (Path(__file__).parents[2] / "examples" / "rooftop.txt").read_text()
BRIEF = {"text": STORY, "title": None, "genre": None, "style": "standard", "seed": 0, "language": "ja", "take": 0}


class Root:
    """An application needs one deployment that holds the others."""

    def __init__(self, *models):
        self._models = models


@pytest.fixture(scope="module")
def running_emulator():
    running = Emulator("--side", "64")
    yield running
    running.stop()


@pytest.fixture
def emulator(running_emulator):
    running_emulator.forget()
    return running_emulator


@pytest.fixture(scope="module")
def app(shared_app, running_emulator):
    # addresses are no secrets; a token would have to come by the environment of the node
    options = {
        "VERTEX_PROJECT": "p",
        "VERTEX_BASE_URL": running_emulator.url,
        "VERTEX_GRPC_TARGET": running_emulator.grpc_target,
        "VERTEX_IMAGE_RPM": "3000",
    }
    actor = {"num_cpus": 0.1, "runtime_env": {"env_vars": options}}

    def bind(deployment, *args, replicas=1, calls=20):
        result = serve.deployment(
            deployment,
            name=deployment.__name__,
            num_replicas=replicas,
            max_ongoing_requests=calls,
            ray_actor_options=actor,
        )
        return result.bind(*args)

    gate = bind(VertexGate, calls=1000)
    return shared_app(bind(Root, bind(Gemini, gate), bind(Imagen, gate, replicas=REPLICAS)))


@pytest.fixture
def gemini(app):
    return HandleModel(Slot(f"{app}/Gemini", 120))


@pytest.fixture
def imagen(app):
    return HandleModel(Slot(f"{app}/Imagen", 120))


def draw(imagen, prompt="a boy on a hill", seed=0, budget_s=60.0):
    return ImagenClient(imagen).draw(ImageJob(prompt=prompt, negative="letters", aspect=0.75, seed=seed), budget_s)


async def test_both_say_what_they_use(gemini, imagen, emulator):
    writer, artist = await gemini.call("describe"), await imagen.call("describe")
    assert writer["ready"]
    assert artist["ready"]
    assert artist["models"] == ["imagen-4.0-generate-001", "gemini-3.1-flash-image"]
    assert len(writer["prompts"]) == 16
    assert emulator.calls == []


async def test_a_phase_comes_with_its_model_and_its_cost(gemini, emulator):
    answer = await gemini.call("write", "concept", BRIEF, {}, 60.0)
    assert answer["output"]["engine"] == "gemini"
    assert answer["usage"]["calls"] == len(emulator.calls) == 1


async def test_five_replicas_draw_five_at_once_and_no_more(imagen, emulator):
    emulator.fault("slow", times=-1, delay=0.5)
    drawn = await asyncio.gather(*[draw(imagen, seed=n) for n in range(15)])
    assert all(each.images[0].startswith(b"\x89PNG") for each in drawn)
    assert emulator.report()["peak"] == 5
    assert len(emulator.calls) == 15


async def test_a_storm_of_limits_is_shared_by_all_replicas(imagen, emulator):
    emulator.fault("rate_limit", times=5, retry_after=1.0)
    drawn = await asyncio.gather(*[draw(imagen, seed=n) for n in range(20)])
    calls = emulator.calls
    assert len(drawn) == 20
    assert len(calls) <= 1.3 * 20
    last = max(call["ended_at"] for call in calls if call["outcome"] == "429")
    assert min(call["started_at"] for call in calls if call["started_at"] > last) - last >= 1.0


async def test_cancelling_a_call_reaches_the_server(imagen, emulator):
    emulator.fault("hang")
    task = asyncio.create_task(draw(imagen))

    async def is_(outcome):
        return [call["outcome"] for call in emulator.calls] == [outcome]

    await eventually(lambda: is_("running"))
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    await eventually(lambda: is_("cancelled"))


async def test_errors_come_as_ours_with_what_they_know(gemini, imagen, emulator):
    emulator.fault("filter", times=-1, where="image")
    with pytest.raises(ContentBlocked) as blocked:
        await draw(imagen)
    assert (blocked.value.stage, bool(blocked.value.reason)) == ("image", True)
    emulator.fault("not_found", times=-1, where="text")
    with pytest.raises(ModelUnavailable, match=r"gemini-3\.8-flash"):
        await gemini.call("write", "concept", BRIEF, {}, 60.0)


@pytest.mark.chaos
async def test_the_death_of_the_gate_loses_no_picture(cluster, app, imagen, emulator):
    emulator.fault("slow", times=-1, delay=0.5)
    calls = [asyncio.create_task(draw(imagen, seed=n)) for n in range(15)]

    async def some_are_done():
        return sum(call["outcome"] == "ok" for call in emulator.calls) >= 3

    await eventually(some_are_done)
    for pid in cluster.pids(app, "VertexGate").values():
        os.kill(pid, signal.SIGKILL)
    drawn = await asyncio.gather(*calls)
    assert len(drawn) == 15
    assert len(emulator.calls) == 15, "a picture that is paid for is not asked for again"


def texts_in(folder):
    return [path.read_text(errors="replace") for path in Path(folder).rglob("*") if path.is_file()]


async def test_no_log_of_ray_holds_words_of_a_prompt(gemini, imagen, emulator):
    emulator.fault("unavailable")
    await draw(imagen, prompt="PROMPT-SECRET")
    emulator.fault("block")
    with pytest.raises(ContentBlocked):
        await gemini.call("write", "concept", BRIEF | {"text": STORY + "STORY-SECRET"}, {}, 60.0)
    found = texts_in(ray.worker.global_worker.node.get_logs_dir_path())
    assert any("imagen-4.0-generate-001" in text for text in found)
    for secret in ("PROMPT-SECRET", "STORY-SECRET", "ハル"):
        assert not any(secret in text for text in found)
