"""Jobs as tasks: states, messages and error codes in the words of seed 004."""

from collections.abc import Mapping
from typing import Any

from fastapi import Request, WebSocket

from foundation.errors import KomaError, NotFound
from foundation.jobs.types import Job, State
from serve_app.http.files import signed_link
from serve_app.jobs.accept import warnings_of_job
from serve_app.jobs.stores import Stores
from serve_app.jobs.times import iso
from serve_app.style.answers import TaskAnswer
from serve_app.style.schemas import APP
from serve_app.style.status import CANCELLED, STATUS


class TaskNotFound(NotFound):
    """There is no task of this id."""

    code = "task_not_found"


def members(code: str, detail: str, _error: KomaError | None) -> dict[str, Any]:
    """What the style API adds to its problems."""
    error_code = {"internal": "INTERNAL_SERVER_ERROR"}.get(code, code.upper())
    return {"success": False, "error_code": error_code, "error_message": detail}


def links(connection: Request | WebSocket, stores: Stores, result: Mapping[str, Any] | None) -> list[str]:
    """Fresh links to the pictures of a finished task."""
    return [signed_link(connection, stores, image["key"]) for image in (result or {}).get("images", [])]


def task_answer(job: Job, links: list[str], result: Mapping[str, Any] | None, ahead: int) -> TaskAnswer:
    """The task as ``GET /task/{id}`` returns it. ``ahead`` counts the tasks before it in the queue."""
    error = job.error if job.state is State.FAILED else None
    cancelled = job.state is State.CANCELLED
    return TaskAnswer(
        task_id=job.id,
        status=STATUS[job.state],
        progress=100 if job.state is State.COMPLETED else min(99, int(job.progress * 100)),
        output_image_url=links[0] if links else None,
        output_image_urls=links,
        error_message=CANCELLED if cancelled else (error["detail"] if error else None),
        error_code="TASK_CANCELLED" if cancelled else (error["code"].upper() if error else None),
        error_hint=error.get("hint") if error else None,
        created_at=iso(job.created_at),
        completed_at=iso(job.finished_at) if job.finished_at else None,
        processing_time=round(job.finished_at - job.created_at, 3) if job.finished_at else None,
        queue_position=ahead + 1 if job.state is State.QUEUED else None,
        style_type=job.args["style"],
        engine=(result or {}).get("engine"),
        engine_reason=(result or {}).get("engine_reason"),
        seed=(result or {}).get("seed"),
        warnings=warnings_of_job(job),
    )


async def task_of(stores: Stores, task_id: str) -> Job:
    """A task. Raises TaskNotFound."""
    try:
        return await stores.jobs.get(task_id, APP)
    except NotFound as error:
        raise TaskNotFound(f"there is no task {task_id}") from error


async def answer_of(connection: Request | WebSocket, stores: Stores, job: Job) -> TaskAnswer:
    """A task with its result."""
    result = await stores.result(job) if job.state is State.COMPLETED else None
    return task_answer(job, links(connection, stores, result), result, await stores.jobs.ahead(job))
