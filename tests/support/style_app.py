"""The style application in one process: real routes, real store, real workers, real engines, no Ray."""

import asyncio

from deployments.diffuser import Diffuser
from deployments.style import ComfyCluster, Filters
from foundation.settings import get_settings
from graphs.style.app import GRAPH, create_style_app, make_catalogue, presets, workflows
from graphs.style.comfyui_steps import COMFYUI_GRAPH
from graphs.style.names import COMFY, DIFFUSER, FILTERS
from tests.support.in_process import ServedApp


class InProcess:
    """A slot over an object with the methods of a deployment. ``gate`` holds every picture while it is closed."""

    def __init__(self, make):
        self._make = make
        self._instance = None
        self._making = asyncio.Lock()
        self.gate = asyncio.Event()
        self.gate.set()

    async def _model(self):
        async with self._making:
            if self._instance is None:
                # imports of models take seconds, in which the routes must answer
                self._instance = await asyncio.to_thread(self._make)
        return self._instance

    async def call(self, method, *args, holding=""):
        return await getattr(await self._model(), method)(*args)

    async def stream(self, method, *args, holding=""):
        await self.gate.wait()
        async for value in getattr(await self._model(), method)(*args):
            yield value


class StyleApp(ServedApp):
    """A served application with its workers. ``models`` are what both call."""

    def __init__(self):
        settings = get_settings()
        recipes = {name: preset.model_dump() for name, preset in presets(settings).items()}
        named = dict(workflows(settings))
        models = {
            FILTERS: InProcess(lambda: Filters(recipes)),
            COMFY: InProcess(lambda: ComfyCluster(named)),
            DIFFUSER: InProcess(lambda: Diffuser(named, {"admission_ms": 20})),
        }
        super().__init__(settings, models, [GRAPH, COMFYUI_GRAPH])

    def app(self):
        return create_style_app(self.models, make_catalogue(self.settings))

    def close_gate(self, slot=FILTERS):
        self.loop.call_soon_threadsafe(self.models[slot].gate.clear)

    def open_gate(self, slot=FILTERS):
        self.loop.call_soon_threadsafe(self.models[slot].gate.set)
