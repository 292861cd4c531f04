"""One gate for all callers: how many calls run at once, how many begin in a minute, and that all wait after a 429.

Places are leased, so that a caller that died frees its own. After a 429 one call goes ahead alone; when it gets
through, the others follow.
"""

import asyncio
import time
import uuid
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Literal, Protocol

from engines.vertex.errors import RateLimited

Kind = Literal["text", "image"]
FIRST_WAIT_S, MOST_WAIT_S = 1.0, 20.0


class Gate(Protocol):
    """What a caller asks before each call."""

    async def enter(self, kind: Kind, holder: str, lease_s: float) -> None:
        """Wait for a place; it is kept for ``lease_s`` seconds at most."""
        ...

    async def leave(self, kind: Kind, holder: str, limited: float | None) -> float:
        """Give the place back. After a 429 ``limited`` is the seconds to wait, 0 where Google names none.

        Returns for how many seconds nobody gets in now.
        """
        ...


@dataclass(frozen=True)
class Limit:
    """``calls`` at once, ``rpm`` beginning in a minute; as many as run at once may begin together."""

    calls: int
    rpm: float


class Turnstile:
    """The places of one kind. First come, first served."""

    def __init__(self, limit: Limit, clock: Callable[[], float] = time.monotonic) -> None:
        self._limit, self._clock = limit, clock
        self._leases: dict[str, float] = {}
        self._tokens, self._filled_at = float(limit.calls), clock()
        self._closed_until, self._refused = 0.0, 0
        self._probing, self._probe = False, ""
        # a lock lets waiters through in the order in which they came; only the first looks at the places
        self._line, self._freed = asyncio.Lock(), asyncio.Event()

    async def enter(self, holder: str, lease_s: float) -> None:
        """Wait for a place."""
        async with self._line:
            while (wait := self.wait_s()) > 0:
                self._freed.clear()
                try:
                    async with asyncio.timeout(wait):
                        await self._freed.wait()
                except TimeoutError:
                    continue
            self._leases[holder] = self._clock() + lease_s
            self._tokens -= 1
            if self._probing:
                self._probe = holder

    def leave(self, holder: str, limited: float | None) -> float:
        """Give the place back; the one that went ahead ends the trial if it met no limit."""
        self._leases.pop(holder, None)
        if holder == self._probe:
            self._probe = ""
            if limited is None:
                self._probing, self._refused = False, 0
        if limited is not None:
            self._close(limited)
        self._freed.set()
        return max(self._closed_until - self._clock(), 0.0)

    def _close(self, seconds: float) -> None:
        """Let nobody in for so long, or for twice as long as the last time; then one goes ahead alone."""
        now = self._clock()
        if not seconds and self._closed_until <= now:
            seconds = min(FIRST_WAIT_S * 2**self._refused, MOST_WAIT_S)
            self._refused += 1
        self._closed_until = max(self._closed_until, now + seconds)
        self._probing = True

    def wait_s(self) -> float:
        """Seconds until there may be a place: 0 when there is one."""
        now = self._clock()
        self._expire(now)
        self._tokens = min(self._tokens + (now - self._filled_at) * self._limit.rpm / 60, float(self._limit.calls))
        self._filled_at = now
        waits = [self._closed_until - now]
        if self._tokens < 1:
            waits.append((1 - self._tokens) * 60 / self._limit.rpm)
        if len(self._leases) >= self._limit.calls:
            waits.append(min(self._leases.values()) - now)
        if self._probe:
            waits.append(self._leases[self._probe] - now)
        # never quite 0 while something is in the way
        return max(0.001, *waits) if max(waits) > 0 else 0.0

    def _expire(self, now: float) -> None:
        self._leases = {holder: until for holder, until in self._leases.items() if until > now}
        if self._probe not in self._leases:
            self._probe = ""

    @property
    def inside(self) -> int:
        """How many places are taken."""
        self._expire(self._clock())
        return len(self._leases)


class LocalGate:
    """The gate itself, for callers in one process."""

    def __init__(self, limits: Mapping[Kind, Limit]) -> None:
        self._turnstiles = {kind: Turnstile(limit) for kind, limit in limits.items()}

    async def enter(self, kind: Kind, holder: str, lease_s: float) -> None:
        """Wait for a place; it is kept for ``lease_s`` seconds at most."""
        await self._turnstiles[kind].enter(holder, lease_s)

    async def leave(self, kind: Kind, holder: str, limited: float | None) -> float:
        """Give the place back; after a 429 ``limited`` is the seconds to wait."""
        return self._turnstiles[kind].leave(holder, limited)

    def inside(self) -> dict[str, int]:
        """How many places of each kind are taken."""
        return {kind: each.inside for kind, each in self._turnstiles.items()}


@asynccontextmanager
async def place(gate: Gate, kind: Kind, lease_s: float) -> AsyncGenerator[None]:
    """A place at the gate for the time of a ``with`` block. A RateLimited leaves with the seconds that all wait."""
    holder, limited = uuid.uuid4().hex, None
    try:
        await gate.enter(kind, holder, lease_s)
        yield
    except RateLimited as error:
        limited = error.retry_after or 0.0
        error.retry_after = await gate.leave(kind, holder, limited)
        raise
    finally:
        if limited is None:
            await asyncio.shield(gate.leave(kind, holder, None))
