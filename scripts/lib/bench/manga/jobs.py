"""Deploys a graph of sleepers, runs jobs on it, and reads from the store how long they took."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from statistics import median
from typing import Any

from ray import serve

from deployments.cluster import ClusterFailed, wait_until_ready
from foundation.database import Database
from foundation.hints import Hints
from foundation.jobs.store import JobStore
from foundation.jobs.types import Job, NewJob, State
from foundation.migrate import migrate
from foundation.settings import get_settings
from graphs.manga.app import ARTIST_REPLICAS
from scripts.lib.bench.manga.sleepers import SEED_SECONDS, bind_fan_out, bind_replay, critical_path, replay_args

POLL_SECONDS = 0.2


@contextmanager
def deployed(target: Any, name: str) -> Iterator[None]:
    """An application without HTTP for the time of the block."""
    serve.run_many([serve.RunTarget(target, name=name, route_prefix=None)], wait_for_applications_running=False)
    try:
        wait_until_ready([name], lambda _: None)
        yield
    finally:
        serve.delete(name)


async def run_jobs(app: str, args: dict[str, Any], runs: int) -> list[tuple[Job, float]]:
    """Jobs one after the other, each with the seconds from its first step's start to its end."""
    database = Database(get_settings().resolved_database_url)
    try:
        await migrate(database)
        store = JobStore(database, Hints())
        return [await _run_job(store, app, args | {"run": n}) for n in range(runs)]
    finally:
        await database.close()


async def _run_job(store: JobStore, app: str, args: dict[str, Any]) -> tuple[Job, float]:
    job = await store.submit(NewJob(app, args))
    while not job.state.terminal:
        await asyncio.sleep(POLL_SECONDS)
        job = await store.get(job.id, app)
    if job.state is not State.COMPLETED or job.finished_at is None:
        raise ClusterFailed(f"the job ended as {job.state}: {job.error}")
    started = next(e.at for e in await store.events(job) if e.kind == "step_started")
    return job, job.finished_at - started


def measure_fan_out(items: int, seconds: float, runs: int) -> dict[str, Any]:
    """How near five artists that only sleep come to the ideal ``items × seconds / 5``."""
    with deployed(bind_fan_out("bench-fan-out"), "bench-fan-out"):
        jobs = asyncio.run(run_jobs("bench-fan-out", {"items": items, "seconds": [seconds]}, runs))
    ideal = items * seconds / ARTIST_REPLICAS
    return {
        "items": items,
        "sleep_s": seconds,
        "ideal_s": round(ideal, 3),
        "wall_s": round(median(wall for _, wall in jobs), 3),
        "efficiency": round(median(ideal / wall for _, wall in jobs), 4),
        "runs": [round(ideal / wall, 4) for _, wall in jobs],
    }


def measure_replay(scale: float, runs: int) -> dict[str, Any]:
    """The seed's phase times through the graph: from acceptance to the end, and what orchestration cost."""
    with deployed(bind_replay("bench-replay"), "bench-replay"):
        jobs = asyncio.run(run_jobs("bench-replay", replay_args(scale), runs))
    walls = [(job.finished_at or 0.0) - job.created_at for job, _ in jobs]
    ideal, wall = critical_path(scale), median(walls)
    return {
        "scale": scale,
        "sum_of_phases_s": round(sum(SEED_SECONDS) * scale, 3),
        "critical_path_s": round(ideal, 3),
        "wall_s": round(wall, 3),
        "wall_at_full_scale_s": round(wall / scale, 2),
        "overhead_percent": round(100 * (wall - ideal) / wall, 2),
        "runs_s": [round(each, 3) for each in walls],
    }
