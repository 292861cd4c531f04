"""An application in one process: its real routes, store, workers and outboxes on one loop, without Ray."""

import asyncio
import contextlib

from foundation.blobs import BlobStore
from foundation.cache import Cache
from foundation.database import Database
from foundation.hints import Hints
from foundation.jobs.leases import WorkerStore
from foundation.migrate import migrate
from foundation.runner import JobRunner, Outbox
from foundation.runner.context import Resources
from tests.support.web import served

WEBHOOK_PAUSE_S = 0.05


class ServedApp:
    """Serves what ``app()`` of a subclass makes, and works on the jobs of ``graphs``; ``models`` are what both call."""

    def __init__(self, settings, models, graphs):
        self.settings = settings
        self.models = models
        self._graphs = graphs

    def stored_files(self):
        """The files of the blob store."""
        return {path for path in (self.settings.data_dir / "blobs").rglob("*") if path.is_file()}

    @contextlib.contextmanager
    def served(self):
        """The URL for the time of the block."""
        app = self.app()
        outer = app.router.lifespan_context

        @contextlib.asynccontextmanager
        async def with_workers(app):
            async with outer(app), self._working():
                self.jobs = app.state.stores.jobs
                yield

        app.router.lifespan_context = with_workers
        with served(app) as url:
            yield url

    @contextlib.asynccontextmanager
    async def _working(self):
        database = Database(self.settings.resolved_database_url)
        await migrate(database)
        store, blobs = WorkerStore(database, Hints()), BlobStore(self.settings.resolved_blob_url)
        store.lease_seconds = self.settings.job_lease_seconds
        resources = Resources(store, blobs, Cache(database), self.models, self.settings)
        runners = [JobRunner(graph, resources) for graph in self._graphs]
        entries = [graph for graph in self._graphs if graph.announce]
        outboxes = [Outbox(graph, store, blobs, self.settings, WEBHOOK_PAUSE_S) for graph in entries]
        self.loop = asyncio.get_running_loop()
        tasks = [asyncio.create_task(each.run_forever()) for each in (*runners, *outboxes)]
        try:
            yield
        finally:
            await asyncio.gather(*[runner.drain(5) for runner in runners])
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await database.close()
