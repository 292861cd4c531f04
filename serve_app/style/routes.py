"""Tasks: accept, follow, cancel and list."""

import asyncio
from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, File, Form, Path, Query, Request, UploadFile

from foundation.errors import NotFound
from foundation.jobs.types import Job, State
from serve_app.http.problems import problem_responses
from serve_app.jobs.accept import JOB_ID, read_upload
from serve_app.jobs.stores import Stores, StoresOf
from serve_app.style.accept import StyleAcceptance
from serve_app.style.answers import BatchAnswer, TaskAnswer, TransformAnswer, UserTasksAnswer
from serve_app.style.schemas import APP, MOST_IMAGES, BatchTransformRequest, TransformOptions, TransformRequest
from serve_app.style.status import PREFIX, STATUS
from serve_app.style.view import TaskNotFound, answer_of, task_of

TaskId = Annotated[str, Path(pattern=JOB_ID)]
UserId = Annotated[str, Path(min_length=1, max_length=128)]
ACCEPT_FAILS = problem_responses(409, 413, 422, 503)
FOLLOW_FAILS = problem_responses(404, 422, 503)

router = APIRouter(prefix=PREFIX, tags=["tasks"])


@router.post("/transform", response_model=TransformAnswer, responses=ACCEPT_FAILS)
async def transform(request: Request, body: TransformRequest) -> TransformAnswer:
    """Accept a picture by its URL or in base64. The work runs in the background."""
    return await StyleAcceptance(request).one(body)


@router.post("/transform/upload", response_model=TransformAnswer, responses=ACCEPT_FAILS)
async def transform_upload(
    request: Request,
    stores: StoresOf,
    options: Annotated[TransformOptions, Form()],
    image: Annotated[UploadFile, File(description="PNG, JPEG or WebP.")],
) -> TransformAnswer:
    """Accept a picture as a file of a form. The other fields are those of ``/transform``."""
    return await StyleAcceptance(request).uploaded(options, await read_upload(image, stores.settings))


@router.post("/transform/batch", response_model=BatchAnswer, responses=ACCEPT_FAILS)
async def transform_batch(request: Request, body: BatchTransformRequest) -> BatchAnswer:
    """Accept one to ten pictures. Each is a task of its own."""
    return await StyleAcceptance(request).batch(body)


@router.get("/task/{task_id}", response_model=TaskAnswer, responses=FOLLOW_FAILS)
async def task_status(request: Request, stores: StoresOf, task_id: TaskId) -> TaskAnswer:
    """Return the progress of a task and the links to its pictures."""
    return await answer_of(request, stores, await task_of(stores, task_id))


@router.post("/task/{task_id}/cancel", response_model=TaskAnswer, responses=FOLLOW_FAILS)
async def cancel_task(request: Request, stores: StoresOf, task_id: TaskId) -> TaskAnswer:
    """Cancel a task before its next step. A task that has ended does not change."""
    await task_of(stores, task_id)
    return await answer_of(request, stores, await stores.jobs.cancel(task_id, APP))


@router.get("/transform/batch/{batch_id}", response_model=BatchAnswer, responses=FOLLOW_FAILS)
async def batch_status(request: Request, stores: StoresOf, batch_id: TaskId) -> BatchAnswer:
    """Return the progress of the tasks of a batch."""
    jobs = await _jobs_of_batch(stores, batch_id)
    answers = [await answer_of(request, stores, job) for job in jobs]
    return BatchAnswer(
        batch_id=batch_id,
        total_count=jobs[0].args["batch"]["count"],
        completed_count=sum(job.state is State.COMPLETED for job in jobs),
        failed_count=sum(STATUS[job.state] == "failed" for job in jobs),
        results=[_as_transform(answer) for answer in answers],
    )


@router.get("/user/{user_id}/tasks", response_model=UserTasksAnswer, responses=problem_responses(422, 503))
async def user_tasks(
    request: Request,
    stores: StoresOf,
    user_id: UserId,
    limit: Annotated[int, Query(ge=1, le=1000)] = 50,
    offset: Annotated[int, Query(ge=0, le=1_000_000)] = 0,
) -> UserTasksAnswer:
    """List the tasks of a user, newest first. An unknown user has none."""
    jobs, total = await stores.jobs.find(APP, limit=limit, offset=offset, subject=user_id)
    answers = await asyncio.gather(*[answer_of(request, stores, job) for job in jobs])
    return UserTasksAnswer(user_id=user_id, total_count=total, tasks=list(answers))


async def _jobs_of_batch(stores: Stores, batch_id: str) -> Sequence[Job]:
    jobs: list[Job] = []
    for number in range(MOST_IMAGES):
        try:
            jobs.append(await stores.jobs.get(f"{batch_id}-{number}", APP))
        except NotFound:
            continue
    if not jobs:
        raise TaskNotFound(f"there is no batch {batch_id}")
    return jobs


def _as_transform(task: TaskAnswer) -> TransformAnswer:
    return TransformAnswer(
        success=task.status != "failed",
        task_id=task.task_id,
        status=task.status,
        message=task.error_message or "",
        output_image_url=task.output_image_url,
        processing_time=task.processing_time,
        queue_position=task.queue_position,
        warnings=task.warnings,
    )
