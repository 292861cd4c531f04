"""Wake-up hints between processes: they make things fast, never right.

With a Redis URL a hint reaches every process within milliseconds; without one, or while Redis is down,
waiting simply ends after its timeout and the caller looks at the database.
"""

import asyncio
import contextlib
from collections import defaultdict
from typing import Any

from redis import asyncio as redis
from redis.exceptions import RedisError

CHANNEL_PREFIX = "koma:"
RECONNECT_SECONDS = 1.0


class Hints:
    """Publish and await channel names such as ``job:public:1f…``. Failures are silent by design."""

    def __init__(self, redis_url: str | None = None) -> None:
        self._redis: Any = redis.from_url(redis_url, socket_timeout=1, socket_connect_timeout=1) if redis_url else None
        self._waiters: dict[str, set[asyncio.Event]] = defaultdict(set)
        self._listener: asyncio.Task[None] | None = None

    async def publish(self, channel: str) -> None:
        """Wake whoever waits for the channel, here and in other processes."""
        self._wake(channel)
        if self._redis is not None:
            with contextlib.suppress(RedisError, OSError):
                await self._redis.publish(CHANNEL_PREFIX + channel, b"")

    async def wait(self, channel: str, seconds: float) -> None:
        """Return at the next hint for the channel, or after ``seconds``."""
        self._listen()
        hint = asyncio.Event()
        self._waiters[channel].add(hint)
        try:
            # wait_for of Python 3.11 loses a cancellation that comes together with the hint
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(seconds):
                    await hint.wait()
        finally:
            self._waiters[channel].discard(hint)
            if not self._waiters[channel]:
                del self._waiters[channel]

    def _wake(self, channel: str) -> None:
        for hint in self._waiters.get(channel, ()):
            hint.set()

    def _listen(self) -> None:
        if self._redis is not None and (self._listener is None or self._listener.done()):
            self._listener = asyncio.create_task(self._forward())

    async def _forward(self) -> None:
        assert self._redis is not None
        while True:
            with contextlib.suppress(RedisError, OSError):
                async with self._redis.pubsub() as subscription:
                    await subscription.psubscribe(CHANNEL_PREFIX + "*")
                    while True:
                        message = await subscription.get_message(ignore_subscribe_messages=True, timeout=1.0)
                        if message is not None:
                            self._wake(message["channel"].decode().removeprefix(CHANNEL_PREFIX))
            await asyncio.sleep(RECONNECT_SECONDS)

    async def close(self) -> None:
        """Stop listening and close the connection."""
        if self._listener is not None:
            self._listener.cancel()
            await asyncio.gather(self._listener, return_exceptions=True)
        if self._redis is not None:
            await self._redis.aclose()
