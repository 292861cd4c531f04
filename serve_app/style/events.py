"""The progress of one task as server-sent events and as a WebSocket: the same messages on both.

status (a snapshot) - progress (with a preview, if asked for) ⋯ - completed | failed | cancelled
"""

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Path, Request, WebSocket
from fastapi.responses import StreamingResponse

from foundation.jobs.types import Event, Job, State
from serve_app.http.problems import problem_responses
from serve_app.jobs.accept import JOB_ID
from serve_app.jobs.follow import TERMINAL_EVENTS
from serve_app.jobs.sockets import Message
from serve_app.jobs.stores import Stores, StoresOf
from serve_app.jobs.streams import STREAM, After, LastEventId, Stream, lines_of, seen, serve_socket, sse_response
from serve_app.style.schemas import APP
from serve_app.style.status import CANCELLED, PREFIX
from serve_app.style.view import links, task_of

TaskId = Annotated[str, Path(pattern=JOB_ID)]
SILENT = {"accepted", "step_completed"}

router = APIRouter(prefix=PREFIX, tags=["progress"])


@router.get(
    "/task/{task_id}/events", response_class=StreamingResponse, responses=STREAM | problem_responses(404, 422, 503)
)
async def events(
    request: Request, stores: StoresOf, task_id: TaskId, after: After = 0, last_event_id: LastEventId = None
) -> StreamingResponse:
    """Follow a task as server-sent events until its end, starting after ``Last-Event-ID`` or ``?after=``."""
    return sse_response(lines_of(await _stream(request, stores, task_id, seen(last_event_id, after))))


@router.websocket("/task/{task_id}/ws")
async def socket(socket: WebSocket, stores: StoresOf, task_id: str) -> None:
    """Follow a task by WebSocket: the same messages."""
    await serve_socket(socket, stores, APP, lambda after: _stream(socket, stores, task_id, after))


async def _stream(connection: Request | WebSocket, stores: Stores, task_id: str, after: int) -> Stream:
    async def to_message(job: Job, event: Event) -> Message | None:
        return await message_of(connection, stores, job, event)

    job = await task_of(stores, task_id)
    return Stream(stores, job, after, snapshot(job, await stores.jobs.ahead(job)), to_message)


def snapshot(job: Job, ahead: int) -> dict[str, Any]:
    """The present state of a task."""
    position = ahead + 1 if job.state is State.QUEUED else None
    return {
        "type": "status",
        "task_id": job.id,
        "status": job.state.value,
        "progress": int(job.progress * 100),
        "queue_position": position,
        "seq": job.last_seq,
    }


async def message_of(
    connection: Request | WebSocket, stores: Stores, job: Job, event: Event
) -> Mapping[str, Any] | None:
    """An event of a job as a message; None for events that clients do not get."""
    if event.kind in SILENT:
        return None
    message: dict[str, Any] = {"type": event.kind, "task_id": job.id, "seq": event.seq}
    if event.kind not in TERMINAL_EVENTS:
        percent = {"progress": int(event.data["progress"] * 100)} if "progress" in event.data else {}
        return message | dict(event.data) | percent
    if event.kind == State.FAILED.value:
        data = event.data
        return message | {
            "error_code": str(data["code"]).upper(),
            "error_message": data["detail"],
            "hint": data.get("hint"),
        }
    if event.kind == State.CANCELLED.value:
        return message | {"error_code": "TASK_CANCELLED", "error_message": CANCELLED}
    result = await stores.result(job)
    found = links(connection, stores, result)
    engine = {name: result.get(name) for name in ("engine", "engine_reason")}
    warnings = list(job.args.get("warnings", ()))
    ended = {"progress": 100, "output_image_url": found[0], "output_image_urls": found, "warnings": warnings}
    return message | ended | engine
