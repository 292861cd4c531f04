"""A task that is cancelled within a transaction takes its locks with it."""

import asyncio
import sqlite3

import pytest
from sqlalchemy import text

from foundation.database import Database


@pytest.fixture
async def embedded(tmp_path):
    database = Database(f"sqlite+aiosqlite:///{tmp_path}/koma.db")
    async with database.write() as connection:
        await connection.execute(text("create table page (number integer)"))
    yield database
    await database.close()


async def test_a_cancelled_write_leaves_the_database_writable(embedded, tmp_path):
    async def write():
        async with embedded.write() as connection:
            for number in range(5):
                insert = text("insert into page values (:number) returning number")
                (await connection.execute(insert, {"number": number})).one()

    # the tracebacks hold the cursors of the cancelled tasks, as those of a task group do
    cancelled = []
    for turns in range(120):
        task = asyncio.create_task(write())
        for _ in range(turns % 60):
            await asyncio.sleep(0.0001)
        task.cancel()
        cancelled += await asyncio.gather(task, return_exceptions=True)
        other = sqlite3.connect(tmp_path / "koma.db", timeout=1, isolation_level=None)
        other.execute("begin immediate")
        other.close()
    assert any(isinstance(each, asyncio.CancelledError) for each in cancelled)
