"""One async SQLAlchemy engine for SQLite (WAL) and PostgreSQL, with the few places where they differ.

An engine belongs to one event loop: make a ``Database`` on the loop that uses it, close it there.
"""

import asyncio
import contextlib
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

from sqlalchemy import Connection, Double, event, exc
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.expression import FunctionElement
from sqlalchemy.types import TypeEngine

from foundation.errors import StoreUnavailable

SQLITE_BUSY_SECONDS = 30


class epoch_now(FunctionElement[float]):
    """Seconds since 1970 by the database's clock, which all workers share."""

    type: TypeEngine[float] = Double()
    inherit_cache = True


@compiles(epoch_now, "postgresql")
def _epoch_postgresql(*_: Any, **__: Any) -> str:
    return "extract(epoch from clock_timestamp())::double precision"


@compiles(epoch_now, "sqlite")
def _epoch_sqlite(*_: Any, **__: Any) -> str:
    return "((julianday('now') - 2440587.5) * 86400.0)"


class Database:
    """Transactions on one engine. ``write`` serialises the writers of this process on SQLite.

    SQLite's busy handler is unfair between processes; one writer for each process keeps waits short.
    """

    def __init__(self, url: str) -> None:
        self.is_sqlite = url.startswith("sqlite")
        self.engine: AsyncEngine = _create_engine(url, self.is_sqlite)
        self._writer = asyncio.Lock()

    @asynccontextmanager
    async def read(self) -> AsyncGenerator[AsyncConnection]:
        """A connection for reading. Raises StoreUnavailable when the server does not answer."""
        async with AsyncExitStack() as stack:
            with _as_unavailable():
                connection = await stack.enter_async_context(self.engine.connect())
                yield connection

    @asynccontextmanager
    async def write(self) -> AsyncGenerator[AsyncConnection]:
        """A transaction, committed at the end. Raises StoreUnavailable when the server does not answer."""
        async with AsyncExitStack() as stack:
            if self.is_sqlite:
                await stack.enter_async_context(self._writer)
            with _as_unavailable():
                async with self.engine.execution_options(koma_write=True).begin() as connection:
                    yield connection

    def insert(self, table: Any) -> Any:
        """An INSERT of this dialect, with ``on_conflict_do_nothing`` and ``on_conflict_do_update``."""
        return sqlite.insert(table) if self.is_sqlite else postgresql.insert(table)

    async def close(self) -> None:
        """Close all connections."""
        await self.engine.dispose()


class _as_unavailable:
    """Turns lost connections into StoreUnavailable, and leaves errors of the statement alone."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: Any, error: BaseException | None, trace: Any) -> None:
        if isinstance(error, exc.IntegrityError | exc.ProgrammingError | exc.DataError):
            return
        if isinstance(error, exc.DBAPIError | exc.TimeoutError | ConnectionError | OSError):
            raise StoreUnavailable(f"the database does not answer: {type(error).__name__}") from error


def _create_engine(url: str, is_sqlite: bool) -> AsyncEngine:
    if not is_sqlite:
        return create_async_engine(url, pool_size=5, max_overflow=10, pool_pre_ping=True, pool_timeout=10)
    engine = create_async_engine(url, connect_args={"timeout": SQLITE_BUSY_SECONDS})
    event.listen(engine.sync_engine, "connect", _open_sqlite)
    event.listen(engine.sync_engine, "begin", _begin_sqlite)
    event.listen(engine.sync_engine, "invalidate", _roll_back_sqlite)
    return engine


def _roll_back_sqlite(connection: Any, _: Any, __: BaseException | None) -> None:
    """End the transaction of a cancelled task.

    SQLite keeps a closed connection, and its write lock, for as long as a cursor is left: in the traceback of the
    cancellation there is one.
    """
    with contextlib.suppress(Exception):
        connection.rollback()


def _open_sqlite(connection: Any, _: Any) -> None:
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    writing = connection.get_execution_options().get("koma_write")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")
