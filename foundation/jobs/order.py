"""Changes of the queue's order: a job takes another place among those that wait, or another priority.

A place is a priority and a moment: ``queued_at`` is when a job was accepted, and a moved job takes a moment between
those of its new neighbours.
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from foundation.database import epoch_now
from foundation.errors import Conflict
from foundation.jobs.rows import advance, is_job
from foundation.jobs.schema import job
from foundation.jobs.types import Draft, State

# seconds between neighbours where there is no other measure
GAP_S = 1.0


async def move_queued(connection: AsyncConnection, app: str, tenant: str, job_id: str, position: int) -> None:
    """Put a queued job at a place, from 1 on, among the queued ones. Raises Conflict for one that is not queued."""
    others = [row for row in await _queued(connection, app) if (row.tenant, row.id) != (tenant, job_id)]
    priority, moment = await _place(connection, others[: max(0, position - 1)], others[max(0, position - 1) :])
    await _put(connection, tenant, job_id, {"queued_at": moment} | ({} if priority is None else {"priority": priority}))


async def prioritise_queued(connection: AsyncConnection, tenant: str, job_id: str, priority: int) -> None:
    """Give a queued job another priority. Raises Conflict for one that is not queued."""
    await _put(connection, tenant, job_id, {"priority": priority})


async def _queued(connection: AsyncConnection, app: str) -> Sequence[Any]:
    columns = job.c.tenant, job.c.id, job.c.priority, job.c.queued_at
    # locked by id: two who move at once must not wait for each other
    rows = select(*columns).where(job.c.app == app, job.c.state == State.QUEUED.value).order_by(job.c.id)
    found = (await connection.execute(rows.with_for_update())).all()
    return sorted(found, key=lambda row: (-row.priority, row.queued_at, row.id))


async def _place(connection: AsyncConnection, before: Sequence[Any], behind: Sequence[Any]) -> tuple[int | None, Any]:
    if not before and not behind:
        return None, epoch_now()
    if not behind:
        now = (await connection.execute(select(epoch_now()))).scalar_one()
        return before[-1].priority, max(now, before[-1].queued_at + GAP_S / 1000)
    first = behind[0]
    if not before or before[-1].priority != first.priority:
        return first.priority, first.queued_at - GAP_S
    moment = (before[-1].queued_at + first.queued_at) / 2
    if not before[-1].queued_at < moment < first.queued_at:
        await _make_room(connection, before, first)
        moment = first.queued_at - GAP_S / 2
    return first.priority, moment


async def _make_room(connection: AsyncConnection, before: Sequence[Any], first: Any) -> None:
    """Move the jobs before a place to earlier moments; their order stays."""
    same = [row for row in before if row.priority == first.priority]
    for number, row in enumerate(reversed(same), 1):
        moment = min(row.queued_at, first.queued_at - number * GAP_S)
        await connection.execute(update(job).where(is_job(row.tenant, row.id)).values(queued_at=moment))


async def _put(connection: AsyncConnection, tenant: str, job_id: str, place: dict[str, Any]) -> None:
    queued = is_job(tenant, job_id) & (job.c.state == State.QUEUED.value)
    if not await advance(connection, queued, [Draft("moved")], **place):
        raise Conflict(f"the job {job_id} does not wait in the queue any more")
