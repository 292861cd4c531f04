"""Spans of a real job, by OTLP to a collector; and none without one."""

import asyncio
import subprocess
import sys

import pytest

from foundation.errors import InvalidInput
from foundation.graph import Graph, Step
from foundation.jobs.types import State
from foundation.tracing import span, start_tracing, stop_tracing
from tests.support.otlp_receiver import receiving
from tests.unit.foundation.small import FANS, Book, reached, running, small_graph, submit

SECRET = "a private text"


@pytest.fixture
def collector():
    with receiving() as receiver:
        start_tracing(receiver.url + "/", "small/Pipeline")
        yield receiver
        stop_tracing()


async def test_a_job_its_steps_and_its_items_are_one_trace(store, resources, collector):
    await submit(store)
    async with running(small_graph(Book()), resources):
        await reached(store, "a", State.COMPLETED)
    await asyncio.to_thread(stop_tracing)
    (job,) = collector.named("job small")
    assert job.attributes == {"koma.job_id": "a", "koma.app": "small", "koma.attempt": 1, "koma.state": "completed"}
    assert (job.parent, job.error, job.component) == (b"", None, "small/Pipeline")
    items = {each.attributes["koma.item"] for each in collector.named("step draw")}
    assert items == {*FANS, ""}
    steps = [each for each in collector.spans if each is not job]
    assert {each.parent for each in steps} == {job.id}
    assert {each.trace for each in steps} == {job.trace}
    assert {each.attributes["koma.job_id"] for each in steps} == {"a"}


async def test_an_error_is_told_by_its_code_and_not_by_its_text(store, resources, collector):
    async def refuse(_):
        with span("call Hand.draw", model="Hand"):
            raise InvalidInput(SECRET)

    await submit(store)
    async with running(Graph("small", (Step("refuse", refuse),)), resources):
        await reached(store, "a", State.FAILED)
    await asyncio.to_thread(stop_tracing)
    (call,), (step,) = collector.named("call Hand.draw"), collector.named("step refuse")
    assert (call.error, step.error) == ("invalid_input", "invalid_input")
    assert call.parent == step.id
    assert collector.named("job small")[0].attributes["koma.state"] == "failed"
    assert SECRET not in str(collector.spans)
    assert [each.events for each in collector.spans] == [0, 0, 0]


async def test_a_generator_may_be_closed_in_another_context(collector, caplog):
    async def stream():
        with span("call Hand.film", current=False, model="Hand"):
            yield 1
            yield 2

    events = stream()
    await asyncio.create_task(anext(events))
    await asyncio.create_task(events.aclose())
    await asyncio.to_thread(stop_tracing)
    assert [each.error for each in collector.named("call Hand.film")] == [None]
    assert caplog.records == []


async def test_a_collector_that_is_gone_stops_no_work(store, resources):
    start_tracing("http://127.0.0.1:9", "small/Pipeline")
    try:
        await submit(store)
        async with running(small_graph(Book()), resources):
            assert (await reached(store, "a", State.COMPLETED)).error is None
    finally:
        await asyncio.to_thread(stop_tracing)


def test_serves_own_provider_and_ours_live_side_by_side(collector):
    """In a process of its own: the provider of a process can be set once."""
    program = f"""
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from foundation.tracing import span, start_tracing, stop_tracing
start_tracing({collector.url!r}, "a/B")
serves = TracerProvider()
trace.set_tracer_provider(serves)
assert trace.get_tracer_provider() is serves
with trace.get_tracer("serve").start_as_current_span("proxy") as outer:
    with span("job ours"):
        inner = trace.get_current_span().get_span_context()
        with trace.get_tracer("serve").start_as_current_span("router") as below:
            assert below.parent.span_id == inner.span_id
    assert inner.trace_id == outer.get_span_context().trace_id
stop_tracing()
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert len(collector.named("job ours")) == 1


def test_without_an_endpoint_nothing_is_imported():
    program = """
import sys
import foundation.runner
from foundation.tracing import span, annotate
with span("job", job_id="a"):
    annotate(state="completed")
assert not [name for name in sys.modules if name.startswith(("opentelemetry.sdk.trace", "opentelemetry.exporter"))]
"""
    subprocess.run([sys.executable, "-c", program], check=True)
