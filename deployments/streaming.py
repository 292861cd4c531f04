"""Work in a thread that emits events, as an asynchronous generator.

closing the generator -> ``stop`` -> the work ends before its next step
"""

import asyncio
import threading
import time
from collections.abc import AsyncGenerator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from typing import Any

Emit = Callable[[Any], None]
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


async def events_of(threads: ThreadPoolExecutor, work: Callable[[Emit, ShouldStop], None]) -> AsyncGenerator[Any]:
    """The events of ``work``, as they come; none may be None. Raises what it raises."""
    loop, events = asyncio.get_running_loop(), asyncio.Queue[Any]()
    stop = threading.Event()

    def emit(event: Any) -> None:
        loop.call_soon_threadsafe(events.put_nowait, event)

    def whole() -> None:
        try:
            work(emit, stop.is_set)
        finally:
            emit(None)

    running = loop.run_in_executor(threads, copy_context().run, whole)
    try:
        while (event := await events.get()) is not None:
            yield event
        await running
    finally:
        stop.set()
        # what waits for a thread never begins; one that runs ends before its next step
        running.cancel()
