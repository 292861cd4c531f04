"""The FramePack application in one process: real routes, real store, real workers of both lanes, no Ray.

The draft is the real one; in place of the real model, which needs weights, there is a small one.
"""

import asyncio
from collections import Counter

from deployments.framepack_draft import FramePackDraft
from foundation.settings import get_settings
from graphs.framepack.app import IMAGE_GRAPH, VIDEO_GRAPH, create_framepack_app
from graphs.framepack.names import ENGINES
from tests.support.framepack_model import SmallFramePack
from tests.support.in_process import ServedApp

KINDS = ("image", "section")


def all_of_it(*_):
    return True


class Gated:
    """A slot over a model. Closed ``gates`` hold back all work of whose arguments ``only`` is true."""

    def __init__(self, model):
        self.model = model
        self.gates = {kind: asyncio.Event() for kind in KINDS}
        self.only = all_of_it
        self.begun = Counter()
        for gate in self.gates.values():
            gate.set()

    async def call(self, method, *args, holding=""):
        return await getattr(self.model, method)(*args)

    async def stream(self, method, *args, holding=""):
        self.begun[method] += 1
        gate = self.gates[method]
        if not gate.is_set() and self.only(*args):
            await gate.wait()
        async for value in getattr(self.model, method)(*args):
            yield value


class FramePackApp(ServedApp):
    """A served application with its workers. ``small`` is in place of the real model, unless a ``local`` is given."""

    def __init__(self, ready=True, local=None):
        self.small = SmallFramePack(ready)
        self.slots = {ENGINES["local"]: Gated(local or self.small), ENGINES["draft"]: Gated(FramePackDraft())}
        super().__init__(get_settings(), self.slots, [IMAGE_GRAPH, VIDEO_GRAPH])

    def app(self):
        return create_framepack_app(self.models)

    def close(self, *kinds, only=all_of_it):
        """Hold these kinds of work back, in both engines."""
        for slot in self.slots.values():
            slot.only = only
        self._each(kinds, "clear")

    def open(self, *kinds):
        self._each(kinds or KINDS, "set")

    def _each(self, kinds, what):
        for slot in self.slots.values():
            for kind in kinds:
                self.loop.call_soon_threadsafe(getattr(slot.gates[kind], what))
