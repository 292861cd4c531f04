"""The progress of one task as server-sent events and as a WebSocket: the same messages on both.

status (a snapshot) - progress (with a preview, if asked for) ⋯ - completed | failed | cancelled
"""

import contextlib
import json
from collections.abc import AsyncGenerator
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header, Path, Query, Request, WebSocket, WebSocketDisconnect
from fastapi.responses import StreamingResponse

from foundation.errors import KomaError, NotFound
from foundation.jobs.types import Event, Job, State
from serve_app.follow import ENDS, follow
from serve_app.house import House, house_of, house_of_socket
from serve_app.problems import problem_responses
from serve_app.sockets import until_one_ends
from serve_app.style.schemas import TASK_ID
from serve_app.style.tasks import task_of
from serve_app.style.words import CANCELLED, FINAL_STEP, PREFIX, links

TaskId = Annotated[str, Path(pattern=TASK_ID)]
After = Annotated[int, Query(ge=0, lt=2**31, description="Begin behind the event of this number.")]
KEEP_ALIVE_S = 15.0
CLOSE_DONE = 1000
CLOSE_NOT_FOUND = 4404
CLOSE_TRY_AGAIN = 1013
SILENT = {"accepted", "step_completed"}


def event_router() -> APIRouter:
    """The two progress streams."""
    router = APIRouter(prefix=PREFIX, tags=["progress"])
    stream: dict[int | str, dict[str, Any]] = {200: {"content": {"text/event-stream": {}}, "description": "Events."}}

    @router.get(
        "/task/{task_id}/events", response_class=StreamingResponse, responses=stream | problem_responses(404, 422, 503)
    )
    async def events(
        request: Request,
        house: Annotated[House, Depends(house_of)],
        task_id: TaskId,
        after: After = 0,
        last_event_id: Annotated[str | None, Header(max_length=20)] = None,
    ) -> StreamingResponse:
        """Follow a task as server-sent events, from ``Last-Event-ID`` or ``?after=`` on, until its end."""
        job = await task_of(house, task_id)
        seen = int(last_event_id) if last_event_id and last_event_id.isdecimal() else after
        headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
        lines = _lines(request, house, job, seen)
        return StreamingResponse(lines, media_type="text/event-stream", headers=headers)

    @router.websocket("/task/{task_id}/ws")
    async def socket(
        socket: WebSocket, house: Annotated[House, Depends(house_of_socket)], task_id: str, after: After = 0
    ) -> None:
        await socket.accept()
        with contextlib.suppress(WebSocketDisconnect, RuntimeError):
            try:
                job = await task_of(house, task_id)
            except KomaError as error:
                await socket.send_json(
                    {"type": "error", "code": error.code, "detail": error.detail, "hint": error.hint}
                )
                await socket.close(CLOSE_NOT_FOUND if isinstance(error, NotFound) else CLOSE_TRY_AGAIN)
                return
            await _serve(socket, house, job, after)

    return router


async def _lines(request: Request, house: House, job: Job, after: int) -> AsyncGenerator[str]:
    yield _sse(None, snapshot(job, await house.jobs.ahead(job)))
    with contextlib.suppress(NotFound):
        async for found in follow(house, job, after, KEEP_ALIVE_S):
            if found is None:
                yield ": still here\n\n"
                continue
            message = await message_of(request, house, *found)
            if message is not None:
                yield _sse(found[1].seq, message)


def _sse(seq: int | None, message: dict[str, Any]) -> str:
    number = "" if seq is None else f"id: {seq}\n"
    return f"{number}event: {message['type']}\ndata: {json.dumps(message, ensure_ascii=False)}\n\n"


async def _serve(socket: WebSocket, house: House, job: Job, after: int) -> None:
    async def send() -> None:
        await socket.send_json(snapshot(job, await house.jobs.ahead(job)))
        async for found in follow(house, job, after):
            message = await message_of(socket, house, *found) if found else None
            if message is not None:
                await socket.send_json(message)

    async def listen() -> None:
        while True:
            # what a client says is not needed; this notices that it has left
            await socket.receive()

    # a task that is swept meanwhile has no more to tell
    with contextlib.suppress(NotFound):
        await until_one_ends(send, listen)
    await socket.close(CLOSE_DONE)


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
    found = links(connection, house, await house.result(job, FINAL_STEP))
    return told | {"progress": 100, "output_image_url": found[0], "output_image_urls": found}
