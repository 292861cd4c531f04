"""The style application in one process: real routes, real store, real worker, real filters, no Ray."""

import asyncio
import contextlib

from deployments.diffuser import Diffuser
from deployments.style import ComfyCluster, Filters
from foundation.blobs import BlobStore
from foundation.cache import Cache
from foundation.database import Database
from foundation.hints import Hints
from foundation.jobs.leases import WorkerStore
from foundation.migrate import migrate
from foundation.runner import JobRunner, Outbox
from foundation.runner.context import Resources
from foundation.settings import get_settings
from graphs import style_steps as steps
from graphs.comfyui_steps import COMFYUI_GRAPH
from graphs.style import GRAPH, catalogue_of, create_style_app, presets, workflows
from tests.support.web import served


class InProcess:
    """A slot over an object with the methods of a deployment. ``gate`` holds every picture while it is closed."""

    def __init__(self, make):
        self._make = make
        self._made = None
        self.gate = asyncio.Event()
        self.gate.set()

    async def _model(self):
        if self._made is None:
            self._made = self._make()
        return self._made

    async def call(self, method, *args, holding=""):
        return await getattr(await self._model(), method)(*args)

    async def stream(self, method, *args, holding=""):
        await self.gate.wait()
        async for value in getattr(await self._model(), method)(*args):
            yield value


class StyleHouse:
    """A served application with a worker. ``models`` are what both call."""

    def __init__(self, **models):
        self.settings = get_settings()
        recipes = {name: preset.model_dump() for name, preset in presets(self.settings).items()}
        named = dict(workflows(self.settings))
        self.models = {
            steps.FILTERS: InProcess(lambda: Filters(recipes)),
            steps.COMFY: InProcess(lambda: ComfyCluster(named)),
            steps.DIFFUSER: InProcess(lambda: Diffuser(named, {"admission_ms": 20})),
        } | models

    @contextlib.contextmanager
    def served(self):
        """The URL for the time of the block."""
        app = create_style_app(self.models, catalogue_of(self.settings))
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
        blobs = BlobStore(self.settings.resolved_blob_url)
        resources = Resources(store, blobs, Cache(database), self.models, self.settings)
        runners = [JobRunner(GRAPH, resources), JobRunner(COMFYUI_GRAPH, resources)]
        outbox = Outbox(GRAPH, store, blobs, self.settings, pause_s=0.05)
        self.loop = asyncio.get_running_loop()
        tasks = [asyncio.create_task(each.run_forever()) for each in (*runners, outbox)]
        try:
            yield
        finally:
            await asyncio.gather(*[runner.drain(5) for runner in runners])
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await database.close()

    def close_gate(self, slot=steps.FILTERS):
        self.loop.call_soon_threadsafe(self.models[slot].gate.clear)

    def open_gate(self, slot=steps.FILTERS):
        self.loop.call_soon_threadsafe(self.models[slot].gate.set)
