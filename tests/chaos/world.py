"""The processes of the chaos world: workers that run jobs, clients that accept, cancel and approve them.

Clients write a line to their own ledger after each acknowledgement; what the ledger says is owed.
"""

import asyncio
import json
import os
import random
from pathlib import Path

from foundation.blobs import BlobStore
from foundation.cache import Cache
from foundation.database import Database
from foundation.errors import InvalidInput, KomaError, StoreUnavailable
from foundation.graph import FanOut, Graph, Step
from foundation.hints import Hints
from foundation.jobs.types import NewJob, State
from foundation.runner import JobRunner
from foundation.runner.context import Resources
from foundation.settings import Settings
from tests.chaos.mutants import STORES

APP = "chaos"
LEASE_SECONDS = 1.0
ITEMS = [f"i{n}" for n in range(5)]
KINDS = ["plain"] * 5 + ["review"] * 3 + ["bad", "poison"]


def items(_):
    return ITEMS


async def first(context):
    kind = context.args["kind"]
    if kind == "bad":
        raise InvalidInput("this job is bad")
    if kind == "poison":
        os._exit(1)
    await asyncio.sleep(0.02)
    return kind


async def draw(_, item):
    await asyncio.sleep(0.04)
    return item


async def letter(context, item):
    await asyncio.sleep(0.02)
    return context.item_result("draw", item)


async def last(context):
    return list(context.result("letter").values())


FANS = FanOut(items, limit=3)
GRAPH = Graph(
    APP,
    (
        Step("first", first, review=True),
        Step("draw", draw, after=("first",), fan_out=FANS),
        Step("letter", letter, after=("draw",), fan_out=FANS),
        Step("last", last, after=("letter",)),
    ),
    reviewed=lambda args: args["kind"] == "review",
)


def open_store(url, name):
    store = STORES[name](Database(url), Hints(), queue_limit=1_000_000)
    store.lease_seconds = LEASE_SECONDS
    store.max_attempts = 5
    return store


def work(url, blobs, name):
    """The life of a worker process."""
    asyncio.run(_work(url, blobs, name))


async def _work(url, blobs, name):
    store = open_store(url, name)
    settings = Settings(job_poll_seconds=0.05, feedback_timeout_minutes=0.5)
    resources = Resources(store, BlobStore(blobs), Cache(store.database), {}, settings)
    await JobRunner(GRAPH, resources, max_jobs=4).run_forever()


def ask(url, ledger, name, seed):
    """The life of a client process."""
    asyncio.run(_ask(url, Path(ledger), name, random.Random(seed)))


async def _ask(url, ledger, name, rng):
    store = open_store(url, name)
    with ledger.open("a") as book:
        while True:
            try:
                await _one_job(store, book, rng)
            except KomaError as error:
                if not isinstance(error, StoreUnavailable) and error.status >= 500:
                    raise
                await asyncio.sleep(0.1)


async def _one_job(store, book, rng):
    job_id = f"j{rng.getrandbits(64):016x}"
    args = {"kind": rng.choice(KINDS)}
    job = await store.submit(NewJob(APP, args, id=job_id))
    _owe(book, {"accepted": job_id})
    if rng.random() < 0.2:
        await store.submit(NewJob(APP, args, id=job_id))
    if args["kind"] == "review" and rng.random() < 0.6:
        await _review(store, job)
    elif rng.random() < 0.25:
        await asyncio.sleep(rng.random() * 0.3)
        seen = await store.cancel(job_id, APP)
        _owe(
            book, {"cancelled": job_id, "seq": seen.last_seq, "asked": seen.cancel_requested or not seen.state.terminal}
        )
    await asyncio.sleep(rng.random() * 0.15)


async def _review(store, job):
    for _ in range(60):
        current = await store.get(job.id, APP)
        if current.state is State.WAITING:
            await store.signal(current, "first", "approve", {})
            return
        if current.state.terminal:
            return
        await asyncio.sleep(0.05)


def _owe(book, line):
    book.write(json.dumps(line) + "\n")
    book.flush()
