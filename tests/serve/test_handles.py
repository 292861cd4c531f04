"""Calls through handles on a real Ray: errors as ours, models found by name."""

import asyncio

import pytest

from deployments.handles import HandleModel, Slot
from foundation.errors import EngineNotReady, InvalidInput, Overloaded, ReplicaLost, StepFailed
from foundation.jobs.types import State
from tests.serve.cluster import kill
from tests.serve.stand_ins import bind_app, bind_hands, let_go, notes
from tests.support.waiting import eventually


@pytest.fixture(scope="module")
def hands(shared_app):
    return shared_app(bind_hands(replicas=1, max_queued_requests=1))


async def started(folder, number=1):
    async def look():
        return len(notes(folder)) >= number

    await eventually(look)


async def test_an_error_of_ours_comes_as_itself_and_others_without_their_text(hands):
    model = HandleModel(Slot(f"{hands}/Hand", 30))
    with pytest.raises(InvalidInput) as ours:
        await model.call("fail", "ours")
    assert ours.value.detail == "the line has 3 corners"
    assert type(ours.value) is InvalidInput, "a class that Ray makes would be stored by its name"
    with pytest.raises(StepFailed) as other:
        await model.call("fail", "other")
    assert "ValueError" in other.value.detail
    assert "private" not in other.value.detail
    assert type(other.value) is StepFailed
    with pytest.raises(InvalidInput) as streamed:
        await anext(model.stream("fail_streaming", "ours"))
    assert type(streamed.value) is InvalidInput


async def test_a_full_queue_is_overloaded(hands, tmp_path):
    model = HandleModel(Slot(f"{hands}/Hand", 30))
    calls = [asyncio.create_task(model.call("work", str(tmp_path), str(n), True)) for n in range(4)]
    await started(tmp_path)

    async def refused():
        return [call for call in calls if call.done()]

    await eventually(refused)
    let_go(tmp_path)
    ends = await asyncio.gather(*calls, return_exceptions=True)
    assert {type(end) for end in ends} == {dict, Overloaded}


async def test_a_slow_call_and_a_dead_replica_are_lost(cluster, hands, tmp_path):
    with pytest.raises(ReplicaLost, match="no answer"):
        await HandleModel(Slot(f"{hands}/Hand", 0.2)).call("work", str(tmp_path), "slow", True)
    await started(tmp_path)
    let_go(tmp_path)
    other = tmp_path / "other"
    other.mkdir()
    call = asyncio.create_task(HandleModel(Slot(f"{hands}/Hand", 30)).call("work", str(other), "0", True))
    await started(other)
    kill(notes(other)[0]["pid"])
    with pytest.raises(ReplicaLost):
        await call


async def test_a_job_waits_for_a_model_whose_application_comes_later(cluster, app_name, tmp_path):
    models = f"{app_name}-models"
    cluster.deploy(bind_app(app_name, Slot(f"{models}/Hand", 30)), app_name)
    async with cluster.jobs(app_name) as jobs:
        job = await jobs.submit({"folder": str(tmp_path), "items": 3, "free": 3})

        async def begun():
            return (await jobs.get(job)).step == "work"

        await eventually(begun)
        cluster.deploy(bind_hands(replicas=1), models)
        try:
            await jobs.reaches(job, State.COMPLETED)
        finally:
            cluster.delete(models)


async def test_a_model_that_nobody_deploys_is_not_ready_and_is_waited_for_once(cluster, monkeypatch):
    model = HandleModel(Slot("nowhere/Hand", 30), appear_seconds=0.5)
    with pytest.raises(EngineNotReady, match="nowhere/Hand"):
        await model.call("work", "", "", False)
    requested = []

    def nobody(*names):
        requested.append(names)
        raise KeyError

    monkeypatch.setattr("deployments.handles.serve.get_deployment_handle", nobody)
    with pytest.raises(EngineNotReady, match="nowhere/Hand"):
        await model.call("work", "", "", False)
    assert requested == [("Hand", "nowhere")]
