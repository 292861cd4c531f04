"""Jobs told as tasks: states, messages and error codes in the words of seed 004."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from fastapi import Request, WebSocket

from foundation.errors import KomaError, NotFound
from foundation.jobs.types import Job, State
from serve_app.http.files import signed_link
from serve_app.http.warnings import RequestWarning
from serve_app.jobs.stores import House
from serve_app.style.answers import Status, TaskAnswer

PREFIX = "/api/v1"
ACCEPTED = "任务已创建，正在处理中"
ACCEPTED_IN_BATCH = "任务已创建"
CANCELLED = "任务已取消"
FINAL_STEP = "finishing"
STATUS: Mapping[State, Status] = {
    State.QUEUED: "pending",
    State.RUNNING: "processing",
    State.WAITING: "processing",
    State.COMPLETED: "completed",
    State.FAILED: "failed",
    State.CANCELLED: "failed",
}


class TaskNotFound(NotFound):
    """There is no task of this id."""

    code = "task_not_found"


def members(code: str, detail: str, _error: KomaError | None) -> dict[str, Any]:
    """What the style API adds to its problems."""
    told = {"internal": "INTERNAL_SERVER_ERROR"}.get(code, code.upper())
    return {"success": False, "error_code": told, "error_message": detail}


def iso(seconds: float) -> str:
    """A moment as ISO 8601 in UTC without an offset, as the original writes it."""
    return datetime.fromtimestamp(seconds, UTC).replace(tzinfo=None).isoformat(timespec="milliseconds")


def links(connection: Request | WebSocket, house: House, result: Mapping[str, Any] | None) -> list[str]:
    """Fresh links to the pictures of a finished task."""
    return [signed_link(connection, house, image["key"]) for image in (result or {}).get("images", [])]


def task_answer(job: Job, links: list[str], result: Mapping[str, Any] | None, ahead: int) -> TaskAnswer:
    """The task as ``GET /task/{id}`` tells it. ``ahead`` counts the tasks before it in the queue."""
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
        warnings=warnings_of_task(job),
    )


def warnings_of_task(job: Job) -> list[RequestWarning]:
    """What was ignored of the request."""
    return [RequestWarning(**warning) for warning in job.args.get("warnings", ())]
