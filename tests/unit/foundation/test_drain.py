"""A worker that ends while its models refuse or are lost gives its jobs back at once."""

import asyncio

import pytest

from foundation.blobs import BlobStore
from foundation.cache import Cache
from foundation.errors import Overloaded, ReplicaLost
from foundation.graph import Graph, Step
from foundation.jobs.types import NewJob, State
from foundation.runner import JobRunner
from foundation.runner.context import Resources
from foundation.settings import Settings


@pytest.mark.parametrize("error", [Overloaded("full"), ReplicaLost("gone")])
async def test_a_unit_that_would_be_tried_again_is_left_to_the_next_worker(store, tmp_path, error):
    begun, ended = asyncio.Event(), asyncio.Event()

    async def run(_):
        begun.set()
        await ended.wait()
        raise error

    settings = Settings(job_poll_seconds=0.02)
    blobs = BlobStore((tmp_path / "blobs").as_uri())
    resources = Resources(store, blobs, Cache(store.database), {}, settings)
    runner = JobRunner(Graph("small", (Step("one", run),)), resources)
    job = await store.submit(NewJob("small", {}))
    worker = asyncio.create_task(runner.run_forever())
    await begun.wait()
    draining = asyncio.create_task(runner.drain(60))
    await asyncio.sleep(0)
    ended.set()
    await asyncio.wait_for(draining, 10)
    await worker
    given_back = await store.get(job.id, "small")
    assert (given_back.state, given_back.error) == (State.QUEUED, None)
