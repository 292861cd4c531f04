"""The queue's order on SQLite and PostgreSQL: jobs are moved, given priority, and taken in that order."""

import asyncio

import pytest
from sqlalchemy import text

from foundation.errors import Conflict, NotFound
from foundation.jobs.types import Draft, NewJob
from foundation.migrate import migrate

APP = "film"


async def queue(store, *names, priority=0):
    for name in names:
        await store.submit(NewJob(APP, {"type": name[0]}, id=name, priority=priority))


async def order(store):
    """The names as they stand, which is the order of ``ahead``."""
    jobs, _ = await store.find(APP, limit=100)
    places = {await store.ahead(job): job.id for job in jobs}
    assert sorted(places) == list(range(len(jobs)))
    return [places[n] for n in sorted(places)]


async def claimed(store):
    taken = []
    while (lease := await store.claim(APP, "w")) is not None:
        taken.append(lease.job.id)
    return taken


async def test_a_job_moves_to_any_place(store):
    await queue(store, "a", "b", "c", "d")
    for name, position, after in (
        ("d", 1, ["d", "a", "b", "c"]),
        ("d", 3, ["a", "b", "d", "c"]),
        ("a", 99, ["b", "d", "c", "a"]),
        ("c", 2, ["b", "c", "d", "a"]),
        ("c", 2, ["b", "c", "d", "a"]),
    ):
        await store.move(name, APP, position)
        assert await order(store) == after
    await queue(store, "young")
    assert await claimed(store) == ["b", "c", "d", "a", "young"]


async def test_a_moved_job_takes_the_priority_of_its_neighbours(store):
    await queue(store, "u1", "u2", priority=5)
    await queue(store, "n1", "n2")
    assert (await store.move("n2", APP, 2)).priority == 5
    assert await order(store) == ["u1", "n2", "u2", "n1"]
    assert (await store.move("u1", APP, 4)).priority == 0
    assert await order(store) == ["n2", "u2", "n1", "u1"]
    await store.move("u1", APP, 3)
    assert await order(store) == ["n2", "u2", "u1", "n1"]


async def test_a_place_can_be_halved_for_ever(store):
    await queue(store, "a", "b", "c", "d")
    for _ in range(40):
        last = (await order(store))[-1]
        await store.move(last, APP, 2)
    async with store.database.write() as connection:
        await connection.execute(text("update job set queued_at = 7"))
    assert await order(store) == ["a", "b", "c", "d"]
    await store.move("d", APP, 3)
    assert await order(store) == ["a", "b", "d", "c"]


async def test_many_move_at_once_and_every_job_keeps_a_place(store):
    names = [f"j{n}" for n in range(8)]
    await queue(store, *names)
    await asyncio.gather(*[store.move(name, APP, 1) for name in names])
    assert sorted(await order(store)) == names
    assert sorted(await claimed(store)) == names


async def test_priority_changes_while_a_job_waits_and_is_told(store):
    await queue(store, "a", "b")
    moved = await store.prioritise("b", APP, 3)
    assert moved.priority == 3
    assert await order(store) == ["b", "a"]
    assert [event.kind for event in await store.events(moved)] == ["accepted", "moved"]


async def test_only_a_queued_job_is_moved(store):
    await queue(store, "a")
    await store.claim(APP, "w")
    with pytest.raises(Conflict):
        await store.move("a", APP, 1)
    with pytest.raises(Conflict):
        await store.prioritise("a", APP, 1)
    with pytest.raises(NotFound):
        await store.move("b", APP, 1)


async def test_the_last_event_of_a_kind(store):
    await queue(store, "a")
    lease = await store.claim(APP, "w")
    assert await store.latest(lease.job, "progress") is None
    await store.emit(
        lease, [Draft("progress", {"n": 1, "preview": "data:"}), Draft("progress", {"n": 2}), Draft("other")]
    )
    assert (await store.latest(lease.job, "progress")).data == {"n": 2}
    assert (await store.latest(lease.job, "progress", "preview")).data == {"n": 1, "preview": "data:"}
    assert await store.latest(lease.job, "progress", "sound") is None


async def test_jobs_of_two_applications_are_told_as_one_by_type(store):
    await queue(store, "a1", "b1")
    await store.submit(NewJob("other", {"type": "b"}, id="b2"))
    both = [APP, "other"]
    assert (await store.get("b2", both)).app == "other"
    found, total = await store.find(both, types=["b"])
    assert ([job.id for job in found], total) == (["b2", "b1"], 2)
    assert (await store.find(APP, types=["x"]))[1] == 0
    with pytest.raises(NotFound):
        await store.get("nobody", both)


async def test_the_order_of_older_jobs_is_that_of_their_ages(store):
    await queue(store, "a", "b")
    await migrate(store.database, "base")
    # the tables of the schema before: its rows have no place of their own
    from alembic import command

    from foundation.migrate import _config

    async with store.database.write() as connection:
        await connection.run_sync(lambda c: command.upgrade(_config(c), "0002"))
        row = (
            "insert into job (tenant, id, app, state, args, digest, priority, fence, attempts, cancel_requested,"
            " progress, last_seq, created_at, updated_at) values ('public', :id, 'film', 'queued', '{}', '', 0, 0, 0,"
            " false, 0, 1, :at, :at)"
        )
        for name, at in (("young", 20.0), ("old", 10.0)):
            await connection.execute(text(row), {"id": name, "at": at})
    await migrate(store.database)
    assert await claimed(store) == ["old", "young"]
