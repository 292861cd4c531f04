"""Asynchronous tasks: accept, follow, cancel, list, and take the result."""

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request, Response

from foundation.blobs import content_type
from foundation.errors import Conflict, KomaError, NotFound
from foundation.jobs.types import Job, State
from serve_app.http.problems import problem_responses
from serve_app.inpaint.accept import InpaintAcceptance, dumped
from serve_app.inpaint.answers import AsyncAnswer, CancelAnswer, TaskAnswer, TasksAnswer
from serve_app.inpaint.schemas import APP, AsyncInpaintRequest, BatchImage, BatchRequest
from serve_app.inpaint.status import PREFIX, status_of
from serve_app.inpaint.view import Progress, warnings_of_task
from serve_app.jobs.accept import JOB_ID, IdempotencyKey
from serve_app.jobs.stores import Stores, StoresOf
from serve_app.jobs.warnings import warning_header

TaskId = Annotated[str, Path(pattern=JOB_ID)]
ACTIVE = [State.QUEUED, State.RUNNING, State.WAITING]
MOST_LISTED = 1000
ACCEPT_FAILS = problem_responses(400, 409, 413, 422, 503)
FOLLOW_FAILS = problem_responses(404, 422, 503)
PICTURES: dict[int | str, dict[str, Any]] = {
    200: {"content": {"image/png": {}, "application/zip": {}}, "description": "The picture, or the archive."}
}

router = APIRouter(prefix=PREFIX, tags=["tasks"])


@router.post("/inpaint-regions-async", response_model=AsyncAnswer, responses=ACCEPT_FAILS)
async def inpaint_regions_async(request: Request, body: AsyncInpaintRequest, key: IdempotencyKey = None) -> AsyncAnswer:
    """Accept a picture. The work runs in the background and survives the death of any process."""
    dumped(body.regions)
    image = BatchImage.model_construct(image=body.image, regions=body.regions, mask=None, name=None)
    return await InpaintAcceptance(request, key).accept([image], body, body)


@router.post("/inpaint-batch", response_model=AsyncAnswer, responses=ACCEPT_FAILS)
async def inpaint_batch(request: Request, body: BatchRequest, key: IdempotencyKey = None) -> AsyncAnswer:
    """Accept several pictures as one task. The result is a ZIP, or one picture by ``?index=``."""
    return await InpaintAcceptance(request, key).accept(body.images, body, body)


@router.get("/task-status/{task_id}", response_model=TaskAnswer, responses=FOLLOW_FAILS)
async def task_status(request: Request, stores: StoresOf, task_id: TaskId) -> TaskAnswer:
    """Return the progress of a task."""
    job = await task_of(stores, task_id)
    return Progress(job).answer(request, await stores.jobs.events(job, limit=5), await outcome_of(stores, job))


@router.post("/cancel-task/{task_id}", response_model=CancelAnswer, responses=FOLLOW_FAILS)
async def cancel_task(stores: StoresOf, task_id: TaskId) -> CancelAnswer:
    """Cancel a task before its next window. A task that has ended does not change."""
    before = await task_of(stores, task_id)
    job = await stores.jobs.cancel(task_id, APP)
    if before.state.terminal and before.state is not State.CANCELLED:
        return CancelAnswer(task_id=job.id, status=status_of(job), message="Task has ended already")
    return CancelAnswer(task_id=job.id, status="cancelled", message="Task cancelled successfully")


@router.get("/tasks", response_model=TasksAnswer, responses=problem_responses(503))
async def tasks(stores: StoresOf) -> TasksAnswer:
    """Count the tasks and list the ids of the active ones."""
    active, active_count = await stores.jobs.find(APP, ACTIVE, limit=MOST_LISTED)
    counts = [(await stores.jobs.find(APP, states, limit=1))[1] for states in ([], [State.COMPLETED], [State.FAILED])]
    return TasksAnswer(
        total_tasks=counts[0],
        active_tasks=active_count,
        completed_tasks=counts[1],
        error_tasks=counts[2],
        active_task_ids=[job.id for job in active],
    )


@router.get(
    "/task-result/{task_id}",
    response_class=Response,
    responses=PICTURES | problem_responses(404, 409, 422, 500, 503),
)
async def task_result(
    stores: StoresOf,
    task_id: TaskId,
    index: Annotated[int | None, Query(ge=0, lt=10_000, description="One picture of a batch, from 0.")] = None,
) -> Response:
    """Return the finished picture of a task, or all pictures of a batch as a ZIP archive."""
    job = await task_of(stores, task_id)
    key, outcome = await _result_key(stores, job, index)
    headers = {
        "Content-Disposition": f'attachment; filename="{task_id}.{key.rpartition(".")[2]}"',
        "X-Content-Type-Options": "nosniff",
        "X-Model": outcome["model"],
        "X-Engine": outcome["engine"],
        **warning_header(warnings_of_task(job, outcome)),
    }
    return Response(await stores.blobs.get(key), media_type=content_type(key), headers=headers)


async def task_of(stores: Stores, task_id: str) -> Job:
    """A task. Raises NotFound in the words of the original service."""
    try:
        return await stores.jobs.get(task_id, APP)
    except NotFound as error:
        raise NotFound(f"Task {task_id} not found") from error


async def outcome_of(stores: Stores, job: Job) -> Mapping[str, Any]:
    """The result of a task; empty while it is not completed, or while its files are being removed."""
    if job.state is not State.COMPLETED:
        return {}
    try:
        return await stores.result(job)
    except NotFound:
        return {}


async def _result_key(stores: Stores, job: Job, index: int | None) -> tuple[str, dict[str, Any]]:
    if job.state is State.FAILED and job.error:
        raise TaskFailed(job.error["detail"])
    if job.state is not State.COMPLETED:
        raise Conflict(f"the task is {status_of(job)}; its result is available when it is completed")
    outcome = await stores.result(job)
    results: list[dict[str, Any]] = outcome["results"]
    if index is None and outcome["archive_key"]:
        return outcome["archive_key"], outcome
    if (index or 0) >= len(results):
        raise NotFound(f"there is no picture {index}; the task has {len(results)}")
    chosen = results[index or 0]
    if chosen["image_key"] is None:
        raise TaskFailed(chosen["error"]["detail"])
    return chosen["image_key"], outcome


class TaskFailed(KomaError):
    """The task has ended without a picture."""

    status = 409
    code = "task_failed"
    title = "The task has failed"
    hint = "task-status says why; correct it and send the picture again."
