"""``WS /ws/session/{id}``: a session's events in order, each once, from ``?after=seq`` on.

job events (SQL, by seq) -> messages -> socket        client: ping -> pong
"""

import asyncio
import contextlib
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, WebSocket

from foundation.errors import KomaError, NotFound, StoreUnavailable
from foundation.jobs.types import Job
from serve_app.house import House, house_of_socket
from serve_app.manga.phases import APP, TERMINAL_EVENTS, Phases, status_of
from serve_app.sockets import until_one_ends

CLOSE_DONE = 1000
CLOSE_NOT_FOUND = 4404
CLOSE_TRY_AGAIN = 1013


def socket_router(phases: Phases) -> APIRouter:
    """The progress socket of the sessions."""
    router = APIRouter()

    @router.websocket("/ws/session/{session_id}")
    async def follow(
        socket: WebSocket,
        session_id: str,
        house: Annotated[House, Depends(house_of_socket)],
        after: Annotated[int, Query(ge=0, lt=2**31)] = 0,
    ) -> None:
        await socket.accept()
        try:
            job = await house.jobs.get(session_id, APP)
        except KomaError as error:
            await _refuse(socket, error)
            return
        await socket.send_json({"type": "connect", "session_id": job.id, "status": status_of(job)})
        await _serve(Stream(socket, house, phases, job, asyncio.Lock()), after)

    return router


async def _refuse(socket: WebSocket, error: KomaError) -> None:
    await socket.send_json({"type": "error", "data": {"code": error.code, "detail": error.detail, "hint": error.hint}})
    await socket.close(CLOSE_NOT_FOUND if isinstance(error, NotFound) else CLOSE_TRY_AGAIN)


@dataclass(frozen=True)
class Stream:
    """One socket that follows one job. The lock keeps two senders from mixing their frames."""

    socket: WebSocket
    house: House
    phases: Phases
    job: Job
    lock: asyncio.Lock

    async def send(self, message: dict[str, Any]) -> None:
        """Send one message."""
        async with self.lock:
            await self.socket.send_json(message)


async def _serve(stream: Stream, after: int) -> None:
    await until_one_ends(lambda: _send_events(stream, after), lambda: _answer(stream))
    with contextlib.suppress(RuntimeError):
        await stream.socket.close(CLOSE_DONE)


async def _send_events(stream: Stream, after: int) -> None:
    jobs, job = stream.house.jobs, stream.job
    # a client that has seen the end of an ended job would wait for ever
    while not (job.state.terminal and after >= job.last_seq):
        with contextlib.suppress(StoreUnavailable):
            for event in await jobs.events(job, after):
                await stream.send(stream.phases.message(job.id, event))
                after = event.seq
                if event.kind in TERMINAL_EVENTS:
                    return
        await jobs.hints.wait(f"job:{job.tenant}:{job.id}", stream.house.settings.job_poll_seconds)


async def _answer(stream: Stream) -> None:
    while True:
        try:
            message: Any = await stream.socket.receive_json()
        except (ValueError, KeyError):
            message = None
        kind = message.get("type") if isinstance(message, dict) else None  # pyright: ignore
        reply = {"type": "pong"} if kind == "ping" else {"type": "error", "data": _unknown(kind)}
        await stream.send(reply)


def _unknown(kind: Any) -> dict[str, str]:
    return {
        "code": "unknown_message",
        "detail": f"a message of type {str(kind)[:64]!r} is not understood",
        "hint": 'Send {"type": "ping"}; feedback goes by POST.',
    }
