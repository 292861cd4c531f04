"""Waiting for what other tasks, threads and processes do."""

import asyncio
import inspect
import time

SECONDS = 90.0


def until(look, seconds=SECONDS, why=lambda: "it did not happen"):
    """What ``look`` gives as soon as it is true. Fails after ``seconds``, with what ``why`` tells then."""
    end = time.monotonic() + seconds
    while not (found := look()):
        assert time.monotonic() < end, f"{why()} (in {seconds:g} s)"
        time.sleep(0.02)
    return found


async def eventually(look, seconds=SECONDS, why=lambda: "it did not happen"):
    """As ``until``, with a pause that lets other tasks run; ``look`` may be a coroutine function."""
    end = time.monotonic() + seconds
    while not (found := await _value(look())):
        assert time.monotonic() < end, f"{why()} (in {seconds:g} s)"
        await asyncio.sleep(0.02)
    return found


async def _value(found):
    return await found if inspect.isawaitable(found) else found
