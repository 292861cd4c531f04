"""Work in a thread that tells what it does, as an asynchronous generator.

closing the generator -> ``stop`` -> the work ends before its next step, and has nobody to tell
"""

import asyncio
import threading
import time
from collections.abc import AsyncGenerator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from typing import Any

Json = Any
Tell = Callable[[dict[str, Json]], None]
ShouldStop = Callable[[], bool]
PREVIEW_EVERY_S = 0.25


class Pace:
    """Thins out previews: each is a row of the database, and nobody sees a hundred a second."""

    def __init__(self, every_s: float = PREVIEW_EVERY_S) -> None:
        self._every_s = every_s
        self._due_at = 0.0

    def due(self) -> bool:
        """Whether it is time for another one; the first is due at once."""
        now = time.monotonic()
        if now < self._due_at:
            return False
        self._due_at = now + self._every_s
        return True


async def told_by(
    threads: ThreadPoolExecutor, work: Callable[[Tell, ShouldStop], None]
) -> AsyncGenerator[dict[str, Json]]:
    """What ``work`` tells, as it comes. Raises what it raises."""
    loop, events = asyncio.get_running_loop(), asyncio.Queue[dict[str, Json] | None]()
    stop = threading.Event()

    def tell(event: dict[str, Json] | None) -> None:
        loop.call_soon_threadsafe(events.put_nowait, event)

    def whole() -> None:
        try:
            work(tell, stop.is_set)
        finally:
            tell(None)

    running = loop.run_in_executor(threads, copy_context().run, whole)
    try:
        while (event := await events.get()) is not None:
            yield event
        await running
    finally:
        stop.set()
        # what waits for a thread never begins; one that runs ends before its next step
        running.cancel()
