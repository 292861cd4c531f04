"""The progress of one task as server-sent events and as a WebSocket: the same messages on both.

status (a snapshot) - progress (with a preview, if asked for) ⋯ - completed | failed | cancelled
"""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Request, WebSocket
from fastapi.responses import StreamingResponse

from foundation.jobs.types import Event, Job, State
from serve_app.http.problems import problem_responses
from serve_app.jobs.follow import ENDS
from serve_app.jobs.stores import House, house_of, house_of_socket
from serve_app.jobs.streams import STREAM, After, LastEventId, Stream, lines_of, seen, serve_socket, sse_response
from serve_app.style.routes import task_of
from serve_app.style.schemas import APP, TASK_ID
from serve_app.style.view import CANCELLED, FINAL_STEP, PREFIX, links

TaskId = Annotated[str, Path(pattern=TASK_ID)]
SILENT = {"accepted", "step_completed"}


def event_router() -> APIRouter:
    """The two progress streams."""
    router = APIRouter(prefix=PREFIX, tags=["progress"])

    @router.get(
        "/task/{task_id}/events", response_class=StreamingResponse, responses=STREAM | problem_responses(404, 422, 503)
    )
    async def events(
        request: Request,
        house: Annotated[House, Depends(house_of)],
        task_id: TaskId,
        after: After = 0,
        last_event_id: LastEventId = None,
    ) -> StreamingResponse:
        """Follow a task as server-sent events, from ``Last-Event-ID`` or ``?after=`` on, until its end."""
        return sse_response(lines_of(await _stream(request, house, task_id, seen(last_event_id, after))))

    @router.websocket("/task/{task_id}/ws")
    async def socket(socket: WebSocket, house: Annotated[House, Depends(house_of_socket)], task_id: str) -> None:
        await serve_socket(socket, house, APP, lambda after: _stream(socket, house, task_id, after))

    return router


async def _stream(connection: Request | WebSocket, house: House, task_id: str, after: int) -> Stream:
    async def tell(job: Job, event: Event) -> dict[str, Any] | None:
        return await message_of(connection, house, job, event)

    job = await task_of(house, task_id)
    return Stream(house, job, after, snapshot(job, await house.jobs.ahead(job)), tell)


def snapshot(job: Job, ahead: int) -> dict[str, Any]:
    """Where a task is now."""
    position = ahead + 1 if job.state is State.QUEUED else None
    return {
        "type": "status",
        "task_id": job.id,
        "status": job.state.value,
        "progress": int(job.progress * 100),
        "queue_position": position,
        "seq": job.last_seq,
    }


async def message_of(connection: Request | WebSocket, house: House, job: Job, event: Event) -> dict[str, Any] | None:
    """An event of a job as a message; None for those that tell a client nothing."""
    if event.kind in SILENT:
        return None
    told = {"type": event.kind, "task_id": job.id, "seq": event.seq}
    if event.kind not in ENDS:
        percent = {"progress": int(event.data["progress"] * 100)} if "progress" in event.data else {}
        return told | dict(event.data) | percent
    if event.kind == State.FAILED.value:
        data = event.data
        return told | {
            "error_code": str(data["code"]).upper(),
            "error_message": data["detail"],
            "hint": data.get("hint"),
        }
    if event.kind == State.CANCELLED.value:
        return told | {"error_code": "TASK_CANCELLED", "error_message": CANCELLED}
    result = await house.result(job, FINAL_STEP)
    found = links(connection, house, result)
    engine = {name: result.get(name) for name in ("engine", "engine_reason")}
    warnings = list(job.args.get("warnings", ()))
    ended = {"progress": 100, "output_image_url": found[0], "output_image_urls": found, "warnings": warnings}
    return told | ended | engine
