"""A worker of one application: claims jobs and drives a few at a time, until it drains."""

import asyncio
import contextlib
import logging
import time

from foundation.errors import StoreUnavailable
from foundation.graph import Graph
from foundation.jobs.leases import worker_name
from foundation.jobs.sweep import sweep_finished
from foundation.metrics import JOBS_QUEUED, JOBS_RUNNING, QUEUE_AGE, level
from foundation.runner.context import Resources
from foundation.runner.run import JobRun

logger = logging.getLogger("ray.serve")
SWEEP_SECONDS = 600.0
MEASURE_SECONDS = 5.0


class JobRunner:
    """Runs jobs of ``graph``. ``store`` must be of the loop that calls ``run_forever``."""

    def __init__(self, graph: Graph, resources: Resources, max_jobs: int = 4) -> None:
        self.owner = worker_name(graph.name)
        self._graph = graph
        self._resources = resources
        self._store = resources.store
        self._settings = resources.settings
        self._max_jobs = max_jobs
        self._runs: dict[JobRun, asyncio.Task[None]] = {}
        self._draining = False
        self._swept = time.monotonic()
        self._measured = float("-inf")
        # a task that nobody holds may be collected before it ends
        self._sweeping: asyncio.Task[None] | None = None

    async def run_forever(self) -> None:
        """Claim and run until drained. A store that is away is waited for."""
        while not self._draining:
            try:
                claimed = len(self._runs) < self._max_jobs and await self._claim()
                if not claimed:
                    await self._store.hints.wait(f"app:{self._graph.name}", self._settings.job_poll_seconds)
                self._sweep_sometimes()
                await self._measure_sometimes()
            except StoreUnavailable:
                logger.warning("%s: the store does not answer, trying again", self.owner)
                await asyncio.sleep(1.0)

    async def _claim(self) -> bool:
        lease = await self._store.claim(self._graph.name, self.owner)
        if lease is None:
            return False
        if self._draining:
            await self._store.release(lease)
            return False
        run = JobRun(self._graph, lease, self._resources)
        task = asyncio.create_task(run.run())
        self._runs[run] = task
        task.add_done_callback(lambda _: self._runs.pop(run, None))
        return True

    async def _measure_sometimes(self) -> None:
        if time.monotonic() - self._measured > MEASURE_SECONDS:
            self._measured = time.monotonic()
            queued, age = await self._store.queue(self._graph.name)
            level(JOBS_QUEUED, queued, app=self._graph.name)
            level(QUEUE_AGE, age, app=self._graph.name)
            level(JOBS_RUNNING, len(self._runs), app=self._graph.name)

    def _sweep_sometimes(self) -> None:
        if time.monotonic() - self._swept > SWEEP_SECONDS:
            self._swept = time.monotonic()
            self._sweeping = asyncio.create_task(self._sweep())

    async def _sweep(self) -> None:
        try:
            retention_s = self._settings.retention_hours(self._graph.name) * 3600
            await sweep_finished(self._store, self._resources.blobs, self._graph.name, retention_s)
            await self._resources.cache.sweep()
        except Exception:
            # what is left is swept the next time; jobs matter more
            logger.exception("%s: the sweep failed", self.owner)

    async def drain(self, seconds: float) -> None:
        """Take no more; let running units finish for a while, then give the jobs back."""
        self._draining = True
        for run in self._runs:
            run.drain()
        tasks = list(self._runs.values())
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await asyncio.gather(*tasks, return_exceptions=True)
