"""Databases, Redis and blob stores in real states."""

import threading

from sqlalchemy import text

from foundation.database import Database
from foundation.migrate import migrate
from scripts.lib.doctor import stores
from tests.support.servers import Redis, free_port
from tests.unit.doctor.findings import SECRET, closed_port_url, settings_of, state


async def _schema(url, revision="head"):
    database = Database(url)
    await migrate(database, revision)
    await database.close()


async def _sql(url, *statements):
    database = Database(url)
    async with database.write() as connection:
        for statement in statements:
            await connection.execute(text(statement))
    await database.close()


def looked(look, settings):
    """Looks run in threads, where no loop runs."""
    found = []
    thread = threading.Thread(target=lambda: found.extend(look(settings)))
    thread.start()
    thread.join(30)
    return found


async def test_an_embedded_database_is_told_before_and_after_it_is_made(tmp_path):
    folder = tmp_path / "data"
    assert looked(stores.database, settings_of(folder))[0].detail.endswith("made at the first start; for one node")
    assert not folder.exists(), "looking makes nothing"
    folder.mkdir()
    await _schema(settings_of(folder).resolved_database_url, "0001")
    assert "the next start brings the schema up to date" in looked(stores.database, settings_of(folder))[0].detail
    await _schema(settings_of(folder).resolved_database_url)
    assert "SQLite, for one node; schema up to date" in looked(stores.database, settings_of(folder))[0].detail
    await _sql(settings_of(folder).resolved_database_url, "update alembic_version set version_num = '9999'")
    assert looked(stores.database, settings_of(folder))[0].state == "broken"


async def test_a_real_postgresql(postgres, tmp_path):
    await _sql(postgres.url, "drop schema public cascade", "create schema public")
    url = postgres.url.replace("postgresql+asyncpg", "postgresql").replace("koma@", f"koma:{SECRET}@")
    (found,) = looked(stores.database, settings_of(tmp_path, database_url=url))
    assert (found.state, SECRET in found.detail) == ("ready", False)
    assert "the next start brings" in found.detail
    await _schema(postgres.url)
    (found,) = looked(stores.database, settings_of(tmp_path, database_url=url))
    assert "PostgreSQL 1" in found.detail
    assert "schema up to date" in found.detail


def test_a_dead_database_and_one_that_is_none(tmp_path):
    (found,) = looked(stores.database, settings_of(tmp_path, database_url=closed_port_url("postgresql")))
    assert (found.state, found.fix) == ("broken", "check DATABASE_URL, and that the server runs")
    assert "the database does not answer" in found.detail
    assert SECRET not in found.detail
    for url in (f"{SECRET}", f"mysql://x:{SECRET}@y/z"):
        (found,) = looked(stores.database, settings_of(tmp_path, database_url=url))
        assert found.state == "broken"
        assert SECRET not in found.detail


def test_redis_alive_dead_and_absent(redis_server, tmp_path):
    assert stores.redis(settings_of(tmp_path))[0].state == "missing"
    assert stores.redis(settings_of(tmp_path, redis_url=redis_server.url))[0].state == "ready"
    assert stores.redis(settings_of(tmp_path, redis_url="nonsense"))[0].state == "broken"
    dead = stores.redis(settings_of(tmp_path, redis_url=closed_port_url("redis")))
    assert state(dead, "Redis") == (
        "broken",
        "no answer (ConnectionError)",
        "check REDIS_URL, and that the server runs",
    )
    here = f"127.0.0.1:{redis_server.port}"
    assert stores.ray_redis(settings_of(tmp_path, ray_redis_address=here))[0].state == "ready"
    assert stores.ray_redis(settings_of(tmp_path, ray_redis_address=f"127.0.0.1:{free_port()}"))[0].state == "broken"


def test_a_redis_with_a_password(tmp_path):
    import redis

    server = Redis()
    try:
        redis.from_url(server.url).config_set("requirepass", SECRET)
        assert stores.redis(settings_of(tmp_path, redis_url=server.url))[0].state == "broken"
        good = server.url.replace("redis://", f"redis://:{SECRET}@")
        assert stores.redis(settings_of(tmp_path, redis_url=good))[0].state == "ready"
        (found,) = stores.ray_redis(settings_of(tmp_path, ray_redis_address=f"127.0.0.1:{server.port}"))
        assert (found.state, "RAY_REDIS_PASSWORD" in found.detail) == ("ready", True)
    finally:
        server.stop()


def test_a_blob_store_that_can_be_written_and_ones_that_cannot(tmp_path):
    assert stores.blobs(settings_of(tmp_path, blob_url=(tmp_path / "blobs").as_uri()))[0].state == "ready"
    assert not any(path.is_file() for path in (tmp_path / "blobs").rglob("*")), "the probe is deleted"
    (tmp_path / "file").touch()
    for url in ((tmp_path / "file").as_uri(), "nonsense://x"):
        assert stores.blobs(settings_of(tmp_path, blob_url=url))[0].state == "broken", url
