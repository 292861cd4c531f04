"""Retention: finished jobs and their files go after a time; unfinished jobs never."""

from sqlalchemy import select

from foundation.blobs import BlobStore
from foundation.database import epoch_now
from foundation.jobs.rows import to_job
from foundation.jobs.schema import job
from foundation.jobs.store import JobStore
from foundation.jobs.types import TERMINAL

BATCH = 200


def job_folder(tenant: str, job_id: str) -> str:
    """The folder of a job's files."""
    return f"{tenant}/{job_id}"


async def sweep_finished(store: JobStore, blobs: BlobStore, app: str, older_than_seconds: float) -> int:
    """Delete jobs of an application that ended long ago, files first, so that no row points at nothing.

    Gives their number.
    """
    old = select(job).where(
        job.c.app == app,
        job.c.state.in_([s.value for s in TERMINAL]),
        job.c.finished_at < epoch_now() - older_than_seconds,
    )
    async with store.database.read() as connection:
        rows = (await connection.execute(old.limit(BATCH))).all()
    for row in rows:
        await blobs.delete_folder(job_folder(row.tenant, row.id))
        await store.delete(to_job(row))
    return len(rows)
