"""People in the loop of a run: they approve, comment, ask again, or do not come."""

import asyncio

from foundation.jobs.types import State
from foundation.runner.context import Resources
from foundation.settings import Settings
from tests.support.waiting import eventually
from tests.unit.foundation.small import Book, kinds, reached, running, small_graph, submit


async def test_people_approve_comment_and_ask_again(store, resources):
    book = Book()
    job = await submit(store)
    async with running(small_graph(book, review=True), resources):
        await reached(store, "a", State.WAITING)
        assert book.log == ["one"]
        await store.signal(job, "one", "comment", {"text": "brighter"})
        await asyncio.sleep(0.3)
        await reached(store, "a", State.WAITING)
        await store.signal(job, "one", "regenerate", {"text": "again"})
        await eventually(lambda: book.log == ["one", "one"])
        await reached(store, "a", State.WAITING)
        (whole,) = [f for f in await store.finished(job) if f.step == "one"]
        assert b"brighter" in await resources.blobs.get(whole.blob)
        await store.signal(job, "one", "approve", {})
        await eventually(lambda: "letter5" in book.log)
        await reached(store, "a", State.WAITING)
        await store.signal(job, "letter", "skip", {})
        await reached(store, "a", State.COMPLETED)
    answer = await kinds(store, job)
    assert answer.count("feedback_request") == 3
    assert answer.count("steps_reset") == 1
    assert book.log.count("draw0") == 1


async def test_nobody_answers_and_the_job_goes_on(store, resources):
    book = Book()
    job = await submit(store)
    quick = Resources(
        store,
        resources.blobs,
        resources.cache,
        {},
        Settings(job_poll_seconds=0.02, feedback_timeout_minutes=0.002),
    )
    async with running(small_graph(book, review=True), quick):
        await reached(store, "a", State.COMPLETED)
    assert (await kinds(store, job)).count("feedback_timeout") == 2


async def test_word_on_a_version_that_is_gone_approves_nothing(store, resources):
    book = Book()
    job = await submit(store)
    async with running(small_graph(book, review=True), resources):
        await reached(store, "a", State.WAITING)
        await store.signal(job, "one", "approve", {})
        await eventually(lambda: "letter5" in book.log)
        await reached(store, "a", State.WAITING)
    await store.signal(job, "one", "regenerate", {})
    await store.signal(job, "letter", "approve", {})
    async with running(small_graph(book, review=True), resources):
        await eventually(lambda: book.log.count("one") == 2)
        await reached(store, "a", State.WAITING)
        await store.signal(job, "one", "approve", {})
        await eventually(lambda: book.log.count("letter5") == 2)
        await reached(store, "a", State.WAITING)
    assert "last" not in book.log, "nobody has seen the new letters"


async def test_a_joined_step_that_waits_for_a_person_is_drawn_again(store, resources):
    book = Book()
    job = await submit(store)
    async with running(small_graph(book, review=True), resources):
        await reached(store, "a", State.WAITING)
        await store.signal(job, "one", "approve", {})
        await eventually(lambda: "letter5" in book.log)
        await reached(store, "a", State.WAITING)
        await store.signal(job, "letter", "regenerate", {})
        await eventually(lambda: book.log.count("letter5") == 2)
        await reached(store, "a", State.WAITING)
        await store.signal(job, "letter", "approve", {})
        await reached(store, "a", State.COMPLETED)
    assert [book.log.count(name) for name in ("draw5", "letter5", "last")] == [1, 2, 1]
