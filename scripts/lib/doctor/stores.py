"""Where truth and files are kept: the database, the blob store, the two uses of Redis."""

import asyncio
from typing import Any

from alembic.script import ScriptDirectory
from sqlalchemy import Connection, inspect, make_url, text
from sqlalchemy.exc import ArgumentError, SQLAlchemyError

from foundation.blobs import BlobStore
from foundation.database import Database
from foundation.errors import KomaError, StoreUnavailable
from foundation.migrate import MIGRATIONS
from foundation.settings import Settings
from scripts.lib.doctor.finding import Finding, broken, missing, one_line, ready

OLDEST_POSTGRESQL = 15
SECONDS = 3.0


def database(settings: Settings) -> list[Finding]:
    """Whether it answers, and whose schema it has. An embedded one that is not there yet is not made."""
    if settings.database_url is None and not (settings.koma_data_dir.expanduser() / "koma.db").exists():
        return [ready("database", "SQLite in KOMA_DATA_DIR, made at the first start; for one node")]
    hint = "check DATABASE_URL, and that the server runs"
    place = ""
    try:
        place = make_url(settings.resolved_database_url).render_as_string(hide_password=True)
        server, revision = asyncio.run(_ask_database(settings.resolved_database_url))
    except StoreUnavailable as error:
        return [broken("database", f"{place}: {error.detail}", hint)]
    except (ArgumentError, SQLAlchemyError, ImportError, ValueError, OSError) as error:
        return [broken("database", f"DATABASE_URL cannot be used ({one_line(error)})", hint)]
    return [_judge(place, server, revision)]


async def _ask_database(url: str) -> tuple[int | None, str | None]:
    """The major version of PostgreSQL, and the revision of the schema; each None where there is none."""
    opened = Database(url)
    try:
        async with asyncio.timeout(SECONDS), opened.read() as connection:
            answer = None if opened.is_sqlite else await connection.scalar(text("show server_version_num"))
            has_schema = await connection.run_sync(_has_revision)
            revision = await connection.scalar(text("select version_num from alembic_version")) if has_schema else None
            return (int(answer) // 10000 if answer else None), revision
    except TimeoutError as error:
        raise StoreUnavailable(f"no answer within {SECONDS:g} s") from error
    finally:
        await opened.close()


def _has_revision(connection: Connection) -> bool:
    return inspect(connection).has_table("alembic_version")


def _judge(place: str, server: int | None, revision: str | None) -> Finding:
    kind = "SQLite, for one node" if server is None else f"PostgreSQL {server}"
    if server is not None and server < OLDEST_POSTGRESQL:
        return broken("database", f"{place}: {kind}", f"use PostgreSQL {OLDEST_POSTGRESQL} or newer")
    script = ScriptDirectory(str(MIGRATIONS))
    known = {each.revision for each in script.walk_revisions()}
    if revision is not None and revision not in known:
        return broken("database", f"{place}: its schema {revision} is of a newer Koma", "run the newer Koma")
    schema = (
        "schema up to date" if revision == script.get_current_head() else "the next start brings the schema up to date"
    )
    return ready("database", f"{place}: {kind}; {schema}")


def blobs(settings: Settings) -> list[Finding]:
    """Whether a small file can be written and deleted; the embedded store is its data folder."""
    if settings.blob_url is None:
        return [ready("files", "in KOMA_DATA_DIR/blobs; for one node")]
    scheme = settings.blob_url.partition(":")[0]
    try:
        asyncio.run(_write_blob(settings.blob_url))
    except (KomaError, TimeoutError) as error:
        answer = error.detail if isinstance(error, KomaError) else f"no answer within {SECONDS:g} s"
        return [broken("files", f"{scheme}: {answer}", "check BLOB_URL, its credentials and that the bucket is there")]
    except Exception as error:
        # what obstore raises for a URL that it cannot use is of many kinds
        return [broken("files", f"BLOB_URL cannot be used ({one_line(error)})", "file://, s3:// or gs:// is needed")]
    return [ready("files", f"a {scheme} store, which can be written")]


async def _write_blob(url: str) -> None:
    async with asyncio.timeout(SECONDS):
        await BlobStore(url).check()


def redis(settings: Settings) -> list[Finding]:
    """The Redis of wake-up hints."""
    if settings.redis_url is None:
        return [missing("Redis", "processes look every JOB_POLL_SECONDS instead", "set REDIS_URL")]
    return [_ping("Redis", settings.redis_url, "REDIS_URL")]


def ray_redis(settings: Settings) -> list[Finding]:
    """The Redis in which Ray keeps a cluster's state."""
    address, name = settings.ray_redis_address, "Redis of Ray"
    if address is None:
        return [missing(name, "needed by a cluster that outlives its head", "set RAY_REDIS_ADDRESS on every node")]
    return [_ping(name, address if "://" in address else f"redis://{address}", "RAY_REDIS_ADDRESS")]


def _ping(name: str, url: str, setting: str) -> Finding:
    import redis as library
    from redis.exceptions import AuthenticationError, RedisError

    client: Any = None
    try:
        client = library.from_url(url, socket_timeout=SECONDS, socket_connect_timeout=SECONDS)
        client.ping()
    except AuthenticationError:
        if setting == "RAY_REDIS_ADDRESS":
            return ready(name, "it answers, and asks for a password: Ray takes RAY_REDIS_PASSWORD")
        return broken(name, "it asks for another password", f"correct the password in {setting}")
    except (RedisError, OSError, ValueError) as error:
        return broken(name, f"no answer ({one_line(error)})", f"check {setting}, and that the server runs")
    finally:
        if client is not None:
            client.close()
    return ready(name, "it answers")
