"""``/ws``: what happens to the prompts of one client, in ComfyUI's messages.

status to everybody; the events of a prompt to the sockets of its ``client_id`` alone, from the moment they opened.
"""

import asyncio
import base64
import contextlib
import json
import struct
import time
import uuid
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, WebSocket

from foundation.errors import NotFound, StoreUnavailable
from foundation.jobs.types import TERMINAL, Event, Job, State
from serve_app.comfyui.routes import remaining
from serve_app.comfyui.view import APP, Nodes, messages_of
from serve_app.jobs.follow import ENDS
from serve_app.jobs.sockets import next_message, until_one_ends
from serve_app.jobs.stores import House, house_of_socket

PREVIEW, PREVIEW_WITH_METADATA = 1, 4
JPEG, PNG = 1, 2
MEDIA_TYPES = {JPEG: "image/jpeg", PNG: "image/png"}
MOST_FOLLOWED = 100
BEGUN = [State.RUNNING, *sorted(TERMINAL)]


def socket_router() -> APIRouter:
    """The socket."""
    router = APIRouter()

    @router.websocket("/ws")
    async def ws(
        socket: WebSocket,
        house: Annotated[House, Depends(house_of_socket)],
        client_id: Annotated[str, Query(alias="clientId", max_length=128)] = "",
    ) -> None:
        await socket.accept()
        follower = Follower(socket, house, client_id or uuid.uuid4().hex)
        await until_one_ends(follower.follow, follower.listen)

    return router


class Follower:
    """One socket, and how far it has been told of each prompt."""

    def __init__(self, socket: WebSocket, house: House, client_id: str) -> None:
        self._socket = socket
        self._house = house
        self._client_id = client_id
        self._since = time.time()
        self._seen: dict[str, int] = {}
        self._nodes: dict[str, Nodes] = {}
        self._ended: set[str] = set()
        self._told_remaining: int | None = None
        self._with_metadata = False
        self._sending = asyncio.Lock()

    async def follow(self) -> None:
        """Send what happens, for ever."""
        while True:
            with contextlib.suppress(StoreUnavailable):
                count = await remaining(self._house)
                if self._told_remaining is None or count > self._told_remaining:
                    await self._status(count)
                for job in await self._jobs():
                    if job.id not in self._ended:
                        await self._catch_up(job)
                # clients take an empty queue for the end: all that happened until it was counted comes first
                await self._status(count)
            await self._house.jobs.hints.wait(f"app:{APP}", self._house.settings.job_poll_seconds)

    async def _jobs(self) -> list[Job]:
        """The prompts that may have something to tell; those that wait would crowd out those that run."""
        jobs, _ = await self._house.jobs.find(APP, BEGUN, limit=MOST_FOLLOWED, subject=self._client_id)
        for prompt_id in self._seen.keys() - {job.id for job in jobs}:
            try:
                jobs.append(await self._house.jobs.get(prompt_id, APP))
            except NotFound:
                del self._seen[prompt_id], self._nodes[prompt_id]
        return jobs[::-1]

    async def listen(self) -> None:
        """Hear what the client can do; other messages mean nothing here."""
        while True:
            message = await next_message(self._socket)
            if message.get("type") == "feature_flags":
                data = message.get("data")
                self._with_metadata = isinstance(data, dict) and bool(data.get("supports_preview_metadata"))  # pyright: ignore
                flags = {"supports_preview_metadata": True, "max_upload_size": self._house.settings.max_file_size}
                await self._send({"type": "feature_flags", "data": flags})

    async def _status(self, count: int) -> None:
        if count == self._told_remaining:
            return
        first, self._told_remaining = self._told_remaining is None, count
        data: dict[str, Any] = {"status": {"exec_info": {"queue_remaining": count}}}
        await self._send({"type": "status", "data": data | ({"sid": self._client_id} if first else {})})

    async def _catch_up(self, job: Job) -> None:
        if job.id not in self._seen:
            # what ended before this socket opened was for another one
            if job.state.terminal and (job.finished_at or 0) < self._since:
                self._ended.add(job.id)
                return
            self._seen[job.id], self._nodes[job.id] = 0, Nodes(job.id)
        with contextlib.suppress(NotFound):
            for event in await self._house.jobs.events(job, self._seen[job.id]):
                self._seen[job.id] = event.seq
                await self._tell(job, event)
                if event.kind in ENDS:
                    self._ended.add(job.id)
                    del self._seen[job.id], self._nodes[job.id]
                    return

    async def _tell(self, job: Job, event: Event) -> None:
        nodes = self._nodes[job.id]
        for message in messages_of(job, event, nodes):
            await self._send(message)
        if preview := event.data.get("preview"):
            await self._send_picture(base64.b64decode(preview), JPEG, job, nodes.running)
        if event.kind == "sent":
            await self._send_picture(await self._house.blobs.get(event.data["key"]), PNG, job, nodes.running)

    async def _send_picture(self, data: bytes, form: int, job: Job, node: str) -> None:
        async with self._sending:
            await self._socket.send_bytes(self._frame(data, form, job, node))

    def _frame(self, data: bytes, form: int, job: Job, node: str) -> bytes:
        if not self._with_metadata:
            return struct.pack(">II", PREVIEW, form) + data
        told = {
            "node_id": node,
            "prompt_id": job.id,
            "display_node_id": node,
            "parent_node_id": None,
            "real_node_id": node,
            "image_type": MEDIA_TYPES[form],
        }
        head = json.dumps(told).encode()
        return struct.pack(">II", PREVIEW_WITH_METADATA, len(head)) + head + data

    async def _send(self, message: dict[str, Any]) -> None:
        async with self._sending:
            await self._socket.send_json(message)
