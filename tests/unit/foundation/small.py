"""A small graph, and what the runner's tests do with it."""

import asyncio
import contextlib

from foundation.graph import FanOut, Graph, Step
from foundation.jobs.types import NewJob
from foundation.runner import JobRunner
from tests.support.waiting import eventually

FANS = [str(n) for n in range(6)]


def fans(_):
    return FANS


class Book:
    """What the steps did, in order, and how they are told to fail."""

    def __init__(self):
        self.log = []
        self.errors = {}
        self.hold = {}

    async def do(self, name):
        self.log.append(name)
        if name in self.hold:
            await self.hold[name].wait()
        if self.errors.get(name):
            raise self.errors[name].pop(0)
        return name


def small_graph(book, review=False):
    async def one(context):
        return {"by": await book.do("one"), "said": context.feedback("one")}

    async def draw(_, item):
        return await book.do(f"draw{item}")

    async def letter(context, item):
        return context.item_result("draw", item) + await book.do(f"letter{item}")

    async def gather(_, values):
        return list(values.values())

    async def last(context):
        await book.do("last")
        return context.result("letter")

    fan_out = FanOut(fans, limit=2, retries=2)
    return Graph(
        "small",
        (
            Step("one", one, review=True),
            Step("draw", draw, after=("one",), weight=4, fan_out=fan_out),
            Step("letter", letter, after=("draw",), weight=2, fan_out=fan_out, gather=gather, review=True),
            Step("last", last, after=("letter",)),
        ),
        reviewed=lambda _: review,
    )


@contextlib.asynccontextmanager
async def running(graph, resources):
    runner = JobRunner(graph, resources)
    task = asyncio.create_task(runner.run_forever())
    yield runner
    await runner.drain(5)
    await asyncio.wait_for(task, 10)


async def reached(store, job_id, *states, app="small"):
    """The job once it is in one of these states."""
    job = None

    async def look():
        nonlocal job
        job = await store.get(job_id, app)
        return job if job.state in states else None

    return await eventually(look, 30, lambda: f"the job is {job.state}, not {states}")


async def submit(store, job_id="a"):
    return await store.submit(NewJob("small", {"text": "x"}, id=job_id))


async def kinds(store, job):
    return [event.kind for event in await store.events(job)]
