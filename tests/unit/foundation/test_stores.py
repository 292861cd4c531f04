"""Blobs, links, cache, hints, sweep and migrations."""

import asyncio

import pytest
from sqlalchemy import inspect, text

from foundation.blobs import BlobStore, content_type
from foundation.cache import Cache
from foundation.database import Database
from foundation.errors import Forbidden, Gone, NotFound, StoreUnavailable
from foundation.hints import Hints
from foundation.jobs.leases import WorkerStore
from foundation.jobs.schema import metadata
from foundation.jobs.sweep import sweep_finished
from foundation.jobs.types import NewJob, State
from foundation.migrate import migrate
from foundation.signing import LinkSigner
from tests.support.servers import free_port


@pytest.fixture
def blobs(tmp_path):
    return BlobStore((tmp_path / "with space 画像").as_uri())


async def test_equal_content_has_one_key_and_other_content_another(blobs):
    key = await blobs.put("public/job/step", "page.png", b"one")
    assert key == await blobs.put("public/job/step", "page.png", b"one")
    assert key != await blobs.put("public/job/step", "page.png", b"two")
    assert await blobs.get(key) == b"one"
    assert content_type(key) == "image/png"


@pytest.mark.parametrize("key", ["none", "../secret", "public/../../x", "", "/etc/passwd"])
async def test_keys_that_are_none_are_not_found(blobs, key):
    with pytest.raises(NotFound):
        await blobs.get(key)


async def test_folders_are_deleted_whole_and_alone(blobs):
    gone = await blobs.put("public/a/step", "x.json", b"1")
    retained = await blobs.put("public/ab/step", "x.json", b"1")
    assert await blobs.delete_folder("public/a") == 1
    with pytest.raises(NotFound):
        await blobs.get(gone)
    assert await blobs.get(retained) == b"1"


def test_links_hold_for_their_key_and_time():
    signer = LinkSigner(b"k" * 32, 60)
    url = signer.link("http://h/p", "a b/ü.png")
    assert url.startswith("http://h/p/files/a%20b/%C3%BC.png?exp=")
    expires, signature = int(url.split("exp=")[1].split("&")[0]), url.split("sig=")[1]
    signer.check("a b/ü.png", expires, signature)
    for key, exp, sig in (
        ("other", expires, signature),
        ("a b/ü.png", expires + 1, signature),
        ("a b/ü.png", expires, "é"),
    ):
        with pytest.raises(Forbidden):
            signer.check(key, exp, sig)
    with pytest.raises(Forbidden):
        LinkSigner(b"x" * 32, 60).check("a b/ü.png", expires, signature)
    old = LinkSigner(b"k" * 32, -1).link("http://h", "k")
    with pytest.raises(Gone):
        signer.check("k", int(old.split("exp=")[1].split("&")[0]), old.split("sig=")[1])


async def test_the_cache_computes_once_for_all_who_ask_and_outlives_the_process(database):
    calls = []

    async def compute():
        calls.append(1)
        await asyncio.sleep(0.05)
        return {"値": [1, 2]}

    cache = Cache(database)
    values = await asyncio.gather(*[cache.get_or_compute("k", compute) for _ in range(5)])
    assert values == [{"値": [1, 2]}] * 5
    assert await Cache(database).get_or_compute("k", compute) == {"値": [1, 2]}
    assert len(calls) == 1
    await cache.get_or_compute("short", compute, ttl_seconds=-1)
    await Cache(database).get_or_compute("short", compute)
    assert len(calls) == 3
    assert await cache.sweep() == 0


async def test_a_cached_value_cannot_be_changed_by_who_got_it(database):
    async def compute():
        return [1]

    cache = Cache(database)
    (await cache.get_or_compute("k", compute)).append(2)
    assert await cache.get_or_compute("k", compute) == [1]


async def test_errors_are_not_cached(database):
    async def fail():
        raise NotFound("no")

    async def work():
        return 1

    cache = Cache(database)
    with pytest.raises(NotFound):
        await cache.get_or_compute("k", fail)
    assert await cache.get_or_compute("k", work) == 1


async def test_a_cache_without_its_database_only_costs_time(tmp_path):
    async def work():
        return 7

    lost = Database(f"postgresql+asyncpg://koma@127.0.0.1:{free_port()}/koma")
    assert await Cache(lost).get_or_compute("k", work) == 7
    await lost.close()


async def test_a_store_that_is_away_says_so():
    lost = Database(f"postgresql+asyncpg://koma@127.0.0.1:{free_port()}/koma")
    with pytest.raises(StoreUnavailable):
        await WorkerStore(lost, Hints()).submit(NewJob("manga", {}))
    await lost.close()


async def test_hints_cross_processes_by_redis_and_its_death_only_slows(redis_server):
    here, there = Hints(redis_server.url), Hints(redis_server.url)
    try:
        waiting = asyncio.create_task(there.wait("job:1", 20))
        await asyncio.sleep(0.5)
        await here.publish("job:1")
        await asyncio.wait_for(waiting, 5)
        redis_server.kill()
        await asyncio.wait_for(here.publish("job:1"), 5)
        await asyncio.wait_for(there.wait("job:1", 0.2), 5)
        redis_server.start()
        for _ in range(40):
            waiting = asyncio.create_task(there.wait("job:2", 20))
            await asyncio.sleep(0.25)
            await here.publish("job:2")
            done, _ = await asyncio.wait([waiting], timeout=0.5)
            waiting.cancel()
            if done:
                break
        assert done, "hints did not come back with Redis"
    finally:
        await here.close()
        await there.close()


async def test_the_sweep_takes_what_ended_long_ago_with_its_files(store, tmp_path):
    blobs = BlobStore((tmp_path / "blobs").as_uri())
    for name in ("old", "young", "open"):
        await store.submit(NewJob("manga", {}, id=name))
        await blobs.put(f"public/{name}/step", "x.json", b"{}")
    for name in ("old", "young"):
        await store.cancel(name, "manga")
    async with store.database.write() as connection:
        await connection.execute(text("update job set finished_at = finished_at - 100 where id = 'old'"))
        await connection.execute(text("update job set created_at = 0, updated_at = 0 where id = 'open'"))
    assert await sweep_finished(store, blobs, "manga", older_than_seconds=50) == 1
    with pytest.raises(NotFound):
        await store.get("old", "manga")
    assert await blobs.delete_folder("public/old") == 0
    assert (await store.get("open", "manga")).state is State.QUEUED
    assert await blobs.delete_folder("public/young") == 1
    assert await store.events(await store.get("young", "manga"))


async def test_migrations_go_up_and_down_and_match_the_tables(database):
    def tables(connection):
        found = inspect(connection)
        return {name: {c["name"] for c in found.get_columns(name)} for name in found.get_table_names()}

    async with database.read() as connection:
        up = await connection.run_sync(tables)
    up.pop("alembic_version")
    assert up == {name: set(table.columns.keys()) for name, table in metadata.tables.items()}
    await migrate(database, "base")
    async with database.read() as connection:
        assert set(await connection.run_sync(tables)) <= {"alembic_version"}
    await asyncio.gather(migrate(database), migrate(database))
    async with database.read() as connection:
        assert set(up) <= set(await connection.run_sync(tables))


async def test_two_workers_may_sweep_at_once(store, tmp_path):
    blobs = BlobStore((tmp_path / "blobs").as_uri())
    for n in range(20):
        await store.submit(NewJob("manga", {}, id=f"j{n}"))
        await blobs.put(f"public/j{n}/step", "x.json", b"{}")
        await store.cancel(f"j{n}", "manga")
    await asyncio.sleep(0.05)
    await asyncio.gather(*[sweep_finished(store, blobs, "manga", older_than_seconds=0) for _ in range(3)])
    assert (await store.find("manga"))[1] == 0
