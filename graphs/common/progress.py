"""Streams of a model inside a step: its last event, and reports of its progress as events of the job."""

import base64
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import aclosing
from typing import TypeVar

from foundation.errors import EngineNotReady
from foundation.graph import Context, Json
from foundation.models.progress import SamplerProgress

Result = TypeVar("Result")
# every report is a row of the database: a sampler of a hundred steps need not write a hundred, nor a batch more
LEAST_SHARE = 0.02
LARGEST_STEP = 0.25
PNG = b"\x89PNG"


async def last_event(
    events: AsyncGenerator[SamplerProgress | Result],
    on_progress: Callable[[SamplerProgress], Awaitable[None]] | None = None,
) -> Result:
    """The result of a stream: its first event that is not progress. Raises EngineNotReady when it ends without one."""
    async with aclosing(events):
        async for event in events:
            if not isinstance(event, SamplerProgress):
                return event
            if on_progress is not None:
                await on_progress(event)
    raise EngineNotReady("the engine ended without a result")


class Reports:
    """Reports the progress of a step, or of one of its ``of`` items, as often as it is worth a row of the database."""

    def __init__(self, context: Context, step: str, item: str = "", of: int = 1) -> None:
        self._context = context
        self._step = step
        self._item = item
        self._of = of
        self._reported = 0.0
        self._preview: bytes | None = None

    async def report(self, share: float, data: Mapping[str, Json], preview: bytes | None = None) -> None:
        """Report ``share`` from 0 to 1, unless too little has happened; a preview that waits goes with the next one.

        A second sampler counts from the beginning: the share never falls.
        """
        share, self._preview = max(self._reported, share), preview or self._preview
        least = min(LARGEST_STEP, LEAST_SHARE * self._of)
        # a single picture is watched; of many, the next event shows what has come since the last one
        if share - self._reported < least and share < 1 and not (self._preview and self._of == 1):
            return
        picture = {"preview": preview_url(self._preview)} if self._preview else {}
        self._reported, self._preview = share, None
        await self._context.report(self._step, share, {**data, **picture}, self._item)


def preview_url(picture: bytes) -> str:
    """A preview, PNG or JPEG, as a data URL."""
    media = "png" if picture.startswith(PNG) else "jpeg"
    return f"data:image/{media};base64,{base64.b64encode(picture).decode()}"
