"""One ComfyUI server: a picture goes up, a workflow runs, pictures come back.

upload -> socket open -> POST /prompt -> events ⋯ end marker -> GET /history -> GET /view

The socket is opened before the prompt is posted, because its events reach only sockets that are open. Where it
is lost, the queue and the history tell the end.
"""

import asyncio
import contextlib
import uuid
from collections.abc import AsyncGenerator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlencode

from aiohttp import ClientWebSocketResponse, FormData, WSMsgType

from engines.comfycluster.answers import end_of, raise_for, reason_of
from engines.comfycluster.connection import Connection
from engines.comfycluster.errors import ServerLost, WorkflowFailed, WorkflowRefused
from engines.comfycluster.events import End, Preview, Progress, read_binary, read_text
from engines.comfycluster.sent import SentPictures

Json = Any
TRANSFER_S = 60.0
SILENCE_S = 5.0
STOP_S = 3.0
HISTORY_TRIES = 40
HISTORY_PAUSE_S = 0.25


@dataclass(frozen=True)
class Task:
    """A workflow in API format with its input pictures by name. ``id`` becomes the prompt's id.

    With ``previews`` a server that sends none by itself is asked for them.
    """

    id: str
    workflow: dict[str, Json]
    pictures: dict[str, bytes]
    timeout_s: float
    previews: bool = False


@dataclass
class Server:
    """A server at ``url``, named ``name``. Raises ServerLost when it does not answer."""

    name: str
    url: str
    running: int = 0
    failures: int = 0
    away_until: float = 0.0
    connection: Connection = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self.connection = Connection(self.name, self.url)

    async def waiting(self) -> int:
        """The prompts that the server has, running or queued."""
        status = await self.connection.json("GET", "/prompt")
        with self.connection.shapes("/prompt"):
            return int(status["exec_info"]["queue_remaining"])

    async def stats(self) -> dict[str, Json]:
        """``version`` and the names of ``devices``."""
        stats = await self.connection.json("GET", "/system_stats")
        with self.connection.shapes("/system_stats"):
            names = [device.get("name") for device in stats.get("devices", [])]
            return {"version": stats.get("system", {}).get("comfyui_version"), "devices": names}

    async def node_info(self, name: str) -> Json:
        """What the server says of a class of nodes: empty for one that it has not, None where it does not say."""
        answer = await self.connection.request("GET", f"/object_info/{quote(name, safe='')}")
        try:
            info = answer.json() if answer.succeeded else None
            return info if info is None or not info else info.get(name)
        except (ValueError, AttributeError, RecursionError):
            return None

    async def run(self, task: Task) -> AsyncGenerator[Progress | Preview | list[bytes]]:
        """What the server tells of a task, and at last its pictures. Closing the generator stops the work.

        Raises WorkflowRefused, WorkflowFailed and ServerLost.
        """
        for name, data in task.pictures.items():
            await self._upload(name, data)
        client_id, submitted, sent = uuid.uuid4().hex, False, SentPictures(task.workflow, task.id)
        try:
            async with asyncio.timeout(task.timeout_s), self.connection.socket(client_id) as socket:
                submitted = True
                await self._submit(task, client_id)
                async for event in self._events(socket, task.id, sent):
                    if isinstance(event, End):
                        raise_for(event)
                        break
                    yield event
            yield await self._pictures(task.id) or sent.checked()
        except TimeoutError as error:
            await self._stop(task.id)
            raise WorkflowFailed(f"no result within {task.timeout_s:g} s (COMFYUI_TIMEOUT)") from error
        except (asyncio.CancelledError, GeneratorExit, ServerLost):
            # work that goes on for nobody would keep others waiting
            if submitted:
                await asyncio.shield(self._stop(task.id))
            raise

    async def _upload(self, name: str, data: bytes) -> None:
        form = FormData({"overwrite": "true"}, quote_fields=False)
        form.add_field("image", data, filename=name, content_type="image/png")
        await self.connection.json("POST", "/upload/image", data=form, silence_s=TRANSFER_S)

    async def _submit(self, task: Task, client_id: str) -> None:
        body: dict[str, Json] = {"prompt": task.workflow, "client_id": client_id, "prompt_id": task.id}
        if task.previews:
            body["extra_data"] = {"preview_method": "auto"}
        answer = await self.connection.request("POST", "/prompt", json=body)
        if answer.status == 400:
            raise WorkflowRefused(reason_of(answer))
        if not answer.succeeded:
            raise ServerLost(f"{self.name} answered {answer.status} to a prompt")

    async def _events(
        self, socket: ClientWebSocketResponse, prompt_id: str, sent: SentPictures
    ) -> AsyncGenerator[Progress | Preview | End]:
        while True:
            try:
                async with asyncio.timeout(SILENCE_S):
                    message = await socket.receive()
            except TimeoutError:
                # a job deleted from the queue, or a server started anew, says nothing for ever
                if (end := await self._ended(prompt_id)) is not None:
                    yield end
                    return
                continue
            if message.type not in {WSMsgType.TEXT, WSMsgType.BINARY}:
                async for event in self._without_socket(prompt_id):
                    yield event
                return
            content: str | bytes = message.data
            if sent.takes(content):
                continue
            read = read_text(content, prompt_id) if isinstance(content, str) else read_binary(content, prompt_id)
            if read is not None:
                yield read
            if isinstance(read, End):
                return

    async def _without_socket(self, prompt_id: str) -> AsyncGenerator[End]:
        while True:
            if (end := await self._ended(prompt_id)) is not None:
                yield end
                return
            await asyncio.sleep(HISTORY_PAUSE_S)

    async def _ended(self, prompt_id: str) -> End | None:
        """The end of a prompt by its history; None while it is queued or runs. Raises ServerLost when it is gone."""
        queue = await self.connection.json("GET", "/queue")
        with self.connection.shapes("/queue"):
            if any(entry[1] == prompt_id for entry in [*queue["queue_running"], *queue["queue_pending"]]):
                return None
        entry = await self._entry(prompt_id)
        if entry is None:
            raise ServerLost(f"{self.name} knows nothing of the prompt any more")
        return self._end_of(entry)

    async def _entry(self, prompt_id: str) -> Json:
        history = await self.connection.json("GET", f"/history/{prompt_id}")
        with self.connection.shapes("/history"):
            return history.get(prompt_id)

    def _end_of(self, entry: Json) -> End:
        with self.connection.shapes("/history"):
            return end_of(entry)

    async def _pictures(self, prompt_id: str) -> list[bytes]:
        entry: Json = None
        for _ in range(HISTORY_TRIES):
            entry = await self._entry(prompt_id)
            if entry is not None:
                break
            await asyncio.sleep(HISTORY_PAUSE_S)
        if entry is None:
            raise ServerLost(f"{self.name} has no history of the prompt")
        raise_for(self._end_of(entry))
        with self.connection.shapes("/history"):
            images = [image for output in entry["outputs"].values() for image in output.get("images", [])]
            saved = [image for image in images if image["type"] == "output"] or images
            queries = [urlencode({key: image[key] for key in ("filename", "subfolder", "type")}) for image in saved]
        return [await self._view(query) for query in queries]

    async def _view(self, query: str) -> bytes:
        answer = await self.connection.request("GET", f"/view?{query}", silence_s=TRANSFER_S)
        if not answer.succeeded:
            raise ServerLost(f"{self.name} answered {answer.status} for a picture")
        return answer.body

    async def _stop(self, prompt_id: str) -> None:
        with contextlib.suppress(ServerLost, TimeoutError):
            async with asyncio.timeout(STOP_S):
                await self.connection.request("POST", "/queue", json={"delete": [prompt_id]})
                await self.connection.request("POST", "/interrupt", json={"prompt_id": prompt_id})

    async def close(self) -> None:
        """Close the connections."""
        await self.connection.close()
