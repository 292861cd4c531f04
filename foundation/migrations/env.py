"""Alembic's entry: on a given connection when Koma starts, on DATABASE_URL from the command line."""

import asyncio

from alembic import context
from sqlalchemy import Connection

from foundation.database import Database
from foundation.jobs.schema import metadata
from foundation.settings import get_settings


def run(connection: Connection) -> None:
    context.configure(connection=connection, target_metadata=metadata, transactional_ddl=True, render_as_batch=True)
    with context.begin_transaction():
        context.run_migrations()


async def run_from_command_line() -> None:
    database = Database(get_settings().resolved_database_url)
    async with database.write() as connection:
        await connection.run_sync(run)
    await database.close()


given = context.config.attributes.get("connection")
if given is not None:
    run(given)
else:
    asyncio.run(run_from_command_line())
