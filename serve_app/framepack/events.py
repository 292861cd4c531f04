"""The progress of one job: status (a snapshot) - progress, picture_completed, picture_failed ⋯ - its end."""

from typing import Any

from fastapi import APIRouter, Request, WebSocket
from fastapi.responses import StreamingResponse

from foundation.jobs.types import Event, Job, State
from serve_app.framepack.answers import QueuedJob
from serve_app.framepack.jobs import FAILS, JobId
from serve_app.framepack.schemas import APPS
from serve_app.framepack.status import FILM, PICTURE_FAILED, PREFIX
from serve_app.framepack.view import View, job_of, links_base, row_progress, steps_of, warnings_of_result
from serve_app.jobs.follow import TERMINAL_EVENTS
from serve_app.jobs.stores import Stores, StoresOf
from serve_app.jobs.streams import STREAM, After, LastEventId, Stream, lines_of, seen, serve_socket, sse_response

SILENT = {"accepted", "step_completed"}


router = APIRouter(prefix=f"{PREFIX}/jobs", tags=["progress"])


@router.get("/{job_id}/events", response_class=StreamingResponse, responses=STREAM | FAILS)
async def events(
    request: Request, stores: StoresOf, job_id: JobId, after: After = 0, last_event_id: LastEventId = None
) -> StreamingResponse:
    """Follow a job as server-sent events until its end, starting after ``Last-Event-ID`` or ``?after=``."""
    return sse_response(lines_of(await _stream(request, stores, job_id, seen(last_event_id, after))))


@router.websocket("/{job_id}/ws")
async def socket(socket: WebSocket, stores: StoresOf, job_id: str) -> None:
    """Follow a job by WebSocket: the same messages."""
    await serve_socket(socket, stores, APPS[0], lambda after: _stream(socket, stores, job_id, after))


async def _stream(connection: Request | WebSocket, stores: Stores, job_id: str, after: int) -> Stream:
    job = await job_of(stores, job_id)
    snapshot = await View(connection, stores).answer(job)
    first = {"type": "status", "seq": job.last_seq, "job": snapshot.model_dump()}
    return Stream(stores, job, after, first, Messages(connection, stores, snapshot).of)


class Messages:
    """The events of a job as messages; None for events that clients do not get."""

    def __init__(self, connection: Request | WebSocket, stores: Stores, first: QueuedJob) -> None:
        self._view = View(connection, stores)
        self._base = links_base(connection, first.id)
        rows = first.batch_progress.items if first.batch_progress else []
        self._failed = {row.index for row in rows if row.status == "failed"}

    async def of(self, job: Job, event: Event) -> dict[str, Any] | None:
        """The message of one event."""
        message = {"type": event.kind, "job_id": job.id, "seq": event.seq}
        message |= {"progress": round(100 * event.data["progress"], 1)} if "progress" in event.data else {}
        message |= {"stage": event.data["step"]} if "step" in event.data else {}
        if event.kind in TERMINAL_EVENTS:
            return message | await self._end(job, event)
        if event.kind == PICTURE_FAILED:
            self._failed.add(event.data["index"])
            return message | row_progress(job, self._base, event.data["index"], event.data["error"]).model_dump()
        if event.kind == "item_completed":
            row = self._row(job, event)
            return message | row if row else None
        if event.kind == "progress":
            return message | steps_of(event.data) | {"item": event.data.get("item")}
        return None if event.kind in SILENT else message

    def _row(self, job: Job, event: Event) -> dict[str, Any] | None:
        index = int(event.data["item"])
        if index in self._failed:
            return None
        kind = "section_completed" if job.args["type"] == FILM else "picture_completed"
        counts = {"done": event.data["done"], "items": event.data["items"]}
        return row_progress(job, self._base, index, None).model_dump() | counts | {"type": kind}

    async def _end(self, job: Job, event: Event) -> dict[str, Any]:
        if event.kind == State.FAILED.value:
            data = event.data
            return {"error": data["detail"], "error_code": data["code"], "error_hint": data.get("hint")}
        if event.kind == State.CANCELLED.value:
            return {}
        result = await self._view.result(job)
        return {"progress": 100.0, "result": result, "warnings": warnings_of_result(job, result)}
