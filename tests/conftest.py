"""Fixtures that every room's tests share."""

import os
from collections.abc import AsyncIterator, Iterator

import pytest
from hypothesis import settings
from sqlalchemy import text

from foundation.database import Database
from foundation.hints import Hints
from foundation.jobs.leases import WorkerStore
from foundation.migrate import migrate
from tests.support.servers import Postgres, Redis

pytest_plugins = ["tests.support.cpu_report"]

# read when Ray is imported, which test modules do while they are collected
os.environ["RAY_AUTH_MODE"] = "disabled"
os.environ["RAY_ENABLE_AUTO_CONNECT"] = "0"
# a deadline is a time that is asserted, and a busy machine misses it
settings.register_profile("koma", deadline=None)
settings.load_profile("koma")


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    server = Postgres()
    yield server
    server.stop()


@pytest.fixture(scope="session")
def redis_server() -> Iterator[Redis]:
    server = Redis()
    yield server
    server.stop()


@pytest.fixture(params=["sqlite", "postgresql"])
async def database(request, tmp_path) -> AsyncIterator[Database]:
    """A migrated, empty database of each kind."""
    if request.param == "sqlite":
        url = f"sqlite+aiosqlite:///{tmp_path}/koma.db"
    else:
        url = request.getfixturevalue("postgres").url
    instance = Database(url)
    if request.param == "postgresql":
        async with instance.write() as connection:
            await connection.execute(text("drop schema public cascade"))
            await connection.execute(text("create schema public"))
    await migrate(instance)
    yield instance
    await instance.close()


@pytest.fixture
async def store(database) -> WorkerStore:
    """A job store without Redis, with leases short enough to expire in a test."""
    result = WorkerStore(database, Hints())
    result.lease_seconds = 2.0
    return result
