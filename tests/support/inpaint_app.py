"""The text-removal application in one process: real routes, real store, real worker, real engine, no Ray."""

import asyncio
from dataclasses import replace

from engines.inpaint.models.model_cache import ModelCache
from engines.inpaint.remover import TextRemover
from foundation.images import text_removal_limits
from foundation.settings import Settings
from graphs.inpaint.app import create_inpaint_app, make_graph
from graphs.inpaint.names import MODEL
from tests.support.in_process import ServedApp


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
        return await asyncio.to_thread(self._remover.describe, model, engine)

    async def remove(self, work, options, engine):
        await self.gate.wait()
        chosen = replace(options, model=self._remover.choose(options.model, engine))
        return await asyncio.to_thread(self._remover.remove, work, chosen)

    async def plan(self, work, options):
        return await asyncio.to_thread(self._remover.plan, work, options)

    async def fill(self, window, options):
        await self.gate.wait()
        self.filled += 1
        return (await asyncio.to_thread(self._remover.fill, [(window, options)]))[0]

    async def finish(self, work, options, filled):
        return await asyncio.to_thread(self._remover.finish, work, options, filled)


class InpaintApp(ServedApp):
    """A served application with a worker. ``model`` is what both call."""

    def __init__(self, model_dir, budget_mib=512):
        settings = Settings()
        limits = text_removal_limits(settings)
        self.model = InProcess(TextRemover(ModelCache(model_dir, "cpu", budget_mib), limits))
        super().__init__(settings, {MODEL: self.model}, [make_graph(1)])

    def app(self):
        return create_inpaint_app(self.models)

    def close_gate(self):
        self.loop.call_soon_threadsafe(self.model.gate.clear)

    def open_gate(self):
        self.loop.call_soon_threadsafe(self.model.gate.set)
