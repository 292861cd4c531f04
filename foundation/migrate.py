"""Brings the database to the newest schema. Safe when several processes start at once."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, text

from foundation.database import Database

MIGRATIONS = Path(__file__).parent / "migrations"
LOCK_NUMBER = 0x6B6F6D61


def _config(connection: Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["connection"] = connection
    return config


async def migrate(database: Database, revision: str = "head") -> None:
    """Upgrade, or downgrade to an older ``revision``, in one transaction. Raises StoreUnavailable."""
    async with database.write() as connection:
        if not database.is_sqlite:
            # on SQLite the write transaction itself is the lock
            await connection.execute(text("select pg_advisory_xact_lock(:n)"), {"n": LOCK_NUMBER})
        await connection.run_sync(_downgrade if revision == "base" else _upgrade, revision)


def _upgrade(connection: Connection, revision: str) -> None:
    command.upgrade(_config(connection), revision)


def _downgrade(connection: Connection, revision: str) -> None:
    command.downgrade(_config(connection), revision)
