"""The text-removal model: IOPaint's models on one device, several within a memory budget.

Calls come one at a time on a CPU; on a GPU windows of several jobs are filled as one batch.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field
from ray import serve

from deployments.device import claim, explain_full_memory
from deployments.telemetry import start_telemetry
from foundation.models.inpainter import InpainterDescription, Removal, RemovalOptions, RemovalPlan, RemovalRequest
from foundation.settings import get_settings

GPU_BATCH = 8
GPU_BATCH_WAIT_S = 0.01
# the router hears of as many models as a replica is likely to hold
ROUTED_MODELS = 3


class InpainterArgs(BaseModel):
    """The arguments of a replica."""

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
    """``engines.inpaint.remover.TextRemover`` behind Serve; see ``foundation.models.inpainter``."""

    def __init__(self, args: Mapping[str, Any]) -> None:
        import cv2
        import torch

        from engines.inpaint.models.catalogue import card_of, check_files
        from engines.inpaint.models.loader import Speed
        from engines.inpaint.models.model_cache import ModelCache
        from engines.inpaint.remover import TextRemover
        from foundation.images import text_removal_limits

        start_telemetry()
        config, settings = InpainterArgs.model_validate(args), get_settings()
        self._device = config.device or settings.iopaint_device
        claim(self._device)
        for name in config.required:
            check_files(card_of(name), settings.resolved_model_dir)
        torch.set_num_threads(config.threads)
        cv2.setNumThreads(config.threads)
        speed = Speed(config.precision, config.compile)
        models = ModelCache(settings.resolved_model_dir, self._device, config.memory_budget_mib, speed)
        self._remover = TextRemover(models, text_removal_limits(settings))
        on_gpu = self._device.startswith("cuda")
        # the decorators of Serve have no types for methods
        batched: Any = self._batched
        batched.set_max_batch_size(GPU_BATCH if on_gpu else 1)
        batched.set_batch_wait_timeout_s(GPU_BATCH_WAIT_S if on_gpu else 0)

    @serve.multiplexed(max_num_models_per_replica=ROUTED_MODELS)
    async def _route(self, model: str) -> str:
        return model

    async def _chosen(self, options: RemovalOptions, engine: str) -> RemovalOptions:
        model = self._remover.choose(options.model, engine)
        return replace(options, model=await self._route(model))  # pyright: ignore[reportCallIssue]

    async def describe(self, model: str, engine: str) -> InpainterDescription:
        """The model that serves such requests, loaded if need be."""
        return replace(await asyncio.to_thread(self._remover.describe, model, engine), device=self._device)

    async def remove(self, request: RemovalRequest, options: RemovalOptions, engine: str) -> Removal:
        """A picture without its words."""
        return await self._at_work(self._remover.remove, request, await self._chosen(options, engine))

    async def plan(self, request: RemovalRequest, options: RemovalOptions) -> RemovalPlan:
        """The windows of a picture that the model must fill."""
        return await asyncio.to_thread(self._remover.plan, request, options)

    async def fill(self, window: bytes, options: RemovalOptions) -> bytes:
        """A window of ``plan``, filled."""
        await self._route(options.model)  # pyright: ignore[reportCallIssue]
        return await self._batched((window, options))

    @serve.batch(max_batch_size=GPU_BATCH, batch_wait_timeout_s=GPU_BATCH_WAIT_S)
    async def _batched(self, windows: Sequence[tuple[bytes, RemovalOptions]]) -> list[bytes]:
        return await self._at_work(self._remover.fill, windows)

    async def _at_work(self, work: Callable[..., Any], *args: Any) -> Any:
        def explained() -> Any:
            with explain_full_memory("send a smaller picture, or fewer regions"):
                return work(*args)

        return await asyncio.to_thread(explained)

    async def finish(self, request: RemovalRequest, options: RemovalOptions, filled: Sequence[bytes]) -> Removal:
        """The picture with all its windows."""
        return await asyncio.to_thread(self._remover.finish, request, options, filled)
