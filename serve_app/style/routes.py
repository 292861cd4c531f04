"""Tasks: accept, follow, cancel and list."""

import asyncio
from collections.abc import Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Depends, File, Form, Path, Query, Request, UploadFile

from foundation.errors import NotFound, TooLarge
from foundation.jobs.types import Job, State
from foundation.settings import Settings
from serve_app.http.problems import problem_responses
from serve_app.jobs.stores import House, house_of
from serve_app.style.accept import Acceptance
from serve_app.style.answers import BatchAnswer, TaskAnswer, TransformAnswer, UserTasksAnswer
from serve_app.style.catalogue import Catalogue
from serve_app.style.schemas import APP, MOST_IMAGES, TASK_ID, BatchTransformRequest, TransformRequest, Wish
from serve_app.style.view import FINAL_STEP, PREFIX, STATUS, TaskNotFound, links, task_answer

HouseOf = Annotated[House, Depends(house_of)]
TaskId = Annotated[str, Path(pattern=TASK_ID)]
UserId = Annotated[str, Path(min_length=1, max_length=128)]


def task_router(settings: Settings, catalogue: Catalogue) -> APIRouter:
    """The routes of tasks."""
    router = APIRouter(prefix=PREFIX, tags=["tasks"])
    _add_accepting(router, settings, catalogue)
    _add_following(router)
    return router


def _add_accepting(router: APIRouter, settings: Settings, catalogue: Catalogue) -> None:
    fails = problem_responses(409, 413, 422, 503)

    @router.post("/transform", response_model=TransformAnswer, responses=fails)
    async def transform(request: Request, body: TransformRequest) -> TransformAnswer:
        """Accept a picture by its URL or in base64; it is worked on in the background."""
        return await Acceptance(request, settings, catalogue).one(body)

    @router.post("/transform/upload", response_model=TransformAnswer, responses=fails)
    async def transform_upload(
        request: Request,
        wish: Annotated[Wish, Form()],
        image: Annotated[UploadFile, File(description="PNG, JPEG or WebP.")],
    ) -> TransformAnswer:
        """Accept a picture as a file of a form; the other fields are those of ``/transform``."""
        data = await image.read(settings.max_file_size + 1)
        if len(data) > settings.max_file_size:
            raise TooLarge(f"the image has more than {settings.max_file_size} bytes")
        return await Acceptance(request, settings, catalogue).uploaded(wish, None, data)

    @router.post("/transform/batch", response_model=BatchAnswer, responses=fails)
    async def transform_batch(request: Request, body: BatchTransformRequest) -> BatchAnswer:
        """Accept one to ten pictures; each is a task of its own."""
        return await Acceptance(request, settings, catalogue).batch(body)


def _add_following(router: APIRouter) -> None:
    fails = problem_responses(404, 422, 503)

    @router.get("/task/{task_id}", response_model=TaskAnswer, responses=fails)
    async def task_status(request: Request, house: HouseOf, task_id: TaskId) -> TaskAnswer:
        """Tell how far a task is, and where its picture is."""
        return await answer_of(request, house, await task_of(house, task_id))

    @router.post("/task/{task_id}/cancel", response_model=TaskAnswer, responses=fails)
    async def cancel_task(request: Request, house: HouseOf, task_id: TaskId) -> TaskAnswer:
        """Stop a task before its next step; one that has ended stays as it is."""
        await task_of(house, task_id)
        return await answer_of(request, house, await house.jobs.cancel(task_id, APP))

    @router.get("/transform/batch/{batch_id}", response_model=BatchAnswer, responses=fails)
    async def batch_status(request: Request, house: HouseOf, batch_id: TaskId) -> BatchAnswer:
        """Tell how far the tasks of a batch are."""
        jobs = await _jobs_of_batch(house, batch_id)
        told = [await answer_of(request, house, job) for job in jobs]
        return BatchAnswer(
            batch_id=batch_id,
            total_count=jobs[0].args["batch"]["count"],
            completed_count=sum(job.state is State.COMPLETED for job in jobs),
            failed_count=sum(STATUS[job.state] == "failed" for job in jobs),
            results=[_as_transform(each) for each in told],
        )

    @router.get("/user/{user_id}/tasks", response_model=UserTasksAnswer, responses=problem_responses(422, 503))
    async def user_tasks(
        request: Request,
        house: HouseOf,
        user_id: UserId,
        limit: Annotated[int, Query(ge=1, le=1000)] = 50,
        offset: Annotated[int, Query(ge=0, le=1_000_000)] = 0,
    ) -> UserTasksAnswer:
        """List a user's tasks, newest first; a user that nobody has seen has none."""
        jobs, total = await house.jobs.find(APP, limit=limit, offset=offset, subject=user_id)
        told = await asyncio.gather(*[answer_of(request, house, job) for job in jobs])
        return UserTasksAnswer(user_id=user_id, total_count=total, tasks=list(told))


async def task_of(house: House, task_id: str) -> Job:
    """A task. Raises TaskNotFound."""
    try:
        return await house.jobs.get(task_id, APP)
    except NotFound as error:
        raise TaskNotFound(f"there is no task {task_id}") from error


async def answer_of(request: Request, house: House, job: Job) -> TaskAnswer:
    """A task with what became of it."""
    result: dict[str, Any] | None = await house.result(job, FINAL_STEP) if job.state is State.COMPLETED else None
    return task_answer(job, links(request, house, result), result, await house.jobs.ahead(job))


async def _jobs_of_batch(house: House, batch_id: str) -> Sequence[Job]:
    jobs: list[Job] = []
    for number in range(MOST_IMAGES):
        try:
            jobs.append(await house.jobs.get(f"{batch_id}-{number}", APP))
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
