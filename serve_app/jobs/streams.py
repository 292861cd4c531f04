"""The events of one job as server-sent events and as a WebSocket: the same messages on both.

a snapshot - a message for each event that a client gets ⋯ - that of the job's end
"""

import asyncio
import contextlib
import json
from collections.abc import AsyncGenerator, Awaitable, Callable
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import Header, Query, WebSocket
from fastapi.responses import StreamingResponse

from foundation.errors import KomaError, NotFound, StoreUnavailable, error_record
from foundation.jobs.types import Event, Job
from serve_app.jobs.follow import follow
from serve_app.jobs.sockets import (
    CLOSE_DONE,
    Message,
    Sender,
    after_of,
    close,
    close_code,
    next_message,
    once_accepted,
    until_one_ends,
)
from serve_app.jobs.stores import Stores

After = Annotated[
    int, Query(ge=0, lt=2**31, description="Number of the last event that was received; later ones follow.")
]
LastEventId = Annotated[str | None, Header(max_length=20)]
STREAM: dict[int | str, dict[str, Any]] = {200: {"content": {"text/event-stream": {}}, "description": "Events."}}
KEEP_ALIVE_S = 15.0

ToMessage = Callable[[Job, Event], Awaitable[Message | None]]
"""An event of a job as a message; None for events that clients do not get."""
Answer = Callable[[Message], Message | None]
"""The answer to a message of the client; None where there is none."""


@dataclass(frozen=True)
class Stream:
    """The messages about a job: a snapshot first, then its events after number ``after``."""

    stores: Stores
    job: Job
    after: int
    first: Message
    to_message: ToMessage

    async def messages(self, tick_s: float | None = None) -> AsyncGenerator[tuple[int | None, Message | None]]:
        """Messages with the numbers of their events, the snapshot first; None for every ``tick_s`` of silence.

        The stream of a job that is swept meanwhile ends.
        """
        yield None, self.first
        with contextlib.suppress(NotFound):
            async for found in follow(self.stores, self.job, self.after, tick_s):
                message = await self._message(*found) if found else None
                if message is not None or found is None:
                    yield (found[1].seq if found else None), message

    async def _message(self, job: Job, event: Event) -> Message | None:
        """The message of an event; a store that is away is waited for here too."""
        while True:
            try:
                return await self.to_message(job, event)
            except StoreUnavailable:
                await asyncio.sleep(self.stores.settings.job_poll_seconds)


def sse(name: str, data: Any, seq: int | None = None) -> str:
    """One server-sent event."""
    number = "" if seq is None else f"id: {seq}\n"
    return f"{number}event: {name}\ndata: {json.dumps(data, ensure_ascii=False)}\n\n"


def sse_response(lines: AsyncGenerator[str]) -> StreamingResponse:
    """A stream of server-sent events that no proxy caches."""
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return StreamingResponse(lines, media_type="text/event-stream", headers=headers)


def seen(last_event_id: str | None, after: int) -> int:
    """The last event that the client has: a browser that reconnects names it in ``Last-Event-ID``."""
    return min(int(last_event_id), 2**31) if last_event_id and last_event_id.isdecimal() else after


async def lines_of(stream: Stream) -> AsyncGenerator[str]:
    """A job's messages as server-sent events."""
    async for seq, message in stream.messages(KEEP_ALIVE_S):
        yield sse(message["type"], message, seq) if message is not None else ": still here\n\n"


@dataclass(frozen=True)
class SocketWords:
    """How an application words what is not an event: ``error`` a failure, ``answer`` what the client sends."""

    error: Callable[[KomaError], Message] = lambda error: {"type": "error", **error_record(error)}
    answer: Answer = lambda _: None


async def serve_socket(
    socket: WebSocket,
    stores: Stores,
    app: str,
    begin: Callable[[int], Awaitable[Stream]],
    words: SocketWords | None = None,
) -> None:
    """Send a job's messages and close. ``begin`` finds the job, and is called again until it is accepted."""
    await socket.accept()
    sender, words, code = Sender(socket), words or SocketWords(), CLOSE_DONE

    async def send() -> None:
        nonlocal code
        try:
            after = after_of(socket)
            stream = await once_accepted(stores, app, lambda: begin(after), lambda: sender.send({"type": "ping"}))
        except KomaError as error:
            await sender.send(words.error(error))
            code = close_code(error)
            return
        async for _, message in stream.messages():
            if message is not None:
                await sender.send(message)

    async def listen() -> None:
        # reading also notices that the client has left
        while True:
            if (answer := words.answer(await next_message(socket))) is not None:
                await sender.send(answer)

    await until_one_ends(send, listen)
    await close(socket, code)
