"""``/ws``: what happens to the prompts of one client, in ComfyUI's messages.

status to everybody; the events of a prompt to the sockets of its ``client_id`` alone, from the moment they opened.
"""

import base64
import json
import struct
import uuid
from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Query, WebSocket

from foundation.errors import KomaError
from foundation.jobs.types import TERMINAL, Event, Job, State
from serve_app.comfyui.routes import remaining
from serve_app.comfyui.view import APP, Nodes, messages_of
from serve_app.jobs.followers import Follower
from serve_app.jobs.stores import Stores, StoresOf

PREVIEW, PREVIEW_WITH_METADATA = 1, 4
JPEG, PNG = 1, 2
MEDIA_TYPES = {JPEG: "image/jpeg", PNG: "image/png"}
MOST_FOLLOWED = 100
BEGUN = [State.RUNNING, *sorted(TERMINAL)]


router = APIRouter()


@router.websocket("/ws")
async def ws(
    socket: WebSocket, stores: StoresOf, client_id: Annotated[str, Query(alias="clientId", max_length=128)] = ""
) -> None:
    """Follow the prompts of a client."""
    await PromptFollower(socket, stores, client_id or uuid.uuid4().hex).serve()


class PromptFollower(Follower):
    """One socket and the prompts of its client."""

    def __init__(self, socket: WebSocket, stores: Stores, client_id: str) -> None:
        super().__init__(socket, stores, APP)
        self._client_id = client_id
        self._nodes: dict[str, Nodes] = {}
        self._sent_remaining: int | None = None
        self._with_metadata = False

    async def look(self) -> None:
        """Send the length of the queue, and the new events of the client's prompts."""
        count = await remaining(self.stores)
        if self._sent_remaining is None or count > self._sent_remaining:
            await self._status(count)
        for job in await self._jobs():
            if job.id not in self.ended and self._is_followed(job):
                await self.catch_up(job)
        # clients take an empty queue for the end: all that happened until it was counted comes first
        await self._status(count)

    async def _jobs(self) -> list[Job]:
        """The prompts that may have events; those that wait would crowd out those that run."""
        jobs, _ = await self.stores.jobs.find(APP, BEGUN, limit=MOST_FOLLOWED, subject=self._client_id)
        for prompt_id in self.seen.keys() - {job.id for job in jobs}:
            if (job := await self.current(prompt_id)) is not None:
                jobs.append(job)
        return jobs[::-1]

    def _is_followed(self, job: Job) -> bool:
        if job.id not in self.seen:
            # what ended before this socket opened was for another one
            if job.state.terminal and (job.finished_at or 0) < self.since:
                self.ended.add(job.id)
                return False
            self.seen[job.id], self._nodes[job.id] = 0, Nodes(job.id)
        return True

    def end(self, job_id: str) -> None:
        """Stop following a prompt."""
        super().end(job_id)
        self._nodes.pop(job_id, None)

    async def answer(self, message: Mapping[str, Any]) -> None:
        """Answer what the client can do; other messages have no meaning here."""
        if message.get("type") == "feature_flags":
            data = message.get("data")
            self._with_metadata = isinstance(data, dict) and bool(data.get("supports_preview_metadata"))  # pyright: ignore
            flags = {"supports_preview_metadata": True, "max_upload_size": self.stores.settings.max_file_size}
            await self.sender.send({"type": "feature_flags", "data": flags})

    async def send_error(self, error: KomaError) -> None:
        """ComfyUI has no error messages on this socket."""

    async def send_event(self, job: Job, event: Event) -> None:
        """Send the messages of an event, and its picture."""
        nodes = self._nodes[job.id]
        for message in messages_of(job, event, nodes):
            await self.sender.send(message)
        if preview := event.data.get("preview"):
            await self.sender.send_bytes(self._frame(base64.b64decode(preview), JPEG, job, nodes.running))
        if event.kind == "sent":
            picture = await self.stores.blobs.get(event.data["key"])
            await self.sender.send_bytes(self._frame(picture, PNG, job, nodes.running))

    async def _status(self, count: int) -> None:
        if count == self._sent_remaining:
            return
        first, self._sent_remaining = self._sent_remaining is None, count
        data: dict[str, Any] = {"status": {"exec_info": {"queue_remaining": count}}}
        await self.sender.send({"type": "status", "data": data | ({"sid": self._client_id} if first else {})})

    def _frame(self, data: bytes, form: int, job: Job, node: str) -> bytes:
        if not self._with_metadata:
            return struct.pack(">II", PREVIEW, form) + data
        metadata = {
            "node_id": node,
            "prompt_id": job.id,
            "display_node_id": node,
            "parent_node_id": None,
            "real_node_id": node,
            "image_type": MEDIA_TYPES[form],
        }
        head = json.dumps(metadata).encode()
        return struct.pack(">II", PREVIEW_WITH_METADATA, len(head)) + head + data
