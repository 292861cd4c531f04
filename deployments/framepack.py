"""FramePack on diffusers: pictures and films of many jobs, whose steps share one transformer.

What ``image`` and ``section`` yield are dicts with a ``kind``:

progress   step, total; preview (a small JPEG) if requested, not more often than people see
image      at last: image (PNG), width, height
section    at last: state for the next section, done and open (mp4), frames
"""

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
from foundation.settings import get_settings

logger = logging.getLogger("ray.serve")

Json = Any
CRF = 16
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
    """``engines.framepack`` behind Serve."""

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

    async def check_loras(self, names: Sequence[str]) -> list[dict[str, Json]]:
        """How LoRAs fit. Raises InvalidInput for one that does not, with how many of its keys do."""
        from engines.framepack.models import BASE

        def matches() -> list[dict[str, Json]]:
            found = [self._runtime().loras.match(name, BASE) for name in names]
            return [{"name": each.name, "matched": each.keys, "keys": each.keys} for each in found]

        return await asyncio.get_running_loop().run_in_executor(self._threads, matches)

    async def image(self, request: Mapping[str, Json], files: Mapping[str, bytes]) -> AsyncGenerator[dict[str, Json]]:
        """One picture. Closing the generator stops it before its next step."""

        def work(emit: Emit, should_stop: ShouldStop) -> None:
            from engines.framepack.painter import paint

            with explain_full_memory():
                image = paint(self._runtime(), _picture(request, files), _hooks(emit, should_stop, request["previews"]))
            parameters = request.get("parameters")
            text = {"parameters": json.dumps(parameters, ensure_ascii=False)} if parameters else {}
            emit({"kind": "image", "image": png_bytes(image, text), "width": image.width, "height": image.height})

        async with aclosing(events_of(self._threads, work)) as events:
            async for event in events:
                yield event

    async def sections(self, request: Mapping[str, Json]) -> int:
        """How many sections a film has."""
        from engines.framepack.film_plan import sections_of

        return sections_of(request["video_length"])

    async def section(
        self, request: Mapping[str, Json], files: Mapping[str, bytes], number: int, state: bytes | None
    ) -> AsyncGenerator[dict[str, Json]]:
        """One section of a film, after that of which ``state`` tells. Closing the generator stops it."""

        def work(emit: Emit, should_stop: ShouldStop) -> None:
            from engines.framepack.filming import film_section
            from engines.framepack.mp4 import encode

            hooks = _hooks(emit, should_stop, request["previews"])
            with explain_full_memory():
                section = film_section(self._runtime(), _film(request, files), number, state, hooks)
            hooks.stop_if_requested()
            done, opened = (
                encode(list(frames), crf=request.get("mp4_crf", CRF)) if len(frames) else b""
                for frames in (section.done, section.open)
            )
            frames = len(section.done) + len(section.open)
            emit({"kind": "section", "state": section.state, "done": done, "open": opened, "frames": frames})

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
        progress: dict[str, Json] = {"kind": "progress", "step": step, "total": total}
        # of a film, the frame in the middle of the section
        picture = {"preview": preview(latent[:, latent.shape[1] // 2])} if previews and pace.due() else {}
        emit(progress | picture)

    return SamplingHooks(on_step, should_stop)


def _sampling(request: Mapping[str, Json]) -> Any:
    from engines.framepack.requests import SamplingRequest

    return SamplingRequest(
        prompt=request["prompt"],
        width=request["width"],
        height=request["height"],
        seed=request["seed"],
        negative=request["negative_prompt"] or "",
        steps=request["steps"],
        cfg=request["cfg"],
        guidance=request["gs"],
        rescale=request["rs"],
        loras=tuple((name, scale) for name, scale in request["loras"]),
        solver=request["sampler"],
        batch_size=request.get("batch_size", 1),
    )


def _picture(request: Mapping[str, Json], files: Mapping[str, bytes]) -> Any:
    from engines.framepack.layouts import kisekae, layout_of
    from engines.framepack.requests import PictureRequest, Pictures

    target = request.get("target_index")
    if "source" not in files:
        return PictureRequest(_sampling(request), layout_of(request["layout"], target), Pictures(files.get("start")))
    pictures = Pictures(files["source"], files["target"], files.get("source_mask"), files.get("target_mask"))
    layout = kisekae(request["layout"], target, request.get("control_index"))
    return PictureRequest(_sampling(request), layout, pictures, request["transfer_strength"])


def _film(request: Mapping[str, Json], files: Mapping[str, bytes]) -> Any:
    from engines.framepack.requests import FilmRequest

    return FilmRequest(
        _sampling(request), request["sampling_mode"], request["sections"], files["start"], files.get("end")
    )
