"""The text-removal model."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from foundation.graph import Model


@dataclass(frozen=True)
class RemovalRequest:
    """An encoded picture, and where its words are: ``regions`` in pixels, or an encoded ``mask`` that overrides them.

    A region has ``x``, ``y``, ``width``, ``height`` and ``polygon``.
    """

    data: bytes
    regions: Sequence[Mapping[str, Any]] = ()
    mask: bytes | None = None


@dataclass(frozen=True)
class RemovalOptions:
    """How to fill; names are IOPaint's where it has them. None means the engine's default."""

    model: str = "cv2"
    hd_strategy: str | None = None
    hd_strategy_crop_trigger_size: int | None = None
    hd_strategy_crop_margin: int | None = None
    hd_strategy_resize_limit: int | None = None
    mask_mode: str | None = None
    seed: int | None = None
    ldm_steps: int | None = None
    ldm_sampler: str | None = None
    format: str | None = None


@dataclass(frozen=True)
class InpainterDescription:
    """The model that serves a request, the models that are ready and those that are loaded, and their device."""

    model: str
    engine: str
    ready: Sequence[str]
    loaded: Sequence[str]
    device: str = "cpu"


@dataclass(frozen=True)
class RemovalPlan:
    """Windows that the model must fill, each as one archive; sizes are pixels. Flat holes need no window."""

    windows: Sequence[bytes]
    width: int
    height: int
    masked_pixels: int
    warnings: Sequence[Mapping[str, str]] = ()


@dataclass(frozen=True)
class Removal:
    """A finished, encoded picture and what was done to it. Times are seconds, areas pixels."""

    data: bytes
    width: int
    height: int
    masked_pixels: int
    windows: int
    seconds: float
    model: str
    engine: str
    warnings: Sequence[Mapping[str, str]] = ()


class InpainterClient:
    """Calls ``deployments.inpaint.Inpainter``. Raises BadImage, TooLarge, EngineNotReady, and as ``Model.call``."""

    def __init__(self, model: Model) -> None:
        self._model = model

    async def describe(self, model: str, engine: str) -> InpainterDescription:
        """The model that serves such requests, loaded if need be."""
        return await self._model.call("describe", model, engine)

    async def remove(self, request: RemovalRequest, options: RemovalOptions, engine: str) -> Removal:
        """A picture without its words."""
        return await self._model.call("remove", request, options, engine, holding=options.model)

    async def plan(self, request: RemovalRequest, options: RemovalOptions) -> RemovalPlan:
        """The windows of a picture that the model must fill."""
        return await self._model.call("plan", request, options, holding=options.model)

    async def fill(self, window: bytes, options: RemovalOptions) -> bytes:
        """A window of a plan, filled."""
        return await self._model.call("fill", window, options, holding=options.model)

    async def finish(self, request: RemovalRequest, options: RemovalOptions, filled: Sequence[bytes]) -> Removal:
        """The picture with all its filled windows."""
        return await self._model.call("finish", request, options, filled, holding=options.model)
