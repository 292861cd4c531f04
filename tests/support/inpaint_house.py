"""The text-removal application in one process: real routes, real store, real worker, real engine, no Ray."""

import asyncio
import contextlib

from engines.inpaint.models.shelf import Shelf
from engines.inpaint.remove import Limits
from engines.inpaint.remover import TextRemover
from foundation.blobs import BlobStore
from foundation.cache import Cache
from foundation.database import Database
from foundation.hints import Hints
from foundation.jobs.leases import WorkerStore
from foundation.migrate import migrate
from foundation.runner import JobRunner
from foundation.runner.context import Resources
from foundation.settings import Settings
from graphs.inpaint import create_inpaint_app, make_graph
from graphs.inpaint_steps import MODEL
from tests.support.web import served


class InProcess:
    """The methods of ``deployments.inpaint.Inpainter``. ``gate`` holds every window back while it is closed."""

    def __init__(self, remover):
        self._remover = remover
        self.gate = asyncio.Event()
        self.gate.set()
        self.filled = 0

    async def call(self, method, *args, holding=""):
        return await getattr(self, method)(*args)

    async def describe(self, model, engine):
        return await asyncio.to_thread(self._remover.describe, model, engine) | {"device": "cpu"}

    async def remove(self, work, options, engine):
        await self.gate.wait()
        chosen = options | {"model": self._remover.choose(options["model"], engine)}
        return await asyncio.to_thread(self._remover.remove, work, chosen)

    async def plan(self, work, options):
        return await asyncio.to_thread(self._remover.plan, work, options)

    async def fill(self, window, options):
        await self.gate.wait()
        self.filled += 1
        return (await asyncio.to_thread(self._remover.fill, [(window, options)]))[0]

    async def finish(self, work, options, filled):
        return await asyncio.to_thread(self._remover.finish, work, options, filled)


class InpaintHouse:
    """A served application with a worker. ``model`` is what both call."""

    def __init__(self, model_dir, budget_mib=512):
        settings = Settings()
        limits = Limits(settings.max_image_pixels, settings.max_image_size)
        self.model = InProcess(TextRemover(Shelf(model_dir, "cpu", budget_mib), limits))
        self.settings = settings

    @contextlib.contextmanager
    def served(self):
        """The URL for the time of the block."""
        app = create_inpaint_app({MODEL: self.model})
        outer = app.router.lifespan_context

        @contextlib.asynccontextmanager
        async def with_worker(app):
            async with outer(app), self._working():
                yield

        app.router.lifespan_context = with_worker
        with served(app) as url:
            yield url

    @contextlib.asynccontextmanager
    async def _working(self):
        database = Database(self.settings.resolved_database_url)
        await migrate(database)
        store = WorkerStore(database, Hints())
        resources = Resources(
            store, BlobStore(self.settings.resolved_blob_url), Cache(database), {MODEL: self.model}, self.settings
        )
        runner = JobRunner(make_graph(1), resources)
        self.loop = asyncio.get_running_loop()
        task = asyncio.create_task(runner.run_forever())
        try:
            yield
        finally:
            await runner.drain(5)
            await task
            await database.close()

    def close_gate(self):
        self.loop.call_soon_threadsafe(self.model.gate.clear)

    def open_gate(self):
        self.loop.call_soon_threadsafe(self.model.gate.set)
