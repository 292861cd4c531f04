"""The events of one job as server-sent events and as a WebSocket: the same messages on both.

a snapshot - a message for each event that a client is told of ⋯ - that of the job's end
"""

import asyncio
import contextlib
import json
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import Header, Query, WebSocket
from fastapi.responses import StreamingResponse

from foundation.errors import KomaError, NotFound, StoreUnavailable, error_record
from foundation.jobs.types import Event, Job
from serve_app.jobs.follow import follow
from serve_app.jobs.sockets import CLOSE_DONE, after_of, close, close_code, once_accepted, until_one_ends
from serve_app.jobs.stores import House

After = Annotated[
    int, Query(ge=0, lt=2**31, description="Number of the last event that was received; later ones follow.")
]
LastEventId = Annotated[str | None, Header(max_length=20)]
STREAM: dict[int | str, dict[str, Any]] = {200: {"content": {"text/event-stream": {}}, "description": "Events."}}
KEEP_ALIVE_S = 15.0

Json = Mapping[str, Any]
Tell = Callable[[Job, Event], Awaitable[Json | None]]
"""An event of a job as a message; None for those that tell a client nothing."""


@dataclass(frozen=True)
class Stream:
    """What a client is told of a job, from behind the event ``after`` on."""

    house: House
    job: Job
    after: int
    first: Json
    tell: Tell

    async def messages(self, tick_s: float | None = None) -> AsyncGenerator[tuple[int | None, Json | None]]:
        """Messages with the numbers of their events, the snapshot first; None for every ``tick_s`` of silence.

        A job that is swept meanwhile has no more to tell.
        """
        yield None, self.first
        with contextlib.suppress(NotFound):
            async for found in follow(self.house, self.job, self.after, tick_s):
                message = await self._told(*found) if found else None
                if message is not None or found is None:
                    yield (found[1].seq if found else None), message

    async def _told(self, job: Job, event: Event) -> Json | None:
        """The message of an event; a store that is away is waited for here too."""
        while True:
            try:
                return await self.tell(job, event)
            except StoreUnavailable:
                await asyncio.sleep(self.house.settings.job_poll_seconds)


def sse(name: str, data: Any, seq: int | None = None) -> str:
    """One server-sent event."""
    number = "" if seq is None else f"id: {seq}\n"
    return f"{number}event: {name}\ndata: {json.dumps(data, ensure_ascii=False)}\n\n"


def sse_response(lines: AsyncGenerator[str]) -> StreamingResponse:
    """A stream of server-sent events that no proxy keeps."""
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return StreamingResponse(lines, media_type="text/event-stream", headers=headers)


def seen(last_event_id: str | None, after: int) -> int:
    """Behind which event to begin: a browser that comes back names the last one it has seen."""
    return min(int(last_event_id), 2**31) if last_event_id and last_event_id.isdecimal() else after


async def lines_of(stream: Stream) -> AsyncGenerator[str]:
    """A job's messages as server-sent events."""
    async for seq, message in stream.messages(KEEP_ALIVE_S):
        yield sse(message["type"], message, seq) if message is not None else ": still here\n\n"


async def serve_socket(socket: WebSocket, house: House, app: str, begin: Callable[[int], Awaitable[Stream]]) -> None:
    """Send a job's messages and close. ``begin`` finds the job, and is asked again until it is accepted."""
    await socket.accept()
    code = CLOSE_DONE

    async def send() -> None:
        nonlocal code
        try:
            after = after_of(socket)
            stream = await once_accepted(house, app, lambda: begin(after), lambda: socket.send_json({"type": "ping"}))
        except KomaError as error:
            await socket.send_json({"type": "error", **error_record(error)})
            code = close_code(error)
            return
        async for _, message in stream.messages():
            await socket.send_json(message)

    await until_one_ends(send, lambda: _listen(socket))
    await close(socket, code)


async def _listen(socket: WebSocket) -> None:
    while True:
        # what a client says is not needed; this notices that it has left
        await socket.receive()
