"""The Diffuser without Serve: threads, previews, folders, health."""

import asyncio
import tempfile
from concurrent.futures import ThreadPoolExecutor
from contextlib import aclosing

import pytest

from deployments import diffuser as module
from deployments.diffuser import Diffuser
from deployments.streaming import Pace
from foundation.errors import InvalidInput, ServerError
from foundation.models.diffuser import NodeExecuted, StyleJob
from foundation.models.progress import SamplerProgress
from foundation.settings import get_settings
from scripts.lib.tiny_models.diffusion import write_checkpoint
from tests.support.pictures import page, png
from tests.support.waiting import eventually
from tests.unit.comfy.flows import base, from_picture, node


@pytest.fixture(scope="module")
def models(tmp_path_factory):
    folder = tmp_path_factory.mktemp("models")
    write_checkpoint("tiny-sd15", folder)
    return folder


@pytest.fixture
def make(models, monkeypatch):
    monkeypatch.setenv("MODEL_DIR", str(models))
    get_settings.cache_clear()
    results = []

    def new(workflows=None, **args):
        results.append(Diffuser(workflows or {}, {"admission_ms": 0} | args))
        return results[-1]

    yield new
    for each in results:
        each.__del__()
    get_settings.cache_clear()


async def read(stream):
    async with aclosing(stream) as events:
        return [event async for event in events]


async def until_active(diffuser, count):
    async def look():
        return (await diffuser.describe())["servers"][0]["active_runs"] == count

    await eventually(look, 60)


async def test_a_workflow_takes_no_thread_that_questions_need(make):
    asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(1))
    diffuser = make()
    async with aclosing(diffuser.run_prompt(base(steps=1000), {}, False, False)) as events:
        async for event in events:
            if isinstance(event, SamplerProgress):
                break
        description = await diffuser.describe()
        assert description["servers"][0]["active_runs"] == 1
        assert (await diffuser.validate(base(), {})).error is None
        assert (await diffuser.describe())["servers"][0]["active_runs"] == 1


async def test_more_workflows_than_asyncio_has_threads_share_calls(make):
    diffuser = make(active_runs=40)
    streams = [diffuser.run_prompt(base(seed=n, steps=400), {}, False, False) for n in range(40)]
    tasks = [asyncio.create_task(read(stream)) for stream in streams]
    await until_active(diffuser, 40)
    for task in tasks:
        task.cancel()
    ended = await asyncio.gather(*tasks, return_exceptions=True)
    assert {type(each) for each in ended} == {asyncio.CancelledError}


async def test_what_is_closed_before_it_has_a_thread_never_begins(make):
    diffuser = make(active_runs=1)
    streams = [diffuser.run_prompt(base(seed=n, steps=1000), {}, False, False) for n in range(5)]
    tasks = [asyncio.create_task(read(stream)) for stream in streams]
    await until_active(diffuser, 1)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    events = await read(diffuser.run_prompt(base(seed=99, steps=1), {}, False, False))
    assert isinstance(events[-1], NodeExecuted)


async def test_previews_are_thinned_out_and_steps_are_not(make, monkeypatch):
    monkeypatch.setattr(module, "Pace", lambda: Pace(3600))
    events = await read(make().run_prompt(base(steps=4), {}, True, False))
    steps = [event for event in events if isinstance(event, SamplerProgress)]
    assert [event.step for event in steps] == [1, 2, 3, 4]
    assert [event.preview is not None for event in steps] == [True, False, False, False]


def test_a_pace_of_no_time_lets_everything_through():
    always, once = Pace(0), Pace(3600)
    assert [always.due() for _ in range(3)] == [True] * 3
    assert [once.due() for _ in range(3)] == [True, False, False]


async def test_only_saved_pictures_are_results(make):
    flow = from_picture(base()) | {"9": node("PreviewImage", images=["6", 0])}
    diffuser = make({"both": flow, "looks": {k: v for k, v in flow.items() if k not in {"7", "8"}}})
    for name in ("both", "looks"):
        job = StyleJob(id="1", workflow=name, prompt="", negative="", strength=1.0, seed=1)
        events = await read(diffuser.transform(png(page(64, 64)), job))
        assert len(events[-1].images) == 1


@pytest.mark.parametrize("name", ["../out.png", "x" * 300 + ".png"])
def test_a_name_that_no_folder_takes_is_refused_and_leaves_nothing(make, name, monkeypatch, tmp_path):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    with pytest.raises(InvalidInput, match="the picture"):
        asyncio.run(make().validate(base(), {name: b"x"}))
    assert list(tmp_path.iterdir()) == []


def test_a_replica_whose_batcher_has_ended_is_unhealthy(make):
    diffuser = make()
    diffuser.check_health()
    diffuser.__del__()
    with pytest.raises(ServerError, match="batcher"):
        diffuser.check_health()
