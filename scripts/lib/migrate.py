"""``scripts/migrate``: bring the database to a schema before anything serves, as a job of its own."""

import asyncio
from typing import Annotated

import typer
from alembic.util.exc import CommandError
from sqlalchemy import make_url
from sqlalchemy.exc import SQLAlchemyError

from foundation.database import Database
from foundation.errors import KomaError
from foundation.migrate import migrate
from foundation.settings import get_settings
from scripts.lib.cli import run


async def bring(url: str, revision: str) -> None:
    """Upgrade the database of ``url`` to ``revision``. Raises KomaError, CommandError and SQLAlchemyError."""
    database = Database(url)
    try:
        await migrate(database, revision)
    finally:
        await database.close()


def main(
    revision: Annotated[str, typer.Argument(help="A revision of foundation/migrations/versions.")] = "head",
) -> None:
    """Upgrade the database of DATABASE_URL. Several that start at once wait for each other."""
    url = get_settings().resolved_database_url
    place = make_url(url).render_as_string(hide_password=True)
    try:
        asyncio.run(bring(url, revision))
    except (KomaError, CommandError, SQLAlchemyError, OSError) as error:
        reason = error.detail if isinstance(error, KomaError) else f"{error}".partition("\n")[0]
        typer.secho(f"{place} was not migrated: {reason}. Check DATABASE_URL and the revision", fg="red", err=True)
        raise typer.Exit(1) from error
    typer.echo(f"{place} has the schema {revision}")


if __name__ == "__main__":
    run("migrate", main)
