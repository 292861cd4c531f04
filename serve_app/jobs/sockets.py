"""What every WebSocket does: wait for a job that is not there yet, send and listen side by side, close with a code."""

import asyncio
import contextlib
import json
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, TypeVar

import anyio
from fastapi import WebSocket, WebSocketDisconnect

from foundation.errors import InvalidInput, KomaError, NotFound, StoreUnavailable
from serve_app.jobs.stores import Stores

CLOSE_DONE = 1000
CLOSE_TRY_AGAIN = 1013
CLOSE_BAD_REQUEST = 4400
CLOSE_NOT_FOUND = 4404
PING_S = 20.0
POLL_S = 1.0
LARGEST_SEQ = 2**31

Found = TypeVar("Found")
Message = Mapping[str, Any]


class Sender:
    """Sends on one socket from several tasks, one message at a time."""

    def __init__(self, socket: WebSocket) -> None:
        self._socket = socket
        self._sending = asyncio.Lock()

    async def send(self, message: Message) -> None:
        """Send a message as JSON."""
        async with self._sending:
            await self._socket.send_json(message)

    async def send_bytes(self, frame: bytes) -> None:
        """Send a binary frame."""
        async with self._sending:
            await self._socket.send_bytes(frame)


async def until_one_ends(*sides: Callable[[], Awaitable[Any]]) -> None:
    """Run the sides of a socket until the first of them ends; a client that has left ends its side quietly."""
    async with anyio.create_task_group() as running:

        async def run(side: Callable[[], Awaitable[Any]]) -> None:
            # what is sent to a closed socket is a RuntimeError
            with contextlib.suppress(WebSocketDisconnect, RuntimeError):
                await side()
            running.cancel_scope.cancel()

        for side in sides:
            running.start_soon(run, side)


async def once_accepted(
    stores: Stores, app: str, find: Callable[[], Awaitable[Found]], ping: Callable[[], Awaitable[Any]]
) -> Found:
    """What ``find`` gives, as soon as it no longer raises NotFound: clients that choose an id may listen first.

    ``ping`` is called every 20 seconds of waiting. Raises NotFound after ``SOCKET_WAIT_SECONDS``.
    """
    began = pinged = time.monotonic()
    while True:
        try:
            return await find()
        except NotFound:
            if time.monotonic() - began >= stores.settings.socket_wait_seconds:
                raise
        except StoreUnavailable:
            pass
        if time.monotonic() - pinged >= PING_S:
            pinged = time.monotonic()
            await ping()
        await stores.jobs.hints.wait(f"app:{app}", min(POLL_S, stores.settings.socket_wait_seconds))


async def next_message(socket: WebSocket) -> dict[str, Any]:
    """The next message of a client; an empty one in place of what is no JSON object, or could not be sent back."""
    try:
        message: Any = await socket.receive_json()
        json.dumps(message, ensure_ascii=False).encode()
    except (ValueError, KeyError, RecursionError):
        return {}
    return message if isinstance(message, dict) else {}  # pyright: ignore[reportUnknownVariableType]


def after_of(socket: WebSocket) -> int:
    """The number in ``?after=``: the last event that the client has seen, 0 by default. Raises InvalidInput."""
    text = socket.query_params.get("after", "0")
    if not text.isascii() or not text.isdecimal() or int(text) >= LARGEST_SEQ:
        raise InvalidInput("after: must be the number of an event, from 0 on")
    return int(text)


def close_code(error: KomaError) -> int:
    """The code that a socket is closed with after an error."""
    if isinstance(error, NotFound):
        return CLOSE_NOT_FOUND
    return CLOSE_BAD_REQUEST if isinstance(error, InvalidInput) else CLOSE_TRY_AGAIN


async def close(socket: WebSocket, code: int = CLOSE_DONE) -> None:
    """Close a socket that the client may have closed already."""
    with contextlib.suppress(RuntimeError, WebSocketDisconnect):
        await socket.close(code)
