"""The Pipeline deployment over stand-ins on a real Ray: fan-out, and the death of any replica."""

import pytest

from foundation.jobs.types import State
from tests.serve.cluster import each_once, kill
from tests.serve.stand_ins import HANDS, bind_app, let_go, notes
from tests.support.waiting import eventually


@pytest.fixture(scope="module")
def app(shared_app):
    return shared_app(bind_app("hands"), name="hands")


async def started(folder, number):
    async def look():
        return len(notes(folder)) >= number

    await eventually(look)


def args(folder, items, free):
    return {"folder": str(folder), "items": items, "free": free}


async def test_five_items_at_once_are_on_five_replicas(cluster, app, tmp_path):
    async with cluster.jobs(app) as jobs:
        job = await jobs.submit(args(tmp_path, items=12, free=0))
        await started(tmp_path, HANDS)
        assert len({note["replica"] for note in notes(tmp_path)}) == HANDS
        let_go(tmp_path)
        await jobs.reaches(job, State.COMPLETED)
        assert each_once(await jobs.events(job))
        assert sorted(int(note["item"]) for note in notes(tmp_path)) == list(range(12))


async def test_a_killed_pipeline_replica_loses_nothing(cluster, app, tmp_path):
    async with cluster.jobs(app) as jobs:
        job = await jobs.submit(args(tmp_path, items=12, free=4))
        await jobs.items_done(job, 4)
        await started(tmp_path, 4 + HANDS)
        kill(*cluster.pids(app, "Pipeline").values())
        let_go(tmp_path)
        done = await jobs.reaches(job, State.COMPLETED)
        assert done.attempts == 0, "progress clears the count of lost workers"
        assert [event.kind for event in await jobs.events(job)].count("resumed") == 1
        events = await jobs.events(job)
        assert each_once(events)
        assert len([e for e in events if e.kind == "item_completed"]) == 12
        starts = [note["item"] for note in notes(tmp_path)]
        assert [starts.count(str(n)) for n in range(4)] == [1, 1, 1, 1]
        assert set(starts) == {str(n) for n in range(12)}


async def test_a_killed_hand_costs_only_its_own_item(cluster, app, tmp_path):
    async with cluster.jobs(app) as jobs:
        job = await jobs.submit(args(tmp_path, items=12, free=0))
        await started(tmp_path, HANDS)
        victim = notes(tmp_path)[0]
        kill(victim["pid"])
        # the item begins again on another replica, which needs a free one
        let_go(tmp_path)
        await jobs.reaches(job, State.COMPLETED)
        assert each_once(await jobs.events(job))
        starts = [note["item"] for note in notes(tmp_path)]
        assert starts.count(victim["item"]) == 2
        assert [starts.count(str(n)) for n in range(12) if str(n) != victim["item"]] == [1] * 11


async def test_cancel_begins_no_further_item(cluster, app, tmp_path):
    async with cluster.jobs(app) as jobs:
        job = await jobs.submit(args(tmp_path, items=20, free=0))
        await started(tmp_path, HANDS)
        await jobs.store.cancel(job.id, app)
        await jobs.reaches(job, State.CANCELLED)
        let_go(tmp_path)
        after = tmp_path / "after"
        after.mkdir()
        next_job = await jobs.submit(args(after, items=20, free=20))
        await jobs.reaches(next_job, State.COMPLETED)
        assert len(notes(tmp_path)) == HANDS
        assert (await jobs.events(job))[-1].kind == "cancelled"
