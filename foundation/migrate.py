"""Brings the database to the newest schema. Safe when several processes start at once."""

import logging
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text

from foundation.database import Database

MIGRATIONS = Path(__file__).parent / "migrations"
LOCK_NUMBER = 0x6B6F6D61
log = logging.getLogger(__name__)


def _config(connection: Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["connection"] = connection
    return config


async def migrate(database: Database, revision: str = "head") -> None:
    """Upgrade, or downgrade to ``base``, in one transaction. Raises StoreUnavailable.

    The schema of a newer version is left as it is: a release only adds to the schema of the one before it, so that
    both serve side by side while one takes the place of the other.
    """
    async with database.write() as connection:
        if not database.is_sqlite:
            # on SQLite the write transaction itself is the lock
            await connection.execute(text("select pg_advisory_xact_lock(:n)"), {"n": LOCK_NUMBER})
        await connection.run_sync(_downgrade if revision == "base" else _upgrade, revision)


def _upgrade(connection: Connection, revision: str) -> None:
    found = MigrationContext.configure(connection).get_current_revision()
    if found is not None and revision == "head" and found not in _known():
        log.warning("the database has the schema %s of a newer version; it is left as it is", found)
        return
    command.upgrade(_config(connection), revision)


def _known() -> set[str]:
    return {script.revision for script in ScriptDirectory(str(MIGRATIONS)).walk_revisions()}


def _downgrade(connection: Connection, revision: str) -> None:
    command.downgrade(_config(connection), revision)
