"""The shared SQL of the job store: rows to values, and the one way to change a job.

Every change of a job goes through ``advance``: it moves the job and appends its events in one
transaction, so that the state and the stream can never tell different stories.
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Row, and_, insert, update
from sqlalchemy.ext.asyncio import AsyncConnection

from foundation.database import epoch_now
from foundation.jobs.schema import job, job_event
from foundation.jobs.types import Draft, Event, Job, Signal, State


def to_job(row: Row[Any]) -> Job:
    """A row of ``job`` as a value."""
    return Job(
        tenant=row.tenant,
        id=row.id,
        app=row.app,
        state=State(row.state),
        args=row.args,
        digest=row.digest,
        progress=row.progress,
        step=row.step,
        attempts=row.attempts,
        cancel_requested=row.cancel_requested,
        last_seq=row.last_seq,
        error=row.error,
        created_at=row.created_at,
        updated_at=row.updated_at,
        finished_at=row.finished_at,
        priority=row.priority,
        subject=row.subject,
        queued_at=row.queued_at,
    )


def to_event(row: Row[Any]) -> Event:
    """A row of ``job_event`` as a value."""
    return Event(seq=row.seq, kind=row.kind, data=row.data, at=row.at)


def to_signal(row: Row[Any]) -> Signal:
    """A row of ``job_signal`` as a value."""
    return Signal(
        id=row.id, step=row.step, action=row.action, data=row.data, at=row.at, consumed=row.consumed_at is not None
    )


def of_job(table: Any, tenant: str, job_id: str) -> ColumnElement[bool]:
    """The rows of one job in any table but ``job`` itself."""
    return and_(table.c.tenant == tenant, table.c.job_id == job_id)


def is_job(tenant: str, job_id: str) -> ColumnElement[bool]:
    """The one row of a job."""
    return and_(job.c.tenant == tenant, job.c.id == job_id)


def of_apps(app: str | Sequence[str]) -> ColumnElement[bool]:
    """The jobs of one application, or of several that are listed together."""
    return job.c.app == app if isinstance(app, str) else job.c.app.in_(app)


def queue_order() -> tuple[Any, ...]:
    """The columns by which jobs that are ready are taken: more priority first, then the older place."""
    return job.c.priority.desc(), job.c.queued_at, job.c.id


async def advance(
    connection: AsyncConnection,
    where: ColumnElement[bool],
    events: Sequence[Draft] = (),
    **values: Any,
) -> bool:
    """Change the one job that matches ``where`` and append its events; False when none matches."""
    change = (
        update(job)
        .where(where)
        .values(last_seq=job.c.last_seq + len(events), updated_at=epoch_now(), **values)
        .returning(job.c.tenant, job.c.id, job.c.last_seq)
    )
    row = (await connection.execute(change)).one_or_none()
    if row is None:
        return False
    first = row.last_seq - len(events) + 1
    for seq, draft in enumerate(events, first):
        await connection.execute(
            insert(job_event).values(
                tenant=row.tenant, job_id=row.id, seq=seq, kind=draft.kind, data=dict(draft.data), at=epoch_now()
            )
        )
    return True
