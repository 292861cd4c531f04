"""One ComfyUI server: a picture goes up, a workflow runs, pictures come back.

upload -> socket open -> POST /prompt -> events ⋯ end marker -> GET /history -> GET /view

The socket is opened before the prompt is posted, because its events reach only sockets that are open. Where it
is lost, the queue and the history tell the end.
"""

import asyncio
import contextlib
import uuid
from collections.abc import AsyncGenerator, Generator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlencode

import httpx2
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import WebSocketException

from engines.comfycluster.answers import end_of, raise_for, reason_of
from engines.comfycluster.errors import ServerLost, WorkflowFailed, WorkflowRefused
from engines.comfycluster.events import FEATURES, End, Preview, Progress, read_binary, read_text
from engines.comfycluster.sent import SentPictures

Json = Any
ANSWER_S = 10.0
TRANSFER_S = 60.0
SILENCE_S = 5.0
STOP_S = 3.0
HISTORY_TRIES = 40
HISTORY_PAUSE_S = 0.25
LARGEST_FRAME = 64_000_000
LARGEST_ANSWER = 512_000_000
# a server that drips is lost too
WHOLE_SHARE = 5


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
    """A server at ``url``, told by its ``name``. Raises ServerLost when it does not answer."""

    name: str
    url: str
    running: int = 0
    failures: int = 0
    away_until: float = 0.0
    _client: httpx2.AsyncClient | None = field(default=None, repr=False)

    @property
    def client(self) -> httpx2.AsyncClient:
        """The HTTP connections, opened on the loop that uses them."""
        if self._client is None:
            self._client = httpx2.AsyncClient(base_url=self.url, timeout=ANSWER_S, trust_env=False)
        return self._client

    async def waiting(self) -> int:
        """The prompts that the server has, running or queued."""
        told = await self._json("GET", "/prompt")
        with self._shapes("/prompt"):
            return int(told["exec_info"]["queue_remaining"])

    async def stats(self) -> dict[str, Json]:
        """``version`` and the names of ``devices``."""
        told = await self._json("GET", "/system_stats")
        with self._shapes("/system_stats"):
            names = [device.get("name") for device in told.get("devices", [])]
            return {"version": told.get("system", {}).get("comfyui_version"), "devices": names}

    async def node_info(self, name: str) -> Json:
        """What the server says of a class of nodes: empty for one that it has not, None where it does not say."""
        answer = await self._request("GET", f"/object_info/{quote(name, safe='')}")
        try:
            info = answer.json() if answer.is_success else None
            return info if info is None or not info else info.get(name)
        except (ValueError, AttributeError, RecursionError):
            return None

    @contextlib.contextmanager
    def _shapes(self, path: str) -> Generator[None]:
        """Whatever JSON comes, the errors are ours."""
        try:
            yield
        except (LookupError, TypeError, AttributeError, ValueError) as error:
            raise ServerLost(f"{self.name} answered {path} in a shape that is not ComfyUI's") from error

    async def run(self, task: Task) -> AsyncGenerator[Progress | Preview | list[bytes]]:
        """What the server tells of a task, and at last its pictures. Closing the generator stops the work.

        Raises WorkflowRefused, WorkflowFailed and ServerLost.
        """
        for name, data in task.pictures.items():
            await self._upload(name, data)
        client_id, submitted, sent = uuid.uuid4().hex, False, SentPictures(task.workflow, task.id)
        try:
            async with asyncio.timeout(task.timeout_s), self._socket(client_id) as socket:
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
        files = {"image": (name, data, "image/png")}
        await self._json("POST", "/upload/image", files=files, data={"overwrite": "true"}, silence_s=TRANSFER_S)

    async def _submit(self, task: Task, client_id: str) -> None:
        body: dict[str, Json] = {"prompt": task.workflow, "client_id": client_id, "prompt_id": task.id}
        if task.previews:
            body["extra_data"] = {"preview_method": "auto"}
        answer = await self._request("POST", "/prompt", json=body)
        if answer.status_code == 400:
            raise WorkflowRefused(reason_of(answer))
        if not answer.is_success:
            raise ServerLost(f"{self.name} answered {answer.status_code} to a prompt")

    @contextlib.asynccontextmanager
    async def _socket(self, client_id: str) -> AsyncGenerator[ClientConnection]:
        url = self.url.replace("http", "ws", 1) + "/ws?" + urlencode({"clientId": client_id})
        try:
            socket = await connect(url, max_size=LARGEST_FRAME, proxy=None, open_timeout=ANSWER_S)
        except (OSError, TimeoutError, WebSocketException) as error:
            raise ServerLost(f"{self.name} opens no socket: {type(error).__name__}") from error
        try:
            with contextlib.suppress(WebSocketException):
                await socket.send(FEATURES)
            yield socket
        finally:
            await socket.close()

    async def _events(
        self, socket: ClientConnection, prompt_id: str, sent: SentPictures
    ) -> AsyncGenerator[Progress | Preview | End]:
        while True:
            try:
                async with asyncio.timeout(SILENCE_S):
                    message = await socket.recv()
            except TimeoutError:
                # a job deleted from the queue, or a server started anew, says nothing for ever
                if (end := await self._ended(prompt_id)) is not None:
                    yield end
                    return
                continue
            except WebSocketException:
                async for event in self._without_socket(prompt_id):
                    yield event
                return
            if sent.takes(message):
                continue
            read = read_text(message, prompt_id) if isinstance(message, str) else read_binary(message, prompt_id)
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
        queue = await self._json("GET", "/queue")
        with self._shapes("/queue"):
            if any(entry[1] == prompt_id for entry in [*queue["queue_running"], *queue["queue_pending"]]):
                return None
        entry = await self._entry(prompt_id)
        if entry is None:
            raise ServerLost(f"{self.name} knows nothing of the prompt any more")
        return self._end_of(entry)

    async def _entry(self, prompt_id: str) -> Json:
        told = await self._json("GET", f"/history/{prompt_id}")
        with self._shapes("/history"):
            return told.get(prompt_id)

    def _end_of(self, entry: Json) -> End:
        with self._shapes("/history"):
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
        with self._shapes("/history"):
            images = [image for output in entry["outputs"].values() for image in output.get("images", [])]
            saved = [image for image in images if image["type"] == "output"] or images
            queries = [urlencode({key: image[key] for key in ("filename", "subfolder", "type")}) for image in saved]
        return [await self._view(query) for query in queries]

    async def _view(self, query: str) -> bytes:
        answer = await self._request("GET", f"/view?{query}", silence_s=TRANSFER_S)
        if not answer.is_success:
            raise ServerLost(f"{self.name} answered {answer.status_code} for a picture")
        return answer.content

    async def _stop(self, prompt_id: str) -> None:
        with contextlib.suppress(ServerLost, TimeoutError):
            async with asyncio.timeout(STOP_S):
                await self._request("POST", "/queue", json={"delete": [prompt_id]})
                await self._request("POST", "/interrupt", json={"prompt_id": prompt_id})

    async def _json(self, method: str, path: str, **options: Any) -> Json:
        answer = await self._request(method, path, **options)
        try:
            answer.raise_for_status()
            return answer.json()
        except (httpx2.HTTPError, ValueError, RecursionError) as error:
            raise ServerLost(f"{self.name} answered {answer.status_code} to {method} {path}") from error

    async def _request(self, method: str, path: str, silence_s: float = ANSWER_S, **options: Any) -> httpx2.Response:
        """An answer with its body, which may take ``silence_s`` between two pieces, and some of them in all."""
        try:
            async with (
                asyncio.timeout(WHOLE_SHARE * silence_s),
                self.client.stream(method, path, timeout=silence_s, **options) as answer,
            ):
                return await self._read(answer)
        except (httpx2.HTTPError, TimeoutError) as error:
            raise ServerLost(f"{self.name} does not answer: {type(error).__name__}") from error

    async def _read(self, answer: httpx2.Response) -> httpx2.Response:
        body = bytearray()
        async for piece in answer.aiter_bytes():
            body += piece
            if len(body) > LARGEST_ANSWER:
                raise ServerLost(f"{self.name} answered with more than {LARGEST_ANSWER} bytes")
        return httpx2.Response(answer.status_code, content=bytes(body), request=answer.request)

    async def close(self) -> None:
        """Close the connections."""
        if self._client is not None:
            await self._client.aclose()
