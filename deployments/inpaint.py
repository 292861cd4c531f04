"""The text-removal model of the house: IOPaint's models on one device, several within a memory budget.

Calls come one at a time on a CPU; on a GPU windows of several jobs are filled as one batch.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field
from ray import serve

from deployments.device import claim, explain_full_memory
from deployments.telemetry import start_telemetry
from foundation.settings import get_settings

Json = Any
GPU_BATCH = 8
GPU_BATCH_WAIT_S = 0.01
# the router is told of as many models as a replica is likely to hold
ROUTED_MODELS = 3


class InpainterArgs(BaseModel):
    """What the builder tells a replica."""

    model_config = ConfigDict(extra="forbid")

    device: str | None = Field(
        default=None, pattern=r"^(cpu|mps|cuda(:\d+)?)$", description="Where models run; by default IOPAINT_DEVICE."
    )
    memory_budget_mib: int = Field(default=4096, ge=1, description="Weights that a replica keeps loaded.")
    precision: Literal["auto", "fp32", "bf16"] = Field(default="auto", description="Of LaMa under hd_strategy Auto.")
    compile: bool = Field(default=False, description="Compile LaMa for each size of window; slow at first, for GPUs.")
    threads: int = Field(default=1, ge=1, description="Threads of torch and OpenCV.")
    required: list[str] = Field(default=[], description="Models without whose weights a replica refuses to start.")


class Inpainter:
    """``engines.inpaint.remover.TextRemover`` behind Serve; see there for what goes in and out."""

    def __init__(self, args: Mapping[str, Json]) -> None:
        import cv2
        import torch

        from engines.inpaint.models.catalogue import card_of, check_files
        from engines.inpaint.models.loader import Speed
        from engines.inpaint.models.model_cache import ModelCache
        from engines.inpaint.remover import TextRemover
        from foundation.images import text_removal_limits

        start_telemetry()
        parameters, settings = InpainterArgs.model_validate(args), get_settings()
        self._device = parameters.device or settings.iopaint_device
        claim(self._device)
        for name in parameters.required:
            check_files(card_of(name), settings.resolved_model_dir)
        torch.set_num_threads(parameters.threads)
        cv2.setNumThreads(parameters.threads)
        speed = Speed(parameters.precision, parameters.compile)
        models = ModelCache(settings.resolved_model_dir, self._device, parameters.memory_budget_mib, speed)
        self._remover = TextRemover(models, text_removal_limits(settings))
        on_gpu = self._device.startswith("cuda")
        # the decorators of Serve have no types for methods
        batched: Any = self._batched
        batched.set_max_batch_size(GPU_BATCH if on_gpu else 1)
        batched.set_batch_wait_timeout_s(GPU_BATCH_WAIT_S if on_gpu else 0)

    @serve.multiplexed(max_num_models_per_replica=ROUTED_MODELS)
    async def _routed(self, model: str) -> str:
        return model

    async def _chosen(self, options: Mapping[str, Json], engine: str) -> dict[str, Json]:
        model = self._remover.choose(options["model"], engine)
        return {**options, "model": await self._routed(model)}  # pyright: ignore[reportCallIssue]

    async def describe(self, model: str, engine: str) -> dict[str, Json]:
        """The model that serves such requests, loaded if need be."""
        return await asyncio.to_thread(self._remover.describe, model, engine) | {"device": self._device}

    async def remove(self, work: Mapping[str, Json], options: Mapping[str, Json], engine: str) -> dict[str, Any]:
        """A picture without its words."""
        return await self._at_work(self._remover.remove, work, await self._chosen(options, engine))

    async def plan(self, work: Mapping[str, Json], options: Mapping[str, Json]) -> dict[str, Any]:
        """The windows of a picture that the model must fill."""
        return await asyncio.to_thread(self._remover.plan, work, options)

    async def fill(self, window: bytes, options: Mapping[str, Json]) -> bytes:
        """A window of ``plan``, filled."""
        await self._routed(options["model"])  # pyright: ignore[reportCallIssue]
        return await self._batched((window, options))  # pyright: ignore[reportCallIssue]

    @serve.batch(max_batch_size=GPU_BATCH, batch_wait_timeout_s=GPU_BATCH_WAIT_S)
    async def _batched(self, requests: Sequence[tuple[bytes, Mapping[str, Json]]]) -> list[bytes]:
        return await self._at_work(self._remover.fill, requests)

    async def _at_work(self, work: Callable[..., Any], *args: Any) -> Any:
        def explained() -> Any:
            with explain_full_memory("send a smaller picture, or fewer regions"):
                return work(*args)

        return await asyncio.to_thread(explained)

    async def finish(
        self, work: Mapping[str, Json], options: Mapping[str, Json], filled: Sequence[bytes]
    ) -> dict[str, Any]:
        """The picture with all its windows."""
        return await asyncio.to_thread(self._remover.finish, work, options, filled)
