"""The progress sockets: one task from its present state on, or all tasks.

job events (SQL, by seq) -> messages -> socket      client: subscribe, unsubscribe, status, cancel, ping
"""

import uuid
from collections.abc import Mapping
from types import MappingProxyType
from typing import Annotated, Any

from fastapi import APIRouter, Path, WebSocket

from foundation.errors import InvalidInput, KomaError
from foundation.jobs.types import Event, Job, State
from serve_app.inpaint.routes import ACTIVE, outcome_of, task_of
from serve_app.inpaint.schemas import APP
from serve_app.inpaint.status import PREFIX
from serve_app.inpaint.view import Progress, message_of
from serve_app.jobs.accept import JOB_ID
from serve_app.jobs.followers import Follower
from serve_app.jobs.sockets import CLOSE_NOT_FOUND, once_accepted
from serve_app.jobs.stores import Stores, StoresOf
from serve_app.jobs.times import iso

MOST_FOLLOWED = 200
RECENT = 20
EMPTY: Mapping[str, Any] = MappingProxyType({})

router = APIRouter(prefix=PREFIX)


@router.websocket("/ws/progress/{task_id}")
async def of_task(socket: WebSocket, stores: StoresOf, task_id: Annotated[str, Path(pattern=JOB_ID)]) -> None:
    """Follow one task, and others that the client subscribes to."""
    await TaskFollower(socket, stores, only=task_id).serve()


@router.websocket("/ws/progress")
async def of_all(socket: WebSocket, stores: StoresOf) -> None:
    """Follow all tasks."""
    await TaskFollower(socket, stores, only=None).serve()


class TaskFollower(Follower):
    """One socket and the tasks that it follows. It ends with the task ``only``, if it follows no other one."""

    def __init__(self, socket: WebSocket, stores: Stores, only: str | None) -> None:
        super().__init__(socket, stores, APP)
        self._only = only
        self._unsubscribed: set[str] = set()

    async def begin(self) -> bool:
        """Confirm the connection, and subscribe to the one task as soon as it is accepted.

        False when that does not happen in time.
        """
        await self._send("connection_established", connection_id=uuid.uuid4().hex, task_id=self._only)
        only = self._only
        if only is None:
            return True
        try:
            await once_accepted(self.stores, APP, lambda: self._subscribe(only), lambda: self._send("ping"))
        except KomaError as error:
            await self.send_error(error)
            self.code = CLOSE_NOT_FOUND
            return False
        return True

    async def look(self) -> None:
        """Find new tasks where all are followed, and send what has happened."""
        if self._only is None:
            await self._find_new()
        for task_id in list(self.seen):
            if (job := await self.current(task_id)) is not None:
                await self.catch_up(job)

    def is_done(self) -> bool:
        """Whether the one task has ended and no other is followed."""
        return self._only in self.ended and not self.seen

    async def _find_new(self) -> None:
        jobs, _ = await self.stores.jobs.find(APP, ACTIVE, limit=MOST_FOLLOWED)
        recent, _ = await self.stores.jobs.find(APP, limit=RECENT)
        for job in [*jobs, *(job for job in recent if job.created_at >= self.since)]:
            if job.id not in {*self.seen, *self.ended, *self._unsubscribed}:
                self.seen[job.id] = job.last_seq if job.created_at < self.since else 0

    async def send_event(self, job: Job, event: Event) -> None:
        """Send the message of an event, if it has one."""
        outcome = await outcome_of(self.stores, job) if event.kind == State.COMPLETED else EMPTY
        message = message_of(self.socket, job, event, outcome)
        if message is not None:
            await self.sender.send(message)

    async def answer(self, message: Mapping[str, Any]) -> None:
        """Answer ``ping``, and what concerns a task by its ``task_id``. Raises InvalidInput for anything else."""
        kind, task_id = str(message.get("type")), message.get("task_id")
        if kind == "ping":
            await self._send("pong")
            return
        actions = {
            "subscribe_task": self._subscribe,
            "unsubscribe_task": self._unsubscribe,
            "get_task_status": self._status,
            "cancel_task": self._cancel,
        }
        if kind not in actions:
            raise InvalidInput(f"Unknown message type: {kind[:64]}")
        if not isinstance(task_id, str) or not task_id:
            raise InvalidInput(f"{kind} needs a task_id")
        await actions[kind](task_id)

    async def send_error(self, error: KomaError) -> None:
        """Send an error in the words of seed 000."""
        await self._send("error", error=error.detail)

    async def _subscribe(self, task_id: str) -> None:
        job = await task_of(self.stores, task_id)
        if task_id != self._only:
            await self._send("task_subscribed", task_id=task_id)
        await self.sender.send(Progress(job).update())
        self.ended.discard(task_id)
        self._unsubscribed.discard(task_id)
        # the end of a task that has ended is sent once more
        self.seen[task_id] = job.last_seq - 1 if job.state.terminal else job.last_seq

    async def _unsubscribe(self, task_id: str) -> None:
        self.seen.pop(task_id, None)
        self._unsubscribed.add(task_id)
        if task_id == self._only:
            self.ended.add(task_id)
        await self._send("task_unsubscribed", task_id=task_id)

    async def _status(self, task_id: str) -> None:
        await self.sender.send(Progress(await task_of(self.stores, task_id)).update())

    async def _cancel(self, task_id: str) -> None:
        await task_of(self.stores, task_id)
        job = await self.stores.jobs.cancel(task_id, APP)
        if task_id not in self.seen and job.state.terminal:
            await self._send("task_cancelled", task_id=task_id, session_id=None)

    async def _send(self, kind: str, **members: Any) -> None:
        await self.sender.send({"type": kind, **members, "timestamp": iso()})
