"""Sessions of the manga graph in this process, over the real engines."""

import asyncio
import contextlib
import json

from foundation.jobs.types import NewJob, State
from foundation.runner import JobRunner
from graphs.manga.app import make_graph
from tests.support.waiting import eventually

STORY = (
    "放課後の屋上。ハルは空を見上げていた。\n「ねえ、ハル」とミオが言った。\n「えっ……！？」ハルは驚いた。\n"
    "「いっしょに星を見に行こう！」ミオが叫んだ。\n「ほ、本気かよ！？」とハルは言った。\nドーン！\n二人は走り出した。"
)


class LocalModel:
    """A model of ``deployments.manga`` in this process, called in turn."""

    def __init__(self, model):
        self._model, self._lock = model, asyncio.Lock()

    async def call(self, method, *args):
        async with self._lock:
            return await asyncio.to_thread(getattr(self._model, method), *args)


class FakeContext:
    def __init__(self):
        self.replica_id = type("Id", (), {"unique_id": "local"})


@contextlib.asynccontextmanager
async def running(resources):
    runner = JobRunner(make_graph(), resources)
    task = asyncio.create_task(runner.run_forever())
    yield
    await runner.drain(20)
    await asyncio.wait_for(task, 30)


async def submit(resources, **changes):
    args = {
        "text": STORY,
        "title": None,
        "genre": None,
        "style": "standard",
        "quality_level": "high",
        "hitl_enabled": False,
        "auto_proceed": False,
        "seed": 0,
        "language": "ja",
    } | changes
    return await resources.store.submit(NewJob("manga", args))


async def reached(resources, job, *states):
    """The job once it is in one of these states; a terminal one that is not among them fails at once."""

    async def look():
        now = await resources.store.get(job.id, "manga")
        assert now.state in states or not now.state.terminal, now.error
        return now if now.state in states else None

    return await eventually(look, 120)


async def outputs(resources, job):
    rows = await resources.store.finished(job)
    return {r.step: json.loads(await resources.blobs.get(r.blob)) for r in rows if not r.item and ":" not in r.step}


SHORT = "放課後の屋上。ハルは空を見上げていた。「ねえ、ハル」とミオが言った。二人は走り出した。"


def chosen(artist="draft", writer="draft", fallback=False, **panels):
    return {"engines": {"writer": writer, "artist": artist, "panels": panels}, "fallback": fallback}


async def drawn(resources, **changes):
    job = await submit(resources, text=SHORT, **changes)
    async with running(resources):
        await reached(resources, job, State.COMPLETED)
    return await outputs(resources, job)
