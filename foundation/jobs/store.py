"""The client's side of the job store: accept, read, cancel, signal, follow."""

import hashlib
import json
import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import and_, delete, func, insert, or_, select

from foundation.database import Database, epoch_now
from foundation.errors import Conflict, InvalidInput, NotFound, Overloaded
from foundation.hints import Hints
from foundation.jobs.measure import measure_end
from foundation.jobs.order import move_queued, prioritise_queued
from foundation.jobs.rows import advance, is_job, of_apps, of_job, to_event, to_job, to_signal
from foundation.jobs.schema import job, job_event, job_signal, job_step, job_webhook
from foundation.jobs.types import DEFAULT_TENANT, TERMINAL, Draft, Event, Finished, Job, NewJob, Signal, State, Webhook

NUL = "\0"
UNFINISHED = [s.value for s in State if s not in TERMINAL]


def digest_of(args: Mapping[str, Any]) -> str:
    """The SHA-256 of a request in canonical JSON: equal bodies, equal digests.

    Raises InvalidInput for text that cannot be written down, which JSON's escapes can hold.
    """
    canonical = json.dumps(args, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    try:
        return hashlib.sha256(canonical.encode()).hexdigest()
    except UnicodeEncodeError as error:
        raise InvalidInput("a text contains half of a surrogate pair") from error


class JobStore:
    """Jobs as clients see them. Raises StoreUnavailable when the database does not answer."""

    def __init__(self, database: Database, hints: Hints, queue_limit: int = 200) -> None:
        self.database = database
        self.hints = hints
        self.queue_limit = queue_limit

    async def submit(self, new: NewJob) -> Job:
        """Accept a job durably.

        Raises Conflict when the id is taken by another body, Overloaded when too much is unfinished.
        """
        job_id = new.id or uuid.uuid4().hex
        digest = digest_of(new.args)
        async with self.database.write() as connection:
            found = (await connection.execute(select(job).where(is_job(new.tenant, job_id)))).one_or_none()
            if found is None:
                await self._refuse_overload(connection, new.app)
                found = await self._insert(connection, new, job_id, digest)
        stored = to_job(found)
        if (stored.digest, stored.app) != (digest, new.app):
            raise Conflict(f"the id {job_id} belongs to another request")
        await self.hints.publish(f"app:{new.app}")
        return stored

    async def _refuse_overload(self, connection: Any, app: str) -> None:
        # sessions that wait for a person hold no worker, and must not keep others out
        busy = job.c.state.in_([State.QUEUED.value, State.RUNNING.value])
        count = (
            await connection.execute(select(func.count()).select_from(job).where(job.c.app == app, busy))
        ).scalar_one()
        if count >= self.queue_limit:
            raise Overloaded(f"{count} jobs are ahead, the limit is {self.queue_limit}")

    async def _insert(self, connection: Any, new: NewJob, job_id: str, digest: str) -> Any:
        values = {
            "tenant": new.tenant,
            "id": job_id,
            "app": new.app,
            "state": State.QUEUED.value,
            "args": dict(new.args),
            "digest": digest,
            "priority": new.priority,
            "subject": new.subject,
            "created_at": epoch_now(),
            "updated_at": epoch_now(),
            "queued_at": epoch_now(),
        }
        # two clients may send the same id at once: the second insert does nothing and reads the first
        inserted = await connection.execute(
            self.database.insert(job).values(values).on_conflict_do_nothing().returning(job.c.id)
        )
        if inserted.one_or_none() is not None:
            await advance(connection, is_job(new.tenant, job_id), [Draft("accepted")])
            if new.webhook is not None:
                await self._expect_webhook(connection, new, new.webhook, job_id)
        return (await connection.execute(select(job).where(is_job(new.tenant, job_id)))).one()

    async def _expect_webhook(self, connection: Any, new: NewJob, webhook: Webhook, job_id: str) -> None:
        values = {"tenant": new.tenant, "job_id": job_id, "url": webhook.url, "base_url": webhook.base_url}
        await connection.execute(insert(job_webhook).values(**values, attempts=0, next_at=0.0))

    async def get(self, job_id: str, app: str | Sequence[str], tenant: str = DEFAULT_TENANT) -> Job:
        """A job by id, of one application or of several. Raises NotFound."""
        if NUL in job_id:
            # PostgreSQL has no text with it, not even to look for
            raise NotFound("there is no such id")
        async with self.database.read() as connection:
            row = (await connection.execute(select(job).where(is_job(tenant, job_id), of_apps(app)))).one_or_none()
        if row is None:
            kind = app if isinstance(app, str) else app[0]
            raise NotFound(f"there is no {kind} job {job_id}")
        return to_job(row)

    async def find(
        self,
        app: str | Sequence[str],
        states: Sequence[State] = (),
        limit: int = 10,
        offset: int = 0,
        *,
        tenant: str = DEFAULT_TENANT,
        subject: str | None = None,
        types: Sequence[str] = (),
        begun: bool = False,
        oldest_first: bool = False,
    ) -> tuple[list[Job], int]:
        """The newest jobs of an application, or of one subject of it, and how many there are in all.

        ``types`` leaves those whose argument ``type`` is one of them, ``begun`` those that were not cancelled before
        their first step.
        """
        if subject is not None and NUL in subject:
            return [], 0
        where = [job.c.tenant == tenant, of_apps(app)]
        if types:
            where.append(job.c.args["type"].as_string().in_(types))
        if states:
            where.append(job.c.state.in_([s.value for s in states]))
        if subject is not None:
            where.append(job.c.subject == subject)
        if begun:
            where.append(or_(job.c.state != State.CANCELLED.value, job.c.step.is_not(None)))
        age = job.c.created_at if oldest_first else job.c.created_at.desc()
        page = select(job).where(*where).order_by(age, job.c.id).limit(limit).offset(offset)
        async with self.database.read() as connection:
            total = (await connection.execute(select(func.count()).select_from(job).where(*where))).scalar_one()
            rows = (await connection.execute(page)).all()
        return [to_job(row) for row in rows], total

    async def ahead(self, target: Job) -> int:
        """How many queued jobs of the application come before this one; 0 for one that is not queued."""
        if target.state is not State.QUEUED:
            return 0
        same = and_(job.c.priority == target.priority, job.c.queued_at == target.queued_at, job.c.id < target.id)
        sooner = or_(same, and_(job.c.priority == target.priority, job.c.queued_at < target.queued_at))
        where = [job.c.app == target.app, job.c.state == State.QUEUED.value]
        count = select(func.count()).select_from(job).where(*where, or_(job.c.priority > target.priority, sooner))
        async with self.database.read() as connection:
            return (await connection.execute(count)).scalar_one()

    async def counts(self, app: str, tenant: str = DEFAULT_TENANT) -> tuple[dict[State, int], int]:
        """Jobs of an application by state, and the number of its subjects."""
        where = [job.c.tenant == tenant, job.c.app == app]
        by_state = select(job.c.state, func.count()).where(*where).group_by(job.c.state)
        subjects = select(func.count(func.distinct(job.c.subject))).where(*where)
        async with self.database.read() as connection:
            found = {State(state): count for state, count in (await connection.execute(by_state)).all()}
            return found, (await connection.execute(subjects)).scalar_one()

    async def move(self, job_id: str, app: str, position: int, tenant: str = DEFAULT_TENANT) -> Job:
        """Put a queued job at a place, from 1 on, among the queued ones of its application; at their end if beyond.

        It takes the priority of the jobs that it comes between. Raises NotFound, and Conflict for one that is not
        queued.
        """
        await self.get(job_id, app, tenant)
        async with self.database.write() as connection:
            await move_queued(connection, app, tenant, job_id, position)
        return await self._moved(job_id, app, tenant)

    async def prioritise(self, job_id: str, app: str, priority: int, tenant: str = DEFAULT_TENANT) -> Job:
        """Give a queued job another priority. Raises NotFound, and Conflict for one that is not queued."""
        await self.get(job_id, app, tenant)
        async with self.database.write() as connection:
            await prioritise_queued(connection, tenant, job_id, priority)
        return await self._moved(job_id, app, tenant)

    async def _moved(self, job_id: str, app: str, tenant: str) -> Job:
        await self.hints.publish(f"job:{tenant}:{job_id}")
        return await self.get(job_id, app, tenant)

    async def cancel(self, job_id: str, app: str, tenant: str = DEFAULT_TENANT) -> Job:
        """Ask a job to stop: at once when nobody runs it, else between two units of work.

        Cancelling a finished job changes nothing. Raises NotFound.
        """
        found = await self.get(job_id, app, tenant)
        this = is_job(tenant, job_id)
        async with self.database.write() as connection:
            # without the lock a job could fall asleep between the two looks, and sleep through its cancel
            await connection.execute(select(job.c.id).where(this).with_for_update())
            idle = this & job.c.state.in_([State.QUEUED.value, State.WAITING.value])
            ended = {"state": State.CANCELLED.value, "finished_at": epoch_now(), "cancel_requested": True}
            stopped = await advance(connection, idle, [Draft("cancelled")], **ended)
            if not stopped:
                await advance(connection, this & (job.c.state == State.RUNNING.value), cancel_requested=True)
        if stopped:
            measure_end(found, State.CANCELLED)
        await self.hints.publish(f"job:{tenant}:{job_id}")
        return await self.get(job_id, app, tenant)

    async def signal(self, target: Job, step: str, action: str, data: Mapping[str, Any]) -> str:
        """Leave word for a job and wake it if it waits; gives the signal's id. Raises Conflict when it has ended."""
        signal_id = uuid.uuid4().hex
        this = is_job(target.tenant, target.id)
        event = Draft("feedback_received", {"step": step, "action": action, "feedback_id": signal_id})
        async with self.database.write() as connection:
            alive = this & job.c.state.in_(UNFINISHED) & ~job.c.cancel_requested
            if not await advance(connection, alive, [event]):
                raise Conflict(f"the job {target.id} has ended")
            await connection.execute(
                insert(job_signal).values(
                    id=signal_id,
                    tenant=target.tenant,
                    job_id=target.id,
                    step=step,
                    action=action,
                    data=dict(data),
                    at=epoch_now(),
                )
            )
            await advance(
                connection, this & (job.c.state == State.WAITING.value), state=State.QUEUED.value, wake_at=None
            )
        await self.hints.publish(f"job:{target.tenant}:{target.id}")
        await self.hints.publish(f"app:{target.app}")
        return signal_id

    async def signals(self, target: Job) -> list[Signal]:
        """All signals of a job, oldest first."""
        signals = select(job_signal).where(of_job(job_signal, target.tenant, target.id)).order_by(job_signal.c.at)
        async with self.database.read() as connection:
            return [to_signal(row) for row in (await connection.execute(signals)).all()]

    async def finished(self, target: Job) -> list[Finished]:
        """The journal of a job: what is done for good."""
        rows = select(job_step).where(of_job(job_step, target.tenant, target.id)).order_by(job_step.c.finished_at)
        async with self.database.read() as connection:
            return [
                Finished(r.step, r.item, r.blob, r.started_at, r.finished_at)
                for r in (await connection.execute(rows)).all()
            ]

    async def events(self, target: Job, after: int = 0, limit: int = 500, without: Sequence[str] = ()) -> list[Event]:
        """The next events of a job's stream, in order, but for the kinds ``without``."""
        page = (
            select(job_event)
            .where(of_job(job_event, target.tenant, target.id), job_event.c.seq > after)
            .where(job_event.c.kind.not_in(without))
            .order_by(job_event.c.seq)
            .limit(limit)
        )
        async with self.database.read() as connection:
            return [to_event(row) for row in (await connection.execute(page)).all()]

    async def latest(self, target: Job, kind: str, holding: str | None = None) -> Event | None:
        """The last event of a kind in a job's stream, if there is one; of those that hold a text of this name."""
        last = (
            select(job_event)
            .where(of_job(job_event, target.tenant, target.id), job_event.c.kind == kind)
            .order_by(job_event.c.seq.desc())
            .limit(1)
        )
        if holding is not None:
            last = last.where(job_event.c.data[holding].as_string().is_not(None))
        async with self.database.read() as connection:
            row = (await connection.execute(last)).one_or_none()
        return to_event(row) if row is not None else None

    async def delete(self, target: Job) -> None:
        """Forget a job and all that belongs to it."""
        async with self.database.write() as connection:
            for table in (job_event, job_step, job_signal, job_webhook):
                await connection.execute(delete(table).where(of_job(table, target.tenant, target.id)))
            await connection.execute(delete(job).where(is_job(target.tenant, target.id)))
