"""What every WebSocket does: send and listen side by side, until one of the two ends."""

import contextlib
from collections.abc import Awaitable, Callable
from typing import Any

import anyio
from fastapi import WebSocketDisconnect


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
