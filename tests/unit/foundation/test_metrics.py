"""The catalogue, and what the real runner and store report."""

import asyncio
import re

from foundation.errors import Overloaded
from foundation.graph import Graph, Step
from foundation.jobs.types import State
from foundation.metrics import (
    CATALOGUE,
    JOB_SECONDS,
    JOB_WAIT,
    JOBS_ENDED,
    JOBS_QUEUED,
    JOBS_RUNNING,
    QUEUE_AGE,
    STEP_RETRIES,
    STEP_TIME,
    count,
    report_to,
)
from tests.support.recorder import recording
from tests.support.waiting import eventually
from tests.unit.foundation.small import FANS, Book, reached, running, small_graph, submit

RESERVED = {"application", "deployment", "replica", "route"}
# what a client chooses must not become a tag: each value is a series that Prometheus keeps
BOUNDED = {"app", "state", "step", "reason", "engine", "model", "method", "outcome", "direction"}


def test_the_catalogue_keeps_the_rules_of_prometheus_and_of_serve():
    names = [metric.name for metric in CATALOGUE]
    assert len(names) == len(set(names))
    for metric in CATALOGUE:
        assert re.fullmatch(r"koma_[a-z_]+", metric.name)
        assert metric.name.endswith("_total") == (metric.kind == "counter"), metric.name
        assert metric.name.endswith("_seconds") == (metric.unit == "seconds"), metric.name
        assert bool(metric.buckets) == (metric.kind == "histogram"), metric.name
        assert list(metric.buckets) == sorted(set(metric.buckets))
        assert set(metric.tags) <= BOUNDED
        assert not set(metric.tags) & RESERVED
        assert metric.description.endswith(".")


async def test_a_job_tells_its_wait_its_steps_and_its_end(store, resources):
    with recording() as recorded:
        await submit(store)
        async with running(small_graph(Book()), resources):
            await reached(store, "a", State.COMPLETED)
        assert recorded.values(JOBS_ENDED) == [1]
        assert recorded.values(JOBS_ENDED, app="small", state="completed") == [1]
        (waited,), (whole,) = recorded.values(JOB_WAIT, app="small"), recorded.values(JOB_SECONDS, state="completed")
        assert 0 <= waited <= whole
        assert len(recorded.values(STEP_TIME, step="one")) == 1
        # the items, and gathering them
        assert len(recorded.values(STEP_TIME, step="draw")) == len(FANS) + 1


async def test_the_queue_is_told_with_the_age_of_its_first_job(store, resources):
    book = Book()
    with recording() as recorded:
        await submit(store, "a")
        await submit(store, "b")
        await asyncio.sleep(0.05)
        number, age = await store.queue("small")
        assert number == 2
        assert age > 0.04
        async with running(small_graph(book), resources):
            await eventually(lambda: recorded.values(JOBS_QUEUED))
            await reached(store, "b", State.COMPLETED)
        assert len(recorded.values(QUEUE_AGE, app="small")) == len(recorded.values(JOBS_RUNNING, app="small")) > 0
    assert await store.queue("small") == (0, 0.0)


async def test_retries_and_failures_are_counted_by_their_code(store, resources):
    tries = []

    async def busy(_):
        tries.append(1)
        if len(tries) < 3:
            raise Overloaded("not now")
        raise ValueError("a private text")

    with recording() as recorded:
        await submit(store)
        async with running(Graph("small", (Step("busy", busy),)), resources):
            await reached(store, "a", State.FAILED)
        assert recorded.values(STEP_RETRIES, step="busy", reason="overloaded") == [1, 1]
        assert recorded.values(JOBS_ENDED, state="failed") == [1]
        assert recorded.values(STEP_TIME, step="busy") == []


async def test_a_job_that_is_cancelled_in_the_queue_is_counted_once(store):
    with recording() as recorded:
        await submit(store)
        for _ in range(2):
            await store.cancel("a", "small")
        assert recorded.values(JOBS_ENDED, app="small", state="cancelled") == [1]


async def test_a_job_that_is_cancelled_while_it_runs_is_counted_once(store, resources):
    book = Book()
    book.hold["draw1"] = asyncio.Event()
    with recording() as recorded:
        await submit(store)
        async with running(small_graph(book), resources):
            await eventually(lambda: "draw2" in book.log)
            await store.cancel("a", "small")
            await reached(store, "a", State.CANCELLED)
        assert recorded.values(JOBS_ENDED) == [1]
        assert recorded.values(JOBS_ENDED, state="cancelled") == [1]


async def test_a_meter_that_fails_is_told_once_and_stops_no_work(store, resources, caplog):
    class Broken:
        def record(self, metric, value, tags):
            raise RuntimeError("no more room")

    report_to(Broken())
    try:
        await submit(store)
        async with running(small_graph(Book()), resources):
            assert (await reached(store, "a", State.COMPLETED)).error is None
        for _ in range(3):
            count(JOBS_ENDED, app="small", state="completed")
    finally:
        report_to(None)
    text = [r.message for r in caplog.records if "cannot be measured" in r.message]
    assert len(text) == len(set(text)) > 0
