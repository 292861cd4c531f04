"""Pure results by key: L1 in this process, L3 in the database. Equal work in flight is done once.

L1 holds what was used last, bounded by count; L3 outlives processes and is shared between them.
"""

import asyncio
import contextlib
import json
from collections.abc import Awaitable, Callable
from typing import Any

from cachetools import LRUCache
from sqlalchemy import delete, select

from foundation.database import Database, epoch_now
from foundation.errors import StoreUnavailable
from foundation.jobs.schema import cache_entry

DEFAULT_TTL_SECONDS = 7 * 24 * 3600.0
L1_ENTRIES = 256


class Cache:
    """JSON values by key. A cache that fails only costs time: callers get the computed value."""

    def __init__(self, database: Database, entries: int = L1_ENTRIES) -> None:
        self._database = database
        self._memory: LRUCache[str, bytes] = LRUCache(maxsize=entries)
        self._flights: dict[str, asyncio.Task[bytes]] = {}

    async def get_or_compute(
        self, key: str, compute: Callable[[], Awaitable[Any]], ttl_seconds: float = DEFAULT_TTL_SECONDS
    ) -> Any:
        """The value of ``key``, computed by the first caller. The errors of ``compute`` reach all who wait."""
        raw = self._memory.get(key)
        if raw is None:
            flight = self._flights.get(key)
            if flight is None:
                flight = asyncio.create_task(self._fly(key, compute, ttl_seconds))
                self._flights[key] = flight
                flight.add_done_callback(lambda _: self._flights.pop(key, None))
            # one caller that gives up must not take the others down with it
            raw = await asyncio.shield(flight)
        return json.loads(raw)

    async def _fly(self, key: str, compute: Callable[[], Awaitable[Any]], ttl_seconds: float) -> bytes:
        raw = await self._load(key)
        if raw is None:
            raw = json.dumps(await compute(), ensure_ascii=False).encode()
            await self._store(key, raw, ttl_seconds)
        self._memory[key] = raw
        return raw

    async def _load(self, key: str) -> bytes | None:
        with contextlib.suppress(StoreUnavailable):
            return await self._select(key)
        return None

    async def _select(self, key: str) -> bytes | None:
        fresh = select(cache_entry.c.value).where(cache_entry.c.key == key, cache_entry.c.expires_at > epoch_now())
        async with self._database.read() as connection:
            return (await connection.execute(fresh)).scalar_one_or_none()

    async def _store(self, key: str, raw: bytes, ttl_seconds: float) -> None:
        values = {"value": raw, "expires_at": epoch_now() + ttl_seconds}
        row = self._database.insert(cache_entry).values(key=key, **values)
        with contextlib.suppress(StoreUnavailable):
            await self._execute(row.on_conflict_do_update(index_elements=["key"], set_=values))

    async def _execute(self, statement: Any) -> None:
        async with self._database.write() as connection:
            await connection.execute(statement)

    async def sweep(self) -> int:
        """Delete what has expired from the database; gives the number of entries."""
        async with self._database.write() as connection:
            old = delete(cache_entry).where(cache_entry.c.expires_at <= epoch_now())
            return (await connection.execute(old)).rowcount
