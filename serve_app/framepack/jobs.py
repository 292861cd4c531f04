"""Jobs: list, read, take the pictures, cancel and remove."""

import asyncio
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request, Response
from pydantic import BaseModel, Field

from foundation.errors import Conflict, NotFound
from foundation.jobs.sweep import job_folder
from foundation.jobs.types import Job, State
from serve_app.framepack.answers import JobsAnswer, QueuedJob, Removed
from serve_app.framepack.schemas import APPS
from serve_app.framepack.status import FILM, PREFIX, STATES, Kind, Status
from serve_app.framepack.view import View, job_of, rows_of
from serve_app.http.files import file_response
from serve_app.http.problems import problem_responses
from serve_app.jobs.accept import JOB_ID
from serve_app.jobs.stores import Stores, StoresOf

JobId = Annotated[str, Path(pattern=JOB_ID)]
FAILS = problem_responses(404, 422, 503)
PNG: dict[int | str, dict[str, Any]] = {200: {"content": {"image/png": {}}, "description": "The picture."}}


class Page(BaseModel):
    """Which jobs are listed."""

    type: Kind | None = None
    status: Status | None = None
    limit: int = Field(default=50, ge=1, le=200)
    offset: int = Field(default=0, ge=0, le=1_000_000)


router = APIRouter(prefix=f"{PREFIX}/jobs", tags=["jobs"])


@router.get("", response_model=JobsAnswer, responses=problem_responses(422, 503))
async def list_jobs(request: Request, stores: StoresOf, page: Annotated[Page, Query()]) -> JobsAnswer:
    """List the jobs of both lanes, newest first."""
    types, states = [page.type] if page.type else [], STATES[page.status] if page.status else []
    jobs, total = await stores.jobs.find(APPS, states, page.limit, page.offset, types=types)
    view = View(request, stores)
    return JobsAnswer(jobs=list(await asyncio.gather(*[view.answer(job) for job in jobs])), total=total)


@router.get("/{job_id}", response_model=QueuedJob, responses=FAILS)
async def get_job(request: Request, stores: StoresOf, job_id: JobId) -> QueuedJob:
    """Return the progress of a job and its result."""
    return await View(request, stores).answer(await job_of(stores, job_id))


@router.post("/{job_id}/cancel", response_model=QueuedJob, responses=FAILS)
async def cancel_job(request: Request, stores: StoresOf, job_id: JobId) -> QueuedJob:
    """Cancel a job: at once if it waits, before its next step if it runs. A job that has ended does not change."""
    job = await job_of(stores, job_id)
    return await View(request, stores).answer(await stores.jobs.cancel(job_id, job.app))


@router.delete("/{job_id}", response_model=Removed, responses=FAILS | problem_responses(409))
async def remove_job(stores: StoresOf, job_id: JobId) -> Removed:
    """Remove a job that waits or has ended, with its files."""
    await remove(stores, await job_of(stores, job_id))
    return Removed(job_id=job_id, message=f"Job {job_id} removed.")


@router.get("/{job_id}/images/{index}", response_class=Response, responses=PNG | FAILS)
async def get_image(
    stores: StoresOf, job_id: JobId, index: Annotated[int, Path(ge=0, lt=10_000, description="From 0.")]
) -> Response:
    """Return a picture as soon as it is finished, while others of its batch are still in progress."""
    return await picture(stores, await job_of(stores, job_id), index)


async def picture(stores: Stores, job: Job, index: int) -> Response:
    """A finished picture of a job. Raises NotFound with the reason why there is none."""
    if job.args["type"] == FILM:
        raise NotFound(f"the job {job.id} makes a film; its film is at {PREFIX}/jobs/{job.id}/film")
    found = {row["index"]: row for row in await rows_of(stores, job)}.get(index)
    if found is None:
        raise NotFound(f"the job {job.id} is {job.state.value} and has no picture {index}")
    if "error" in found:
        raise NotFound(f"the picture {index} of the job {job.id} failed: {found['error']['detail']}")
    return file_response(await stores.blobs.get(found["key"]), found["key"], stores.settings.file_link_seconds)


async def remove(stores: Stores, job: Job) -> None:
    """Forget a job and delete its files. Raises Conflict for one that runs."""
    if job.state is State.QUEUED:
        # whoever would take it now finds it cancelled
        job = await stores.jobs.cancel(job.id, job.app)
    if not job.state.terminal:
        what = "is being cancelled; remove it when it has ended" if job.cancel_requested else "runs; cancel it first"
        raise Conflict(f"the job {job.id} {what}")
    await stores.blobs.delete_folder(job_folder(job.tenant, job.id))
    await stores.jobs.delete(job)
