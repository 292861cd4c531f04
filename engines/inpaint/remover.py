"""The engine as one object: models on one device, and the four things that are done with them.

remove                      one whole picture
plan -> fill ... -> finish  the same in pieces, each of which can be done anew elsewhere

Requests and results are those of ``foundation.models.inpainter``. Safe for threads; models are used by one at a time.
"""

from collections.abc import Sequence
from dataclasses import asdict

from engines.inpaint.models.catalogue import DRAFT, card_of
from engines.inpaint.models.model_cache import ModelCache
from engines.inpaint.options import FillOptions, Region
from engines.inpaint.picture import DecodedPicture
from engines.inpaint.plan import FillPlan
from engines.inpaint.remove import RemovalResult, Work, finish_plan, plan_work, remove_text
from engines.inpaint.wire import read_rgb, read_window, write_rgb, write_window
from foundation.images import ImageLimits
from foundation.metrics import IMAGES, count
from foundation.models.inpainter import InpainterDescription, Removal, RemovalOptions, RemovalPlan, RemovalRequest


def engine_of(model: str) -> str:
    """The engine that a model belongs to: ``draft`` or ``local``."""
    return "draft" if model == DRAFT else "local"


def parse_options(options: RemovalOptions) -> FillOptions:
    """The options of the engine. Raises ValidationError, a ValueError."""
    return FillOptions.model_validate(asdict(options))


def parse_work(request: RemovalRequest) -> Work:
    """The work of the engine. Raises ValidationError, a ValueError."""
    return Work(request.data, tuple(Region.model_validate(region) for region in request.regions), request.mask)


def _removal(done: RemovalResult, options: FillOptions) -> Removal:
    count(IMAGES, app="inpaint", engine=options.model)
    return Removal(**vars(done), model=options.model, engine=engine_of(options.model))


class TextRemover:
    """Fills holes in pictures. ``options`` name the model that ``choose`` gave."""

    def __init__(self, models: ModelCache, limits: ImageLimits) -> None:
        self._models = models
        self._limits = limits

    def choose(self, model: str, engine: str) -> str:
        """The model that serves such a request. Raises EngineNotReady and InvalidInput."""
        return self._models.choose(model, engine)

    def describe(self, model: str, engine: str) -> InpainterDescription:
        """The model that serves such requests, loaded if need be. Raises EngineNotReady and InvalidInput."""
        chosen = self.choose(model, engine)
        self._models.use(chosen, lambda _: None)
        return InpainterDescription(chosen, engine_of(chosen), self._models.ready(), self._models.loaded())

    def remove(self, request: RemovalRequest, options: RemovalOptions) -> Removal:
        """A picture without its words. Raises BadImage, TooLarge."""
        work, parsed = parse_work(request), parse_options(options)
        geometry = card_of(parsed.model).geometry
        done = self._models.use(parsed.model, lambda filler: remove_text(work, filler, geometry, parsed, self._limits))
        return _removal(done, parsed)

    def plan(self, request: RemovalRequest, options: RemovalOptions) -> RemovalPlan:
        """The windows of a picture that the model must fill; flat holes need none."""
        _, plan = self._planned(request, parse_options(options))
        height, width = plan.mask.shape
        windows = [write_window(window) for window in plan.windows]
        return RemovalPlan(windows, width, height, int(plan.mask.sum()), plan.warnings)

    def _planned(self, request: RemovalRequest, options: FillOptions) -> tuple[DecodedPicture, FillPlan]:
        return plan_work(parse_work(request), card_of(options.model).geometry, options, self._limits)

    def fill(self, windows: Sequence[tuple[bytes, RemovalOptions]]) -> list[bytes]:
        """Windows of ``plan`` with their options, filled; those with the same options as one batch."""
        parsed = [parse_options(options) for _, options in windows]
        filled: list[bytes] = [b""] * len(windows)
        for options in dict.fromkeys(parsed):
            numbers = [n for n, each in enumerate(parsed) if each == options]
            batch = [read_window(windows[n][0]) for n in numbers]
            done = self._models.use(options.model, lambda filler, w=batch, o=options: filler.fill(w, o))
            for n, rgb in zip(numbers, done, strict=True):
                filled[n] = write_rgb(rgb)
        return filled

    def finish(self, request: RemovalRequest, options: RemovalOptions, filled: Sequence[bytes]) -> Removal:
        """The picture with all its windows, as ``remove``."""
        parsed = parse_options(options)
        picture, plan = self._planned(request, parsed)
        for window, raw in zip(plan.windows, filled, strict=True):
            plan.paste(window, read_rgb(raw))
        return _removal(finish_plan(picture, plan, parsed), parsed)
