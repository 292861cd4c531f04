"""Two versions over one database, as while one takes the place of the other."""

import pytest
from alembic.util.exc import CommandError
from sqlalchemy import text

from foundation.migrate import migrate


async def revision(database):
    async with database.read() as connection:
        return await connection.scalar(text("select version_num from alembic_version"))


async def test_the_schema_of_a_newer_version_is_left_as_it_is(database, store):
    async with database.write() as connection:
        await connection.execute(text("update alembic_version set version_num = 'fffffffffff1'"))
        await connection.execute(text("alter table job add column added_later text"))
    await migrate(database)
    assert await revision(database) == "fffffffffff1"
    # and the older version works on it
    assert (await store.find("manga"))[1] == 0


async def test_a_revision_that_is_asked_for_must_be_known(database):
    with pytest.raises(CommandError, match="nosuch"):
        await migrate(database, "nosuch")


async def test_a_second_start_changes_nothing(database):
    before = await revision(database)
    await migrate(database)
    assert await revision(database) == before
