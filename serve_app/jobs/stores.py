"""What every ingress holds while it lives: the stores of its event loop, made at start, closed at the end."""

import json
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from fastapi import Request, WebSocket

from foundation.blobs import BlobStore
from foundation.database import Database
from foundation.errors import NotFound, Overloaded
from foundation.hints import Hints
from foundation.jobs.store import JobStore
from foundation.jobs.sweep import job_folder
from foundation.jobs.types import Job, NewJob
from foundation.migrate import migrate
from foundation.settings import Settings
from foundation.signing import LinkSigner


@dataclass(frozen=True)
class House:
    """The stores and settings of one ingress."""

    settings: Settings
    jobs: JobStore
    blobs: BlobStore
    signer: LinkSigner

    async def submit(self, new: NewJob) -> Job:
        """Accept a job whose files are stored already. Raises Conflict, and Overloaded once its files are deleted."""
        try:
            return await self.jobs.submit(new)
        except Overloaded:
            # nobody would ever sweep the files of a job that is not there
            if new.id is not None and not await self._knows(new.id, new.app):
                await self.blobs.delete_folder(job_folder(new.tenant, new.id))
            raise

    async def _knows(self, job_id: str, app: str) -> bool:
        try:
            await self.jobs.get(job_id, app)
        except NotFound:
            return False
        return True

    async def result(self, job: Job, step: str) -> dict[str, Any]:
        """The output of a finished step of a job. Raises NotFound."""
        rows = await self.jobs.finished(job)
        row = next((row for row in rows if row.step == step and not row.item), None)
        if row is None:
            raise NotFound(f"the job {job.id} has no result of {step}")
        return json.loads(await self.blobs.get(row.blob))


@asynccontextmanager
async def open_house(settings: Settings) -> AsyncGenerator[House]:
    """Open the stores, with the schema brought up to date."""
    database = Database(settings.resolved_database_url)
    hints = Hints(settings.redis_url)
    try:
        await migrate(database)
        yield House(
            settings=settings,
            jobs=JobStore(database, hints, settings.job_queue_limit),
            blobs=BlobStore(settings.resolved_blob_url),
            signer=LinkSigner(settings.signing_key(), settings.file_link_seconds),
        )
    finally:
        await hints.close()
        await database.close()


def house_of(connection: Request) -> House:
    """The house of the app that serves this request."""
    return connection.app.state.house


def house_of_socket(connection: WebSocket) -> House:
    """The house of the app that serves this socket."""
    return connection.app.state.house


def base_url(connection: Request | WebSocket) -> str:
    """Where this app lies as the caller sees it, prefix included, without a slash at its end."""
    return str(connection.base_url).rstrip("/")


def socket_url(connection: Request) -> str:
    """The same for WebSockets."""
    return base_url(connection).replace("http", "ws", 1)


def http_base(connection: Request | WebSocket) -> str:
    """The same for HTTP, whether a request or a socket asks."""
    base = base_url(connection)
    return "http" + base.removeprefix("ws") if base.startswith("ws") else base
