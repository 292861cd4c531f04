"""Engines of manga in this process: real deployments over tiny weights, and Google's models over the emulator."""

import asyncio
import inspect

from deployments.diffuser import Diffuser
from deployments.framepack import FramePack
from deployments.gemini import Gemini
from deployments.imagen import GeminiImage, Imagen
from engines.inpaint.models.model_cache import ModelCache
from engines.inpaint.remover import TextRemover
from foundation.images import text_removal_limits
from foundation.settings import get_settings
from graphs.style.app import workflows
from tests.support.inpaint_app import InProcess


class Engine:
    """A model over a deployment that is made when it is first asked."""

    def __init__(self, make):
        self._make, self._instance, self._making = make, None, asyncio.Lock()

    async def _model(self):
        async with self._making:
            if self._instance is None:
                self._instance = await asyncio.to_thread(self._make)
        return self._instance

    async def call(self, method, *args, holding=""):
        done = getattr(await self._model(), method)
        return await done(*args) if inspect.iscoroutinefunction(done) else await asyncio.to_thread(done, *args)

    async def stream(self, method, *args, holding=""):
        async for value in getattr(await self._model(), method)(*args):
            yield value


def local_engines():
    """FramePack and Diffuser over MODEL_DIR."""
    templates = dict(workflows(get_settings()))
    return {
        "framepack": Engine(lambda: FramePack({"rows": 4})),
        "diffuser": Engine(lambda: Diffuser(templates, {})),
        "inpainter": _remover(),
    }


def _remover():
    settings = get_settings()
    limits = text_removal_limits(settings)
    return InProcess(TextRemover(ModelCache(settings.resolved_model_dir, "cpu", 512), limits))


def google_engines(gate):
    """Gemini and both image slots over the emulator that the settings name."""
    return {
        "gemini": Engine(lambda: Gemini(gate)),
        "imagen": Engine(lambda: Imagen(gate)),
        "gemini_image": Engine(lambda: GeminiImage(gate)),
    }
