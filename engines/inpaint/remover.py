"""The engine as one object: models on one device, and the four things that are done with them.

remove                      one whole picture
plan -> fill ... -> finish  the same in pieces, each of which can be done anew elsewhere

Plain JSON and bytes go in and out. Safe for threads; models are used by one at a time.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from engines.inpaint.models.catalogue import DRAFT, card_of
from engines.inpaint.models.model_cache import ModelCache
from engines.inpaint.options import Options
from engines.inpaint.picture import Picture
from engines.inpaint.plan import Plan
from engines.inpaint.remove import Removed, finish_plan, plan_work, remove_text
from engines.inpaint.wire import (
    read_options,
    read_rgb,
    read_window,
    read_work,
    write_removed,
    write_rgb,
    write_window,
)
from foundation.images import ImageLimits
from foundation.metrics import IMAGES, count

Json = Any


def provenance(model: str) -> dict[str, Json]:
    """How a result says what made it."""
    return {"model": model, "engine": "draft" if model == DRAFT else "local"}


def _result(done: Removed, options: Options) -> dict[str, Any]:
    count(IMAGES, app="inpaint", engine=options.model)
    return write_removed(done) | provenance(options.model)


class TextRemover:
    """Fills holes in pictures. ``options`` name the model that ``choose`` gave."""

    def __init__(self, models: ModelCache, limits: ImageLimits) -> None:
        self._models = models
        self._limits = limits

    def choose(self, model: str, engine: str) -> str:
        """The model that serves such a request. Raises EngineNotReady and InvalidInput."""
        return self._models.choose(model, engine)

    def describe(self, model: str, engine: str) -> dict[str, Json]:
        """The model that serves such requests, loaded if need be. Raises EngineNotReady and InvalidInput."""
        chosen = self.choose(model, engine)
        self._models.use(chosen, lambda _: None)
        return provenance(chosen) | {"ready": self._models.ready(), "loaded": self._models.loaded()}

    def remove(self, work: Mapping[str, Json], options: Mapping[str, Json]) -> dict[str, Any]:
        """A picture without its words: ``data`` (a file), who made it, and what was done.

        ``work`` has ``data`` and ``mask`` (files) or ``regions``.
        """
        picture, parsed = read_work(work), read_options(options)
        geometry = card_of(parsed.model).geometry
        done = self._models.use(
            parsed.model, lambda filler: remove_text(picture, filler, geometry, parsed, self._limits)
        )
        return _result(done, parsed)

    def plan(self, work: Mapping[str, Json], options: Mapping[str, Json]) -> dict[str, Any]:
        """The windows of a picture that the model must fill; flat holes need none."""
        _, plan = self._planned(work, read_options(options))
        height, width = plan.mask.shape
        windows = [write_window(window) for window in plan.windows]
        planned = {"windows": windows, "width": width, "height": height, "masked_pixels": int(plan.mask.sum())}
        return planned | {"warnings": plan.warnings}

    def _planned(self, work: Mapping[str, Json], options: Options) -> tuple[Picture, Plan]:
        return plan_work(read_work(work), card_of(options.model).geometry, options, self._limits)

    def fill(self, requests: Sequence[tuple[bytes, Mapping[str, Json]]]) -> list[bytes]:
        """Windows of ``plan`` with their options, filled; those with the same options as one batch."""
        parsed = [read_options(options) for _, options in requests]
        filled: list[bytes] = [b""] * len(requests)
        for options in dict.fromkeys(parsed):
            mine = [n for n, each in enumerate(parsed) if each == options]
            windows = [read_window(requests[n][0]) for n in mine]
            done = self._models.use(options.model, lambda filler, w=windows, o=options: filler.fill(w, o))
            for n, rgb in zip(mine, done, strict=True):
                filled[n] = write_rgb(rgb)
        return filled

    def finish(self, work: Mapping[str, Json], options: Mapping[str, Json], filled: Sequence[bytes]) -> dict[str, Any]:
        """The picture with all its windows, as ``remove``."""
        parsed = read_options(options)
        picture, plan = self._planned(work, parsed)
        for window, raw in zip(plan.windows, filled, strict=True):
            plan.paste(window, read_rgb(raw))
        return _result(finish_plan(picture, plan, parsed), parsed)
