"""The connections to one ComfyUI server: requests with limits of time and size, and the WebSocket."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Generator
from typing import Any
from urllib.parse import urlencode

from aiohttp import ClientError, ClientResponse, ClientSession, ClientTimeout, ClientWebSocketResponse
from yarl import URL

from engines.comfycluster.answers import ServerResponse
from engines.comfycluster.errors import ServerLost
from engines.comfycluster.events import FEATURES

Json = Any
ANSWER_S = 10.0
HEARTBEAT_S = 20.0
LARGEST_FRAME = 64_000_000
LARGEST_ANSWER = 512_000_000
# a server that drips is lost too
WHOLE_SHARE = 5


class Connection:
    """HTTP and WebSocket to the server at ``url``. Every failure is ServerLost with the server's ``name``."""

    def __init__(self, name: str, url: str) -> None:
        self.name = name
        self.url = url
        self._session: ClientSession | None = None

    @property
    def session(self) -> ClientSession:
        """The connections, opened on the loop that uses them."""
        if self._session is None:
            self._session = ClientSession()
        return self._session

    def _url(self, path: str) -> URL:
        """The URL of a path, which is quoted already."""
        return URL(f"{URL(self.url)}".rstrip("/") + path, encoded=True)

    @contextlib.contextmanager
    def shapes(self, path: str) -> Generator[None]:
        """ServerLost for JSON in another shape than is read here."""
        try:
            yield
        except (LookupError, TypeError, AttributeError, ValueError) as error:
            raise ServerLost(f"{self.name} answered {path} in a shape that is not ComfyUI's") from error

    async def json(self, method: str, path: str, **options: Any) -> Json:
        """The JSON of an answer of success."""
        answer = await self.request(method, path, **options)
        try:
            body = answer.json()
        except (ValueError, RecursionError) as error:
            raise ServerLost(f"{self.name} answered {answer.status} to {method} {path}") from error
        if not answer.succeeded:
            raise ServerLost(f"{self.name} answered {answer.status} to {method} {path}")
        return body

    async def request(self, method: str, path: str, silence_s: float = ANSWER_S, **options: Any) -> ServerResponse:
        """An answer with its body, which may take ``silence_s`` between two pieces, and some of them in all."""
        limits = ClientTimeout(total=WHOLE_SHARE * silence_s, sock_connect=silence_s, sock_read=silence_s)
        try:
            async with self.session.request(
                method, self._url(path), timeout=limits, allow_redirects=False, **options
            ) as response:
                return await self._read(response)
        except (ClientError, TimeoutError) as error:
            raise ServerLost(f"{self.name} does not answer: {type(error).__name__}") from error

    async def _read(self, response: ClientResponse) -> ServerResponse:
        body = bytearray()
        async for piece in response.content.iter_any():
            body += piece
            if len(body) > LARGEST_ANSWER:
                raise ServerLost(f"{self.name} answered with more than {LARGEST_ANSWER} bytes")
        return ServerResponse(response.status, bytes(body))

    @contextlib.asynccontextmanager
    async def socket(self, client_id: str) -> AsyncGenerator[ClientWebSocketResponse]:
        """The WebSocket of a client for the time of the block."""
        url = self._url("/ws?" + urlencode({"clientId": client_id}))
        try:
            async with asyncio.timeout(ANSWER_S):
                socket = await self.session.ws_connect(url, max_msg_size=LARGEST_FRAME, heartbeat=HEARTBEAT_S)
        except (ClientError, OSError) as error:
            raise ServerLost(f"{self.name} opens no socket: {type(error).__name__}") from error
        try:
            with contextlib.suppress(ClientError):
                await socket.send_str(FEATURES)
            yield socket
        finally:
            await socket.close()

    async def close(self) -> None:
        """Close the connections."""
        if self._session is not None:
            await self._session.close()
