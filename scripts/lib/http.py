"""HTTP and WebSockets for scripts: aiohttp behind plain calls. One client may be used by several threads."""

import asyncio
import json
import threading
from collections.abc import Coroutine, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self, TypeVar

import aiohttp

T = TypeVar("T")
# a larger one lets aiohttp buffer more, which is lost when a connection breaks
CHUNK_BYTES = 1 << 16
FIRST_ERROR = 400


class HttpError(Exception):
    """No answer, or one that says no."""


@dataclass(frozen=True)
class Response:
    """A whole answer."""

    url: str
    status: int
    headers: Mapping[str, str]
    content: bytes

    @property
    def text(self) -> str:
        """The content as UTF-8."""
        return self.content.decode(errors="replace")

    def json(self) -> Any:
        """The content as JSON. Raises ValueError."""
        return json.loads(self.content)

    def raise_for_status(self) -> Self:
        """The answer itself. Raises HttpError from 400 on."""
        if self.status >= FIRST_ERROR:
            raise HttpError(f"{self.url} answers {self.status}")
        return self


@dataclass(frozen=True)
class Download:
    """An answer whose content comes piece by piece."""

    status: int
    headers: Mapping[str, str]
    chunks: Iterator[bytes]


class Client:
    """Calls below ``base_url``. ``timeout`` is seconds without an answer."""

    def __init__(self, base_url: str = "", timeout: float = 60.0, headers: Mapping[str, str] | None = None) -> None:
        self.base_url = base_url.rstrip("/")
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self._session = self._wait(self._open(timeout, dict(headers or {})))

    @staticmethod
    async def _open(seconds: float, headers: Mapping[str, str]) -> aiohttp.ClientSession:
        limits = aiohttp.ClientTimeout(total=None, sock_connect=seconds, sock_read=seconds)
        return aiohttp.ClientSession(timeout=limits, headers=headers, trust_env=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """End all connections."""
        self._wait(self._session.close())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def get(self, url: str, headers: Mapping[str, str] | None = None) -> Response:
        """The answer to GET. Raises HttpError where there is none."""
        return self._wait(self._request("GET", url, headers, None))

    def post(self, url: str, body: Any, headers: Mapping[str, str] | None = None) -> Response:
        """The answer to POST of JSON. Raises HttpError where there is none."""
        return self._wait(self._request("POST", url, headers, body))

    @contextmanager
    def stream(self, url: str, headers: Mapping[str, str] | None = None) -> Iterator[Download]:
        """GET with the content piece by piece, redirects followed. Raises HttpError, also while it comes."""
        response = self._wait(self._session.get(self._url(url), headers=headers))

        def chunks() -> Iterator[bytes]:
            while chunk := self._wait(response.content.read(CHUNK_BYTES)):
                yield chunk

        try:
            yield Download(response.status, response.headers, chunks())
        finally:
            self._loop.call_soon_threadsafe(response.close)

    @contextmanager
    def messages(self, url: str) -> Iterator[Iterator[Any]]:
        """The JSON messages of a WebSocket until it closes. Raises HttpError."""
        socket = self._wait(self._session.ws_connect(url, max_msg_size=0))

        def received() -> Iterator[Any]:
            while (message := self._wait(socket.receive())).type is aiohttp.WSMsgType.TEXT:
                yield json.loads(message.data)

        try:
            yield received()
        finally:
            self._wait(socket.close())

    async def _request(self, method: str, url: str, headers: Mapping[str, str] | None, body: Any) -> Response:
        async with self._session.request(method, self._url(url), headers=headers, json=body) as response:
            return Response(str(response.url), response.status, response.headers, await response.read())

    def _url(self, url: str) -> str:
        return url if "://" in url else f"{self.base_url}/{url.lstrip('/')}"

    def _wait(self, work: Coroutine[Any, Any, T] | Any) -> Any:
        try:
            return asyncio.run_coroutine_threadsafe(_awaited(work), self._loop).result()
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise HttpError(str(error) or type(error).__name__) from error


async def _awaited(work: Any) -> Any:
    return await work


def get(url: str, timeout: float, headers: Mapping[str, str] | None = None) -> Response:
    """One GET. Raises HttpError where there is no answer."""
    with Client(timeout=timeout) as client:
        return client.get(url, headers)
