"""The order of the two lanes: pictures and films wait apart, each in the order that these routes change."""

from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, Request
from pydantic import BaseModel, Field

from foundation.errors import Conflict, InvalidInput, NotFound
from foundation.jobs.types import Job, State
from serve_app.framepack.answers import QueuedJob
from serve_app.framepack.jobs import HouseOf, JobId
from serve_app.framepack.schemas import APPS, JOB_ID
from serve_app.framepack.status import PREFIX
from serve_app.framepack.view import View, job_of
from serve_app.http.problems import WrongField, problem_responses
from serve_app.jobs.stores import House

FAILS = problem_responses(404, 409, 422, 503)
MOST_LISTED = 10_000
AT_THE_END = 2**31


class Move(BaseModel):
    """Where a job that waits goes."""

    before: Annotated[str, Field(pattern=JOB_ID)] | None = Field(
        default=None, description="The job that it goes before; null: behind all others."
    )


class Prioritise(BaseModel):
    """How much a job matters: more goes first."""

    priority: int = Field(ge=-10, le=10)


def queue_router() -> APIRouter:
    """The routes that change the order."""
    router = APIRouter(prefix=f"{PREFIX}/jobs", tags=["queue"])

    @router.post("/{job_id}/move", response_model=QueuedJob, responses=FAILS)
    async def move_job(request: Request, house: HouseOf, job_id: JobId, body: Move) -> QueuedJob:
        """Put a waiting job before another one of its lane, or behind all; it takes its neighbours' priority."""
        job = await job_of(house, job_id)
        position = await _position(house, job, body.before) if body.before else AT_THE_END
        return await View(request, house).told(await house.jobs.move(job_id, job.app, position))

    @router.post("/{job_id}/priority", response_model=QueuedJob, responses=FAILS)
    async def prioritise_job(request: Request, house: HouseOf, job_id: JobId, body: Prioritise) -> QueuedJob:
        """Give a waiting job another priority."""
        job = await job_of(house, job_id)
        return await View(request, house).told(await house.jobs.prioritise(job_id, job.app, body.priority))

    return router


async def _position(house: House, job: Job, before: str) -> int:
    """The place of another job, counted without the one that moves there."""
    if before == job.id:
        raise WrongField("before", InvalidInput("a job cannot go before itself"))
    try:
        other = await house.jobs.get(before, APPS)
    except NotFound as error:
        raise WrongField("before", InvalidInput(f"there is no job {before}")) from error
    if other.app != job.app:
        raise WrongField("before", InvalidInput(f"the job {before} waits in the other lane"))
    if other.state is not State.QUEUED:
        raise Conflict(f"the job {before} does not wait in the queue any more")
    ahead = await house.jobs.ahead(other)
    own = await house.jobs.ahead(job) if job.state is State.QUEUED else ahead
    return ahead + (own >= ahead)


async def unfinished(house: House) -> Sequence[Job]:
    """What runs, oldest first, and then what waits, lane by lane in the order in which it is taken."""
    running, _ = await house.jobs.find(APPS, [State.RUNNING], MOST_LISTED)
    waiting, _ = await house.jobs.find(APPS, [State.QUEUED], MOST_LISTED)
    ordered = sorted(waiting, key=lambda job: (job.app, -job.priority, job.queued_at, job.id))
    return [*sorted(running, key=lambda job: (job.created_at, job.id)), *ordered]
