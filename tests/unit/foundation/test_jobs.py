"""The job store's promises, one by one, on SQLite and PostgreSQL."""

import asyncio

import pytest

from foundation.errors import Conflict, NotFound, Overloaded
from foundation.jobs.leases import JobCancelled
from foundation.jobs.types import Draft, Finished, LeaseLost, NewJob, State

APP = "manga"


def new(job_id=None, **args):
    return NewJob(app=APP, args=args or {"text": "a"}, id=job_id)


async def kinds(store, job):
    return [event.kind for event in await store.events(job)]


async def test_the_same_id_and_body_give_the_same_job(store):
    first = await store.submit(new("a"))
    again = await store.submit(new("a"))
    assert first.id == again.id
    assert await kinds(store, first) == ["accepted"]
    with pytest.raises(Conflict):
        await store.submit(new("a", text="b"))


async def test_two_clients_with_one_id_make_one_job(store):
    jobs = await asyncio.gather(*[store.submit(new("same")) for _ in range(8)])
    assert {job.id for job in jobs} == {"same"}
    assert await kinds(store, jobs[0]) == ["accepted"]


async def test_a_full_queue_refuses_and_keeps_what_it_accepted(store):
    store.queue_limit = 2
    await store.submit(new("a"))
    await store.submit(new("b"))
    with pytest.raises(Overloaded):
        await store.submit(new("c"))
    assert (await store.submit(new("a"))).id == "a"
    with pytest.raises(NotFound):
        await store.get("c", APP)


async def test_one_job_has_one_owner(store):
    await store.submit(new("a"))
    leases = await asyncio.gather(*[store.claim(APP, f"w{n}") for n in range(6)])
    assert sum(lease is not None for lease in leases) == 1


async def test_a_lost_lease_loses_every_write(store):
    job = await store.submit(new("a"))
    store.lease_seconds = 0.05
    old = await store.claim(APP, "old")
    await asyncio.sleep(0.2)
    store.lease_seconds = 5.0
    fresh = await store.claim(APP, "fresh")
    assert fresh.fence == old.fence + 1
    done = Finished("one", "", "blob", 0.0)
    for write in (
        store.heartbeat(old),
        store.look(old),
        store.emit(old, [Draft("x")]),
        store.journal(old, done, [Draft("x")]),
        store.wait(old, 1.0),
        store.finish(old, State.COMPLETED),
    ):
        with pytest.raises(LeaseLost):
            await write
    assert await store.finished(job) == []
    await store.finish(fresh, State.COMPLETED)
    assert await kinds(store, job) == ["accepted", "completed"]


async def test_a_job_that_kills_its_workers_ends_with_the_reason(store):
    await store.submit(new("poison"))
    store.lease_seconds = 0.02
    for n in range(store.max_attempts):
        assert await store.claim(APP, f"w{n}") is not None
        await asyncio.sleep(0.1)
    assert await store.claim(APP, "last") is None
    job = await store.get("poison", APP)
    assert job.state is State.FAILED
    assert job.error["code"] == "worker_lost"


async def test_the_journal_takes_each_unit_once(store):
    job = await store.submit(new("a"))
    lease = await store.claim(APP, "w")
    for _ in range(2):
        await store.journal(lease, Finished("one", "i", "blob", 0.0), [Draft("item_completed")], progress=0.5)
    assert [(f.step, f.item, f.blob) for f in await store.finished(job)] == [("one", "i", "blob")]
    assert await kinds(store, job) == ["accepted", "item_completed"]
    assert (await store.get("a", APP)).progress == 0.5


async def test_cancel_ends_an_idle_job_at_once_and_asks_a_running_one(store):
    idle = await store.submit(new("idle"))
    assert (await store.cancel("idle", APP)).state is State.CANCELLED
    assert await kinds(store, idle) == ["accepted", "cancelled"]

    running = await store.submit(new("running"))
    lease = await store.claim(APP, "w")
    assert (await store.cancel("running", APP)).state is State.RUNNING
    for write in (store.emit(lease, [Draft("late")]), store.finish(lease, State.COMPLETED), store.look(lease)):
        with pytest.raises(JobCancelled):
            await write
    await store.finish(lease, State.CANCELLED)
    assert await kinds(store, running) == ["accepted", "cancelled"]
    assert (await store.cancel("running", APP)).state is State.CANCELLED


async def test_a_cancelled_job_whose_worker_died_still_ends(store):
    await store.submit(new("a"))
    store.lease_seconds = 0.05
    await store.claim(APP, "dead")
    await store.cancel("a", APP)
    await asyncio.sleep(0.2)
    assert await store.claim(APP, "next") is None
    assert (await store.get("a", APP)).state is State.CANCELLED


async def test_a_signal_wakes_a_waiting_job_and_is_never_missed(store):
    job = await store.submit(new("a"))
    lease = await store.claim(APP, "w")
    assert await store.wait(lease, 60)
    assert (await store.get("a", APP)).state is State.WAITING
    assert await store.claim(APP, "w") is None
    await store.signal(job, "one", "approve", {"note": "好"})
    lease = await store.claim(APP, "w")
    assert not lease.timed_out
    (signal,) = await store.signals(job)
    assert (signal.action, signal.data, signal.consumed) == ("approve", {"note": "好"}, False)
    assert await store.look(lease)
    assert not await store.wait(lease, 60), "a job with unread word may not sleep"
    await store.heard(lease, signal)
    assert await store.wait(lease, 60)


async def test_waiting_ends_by_itself(store):
    await store.submit(new("a"))
    await store.wait(await store.claim(APP, "w"), 0.0)
    lease = await store.claim(APP, "w")
    assert lease.timed_out


async def test_word_to_an_ended_job_is_refused(store):
    job = await store.submit(new("a"))
    await store.cancel("a", APP)
    with pytest.raises(Conflict):
        await store.signal(job, "one", "approve", {})


async def test_a_released_job_goes_on_at_once_and_counts_no_attempt(store):
    await store.submit(new("a"))
    await store.release(await store.claim(APP, "w"))
    lease = await store.claim(APP, "v")
    assert lease.job.attempts == 0


async def test_events_page_in_order_without_gap(store):
    job = await store.submit(new("a"))
    lease = await store.claim(APP, "w")
    for n in range(5):
        await store.emit(lease, [Draft("tick", {"n": n}), Draft("tock", {"n": n})])
    first = await store.events(job, limit=4)
    rest = await store.events(job, after=first[-1].seq)
    assert [e.seq for e in first + rest] == list(range(1, 12))


async def test_priority_goes_first_then_age(store):
    for name, priority in (("old", 0), ("young", 0), ("urgent", 5)):
        await store.submit(NewJob(app=APP, args={}, id=name, priority=priority))
    order = [(await store.claim(APP, "w")).job.id for _ in range(3)]
    assert order == ["urgent", "old", "young"]


async def test_tenants_do_not_see_each_other(store):
    await store.submit(NewJob(app=APP, args={"n": 1}, id="a", tenant="one"))
    await store.submit(NewJob(app=APP, args={"n": 2}, id="a", tenant="two"))
    assert (await store.get("a", APP, "two")).args == {"n": 2}
    with pytest.raises(NotFound):
        await store.get("a", APP)
    assert (await store.find(APP, tenant="one"))[1] == 1


async def test_a_cancel_meets_a_job_that_falls_asleep_and_one_of_them_wins(store):
    for n in range(12):
        job = await store.submit(new(f"race{n}"))
        lease = await store.claim(APP, "w")
        slept, seen = await asyncio.gather(store.wait(lease, 60), store.cancel(job.id, APP), return_exceptions=True)
        assert seen.cancel_requested, f"the cancel was lost; wait gave {slept!r}"
        if seen.state is State.RUNNING:
            await store.finish(lease, State.CANCELLED)
        assert (await store.get(job.id, APP)).state is State.CANCELLED


async def test_sessions_that_wait_for_people_do_not_fill_the_queue(store):
    store.queue_limit = 1
    await store.submit(new("asleep"))
    await store.wait(await store.claim(APP, "w"), 60)
    await store.submit(new("next"))
    with pytest.raises(Overloaded):
        await store.submit(new("third"))


async def test_progress_clears_the_count_of_lost_workers(store):
    await store.submit(new("long"))
    store.lease_seconds = 0.02
    for n in range(store.max_attempts + 2):
        lease = await store.claim(APP, f"w{n}")
        assert lease is not None
        await store.journal(lease, Finished(f"step{n}", "", "blob", 0.0), [])
        await asyncio.sleep(0.1)


async def test_a_nul_in_a_name_is_no_job_s(store):
    await store.submit(new("a"))
    with pytest.raises(NotFound):
        await store.get("a\0", APP)
    assert await store.find(APP, subject="user\0") == ([], 0)
