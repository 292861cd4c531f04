"""A WebSocket that follows several jobs at once, each from the last event that it has sent.

find the jobs -> the new events of each -> messages -> socket, again at each wake-up      client: messages -> answers
"""

import contextlib
import time
from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any

from fastapi import WebSocket, WebSocketDisconnect

from foundation.errors import KomaError, NotFound, StoreUnavailable
from foundation.jobs.types import Event, Job
from serve_app.jobs.follow import TERMINAL_EVENTS
from serve_app.jobs.sockets import CLOSE_DONE, Sender, close, next_message, until_one_ends
from serve_app.jobs.stores import Stores


class Follower(ABC):
    """One socket and the jobs that it follows. ``code`` is what it is closed with."""

    def __init__(self, socket: WebSocket, stores: Stores, app: str) -> None:
        self.socket = socket
        self.stores = stores
        self.sender = Sender(socket)
        self.code = CLOSE_DONE
        self.since = time.time()
        self.seen: dict[str, int] = {}
        self.ended: set[str] = set()
        self._app = app

    async def serve(self) -> None:
        """Accept the socket, serve it until one side ends, and close it."""
        with contextlib.suppress(WebSocketDisconnect, RuntimeError):
            await self.socket.accept()
            await until_one_ends(self._follow, self._listen)
        await close(self.socket, self.code)

    async def begin(self) -> bool:
        """Send what comes first. False where there is nothing to follow; the error is sent by then."""
        return True

    @abstractmethod
    async def look(self) -> None:
        """Find the jobs and send what is new of them. StoreUnavailable is tried again."""

    @abstractmethod
    async def send_event(self, job: Job, event: Event) -> None:
        """Send what the client gets of an event."""

    @abstractmethod
    async def answer(self, message: Mapping[str, Any]) -> None:
        """Answer a message of the client. A KomaError becomes an error message."""

    @abstractmethod
    async def send_error(self, error: KomaError) -> None:
        """Send an error as a message."""

    def is_done(self) -> bool:
        """Whether nothing more will come."""
        return False

    def end(self, job_id: str) -> None:
        """Stop following a job that has ended or is gone."""
        self.seen.pop(job_id, None)
        self.ended.add(job_id)

    async def catch_up(self, job: Job) -> None:
        """Send the events of a job that the client has not got yet; one that is swept meanwhile has ended."""
        try:
            events = await self.stores.jobs.events(job, self.seen.get(job.id, 0))
        except NotFound:
            self.end(job.id)
            return
        for event in events:
            if job.id not in self.seen:
                return
            self.seen[job.id] = event.seq
            await self.send_event(job, event)
            if event.kind in TERMINAL_EVENTS:
                self.end(job.id)

    async def current(self, job_id: str) -> Job | None:
        """A job as it is now; None, and no longer followed, once it is swept."""
        try:
            return await self.stores.jobs.get(job_id, self._app)
        except NotFound:
            self.end(job_id)
            return None

    async def _follow(self) -> None:
        if not await self.begin():
            return
        while not self.is_done():
            with contextlib.suppress(StoreUnavailable):
                await self.look()
            if not self.is_done():
                await self.stores.jobs.hints.wait(f"app:{self._app}", self.stores.settings.job_poll_seconds)

    async def _listen(self) -> None:
        while True:
            message = await next_message(self.socket)
            try:
                await self.answer(message)
            except KomaError as error:
                await self.send_error(error)
