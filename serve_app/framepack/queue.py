"""The order of the two lanes. Pictures and films wait in separate queues, and these routes change the order."""

from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, Request
from pydantic import BaseModel, Field

from foundation.errors import Conflict, InvalidInput, NotFound
from foundation.jobs.types import Job, State
from serve_app.framepack.answers import QueuedJob
from serve_app.framepack.jobs import JobId
from serve_app.framepack.schemas import APPS
from serve_app.framepack.status import PREFIX
from serve_app.framepack.view import View, job_of
from serve_app.http.problems import problem_responses
from serve_app.jobs.accept import JOB_ID
from serve_app.jobs.fields import WrongField
from serve_app.jobs.stores import Stores, StoresOf

FAILS = problem_responses(404, 409, 422, 503)
MOST_LISTED = 10_000
AT_THE_END = 2**31


class Move(BaseModel):
    """The new place of a waiting job."""

    before: Annotated[str, Field(pattern=JOB_ID)] | None = Field(
        default=None, description="The job to move it before; null moves it to the end."
    )


class Prioritise(BaseModel):
    """The priority of a job: higher runs first."""

    priority: int = Field(ge=-10, le=10)


router = APIRouter(prefix=f"{PREFIX}/jobs", tags=["queue"])


@router.post("/{job_id}/move", response_model=QueuedJob, responses=FAILS)
async def move_job(request: Request, stores: StoresOf, job_id: JobId, body: Move) -> QueuedJob:
    """Move a waiting job before another one of its lane, or to the end. It takes the priority of its neighbours."""
    job = await job_of(stores, job_id)
    position = await _position(stores, job, body.before) if body.before else AT_THE_END
    return await View(request, stores).answer(await stores.jobs.move(job_id, job.app, position))


@router.post("/{job_id}/priority", response_model=QueuedJob, responses=FAILS)
async def prioritise_job(request: Request, stores: StoresOf, job_id: JobId, body: Prioritise) -> QueuedJob:
    """Change the priority of a waiting job."""
    job = await job_of(stores, job_id)
    return await View(request, stores).answer(await stores.jobs.prioritise(job_id, job.app, body.priority))


async def _position(stores: Stores, job: Job, before: str) -> int:
    """The place of another job, counted without the one that moves there."""
    if before == job.id:
        raise WrongField("before", InvalidInput("a job cannot go before itself"))
    try:
        other = await stores.jobs.get(before, APPS)
    except NotFound as error:
        raise WrongField("before", InvalidInput(f"there is no job {before}")) from error
    if other.app != job.app:
        raise WrongField("before", InvalidInput(f"the job {before} waits in the other lane"))
    if other.state is not State.QUEUED:
        raise Conflict(f"the job {before} no longer waits in the queue")
    ahead = await stores.jobs.ahead(other)
    own = await stores.jobs.ahead(job) if job.state is State.QUEUED else ahead
    return ahead + (own >= ahead)


async def unfinished(stores: Stores) -> Sequence[Job]:
    """What runs, oldest first, and then what waits, lane by lane in the order in which it is taken."""
    running, _ = await stores.jobs.find(APPS, [State.RUNNING], MOST_LISTED)
    waiting, _ = await stores.jobs.find(APPS, [State.QUEUED], MOST_LISTED)
    ordered = sorted(waiting, key=lambda job: (job.app, -job.priority, job.queued_at, job.id))
    return [*sorted(running, key=lambda job: (job.created_at, job.id)), *ordered]
