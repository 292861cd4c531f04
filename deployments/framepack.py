"""FramePack on diffusers: pictures and films of many jobs, whose steps share one transformer.

What ``image`` and ``section`` yield are dicts with a ``kind``:

progress   step, total; preview (a small JPEG) if asked for, not more often than people see
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

from deployments.device import claim, told_if_full
from deployments.streaming import Pace, ShouldStop, Tell, told_by
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
            self._studio()
        elif self._weights_there():
            # weights that cannot be read must not keep the draft from working: describe says so
            with suppress(EngineNotReady):
                self._studio()

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

        def told() -> list[dict[str, Json]]:
            found = [self._studio().loras.match(name, BASE) for name in names]
            return [{"name": each.name, "matched": each.keys, "keys": each.keys} for each in found]

        return await asyncio.get_running_loop().run_in_executor(self._threads, told)

    async def image(self, asked: Mapping[str, Json], files: Mapping[str, bytes]) -> AsyncGenerator[dict[str, Json]]:
        """One picture. Closing the generator stops it before its next step."""

        def work(tell: Tell, should_stop: ShouldStop) -> None:
            from engines.framepack.painter import paint

            with told_if_full():
                image = paint(self._studio(), _picture(asked, files), _hooks(tell, should_stop, asked["previews"]))
            told = asked.get("parameters")
            text = {"parameters": json.dumps(told, ensure_ascii=False)} if told else {}
            tell({"kind": "image", "image": png_bytes(image, text), "width": image.width, "height": image.height})

        async with aclosing(told_by(self._threads, work)) as events:
            async for event in events:
                yield event

    async def sections(self, asked: Mapping[str, Json]) -> int:
        """How many sections a film has."""
        from engines.framepack.film_plan import sections_of

        return sections_of(asked["video_length"])

    async def section(
        self, asked: Mapping[str, Json], files: Mapping[str, bytes], number: int, state: bytes | None
    ) -> AsyncGenerator[dict[str, Json]]:
        """One section of a film, after that of which ``state`` tells. Closing the generator stops it."""

        def work(tell: Tell, should_stop: ShouldStop) -> None:
            from engines.framepack.filming import film_section
            from engines.framepack.mp4 import encode

            hooks = _hooks(tell, should_stop, asked["previews"])
            with told_if_full():
                made = film_section(self._studio(), _film(asked, files), number, state, hooks)
            hooks.stop_if_asked()
            done, opened = (
                encode(list(frames), crf=asked.get("mp4_crf", CRF)) if len(frames) else b""
                for frames in (made.done, made.open)
            )
            frames = len(made.done) + len(made.open)
            tell({"kind": "section", "state": made.state, "done": done, "open": opened, "frames": frames})

        async with aclosing(told_by(self._threads, work)) as events:
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

    def _studio(self) -> Any:
        with self._opening:
            if (why := self._why_not()) is not None:
                raise EngineNotReady(why)
            if self._opened is None:
                self._opened = self._open_or_tell()
            return self._opened

    def _open_or_tell(self) -> Any:
        try:
            return self._open()
        except Exception as error:
            logger.exception("FramePack's weights cannot be read")
            why = f"the weights cannot be read ({type(error).__name__}); copy them to MODEL_DIR/framepack again"
            self._failed = (time.monotonic() + AGAIN_S, why)
            raise EngineNotReady(why) from error

    def _open(self) -> Any:
        import torch

        from engines.framepack.models import Place
        from engines.framepack.studio import open_studio

        _quiet()
        told = self._args
        torch.set_num_threads(told.threads)
        dtype = torch.bfloat16 if told.half else torch.float32
        place = Place(torch.device(told.device), dtype, told.memory, told.fp8)
        return open_studio(self._folder, get_settings().resolved_lora_dir, place, told.rows_of_a_call, told.pictures)

    def _figures(self) -> dict[str, Json]:
        if self._opened is None:
            return {}
        studio, counts = self._opened, self._opened.batcher.counts
        active, waiting = studio.batcher.load
        return {
            "memory": self._args.memory,
            "fp8": self._args.fp8,
            "transformers": studio.models.variants,
            "loras": studio.loras.loaded,
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


def _hooks(tell: Tell, should_stop: ShouldStop, previews: bool) -> Any:
    from engines.framepack.pictures import preview
    from engines.framepack.wishes import Hooks

    pace = Pace()

    def on_step(step: int, total: int, latent: Any) -> None:
        told: dict[str, Json] = {"kind": "progress", "step": step, "total": total}
        # of a film, the frame in the middle of the section
        shown = {"preview": preview(latent[:, latent.shape[1] // 2])} if previews and pace.due() else {}
        tell(told | shown)

    return Hooks(on_step, should_stop)


def _wish(asked: Mapping[str, Json]) -> Any:
    from engines.framepack.wishes import Wish

    return Wish(
        prompt=asked["prompt"],
        width=asked["width"],
        height=asked["height"],
        seed=asked["seed"],
        negative=asked["negative_prompt"] or "",
        steps=asked["steps"],
        cfg=asked["cfg"],
        guidance=asked["gs"],
        rescale=asked["rs"],
        loras=tuple((name, scale) for name, scale in asked["loras"]),
        solver=asked["sampler"],
        company=asked.get("batch_size", 1),
    )


def _picture(asked: Mapping[str, Json], files: Mapping[str, bytes]) -> Any:
    from engines.framepack.layouts import kisekae, layout_of
    from engines.framepack.wishes import Picture, Pictures

    target = asked.get("target_index")
    if "source" not in files:
        return Picture(_wish(asked), layout_of(asked["layout"], target), Pictures(files.get("start")))
    pictures = Pictures(files["source"], files["target"], files.get("source_mask"), files.get("target_mask"))
    layout = kisekae(asked["layout"], target, asked.get("control_index"))
    return Picture(_wish(asked), layout, pictures, asked["transfer_strength"])


def _film(asked: Mapping[str, Json], files: Mapping[str, bytes]) -> Any:
    from engines.framepack.wishes import Film

    return Film(_wish(asked), asked["sampling_mode"], asked["sections"], files["start"], files.get("end"))
