"""FramePack on diffusers: pictures and films of many jobs, whose steps share one transformer."""

import asyncio
import json
import logging
import threading
import time
from collections.abc import AsyncGenerator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import aclosing, suppress
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from deployments.device import claim, explain_full_memory
from deployments.streaming import Emit, Pace, ShouldStop, events_of
from deployments.telemetry import start_telemetry
from foundation.errors import EngineNotReady, ServerError
from foundation.images import png_bytes
from foundation.models.framepack import FilmedSection, FilmJob, PaintedPicture, PictureJob, SamplerOptions
from foundation.models.progress import SamplerProgress
from foundation.settings import get_settings

logger = logging.getLogger("ray.serve")

Json = Any
# jobs that wait for their turn wait in threads, and describing needs one
THREADS = 64
# after weights could not be read: they may be copied just now
AGAIN_S = 60.0
NONE_READY = "there are no weights; put FramePack's diffusers folder at MODEL_DIR/framepack"


class FramePackArgs(BaseModel):
    """What the builder tells a replica."""

    model_config = ConfigDict(extra="forbid")

    device: str = Field(default="cpu", pattern=r"^(cpu|cuda(:\d+)?)$", description="Where the transformer runs.")
    half: bool = Field(default=False, description="bfloat16, as the weights are published; on a GPU, say true.")
    memory: Literal["resident", "lean", "offload"] = Field(
        default="resident",
        description="resident: all on the device; lean: the rest only for its work; offload: blocks one by one.",
    )
    fp8: bool = Field(default=False, description="The transformer stored in 8 bits, computed as above.")
    threads: int = Field(default=1, ge=1, description="Threads of torch.")
    rows: int | None = Field(
        default=None, ge=1, le=16, description="Rows of one call; by default 1, and 4 where blocks come one by one."
    )
    required: bool = Field(default=False, description="A replica refuses to start without weights that can be read.")
    pictures: int = Field(default=4, ge=1, le=32, description="Pictures that are sampled at once, beside one film.")

    @property
    def rows_of_a_call(self) -> int:
        """``rows``, or what goes well with the memory mode."""
        return self.rows or (4 if self.memory == "offload" else 1)


class FramePack:
    """``engines.framepack`` behind Serve; see ``foundation.models.framepack``."""

    def __init__(self, args: Mapping[str, Json]) -> None:
        start_telemetry()
        self._args = FramePackArgs.model_validate(args)
        claim(self._args.device)
        self._folder = get_settings().resolved_model_dir / "framepack"
        self._threads = ThreadPoolExecutor(THREADS, "framepack")
        self._opening = threading.Lock()
        self._opened: Any = None
        self._failed = (0.0, "")
        if self._args.required:
            self._runtime()
        elif self._weights_there():
            # weights that cannot be read must not keep the draft from working: describe says so
            with suppress(EngineNotReady):
                self._runtime()

    def check_health(self) -> None:
        """Raise when the batcher's thread has ended, so that Serve starts a new replica."""
        if self._opened is not None and not self._opened.batcher.alive:
            raise ServerError("the step batcher has ended")

    async def describe(self) -> dict[str, Json]:
        """Whether there are weights, how they lie in memory, and what is being done."""
        if (why := self._why_not()) is not None:
            return {"ready": False, "detail": why}
        return {"ready": True, "detail": "FramePack's own weights"} | await asyncio.to_thread(self._figures)

    async def check_loras(self, names: Sequence[str]) -> None:
        """Whether LoRAs fit. Raises InvalidInput for one that does not, with how many of its keys do."""
        from engines.framepack.models import BASE

        def match() -> None:
            for name in names:
                self._runtime().loras.match(name, BASE)

        await asyncio.get_running_loop().run_in_executor(self._threads, match)

    async def image(self, job: PictureJob) -> AsyncGenerator[SamplerProgress | PaintedPicture]:
        """One picture. Closing the generator stops it before its next step."""

        def work(emit: Emit, should_stop: ShouldStop) -> None:
            from engines.framepack.painter import paint

            with explain_full_memory():
                image = paint(self._runtime(), _picture(job), _hooks(emit, should_stop, job.previews))
            text = {"parameters": json.dumps(job.parameters, ensure_ascii=False)} if job.parameters else {}
            emit(PaintedPicture(png_bytes(image, text), image.width, image.height))

        async with aclosing(events_of(self._threads, work)) as events:
            async for event in events:
                yield event

    async def sections(self, video_length: float) -> int:
        """How many sections a film of so many seconds has."""
        from engines.framepack.film_plan import sections_of

        return sections_of(video_length)

    async def section(
        self, job: FilmJob, number: int, state: bytes | None
    ) -> AsyncGenerator[SamplerProgress | FilmedSection]:
        """One section of a film, after the section that left ``state``. Closing the generator stops it."""

        def work(emit: Emit, should_stop: ShouldStop) -> None:
            from engines.framepack.filming import film_section
            from engines.framepack.mp4 import encode

            hooks = _hooks(emit, should_stop, job.previews)
            with explain_full_memory():
                section = film_section(self._runtime(), _film(job), number, state, hooks)
            hooks.stop_if_requested()
            done, opened = (
                encode(list(frames), crf=job.mp4_crf) if len(frames) else b"" for frames in (section.done, section.open)
            )
            emit(FilmedSection(section.state, done, opened, len(section.done) + len(section.open)))

        async with aclosing(events_of(self._threads, work)) as events:
            async for event in events:
                yield event

    def _weights_there(self) -> bool:
        return (self._folder / "model_index.json").is_file()

    def _why_not(self) -> str | None:
        """Why nothing can be made now; None when it can, as far as is known."""
        if self._opened is not None:
            return None
        until, why = self._failed
        return NONE_READY if not self._weights_there() else why if time.monotonic() < until else None

    def _runtime(self) -> Any:
        with self._opening:
            if (why := self._why_not()) is not None:
                raise EngineNotReady(why)
            if self._opened is None:
                self._opened = self._open_or_explain()
            return self._opened

    def _open_or_explain(self) -> Any:
        try:
            return self._open()
        except Exception as error:
            logger.exception("FramePack's weights cannot be read")
            why = f"the weights cannot be read ({type(error).__name__}); copy them to MODEL_DIR/framepack again"
            self._failed = (time.monotonic() + AGAIN_S, why)
            raise EngineNotReady(why) from error

    def _open(self) -> Any:
        import torch

        from engines.framepack.models import WeightPlacement
        from engines.framepack.runtime import open_runtime

        _quiet()
        args = self._args
        torch.set_num_threads(args.threads)
        dtype = torch.bfloat16 if args.half else torch.float32
        place = WeightPlacement(torch.device(args.device), dtype, args.memory, args.fp8)
        return open_runtime(self._folder, get_settings().resolved_lora_dir, place, args.rows_of_a_call, args.pictures)

    def _figures(self) -> dict[str, Json]:
        if self._opened is None:
            return {}
        runtime, counts = self._opened, self._opened.batcher.counts
        active, waiting = runtime.batcher.load
        return {
            "memory": self._args.memory,
            "fp8": self._args.fp8,
            "transformers": runtime.models.variants,
            "loras": runtime.loras.loaded,
            "active_runs": active,
            "waiting_runs": waiting,
            "forwards": counts.calls,
            "rows": counts.rows,
        }

    def __del__(self) -> None:
        """End the batcher's thread: Serve calls this before it stops the replica."""
        if self._opened is not None:
            self._opened.close()
        self._threads.shutdown(wait=False, cancel_futures=True)


def _quiet() -> None:
    """No progress bars, and no warnings that quote a prompt's end, in a server's log."""
    import diffusers.utils.logging
    import transformers.utils.logging

    for library in (diffusers, transformers):
        library.utils.logging.disable_progress_bar()
        library.utils.logging.set_verbosity_error()


def _hooks(emit: Emit, should_stop: ShouldStop, previews: bool) -> Any:
    from engines.framepack.pictures import preview
    from engines.framepack.requests import SamplingHooks

    pace = Pace()

    def on_step(step: int, total: int, latent: Any) -> None:
        # of a film, the frame in the middle of the section
        picture = preview(latent[:, latent.shape[1] // 2]) if previews and pace.due() else None
        emit(SamplerProgress(step, total, picture))

    return SamplingHooks(on_step, should_stop)


def _sampling(options: SamplerOptions, batch_size: int = 1) -> Any:
    from engines.framepack.requests import SamplingRequest

    return SamplingRequest(
        prompt=options.prompt,
        width=options.width,
        height=options.height,
        seed=options.seed,
        negative=options.negative_prompt,
        steps=options.steps,
        cfg=options.cfg,
        guidance=options.gs,
        rescale=options.rs,
        loras=tuple(options.loras),
        solver=options.sampler,
        batch_size=batch_size,
    )


def _picture(job: PictureJob) -> Any:
    from engines.framepack.layouts import kisekae, layout_of
    from engines.framepack.requests import PictureRequest, Pictures

    sampling, transfer = _sampling(job, job.batch_size), job.transfer
    if transfer is None:
        return PictureRequest(sampling, layout_of(job.layout, job.target_index), Pictures(job.start))
    pictures = Pictures(transfer.source, transfer.target, transfer.source_mask, transfer.target_mask)
    layout = kisekae(job.layout, job.target_index, transfer.control_index)
    return PictureRequest(sampling, layout, pictures, transfer.strength)


def _film(job: FilmJob) -> Any:
    from engines.framepack.requests import FilmRequest

    mode: Any = job.sampling_mode
    return FilmRequest(_sampling(job), mode, job.sections, job.start, job.end)
