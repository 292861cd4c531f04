"""The store, and four ways to break it. A harness that lets one of these pass proves nothing."""

import asyncio

from sqlalchemy import and_, false

from foundation.jobs.leases import WorkerStore
from foundation.jobs.rows import advance, is_job
from foundation.jobs.schema import job
from foundation.jobs.types import TERMINAL, Job, State


class NoFence(WorkerStore):
    """Any worker may write to any unfinished job, whoever holds the lease."""

    def _owned(self, lease):
        unfinished = job.c.state.not_in([s.value for s in TERMINAL])
        return and_(is_job(lease.job.tenant, lease.job.id), unfinished | (job.c.state == State.COMPLETED.value))


class NoReclaim(WorkerStore):
    """A lease never runs out."""

    def _expired(self):
        return false()


class EventsOutside(WorkerStore):
    """The journal row is one transaction, its events are another."""

    async def journal(self, lease, done, events, **values):
        await super().journal(lease, done, [], **values)
        await asyncio.sleep(0.03)
        async with self.database.write() as connection:
            await advance(connection, self._owned(lease), events)


class AckBeforeCommit(WorkerStore):
    """A job is acknowledged first and stored soon after."""

    async def submit(self, new):
        self._late = getattr(self, "_late", set())
        task = asyncio.create_task(self._later(new))
        self._late.add(task)
        return Job(
            new.tenant, new.id, new.app, State.QUEUED, new.args, "", 0.0, None, 0, False, 1, None, 0.0, 0.0, None
        )

    async def _later(self, new):
        await asyncio.sleep(0.2)
        await super().submit(new)


STORES = {
    "real": WorkerStore,
    "no_fence": NoFence,
    "no_reclaim": NoReclaim,
    "events_outside": EventsOutside,
    "ack_before_commit": AckBeforeCommit,
}
