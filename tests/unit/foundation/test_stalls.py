"""A job that cannot go on ends with a reason, and gives the place that it held to the next one."""

import asyncio
from dataclasses import replace

from foundation.graph import Graph, Step
from foundation.hints import Hints
from foundation.jobs.types import NewJob, State
from foundation.runner import JobRunner
from foundation.runner.plan import Plan
from foundation.settings import Settings
from tests.support.waiting import eventually
from tests.unit.foundation.small import FANS, Book, reached, running, small_graph, submit


async def test_a_worker_that_ends_between_two_joined_steps_leaves_the_rest_to_another(store, resources):
    book = Book()
    book.hold = {"letter3": asyncio.Event()}
    await submit(store)
    async with running(small_graph(book), resources) as first:
        await eventually(lambda: "draw5" in book.log and "letter3" in book.log)
        await eventually(lambda: book.log.count("letter5") == 1)
        for run in list(first._runs.values()):
            run.cancel()
        book.hold = {}
        await reached(store, "a", State.COMPLETED, State.FAILED)
    assert (await store.get("a", "small")).state is State.COMPLETED
    assert all(book.log.count(f"draw{item}") == 1 for item in FANS)


async def test_a_worker_that_finds_nothing_to_run_says_so(store, resources, monkeypatch):
    monkeypatch.setattr(Plan, "ready", lambda *_: [])
    await submit(store)
    async with running(small_graph(Book()), resources):
        ended = await reached(store, "a", State.FAILED)
    assert (ended.error["code"], ended.attempts) == ("stalled", 0)
    assert "one, draw, letter, last" in ended.error["detail"]


async def test_a_unit_that_hangs_ends_its_job_and_the_next_one_gets_its_place(store, resources):
    hangs = asyncio.Event()

    async def run(context):
        if context.args.get("hang"):
            await hangs.wait()

    quick = Settings(job_poll_seconds=0.02, job_stall_minutes=0.01)
    runner = JobRunner(Graph("small", (Step("one", run),)), replace(resources, settings=quick), max_jobs=1)
    stuck = await store.submit(NewJob("small", {"hang": True}))
    well = await store.submit(NewJob("small", {}))
    worker = asyncio.create_task(runner.run_forever())
    await reached(store, well.id, State.COMPLETED)
    assert (await store.get(stuck.id, "small")).error["code"] == "stalled"
    await runner.drain(5)
    await worker


async def test_a_cancellation_that_comes_with_a_hint_is_not_lost():
    hints = Hints()

    async def wait():
        await hints.wait("job:1", 30)
        return "went on"

    waiting = asyncio.create_task(wait())
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    await hints.publish("job:1")
    waiting.cancel()
    (outcome,) = await asyncio.gather(waiting, return_exceptions=True)
    assert isinstance(outcome, asyncio.CancelledError)
