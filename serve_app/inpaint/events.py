"""The progress sockets: one task from its present state on, or all tasks.

job events (SQL, by seq) -> messages -> socket      client: subscribe, unsubscribe, status, cancel, ping
"""

import asyncio
import contextlib
import time
import uuid
from collections.abc import Mapping
from types import MappingProxyType
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, WebSocket, WebSocketDisconnect

from foundation.errors import KomaError, StoreUnavailable
from foundation.jobs.types import Job, State
from serve_app.inpaint.routes import ACTIVE, outcome_of, task_of
from serve_app.inpaint.schemas import APP, TASK_ID
from serve_app.inpaint.status import PREFIX, iso
from serve_app.inpaint.view import TERMINAL_EVENTS, Progress, message_of
from serve_app.jobs.sockets import CLOSE_DONE, CLOSE_NOT_FOUND, close, next_message, once_accepted, until_one_ends
from serve_app.jobs.stores import House, house_of_socket

HouseOf = Annotated[House, Depends(house_of_socket)]
MOST_FOLLOWED = 200
EMPTY: Mapping[str, Any] = MappingProxyType({})


def socket_router() -> APIRouter:
    """The two sockets."""
    router = APIRouter(prefix=PREFIX)

    @router.websocket("/ws/progress/{task_id}")
    async def of_task(socket: WebSocket, house: HouseOf, task_id: Annotated[str, Path(pattern=TASK_ID)]) -> None:
        await _serve(Follower(socket, house, only=task_id))

    @router.websocket("/ws/progress")
    async def of_all(socket: WebSocket, house: HouseOf) -> None:
        await _serve(Follower(socket, house, only=None))

    return router


async def _serve(follower: "Follower") -> None:
    with contextlib.suppress(WebSocketDisconnect, RuntimeError):
        await follower.open()
        await until_one_ends(follower.follow, follower.listen)
    await close(follower.socket, follower.code)


class Follower:
    """One socket and the tasks that it follows, each from the last event that it was told."""

    def __init__(self, socket: WebSocket, house: House, only: str | None) -> None:
        self.socket = socket
        self._house = house
        self._only = only
        self._seen: dict[str, int] = {}
        self._ended: set[str] = set()
        self._dropped: set[str] = set()
        self._sending = asyncio.Lock()
        self._since = time.time()
        self.code = CLOSE_DONE

    async def open(self) -> None:
        """Accept, and say so."""
        await self.socket.accept()
        told = {"type": "connection_established", "connection_id": uuid.uuid4().hex, "task_id": self._only}
        await self._send(told | {"timestamp": iso()})

    async def follow(self) -> None:
        """Send what happens, for a late joiner after a snapshot of the task.

        Ends when the one task of this socket has ended and no other is followed, or did not come in time.
        """
        settings = self._house.settings
        if self._only is not None and not await self._found(self._only):
            self.code = CLOSE_NOT_FOUND
            return
        while True:
            with contextlib.suppress(StoreUnavailable):
                if self._only is None:
                    await self._find_new()
                for task_id in list(self._seen):
                    await self._catch_up(task_id)
            if self._only in self._ended and not self._seen:
                return
            await self._house.jobs.hints.wait(f"app:{APP}", settings.job_poll_seconds)

    async def _found(self, task_id: str) -> bool:
        """Subscribe to a task as soon as it is accepted; False, told, when that does not happen in time."""
        try:
            await once_accepted(self._house, APP, lambda: self._subscribe(task_id), self._ping)
        except KomaError as error:
            await self._send_error(error.detail)
            return False
        return True

    async def _ping(self) -> None:
        await self._send({"type": "ping", "timestamp": iso()})

    async def _find_new(self) -> None:
        jobs, _ = await self._house.jobs.find(APP, ACTIVE, limit=MOST_FOLLOWED)
        recent, _ = await self._house.jobs.find(APP, limit=20)
        for job in [*jobs, *(job for job in recent if job.created_at >= self._since)]:
            if job.id not in {*self._seen, *self._ended, *self._dropped}:
                self._seen[job.id] = job.last_seq if job.created_at < self._since else 0

    async def _catch_up(self, task_id: str) -> None:
        try:
            job = await self._house.jobs.get(task_id, APP)
        except KomaError as error:
            if not isinstance(error, StoreUnavailable):
                # swept meanwhile
                self._end(task_id)
                return
            raise
        for event in await self._house.jobs.events(job, self._seen.get(task_id, 0)):
            if task_id not in self._seen:
                return
            self._seen[task_id] = event.seq
            outcome = await outcome_of(self._house, job) if event.kind == State.COMPLETED else EMPTY
            message = message_of(self.socket, job, event, outcome)
            if message is not None:
                await self._send(message)
            if event.kind in TERMINAL_EVENTS:
                self._end(task_id)

    def _end(self, task_id: str) -> None:
        self._seen.pop(task_id, None)
        self._ended.add(task_id)

    async def listen(self) -> None:
        """Answer what the client asks."""
        while True:
            await self._guarded(self._answer(await next_message(self.socket)))

    async def _guarded(self, work: Any) -> None:
        try:
            await work
        except KomaError as error:
            await self._send_error(error.detail)

    async def _send_error(self, detail: str) -> None:
        await self._send({"type": "error", "error": detail, "timestamp": iso()})

    async def _answer(self, message: Mapping[str, Any]) -> None:
        kind, task_id = str(message.get("type")), message.get("task_id")
        if kind == "ping":
            await self._send({"type": "pong", "timestamp": iso()})
        elif kind in {"subscribe_task", "unsubscribe_task", "get_task_status", "cancel_task"}:
            if not isinstance(task_id, str) or not task_id:
                await self._send_error(f"{kind} needs a task_id")
                return
            await {
                "subscribe_task": self._subscribe,
                "unsubscribe_task": self._unsubscribe,
                "get_task_status": self._status,
                "cancel_task": self._cancel,
            }[kind](task_id)
        else:
            await self._send_error(f"Unknown message type: {kind[:64]}")

    async def _subscribe(self, task_id: str) -> None:
        job = await task_of(self._house, task_id)
        if task_id != self._only:
            await self._send({"type": "task_subscribed", "task_id": task_id, "timestamp": iso()})
        await self._send(Progress(job).update())
        self._ended.discard(task_id)
        self._dropped.discard(task_id)
        # the end of a task that has ended is told once more
        self._seen[task_id] = job.last_seq - 1 if job.state.terminal else job.last_seq

    async def _unsubscribe(self, task_id: str) -> None:
        self._seen.pop(task_id, None)
        self._dropped.add(task_id)
        if task_id == self._only:
            self._ended.add(task_id)
        await self._send({"type": "task_unsubscribed", "task_id": task_id, "timestamp": iso()})

    async def _status(self, task_id: str) -> None:
        await self._send(Progress(await task_of(self._house, task_id)).update())

    async def _cancel(self, task_id: str) -> None:
        await task_of(self._house, task_id)
        job: Job = await self._house.jobs.cancel(task_id, APP)
        if task_id not in self._seen and job.state.terminal:
            await self._send({"type": "task_cancelled", "task_id": task_id, "session_id": None, "timestamp": iso()})

    async def _send(self, message: dict[str, Any]) -> None:
        async with self._sending:
            await self.socket.send_json(message)
