"""The runner over a small graph: order, fan-out, retries, cancel, drain, worker death."""

import asyncio
from dataclasses import replace

import pytest

from foundation.errors import InvalidInput, Misconfigured, Overloaded, ReplicaLost
from foundation.graph import Graph, Step
from foundation.jobs.types import State
from foundation.runner import JobRunner
from tests.support.waiting import eventually
from tests.unit.foundation.small import FANS, Book, kinds, reached, running, small_graph, submit


async def test_a_job_runs_to_its_end_with_weighted_progress(store, resources):
    book = Book()
    job = await submit(store)
    async with running(small_graph(book), resources):
        ended = await reached(store, "a", State.COMPLETED, State.FAILED)
    assert ended.state is State.COMPLETED, ended.error
    assert sorted(book.log) == sorted(["one", "last", *[f"{k}{i}" for k in ("draw", "letter") for i in FANS]])
    events = await store.events(job)
    assert [e.seq for e in events] == list(range(1, len(events) + 1))
    shares = [e.data["progress"] for e in events if "progress" in e.data]
    assert shares == sorted(shares)
    assert shares[-1] == 1.0
    assert events[-1].kind == "completed"
    (whole,) = [f for f in await store.finished(job) if f.step == "last"]
    assert (
        await resources.blobs.get(whole.blob)
        == str([f"draw{i}letter{i}" for i in FANS]).replace("'", '"').replace(", ", ",").encode()
    )


async def test_joined_items_do_not_wait_for_their_siblings(store, resources):
    book = Book()
    book.hold["draw1"] = asyncio.Event()
    await submit(store)
    async with running(small_graph(book), resources):
        await eventually(lambda: {"letter0", "letter5"} <= set(book.log))
        assert "letter0" in book.log
        assert "last" not in book.log
        book.hold["draw1"].set()
        await reached(store, "a", State.COMPLETED)


async def test_lost_replicas_are_retried_and_no_more_often_than_told(store, resources):
    book = Book()
    book.errors = {"draw0": [ReplicaLost("gone"), ReplicaLost("gone")], "draw1": [Overloaded("full")] * 5}
    await submit(store)
    await submit(store, "b")
    async with running(small_graph(book), resources):
        await reached(store, "a", State.COMPLETED)
        await reached(store, "b", State.COMPLETED)
        book.errors = {"draw0": [ReplicaLost("gone")] * 9}
        await submit(store, "c")
        failed = await reached(store, "c", State.FAILED, State.COMPLETED)
    assert failed.error["code"] == "replica_lost"


@pytest.mark.parametrize(
    ("error", "code"), [(InvalidInput("bad panel"), "invalid_input"), (ZeroDivisionError(), "step_failed")]
)
async def test_a_failed_step_fails_the_job_with_its_reason(store, resources, error, code):
    book = Book()
    book.errors = {"draw3": [error]}
    job = await submit(store)
    async with running(small_graph(book), resources):
        failed = await reached(store, "a", State.FAILED, State.COMPLETED)
    assert failed.error["code"] == code
    assert (await kinds(store, job))[-1] == "failed"
    assert "last" not in book.log


async def test_cancel_stops_the_running_units(store, resources):
    book = Book()
    book.hold["draw0"] = book.hold["draw1"] = asyncio.Event()
    job = await submit(store)
    async with running(small_graph(book), resources):
        await eventually(lambda: "draw1" in book.log)
        await store.cancel("a", "small")
        await reached(store, "a", State.CANCELLED)
    assert (await kinds(store, job))[-1] == "cancelled"
    assert "draw2" not in book.log


async def test_a_dead_worker_is_followed_by_one_that_repeats_nothing(store, resources, monkeypatch):
    book = Book()
    book.hold["draw3"] = asyncio.Event()
    store.lease_seconds = 0.6
    job = await submit(store)
    runner = JobRunner(small_graph(book), resources)
    task = asyncio.create_task(runner.run_forever())
    await eventually(lambda: "draw3" in book.log)
    await asyncio.sleep(0.3)
    done = {(f.step, f.item) for f in await store.finished(job)}
    # a crash says no farewell
    monkeypatch.setattr(store, "release", _nothing)
    for each in (task, *runner._runs.values()):
        each.cancel()
    await asyncio.sleep(0.1)
    monkeypatch.undo()
    first, book.log = book.log, []
    book.hold.clear()
    async with running(small_graph(book), resources):
        await reached(store, "a", State.COMPLETED)
    assert done
    repeated = {f"{step}{item}" for step, item in done} & set(book.log)
    assert not repeated
    answer = await kinds(store, job)
    assert answer.count("step_started") == 4
    assert "resumed" in answer
    assert first.count("one") == 1


async def _nothing(_):
    return None


async def test_a_drained_worker_gives_the_job_back_after_its_units(store, resources):
    book = Book()
    book.hold["draw0"] = asyncio.Event()
    job = await submit(store)
    async with running(small_graph(book), resources) as runner:
        await eventually(lambda: "draw0" in book.log)
        drain = asyncio.create_task(runner.drain(5))
        await asyncio.sleep(0.1)
        book.hold["draw0"].set()
        await drain
    assert (await store.get("a", "small")).state is State.QUEUED
    assert ("draw", "0") in {(f.step, f.item) for f in await store.finished(job)}
    async with running(small_graph(book), resources):
        await reached(store, "a", State.COMPLETED)
    assert book.log.count("draw0") == 1


def test_graphs_that_cannot_run_are_refused():
    async def run(_):
        return None

    with pytest.raises(Misconfigured):
        Graph("g", (Step("a", run), Step("a", run)))
    with pytest.raises(Misconfigured):
        Graph("g", (Step("a", run, after=("b",)), Step("b", run)))


def test_descendants_and_picture():
    graph = small_graph(Book())
    assert graph.descendants("draw") == ("draw", "letter", "last")
    assert "draw -. each item .-> letter" in graph.mermaid()


async def test_a_worker_that_drains_keeps_no_job_that_it_claims_meanwhile(store, resources, monkeypatch):
    runner = JobRunner(small_graph(Book()), resources)
    claim = store.claim

    async def slow(app, owner):
        lease = await claim(app, owner)
        await asyncio.sleep(0.3)
        return lease

    monkeypatch.setattr(store, "claim", slow)
    await submit(store)
    task = asyncio.create_task(runner.run_forever())
    await asyncio.sleep(0.1)
    await runner.drain(5)
    await asyncio.wait_for(task, 5)
    job = await store.get("a", "small")
    assert (job.state, job.attempts) == (State.QUEUED, 0)


async def test_what_is_begun_of_an_item_counts_and_takes_nothing_back(store, resources):
    steps = Book()
    steps.hold = {name: asyncio.Event() for name in ("draw0", "draw1")}
    graph = small_graph(steps)

    async def draw(context, item):
        for share in (0.25, 0.75, 0.5):
            await context.report("draw", share, {"item": item}, item)
        return await steps.do(f"draw{item}")

    changed = tuple(replace(step, run=draw) if step.name == "draw" else step for step in graph.steps)
    job = await submit(store)
    async with running(replace(graph, steps=changed), resources):
        await eventually(lambda: {"draw0", "draw1"} <= set(steps.log))
        # one of 8 is the first step; 4 are seven parts of drawing, of which two are three quarters done
        assert (await store.get("a", "small")).progress == pytest.approx((1 + 4 * 1.5 / 7) / 8)
        for gate in steps.hold.values():
            gate.set()
        await reached(store, "a", State.COMPLETED)
    shares = [event.data["progress"] for event in await store.events(job) if "progress" in event.data]
    assert shares == sorted(shares)
