"""The one deployment that runs jobs of any graph.

It serves no requests: it claims jobs from the store, calls the models, and journals. Killing it loses
nothing; its jobs go on elsewhere when their leases run out, at once when it is stopped in order.
"""

import asyncio
from collections.abc import Mapping
from contextvars import Context as ContextVariables
from typing import Any

import ray
from ray import serve

from deployments.handles import Absent, Slot, open_models
from deployments.refusals import refuse_shared_sqlite
from deployments.scaling import RESERVED_CPUS, Copies
from deployments.telemetry import start_telemetry
from foundation.blobs import BlobStore
from foundation.cache import Cache
from foundation.database import Database
from foundation.errors import ServerError
from foundation.graph import Graph
from foundation.hints import Hints
from foundation.jobs.leases import WorkerStore
from foundation.migrate import migrate
from foundation.runner import JobRunner, Outbox
from foundation.runner.context import Resources
from foundation.settings import get_settings
from foundation.tracing import stop_tracing

DRAIN_SECONDS = 20.0


class Pipeline:
    """Runs the jobs of ``graph``, at most ``max_jobs`` at a time."""

    async def __init__(self, graph: Graph, slots: Mapping[str, Slot | Absent], max_jobs: int) -> None:
        start_telemetry()
        settings = get_settings()
        self._hints = Hints(settings.redis_url)
        refuse_shared_sqlite(settings.resolved_database_url, sum(node["Alive"] for node in ray.nodes()))
        self._database = Database(settings.resolved_database_url)
        await migrate(self._database)
        store = WorkerStore(self._database, self._hints, settings.job_queue_limit)
        store.lease_seconds = settings.job_lease_seconds
        store.max_attempts = settings.job_max_attempts
        blobs = BlobStore(settings.resolved_blob_url)
        self._models = open_models(slots)
        resources = Resources(store, blobs, Cache(self._database), self._models, settings)
        self._runner = JobRunner(graph, resources, max_jobs)
        # a task inherits its maker's context; a job must never be cancelled with somebody's request
        loop = asyncio.get_running_loop()
        self._tasks = [loop.create_task(self._runner.run_forever(), context=ContextVariables())]
        if graph.announce is not None:
            outbox = Outbox(graph, store, blobs, settings)
            self._tasks.append(loop.create_task(outbox.run_forever(), context=ContextVariables()))

    def check_health(self) -> None:
        """Raise when the worker loop has ended, so that Serve starts a new replica."""
        if any(task.done() for task in self._tasks):
            raise ServerError("the worker loop has ended")

    async def __del__(self) -> None:
        """Drain: Serve calls this before it stops the replica."""
        for model in self._models.values():
            model.close()
        await self._runner.drain(DRAIN_SECONDS)
        for task in self._tasks:
            task.cancel()
        await self._hints.close()
        await self._database.close()
        await asyncio.to_thread(stop_tracing)


def bind_pipeline(
    graph: Graph, slots: Mapping[str, Slot | Absent], max_jobs: int, copies: Copies, name: str = "Pipeline"
) -> Any:
    """A pipeline for a builder. Draining may take as long as one unit of work."""
    deployment: Any = serve.deployment(
        Pipeline,
        name=name,
        ray_actor_options={"num_cpus": RESERVED_CPUS},
        graceful_shutdown_timeout_s=DRAIN_SECONDS + 5,
        # no requests come here that would have to end first
        graceful_shutdown_wait_loop_s=0.1,
        health_check_period_s=5,
        **copies.options(),
    )
    return deployment.bind(graph, slots, max_jobs)
