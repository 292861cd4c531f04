"""The worker's side of the job store: claim, journal, wait, end. Each write carries the lease."""

import uuid
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, and_, delete, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from foundation.database import epoch_now
from foundation.errors import KomaError, WorkerLost, error_record
from foundation.jobs.measure import measure_end, measure_wait
from foundation.jobs.rows import advance, is_job, of_job, queue_order, to_job
from foundation.jobs.schema import job, job_signal, job_step
from foundation.jobs.store import JobStore
from foundation.jobs.types import Draft, Finished, Job, Lease, LeaseLost, Signal, State

REVIEW_PREFIX = "review:"


class JobCancelled(KomaError):
    """The cancellation of the job is requested: nothing but its end may be written."""

    status = 409
    code = "cancelled"
    title = "The job was cancelled"
    hint = "Nothing to do."


class WorkerStore(JobStore):
    """Jobs as workers see them.

    Writes raise LeaseLost when another worker took over, JobCancelled when the job was asked to stop.
    """

    lease_seconds: float = 15.0
    max_attempts: int = 3

    async def claim(self, app: str, owner: str) -> Lease | None:
        """Take the next job that is ready, or whose worker was lost, or whose waiting ended; None if there is none."""
        async with self.database.read() as connection:
            if (await connection.execute(select(job.c.id).where(self._ready(app)).limit(1))).first() is None:
                return None
        best = select(job).where(self._ready(app)).order_by(*queue_order()).limit(1)
        async with self.database.write() as connection:
            row = (await connection.execute(best.with_for_update(skip_locked=True))).one_or_none()
            lease = await self._take(connection, row, owner) if row is not None else None
        if lease is not None:
            measure_wait(lease)
        return lease

    async def queue(self, app: str) -> tuple[int, float]:
        """How many jobs wait for a worker, and for how many seconds the one that came first has."""
        age = func.coalesce(epoch_now() - func.min(job.c.updated_at), 0.0)
        waiting = select(func.count(), age).where(job.c.app == app, job.c.state == State.QUEUED.value)
        async with self.database.read() as connection:
            number, seconds = (await connection.execute(waiting)).one()
        return number, max(float(seconds), 0.0)

    def _ready(self, app: str) -> ColumnElement[bool]:
        lost = and_(job.c.state == State.RUNNING.value, self._expired())
        woken = and_(job.c.state == State.WAITING.value, job.c.wake_at <= epoch_now())
        return and_(job.c.app == app, or_(job.c.state == State.QUEUED.value, lost, woken))

    def _expired(self) -> ColumnElement[bool]:
        return job.c.lease_until < epoch_now()

    async def _take(self, connection: AsyncConnection, row: Row[Any], owner: str) -> Lease | None:
        this = is_job(row.tenant, row.id)
        attempts = row.attempts + (row.state == State.RUNNING.value)
        if row.cancel_requested:
            await self._end(connection, this, State.CANCELLED, Draft("cancelled"))
            measure_end(to_job(row), State.CANCELLED)
            return None
        if attempts >= self.max_attempts:
            error = error_record(WorkerLost(f"{attempts} workers were lost while they ran this job"))
            await self._end(connection, this, State.FAILED, Draft("failed", error), error=error)
            measure_end(to_job(row), State.FAILED)
            return None
        await advance(
            connection,
            this,
            state=State.RUNNING.value,
            owner=owner,
            fence=row.fence + 1,
            attempts=attempts,
            lease_until=epoch_now() + self.lease_seconds,
            wake_at=None,
        )
        taken = (await connection.execute(select(job).where(this))).one()
        return Lease(to_job(taken), owner, taken.fence, timed_out=row.state == State.WAITING.value)

    async def _end(
        self, connection: AsyncConnection, where: ColumnElement[bool], state: State, event: Draft, **values: Any
    ) -> bool:
        ended = {"state": state.value, "finished_at": epoch_now(), "owner": None, "lease_until": None}
        return await advance(connection, where, [event], **ended, **values)

    def _owned(self, lease: Lease) -> ColumnElement[bool]:
        return and_(
            is_job(lease.job.tenant, lease.job.id),
            job.c.owner == lease.owner,
            job.c.fence == lease.fence,
            job.c.state == State.RUNNING.value,
        )

    async def heartbeat(self, lease: Lease) -> None:
        """Keep the lease. Raises JobCancelled when its cancellation is requested."""
        async with self.database.write() as connection:
            until = epoch_now() + self.lease_seconds
            await self._advance_owned(connection, lease, lease_until=until)

    async def look(self, lease: Lease) -> bool:
        """Check without writing that the lease holds, raising like a write would; True when word has come."""
        async with self.database.read() as connection:
            await self._explain(connection, lease)
            return (await connection.execute(self._unread(lease).limit(1))).first() is not None

    def _unread(self, lease: Lease) -> Select[Any]:
        return select(job_signal.c.id).where(
            of_job(job_signal, lease.job.tenant, lease.job.id), job_signal.c.consumed_at.is_(None)
        )

    async def _advance_owned(
        self, connection: AsyncConnection, lease: Lease, events: Sequence[Draft] = (), **values: Any
    ) -> None:
        if not await advance(connection, self._owned(lease) & ~job.c.cancel_requested, events, **values):
            await self._explain(connection, lease)
            raise LeaseLost(f"the lease on {lease.job.id} is lost")

    async def _explain(self, connection: AsyncConnection, lease: Lease) -> None:
        row = (await connection.execute(select(job.c.cancel_requested).where(self._owned(lease)))).one_or_none()
        if row is None:
            raise LeaseLost(f"the lease on {lease.job.id} is lost")
        if row.cancel_requested:
            raise JobCancelled(f"the job {lease.job.id} was asked to stop")

    async def emit(self, lease: Lease, events: Sequence[Draft], **values: Any) -> None:
        """Append events; ``progress`` and ``step`` may change with them."""
        async with self.database.write() as connection:
            await self._advance_owned(connection, lease, events, **values)
        await self._notify(lease.job)

    async def journal(self, lease: Lease, done: Finished, events: Sequence[Draft], **values: Any) -> None:
        """Store that a unit is done, with its events. A second call for the same unit changes nothing."""
        async with self.database.write() as connection:
            row = self.database.insert(job_step).values(
                tenant=lease.job.tenant,
                job_id=lease.job.id,
                step=done.step,
                item=done.item,
                blob=done.blob,
                fence=lease.fence,
                started_at=done.started_at,
                finished_at=epoch_now(),
            )
            stored = await connection.execute(row.on_conflict_do_nothing().returning(job_step.c.fence))
            if stored.one_or_none() is None:
                return
            # a worker that got something done was not killed by this job
            await self._advance_owned(connection, lease, events, attempts=0, **values)
        await self._notify(lease.job)

    async def finish(self, lease: Lease, state: State, error: Mapping[str, Any] | None = None) -> None:
        """End the job. A completed or failed end yields to a cancel that came first."""
        event = Draft(state.value, dict(error or {}))
        where = self._owned(lease) & (job.c.cancel_requested if state is State.CANCELLED else ~job.c.cancel_requested)
        progress = {"progress": 1.0} if state is State.COMPLETED else {}
        async with self.database.write() as connection:
            if not await self._end(connection, where, state, event, error=error, **progress):
                await self._explain(connection, lease)
                raise LeaseLost(f"the lease on {lease.job.id} is lost")
        measure_end(lease.job, state)
        await self._notify(lease.job)

    async def release(self, lease: Lease) -> None:
        """Give the job back untouched, so that another worker goes on at once."""
        async with self.database.write() as connection:
            await advance(connection, self._owned(lease), state=State.QUEUED.value, owner=None, lease_until=None)
        await self.hints.publish(f"app:{lease.job.app}")

    async def wait(self, lease: Lease, seconds: float) -> bool:
        """Hand the job to a person for at most ``seconds``; False when word has come already."""
        async with self.database.write() as connection:
            # the lock comes before the look, so that no signal can slip in between
            await connection.execute(select(job.c.id).where(self._owned(lease)).with_for_update())
            if (await connection.execute(self._unread(lease).limit(1))).first() is not None:
                return False
            wake_at = epoch_now() + seconds
            await self._advance_owned(
                connection, lease, state=State.WAITING.value, wake_at=wake_at, owner=None, lease_until=None
            )
        await self._notify(lease.job)
        return True

    async def approve(self, lease: Lease, step: str, action: str, events: Sequence[Draft]) -> None:
        """Journal that a step needs no person any more."""
        await self.journal(lease, Finished(REVIEW_PREFIX + step, "", action, lease.job.updated_at), events)

    async def reset(self, lease: Lease, steps: Iterable[str], signal: Signal, events: Sequence[Draft]) -> None:
        """Forget what steps have done, so that they run again, and count the signal as heard."""
        names = [name for step in steps for name in (step, REVIEW_PREFIX + step)]
        async with self.database.write() as connection:
            await self._advance_owned(connection, lease, events)
            rows = of_job(job_step, lease.job.tenant, lease.job.id) & job_step.c.step.in_(names)
            await connection.execute(delete(job_step).where(rows))
            await self._consume(connection, signal)
        await self._notify(lease.job)

    async def heard(self, lease: Lease, signal: Signal) -> None:
        """Count a signal as heard."""
        async with self.database.write() as connection:
            await self._advance_owned(connection, lease)
            await self._consume(connection, signal)

    async def _consume(self, connection: AsyncConnection, signal: Signal) -> None:
        await connection.execute(update(job_signal).where(job_signal.c.id == signal.id).values(consumed_at=epoch_now()))

    async def _notify(self, target: Job) -> None:
        await self.hints.publish(f"job:{target.tenant}:{target.id}")


def worker_name(prefix: str = "worker") -> str:
    """A name that no other worker has, dead or alive."""
    return f"{prefix}-{uuid.uuid4().hex[:12]}"


__all__ = ["REVIEW_PREFIX", "JobCancelled", "WorkerStore", "worker_name"]
