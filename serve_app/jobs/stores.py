"""What every ingress holds while it lives: the stores of its event loop, opened at its start, closed at its end."""

import json
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Annotated, Any

from fastapi import Depends, Request, WebSocket
from fastapi.requests import HTTPConnection

from foundation.blobs import BlobStore
from foundation.database import Database
from foundation.errors import NotFound, Overloaded
from foundation.graph import Graph
from foundation.hints import Hints
from foundation.jobs.store import JobStore
from foundation.jobs.sweep import job_folder
from foundation.jobs.types import Job, NewJob
from foundation.migrate import migrate
from foundation.settings import Settings
from foundation.signing import LinkSigner


@dataclass(frozen=True)
class Stores:
    """The stores and settings of one ingress, and the graphs of its jobs by their names."""

    settings: Settings
    jobs: JobStore
    blobs: BlobStore
    signer: LinkSigner
    graphs: Mapping[str, Graph] = field(default_factory=dict[str, Graph])

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

    async def result(self, job: Job) -> dict[str, Any]:
        """The result of a job: the output of its graph's result step. Raises NotFound."""
        step = self.graphs[job.app].result_step
        rows = await self.jobs.finished(job)
        row = next((row for row in rows if row.step == step and not row.item), None)
        if row is None:
            raise NotFound(f"the job {job.id} has no result of {step}")
        return json.loads(await self.blobs.get(row.blob))


@asynccontextmanager
async def open_stores(settings: Settings, graphs: Mapping[str, Graph]) -> AsyncGenerator[Stores]:
    """Open the stores, with the schema brought up to date."""
    database = Database(settings.resolved_database_url)
    hints = Hints(settings.redis_url)
    try:
        await migrate(database)
        yield Stores(
            settings=settings,
            jobs=JobStore(database, hints, settings.job_queue_limit),
            blobs=BlobStore(settings.resolved_blob_url),
            signer=LinkSigner(settings.signing_key(), settings.file_link_seconds),
            graphs=graphs,
        )
    finally:
        await hints.close()
        await database.close()


def stores_of(connection: HTTPConnection) -> Stores:
    """The stores of the app that serves this request or socket."""
    return connection.app.state.stores


StoresOf = Annotated[Stores, Depends(stores_of)]


def base_url(connection: Request | WebSocket) -> str:
    """The URL of this app as the caller sees it, prefix included, without a slash at its end."""
    return str(connection.base_url).rstrip("/")


def socket_url(connection: Request) -> str:
    """The same for WebSockets."""
    return base_url(connection).replace("http", "ws", 1)


def http_base(connection: Request | WebSocket) -> str:
    """The same for HTTP, also for a socket."""
    base = base_url(connection)
    return "http" + base.removeprefix("ws") if base.startswith("ws") else base
