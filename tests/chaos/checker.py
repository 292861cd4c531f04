"""The invariants, read from the database and the ledgers when all is quiet."""

import json
from collections import Counter

from sqlalchemy import select

from foundation.blobs import BlobStore
from foundation.database import Database
from foundation.errors import NotFound
from foundation.jobs.schema import job, job_event, job_step
from tests.chaos.world import ITEMS

TERMINAL_KINDS = {"completed", "failed", "cancelled"}
UNITS = {("first", ""), ("last", ""), *((s, i) for s in ("draw", "letter") for i in ["", *ITEMS])}


def read_ledgers(paths):
    """All acknowledged acceptances, and the cancels with the last event that the canceller saw."""
    accepted, cancelled = set(), {}
    for path in paths:
        for line in path.read_text().splitlines():
            try:
                message = json.loads(line)
            except ValueError:
                # the client was killed while it wrote: nobody was told
                continue
            if "accepted" in message:
                accepted.add(message["accepted"])
            elif message["asked"]:
                cancelled[message["cancelled"]] = message["seq"]
    return accepted, cancelled


async def unfinished(url):
    """How many jobs have not ended."""
    database = Database(url)
    async with database.read() as connection:
        rows = (await connection.execute(select(job.c.state))).scalars().all()
    await database.close()
    return sum(state not in TERMINAL_KINDS for state in rows), len(rows)


async def violations(url, blobs, ledgers):
    """Every broken promise, as sentences; and how the jobs ended."""
    accepted, cancelled = read_ledgers(ledgers)
    database = Database(url)
    async with database.read() as connection:
        jobs = {row.id: row for row in (await connection.execute(select(job))).all()}
        events, steps = {}, {}
        for row in (await connection.execute(select(job_event).order_by(job_event.c.seq))).all():
            events.setdefault(row.job_id, []).append(row)
        for row in (await connection.execute(select(job_step))).all():
            steps.setdefault(row.job_id, []).append(row)
    await database.close()
    found = [f"{job_id}: accepted and lost" for job_id in accepted - set(jobs)]
    for job_id, row in jobs.items():
        answer = events.get(job_id, [])
        found += [f"{job_id}: {each}" for each in _of_job(row, answer, steps.get(job_id, []))]
        if job_id in cancelled and not row.cancel_requested:
            found.append(f"{job_id}: the cancel was acknowledged and forgotten")
        if job_id in cancelled:
            late = [e.kind for e in answer if e.seq > cancelled[job_id]]
            if len(late) > 1 or not set(late) <= TERMINAL_KINDS:
                found.append(f"{job_id}: {late} after the cancel was acknowledged")
    found += await _unreadable(BlobStore(blobs), steps)
    return found, Counter(row.state for row in jobs.values())


def _of_job(row, events, journal):
    kinds = [event.kind for event in events]
    if row.state not in TERMINAL_KINDS:
        yield f"never ended, is {row.state}"
    ends = [kind for kind in kinds if kind in TERMINAL_KINDS]
    if row.state in TERMINAL_KINDS and (ends != [row.state] or kinds[-1] != row.state):
        yield f"ended as {row.state} with the events {kinds}"
    if [event.seq for event in events] != list(range(1, len(events) + 1)) or row.last_seq != len(events):
        yield "the events have a gap"
    if row.state == "failed" and not (row.error and row.error.get("detail")):
        yield "failed without a reason"
    done = {(step.step, step.item) for step in journal if not step.step.startswith("review:")}
    if row.state == "completed" and done != UNITS:
        yield f"completed without {UNITS - done}"
    finished = Counter(
        (e.data["step"], e.data.get("item", "")) for e in events if e.kind in {"item_completed", "step_completed"}
    )
    if finished != Counter(done):
        yield f"journal and events differ: {dict(finished - Counter(done))} {dict(Counter(done) - finished)}"


async def _unreadable(blobs, steps):
    found = []
    for job_id, journal in steps.items():
        for step in journal:
            if step.step == "last":
                try:
                    assert json.loads(await blobs.get(step.blob)) == ITEMS
                except (NotFound, AssertionError):
                    found.append(f"{job_id}: the result cannot be read")
    return found
