"""``WS /ws/session/{id}``: a session's events in order, each once, from ``?after=seq`` on.

job events (SQL, by seq) -> messages -> socket        client: ping -> pong
"""

import asyncio
import contextlib
from collections.abc import Mapping
from types import MappingProxyType
from typing import Annotated, Any

from fastapi import APIRouter, Depends, WebSocket

from foundation.errors import KomaError, NotFound, StoreUnavailable, error_record
from foundation.jobs.types import Job, State
from serve_app.jobs.follow import follow
from serve_app.jobs.sockets import CLOSE_DONE, after_of, close, close_code, next_message, once_accepted, until_one_ends
from serve_app.jobs.stores import House, house_of_socket
from serve_app.manga.view import APP, Phases, status_of

EMPTY: Mapping[str, Any] = MappingProxyType({})


def socket_router(phases: Phases) -> APIRouter:
    """The progress socket of the sessions."""
    router = APIRouter()

    @router.websocket("/ws/session/{session_id}")
    async def session_events(
        socket: WebSocket, session_id: str, house: Annotated[House, Depends(house_of_socket)]
    ) -> None:
        await socket.accept()
        watcher = Watcher(socket, house, phases)
        await until_one_ends(lambda: watcher.send_events(session_id), watcher.answer)
        await close(socket, watcher.code)

    return router


class Watcher:
    """One socket that follows one session. ``code`` is what it is closed with."""

    def __init__(self, socket: WebSocket, house: House, phases: Phases) -> None:
        self._socket = socket
        self._house = house
        self._phases = phases
        # two senders must not mix their frames
        self._sending = asyncio.Lock()
        self.code = CLOSE_DONE

    async def send_events(self, session_id: str) -> None:
        """Send the state of the session as soon as it is there, then its events until its end."""
        try:
            after = after_of(self._socket)
            job = await once_accepted(self._house, APP, lambda: self._house.jobs.get(session_id, APP), self._ping)
        except KomaError as error:
            await self._send({"type": "error", "data": error_record(error)})
            self.code = close_code(error)
            return
        await self._send({"type": "connect", "session_id": job.id, "status": status_of(job)})
        with contextlib.suppress(NotFound):
            async for found in follow(self._house, job, after):
                if found:
                    final = await self._final(found[0]) if found[1].kind == State.COMPLETED else EMPTY
                    await self._send(self._phases.message(job, found[1], final))

    async def _final(self, job: Job) -> Mapping[str, Any]:
        """The result of the last phase."""
        while True:
            try:
                return await self._house.result(job, self._phases.all[-1].step)
            except StoreUnavailable:
                await asyncio.sleep(self._house.settings.job_poll_seconds)

    async def answer(self) -> None:
        """Answer what the client sends, for ever."""
        while True:
            kind = (await next_message(self._socket)).get("type")
            await self._send({"type": "pong"} if kind == "ping" else {"type": "error", "data": _unknown(kind)})

    async def _ping(self) -> None:
        await self._send({"type": "ping"})

    async def _send(self, message: dict[str, Any]) -> None:
        async with self._sending:
            await self._socket.send_json(message)


def _unknown(kind: Any) -> dict[str, str]:
    return {
        "code": "unknown_message",
        "detail": f"a message of type {str(kind)[:64]!r} is not understood",
        "hint": 'Send {"type": "ping"}; feedback goes by POST.',
    }
