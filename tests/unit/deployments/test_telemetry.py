"""What a replica sets up first: job ids on log lines, in threads too, and where Serve's own spans go."""

import asyncio
import logging
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context

import pytest
from ray.serve import context as serve_context
from ray.serve._private import tracing_utils

from deployments.job_calls import PREFIX, job_of_call, named_after_job
from deployments.streaming import events_of
from deployments.telemetry import JobFilter, span_processors, start_telemetry
from foundation.errors import Misconfigured
from foundation.log_context import job_id, work_on
from foundation.settings import get_settings


@pytest.fixture
def logged_jobs(caplog):
    """The records of this test."""
    log = logging.getLogger("ray.serve")
    before, filters, spread = log.level, list(log.filters), log.propagate
    log.propagate = True
    start_telemetry()
    log.setLevel(logging.INFO)
    yield lambda: [getattr(record, "koma_job_id", None) for record in caplog.records]
    log.setLevel(before)
    log.filters[:], log.propagate = filters, spread


def say():
    logging.getLogger("ray.serve").info("something happened")


async def test_lines_within_a_job_name_it_and_others_do_not(logged_jobs):
    async def job(name):
        work_on(name)
        say()
        await asyncio.create_task(later())

    async def later():
        await asyncio.sleep(0.01)
        say()

    say()
    await asyncio.gather(job("a"), job("b"))
    say()
    assert sorted(filter(None, logged_jobs())) == ["a", "a", "b", "b"]
    assert logged_jobs().count(None) == 2


async def test_a_call_out_of_a_job_carries_its_id_and_only_that_call(logged_jobs):
    with named_after_job():
        assert serve_context._get_serve_request_context().request_id == ""

    async def job():
        work_on("a")
        with named_after_job():
            assert serve_context._get_serve_request_context().request_id == f"{PREFIX}a"
        assert serve_context._get_serve_request_context().request_id == ""

    await asyncio.create_task(job())

    async def replica():
        # as Serve does before it calls a method
        serve_context._serve_request_context.set(serve_context._RequestContext(request_id=f"{PREFIX}a"))
        assert job_of_call() == "a"
        say()

    await asyncio.create_task(replica())
    assert logged_jobs() == ["a"]


@pytest.mark.parametrize("missing", ["_serve_request_context", "_get_serve_request_context"])
def test_with_another_serve_calls_go_out_as_they_are(monkeypatch, missing):
    monkeypatch.delattr(serve_context, missing)

    def job():
        work_on("a")
        with named_after_job():
            return job_of_call()

    assert copy_context().run(job) == ""


async def test_work_in_an_engines_thread_belongs_to_the_job(logged_jobs):
    def work(tell, should_stop):
        say()
        tell({"job": job_id()})

    async def job(name):
        work_on(name)
        return [event["job"] async for event in events_of(threads, work)]

    with ThreadPoolExecutor(1) as threads:
        # one after the other on one thread, which remembers nothing
        assert await asyncio.create_task(job("a")) == ["a"]
        assert await asyncio.create_task(job("b")) == ["b"]
        assert [event["job"] async for event in events_of(threads, work)] == [""]
    assert logged_jobs() == ["a", "b", None]


def test_starting_twice_adds_one_filter(logged_jobs):
    start_telemetry()
    assert sum(isinstance(each, JobFilter) for each in logging.getLogger("ray.serve").filters) == 1


def test_serve_takes_our_exporter_and_is_told_what_is_missing(monkeypatch):
    tracing_utils._validate_tracing_exporter(span_processors)
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:9")
    get_settings.cache_clear()
    result = span_processors()
    tracing_utils._validate_tracing_exporter_processors(result)
    for processor in result:
        processor.shutdown()
    monkeypatch.delenv("OTEL_EXPORTER_OTLP_ENDPOINT")
    get_settings.cache_clear()
    with pytest.raises(Misconfigured, match="set OTEL_EXPORTER_OTLP_ENDPOINT"):
        span_processors()
