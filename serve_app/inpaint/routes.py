"""Asynchronous tasks: accept, follow, cancel, list, and take the result."""

import hashlib
import uuid
from collections.abc import Mapping, Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header, Path, Query, Request, Response

from foundation.blobs import content_type
from foundation.errors import Conflict, KomaError, NotFound
from foundation.jobs.sweep import job_folder
from foundation.jobs.types import DEFAULT_TENANT, Job, NewJob, State
from foundation.settings import Settings
from serve_app.http.problems import check_field_url, problem_responses
from serve_app.http.warnings import RequestWarning, warning_header
from serve_app.inpaint.answers import AsyncAnswer, CancelAnswer, TaskAnswer, TasksAnswer
from serve_app.inpaint.schemas import (
    APP,
    TASK_ID,
    Asynchronous,
    AsyncInpaintRequest,
    BatchImage,
    BatchRequest,
    Tuning,
    warnings_of_tuning,
)
from serve_app.inpaint.status import PREFIX, wanted_format
from serve_app.inpaint.sync import decode, dumped
from serve_app.inpaint.view import Progress, region_count, result_url, status_of, warnings_of_task
from serve_app.jobs.stores import House, base_url, house_of, socket_url

HouseOf = Annotated[House, Depends(house_of)]
TaskId = Annotated[str, Path(pattern=TASK_ID)]
Key = Annotated[str | None, Header(alias="Idempotency-Key", max_length=255)]
ACTIVE = [State.QUEUED, State.RUNNING, State.WAITING]
MOST_LISTED = 1000
FINAL_STEP = "finalizing"


class Acceptance:
    """Turns a request into a durable task: the pictures are stored first, then the job."""

    def __init__(self, request: Request, settings: Settings, key: str | None) -> None:
        self._request = request
        self._house = house_of(request)
        self._settings = settings
        self._key = key

    async def accept(
        self, images: Sequence[BatchImage], tuning: Tuning, following: Asynchronous
    ) -> tuple[Job, AsyncAnswer]:
        """The job and the answer. Raises Conflict when the id is taken by another body."""
        if following.callback_url:
            check_field_url("callback_url", following.callback_url, self._settings.callback_hosts)
        task_id = following.task_id or self._id_of_key() or uuid.uuid4().hex
        stored = [await self._stored(task_id, n, image, len(images)) for n, image in enumerate(images)]
        args = {
            "images": stored,
            "options": tuning.options(self._settings.iopaint_model, wanted_format(self._request)),
            "engine": tuning.engine,
            "callback_url": following.callback_url,
        }
        if warnings := warnings_of_tuning(tuning):
            args["warnings"] = [warning.model_dump() for warning in warnings]
        job = await self._house.submit(NewJob(APP, args, id=task_id))
        return job, self._answer(job, following, warnings)

    def _id_of_key(self) -> str | None:
        return hashlib.sha256(self._key.encode()).hexdigest()[:32] if self._key else None

    async def _stored(self, task_id: str, number: int, image: BatchImage, count: int) -> dict[str, Any]:
        folder, settings = f"{job_folder(DEFAULT_TENANT, task_id)}/input", self._settings
        # one of several that cannot be read is told in the result, and keeps nothing from the others
        where, alone = (f"images/{number}/", False) if count > 1 else ("", True)
        data = await decode(image.image, f"{where}image", settings, alone)
        mask = await decode(image.mask, f"{where}mask", settings, alone) if image.mask is not None else None
        return {
            "name": image.name,
            "image_key": await self._house.blobs.put(folder, f"{number}.image", data),
            "mask_key": await self._house.blobs.put(folder, f"{number}.mask", mask) if mask is not None else None,
            "regions": [region.model_dump() for region in image.regions],
        }

    def _answer(self, job: Job, following: Asynchronous, warnings: list[RequestWarning]) -> AsyncAnswer:
        socket = f"{socket_url(self._request)}{PREFIX}/ws/progress/{job.id}"
        return AsyncAnswer(
            task_id=job.id,
            status=status_of(job),
            message=f"Started processing {region_count(job)} regions",
            websocket_url=socket if following.enable_progress else None,
            status_url=f"{base_url(self._request)}{PREFIX}/task-status/{job.id}",
            result_url=result_url(self._request, job.id),
            warnings=warnings,
        )


def task_router(settings: Settings) -> APIRouter:
    """The routes of tasks."""
    router = APIRouter(prefix=PREFIX, tags=["tasks"])
    _add_accepting(router, settings)
    _add_following(router)
    _add_result(router)
    return router


def _add_accepting(router: APIRouter, settings: Settings) -> None:
    fails = problem_responses(400, 409, 413, 422, 503)

    @router.post("/inpaint-regions-async", response_model=AsyncAnswer, responses=fails)
    async def inpaint_regions_async(request: Request, body: AsyncInpaintRequest, key: Key = None) -> AsyncAnswer:
        """Accept a picture; it is worked on in the background, and survives the death of any process."""
        dumped(body.regions)
        image = BatchImage.model_construct(image=body.image, regions=body.regions, mask=None, name=None)
        _, answer = await Acceptance(request, settings, key).accept([image], body, body)
        return answer

    @router.post("/inpaint-batch", response_model=AsyncAnswer, responses=fails)
    async def inpaint_batch(request: Request, body: BatchRequest, key: Key = None) -> AsyncAnswer:
        """Accept several pictures as one task; the result is a ZIP, or one picture by ``?index=``."""
        _, answer = await Acceptance(request, settings, key).accept(body.images, body, body)
        return answer


def _add_following(router: APIRouter) -> None:
    fails = problem_responses(404, 422, 503)

    @router.get("/task-status/{task_id}", response_model=TaskAnswer, responses=fails)
    async def task_status(request: Request, house: HouseOf, task_id: TaskId) -> TaskAnswer:
        """Tell how far a task is."""
        job = await task_of(house, task_id)
        return Progress(job).answer(request, await house.jobs.events(job, limit=5), await outcome_of(house, job))

    @router.post("/cancel-task/{task_id}", response_model=CancelAnswer, responses=fails)
    async def cancel_task(house: HouseOf, task_id: TaskId) -> CancelAnswer:
        """Stop a task before its next window; one that has ended stays as it is."""
        before = await task_of(house, task_id)
        job = await house.jobs.cancel(task_id, APP)
        if before.state.terminal and before.state is not State.CANCELLED:
            return CancelAnswer(task_id=job.id, status=status_of(job), message="Task has ended already")
        return CancelAnswer(task_id=job.id, status="cancelled", message="Task cancelled successfully")

    @router.get("/tasks", response_model=TasksAnswer, responses=problem_responses(503))
    async def tasks(house: HouseOf) -> TasksAnswer:
        """Count the tasks and name the active ones."""
        active, active_count = await house.jobs.find(APP, ACTIVE, limit=MOST_LISTED)
        counts = [
            (await house.jobs.find(APP, states, limit=1))[1] for states in ([], [State.COMPLETED], [State.FAILED])
        ]
        return TasksAnswer(
            total_tasks=counts[0],
            active_tasks=active_count,
            completed_tasks=counts[1],
            error_tasks=counts[2],
            active_task_ids=[job.id for job in active],
        )


async def task_of(house: House, task_id: str) -> Job:
    """A task. Raises NotFound in the words of the original."""
    try:
        return await house.jobs.get(task_id, APP)
    except NotFound as error:
        raise NotFound(f"Task {task_id} not found") from error


async def outcome_of(house: House, job: Job) -> Mapping[str, Any]:
    """What a task has given; nothing while it has not ended well, or when its files are being removed."""
    if job.state is not State.COMPLETED:
        return {}
    try:
        return await house.result(job, FINAL_STEP)
    except NotFound:
        return {}


def _add_result(router: APIRouter) -> None:
    pictures: dict[int | str, dict[str, Any]] = {
        200: {"content": {"image/png": {}, "application/zip": {}}, "description": "The picture, or the archive."}
    }

    @router.get(
        "/task-result/{task_id}",
        response_class=Response,
        responses=pictures | problem_responses(404, 409, 422, 500, 503),
    )
    async def task_result(
        house: HouseOf,
        task_id: TaskId,
        index: Annotated[int | None, Query(ge=0, lt=10_000, description="One picture of a batch, from 0.")] = None,
    ) -> Response:
        """Give the finished picture of a task, or all pictures of a batch as ZIP."""
        job = await task_of(house, task_id)
        key, outcome = await _result_key(house, job, index)
        headers = {
            "Content-Disposition": f'attachment; filename="{task_id}.{key.rpartition(".")[2]}"',
            "X-Content-Type-Options": "nosniff",
            "X-Model": outcome["model"],
            "X-Engine": outcome["engine"],
            **warning_header(warnings_of_task(job, outcome)),
        }
        return Response(await house.blobs.get(key), media_type=content_type(key), headers=headers)


async def _result_key(house: House, job: Job, index: int | None) -> tuple[str, dict[str, Any]]:
    if job.state is State.FAILED and job.error:
        raise TaskFailed(job.error["detail"])
    if job.state is not State.COMPLETED:
        raise Conflict(f"the task is {status_of(job)}; its result is there when it is completed")
    outcome = await house.result(job, FINAL_STEP)
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
