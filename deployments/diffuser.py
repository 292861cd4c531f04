"""ComfyUI workflows on diffusers modules: many at a time in threads, their samplers' steps in shared UNet calls."""

import asyncio
import io
import os
import tempfile
from collections.abc import AsyncGenerator, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import aclosing
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from deployments.device import claim
from deployments.streaming import Emit, Pace, ShouldStop, events_of
from deployments.style import workflow_of
from deployments.telemetry import start_telemetry
from foundation.errors import EngineNotReady, InvalidInput, ServerError
from foundation.models.diffuser import (
    NodeExecuted,
    NodeFailure,
    NodesCached,
    NodeStarted,
    PictureSent,
    PromptEvent,
    PromptReport,
    StyledImages,
    StyleJob,
)
from foundation.models.progress import SamplerProgress
from foundation.settings import get_settings

Json = Any
PREVIEW_QUALITY = 80
# while some sample others encode and decode
WORKFLOWS_A_RUN = 2
NONE_READY = "there are no checkpoints; put .safetensors files or diffusers folders into MODEL_DIR/checkpoints"


class DiffuserArgs(BaseModel):
    """What the builder tells a replica."""

    model_config = ConfigDict(extra="forbid")

    device: str = Field(default="cpu", pattern=r"^(cpu|cuda(:\d+)?)$", description="Where models run.")
    half: bool = Field(default=False, description="16-bit numbers; other pictures than ComfyUI's in 32 bits.")
    threads: int = Field(default=1, ge=1, description="Threads of torch.")
    loaded_models: int = Field(default=2, ge=1, description="Checkpoints that stay in memory.")
    batch_rows: int = Field(default=16, ge=1, description="Rows of one UNet call; a guided picture takes two.")
    active_runs: int = Field(default=16, ge=1, description="Samplers that share calls.")
    required: list[str] = Field(default=[], description="Checkpoints without which a replica refuses to start.")
    admission_ms: float = Field(default=10.0, ge=0, description="How long an idle batcher waits for more rows.")


class Diffuser:
    """``engines.comfy`` behind Serve, with one step batcher for all workflows; see ``foundation.models.diffuser``."""

    def __init__(self, workflows: Mapping[str, Json], args: Mapping[str, Json]) -> None:
        import torch

        from engines.batching.step_batcher import Bounds, StepBatcher
        from engines.comfy.context import ComfyContext
        from engines.comfy.execute import Executor
        from engines.comfy.outputs import MemoryOutputs
        from engines.diffusion.evaluate import evaluate
        from engines.diffusion.weights.library import Library

        start_telemetry()
        parsed = DiffuserArgs.model_validate(args)
        claim(parsed.device)
        torch.set_num_threads(parsed.threads)
        dtype = torch.float16 if parsed.half else torch.float32
        self._workflows = workflows
        self._library = Library(get_settings().resolved_model_dir, parsed.device, dtype, parsed.loaded_models)
        bounds = Bounds(rows=parsed.batch_rows, active=parsed.active_runs, admission_s=parsed.admission_ms / 1000)
        self._batcher = StepBatcher(evaluate, bounds, "diffuser")
        self._context = ComfyContext(self._library, Path(), MemoryOutputs(), sample=self._batcher.sample)
        self._executor = Executor(self._context)
        # a workflow keeps its thread while it samples: those of asyncio are few, and questions need them
        self._threads = ThreadPoolExecutor(WORKFLOWS_A_RUN * parsed.active_runs, "workflow")
        self._refuse_without(parsed.required)

    def _refuse_without(self, required: list[str]) -> None:
        if missing := [name for name in required if name not in self._library.names("checkpoints")]:
            raise EngineNotReady(f"there is no checkpoint {', '.join(missing)}; put it into MODEL_DIR/checkpoints")

    def check_health(self) -> None:
        """Raise when the batcher's thread has ended, so that Serve starts a new replica."""
        if not self._batcher.alive:
            raise ServerError("the step batcher has ended")

    async def describe(self) -> dict[str, Json]:
        """Whether there are checkpoints, and what is being done."""
        names = await asyncio.to_thread(self._library.names, "checkpoints")
        active, waiting = self._batcher.load
        counts = self._batcher.counts
        counters = {
            "active_runs": active,
            "waiting_runs": waiting,
            "unet_calls": counts.calls,
            "unet_rows": counts.rows,
        }
        return {
            "ready": bool(names),
            "detail": f"{len(names)} checkpoints" if names else NONE_READY,
            "servers": [counters],
        }

    async def can_run(self, style: str, workflow: str) -> dict[str, Json]:
        """Whether all that a workflow needs is here; otherwise the detail names what is missing."""
        from engines.comfy.requirements import missing_parts

        state = await self.describe()
        if not state["ready"]:
            return state
        missing = await asyncio.to_thread(missing_parts, self._workflows[workflow], self._context)
        return {"ready": False, "detail": f"the workflow {workflow} needs {', '.join(missing)}"} if missing else state

    async def object_info(self, node_class: str | None = None) -> dict[str, Json]:
        """ComfyUI's description of the nodes, or of one."""
        from engines.comfy.object_info import object_info

        def described() -> dict[str, Json]:
            with _inputs({}) as folder:
                return object_info(replace(self._context, inputs=folder), node_class)

        return await asyncio.to_thread(described)

    async def models(self) -> dict[str, list[str]]:
        """The names of models by folder."""
        from engines.diffusion.weights.library import FOLDERS

        return await asyncio.to_thread(lambda: {kind: self._library.names(kind) for kind in FOLDERS})

    async def machine(self) -> dict[str, Json]:
        """Memory in bytes and devices, as ComfyUI tells them."""
        return await asyncio.to_thread(_machine, self._library.place.device)

    async def validate(
        self, prompt: Json, pictures: Mapping[str, bytes], targets: list[str] | None = None
    ) -> PromptReport:
        """Check a prompt; with ``targets`` only for these output nodes."""
        from engines.comfy.validate import validate

        def validated() -> PromptReport:
            with _inputs(pictures) as folder:
                report = validate(prompt, replace(self._context, inputs=folder), targets)
            return PromptReport(report.error, dict(report.node_errors), list(report.outputs))

        return await asyncio.to_thread(validated)

    async def transform(self, image: bytes, job: StyleJob) -> AsyncGenerator[SamplerProgress | StyledImages]:
        """A picture by one of Koma's workflows."""
        workflow, name = workflow_of(self._workflows, job)
        images: list[tuple[str, bytes]] = []
        async with aclosing(self.run_prompt(workflow, {name: image}, job.previews, job.metadata)) as events:
            async for event in events:
                match event:
                    case NodeExecuted(_, output, files):
                        pairs = zip(output.get("images", []), files.get("images", []), strict=True)
                        images += [(entry["type"], png) for entry, png in pairs]
                    case PictureSent():
                        images.append(("sent", event.png))
                    case SamplerProgress():
                        yield event
                    case _:
                        pass
        saved = [png for kind, png in images if kind == "output"]
        yield StyledImages(saved or [png for _, png in images])

    async def run_prompt(
        self,
        prompt: Json,
        pictures: Mapping[str, bytes],
        previews: bool,
        metadata: bool,
        targets: list[str] | None = None,
    ) -> AsyncGenerator[PromptEvent]:
        """All that happens to a workflow in API format. Closing the generator stops it before its next step.

        With ``targets`` only these output nodes run.

        Raises PromptRefused, NodeRefused and NodeFailed, which name the node.
        """
        from engines.comfy.execute import ExecutionHooks
        from engines.comfy.outputs import MemoryOutputs

        outputs, pace = MemoryOutputs(metadata=metadata), Pace()

        def work(emit: Emit, should_stop: ShouldStop) -> None:
            def hear(event: Any) -> None:
                emit(_event_of(event, outputs.files, lambda: previews and pace.due()))

            with _inputs(pictures) as folder:
                executor = replace(self._executor, context=replace(self._context, inputs=folder))
                executor.run(prompt, ExecutionHooks(hear, should_stop), outputs, targets)

        async with aclosing(events_of(self._threads, work)) as events:
            async for event in events:
                yield event

    def __del__(self) -> None:
        """End the batcher's thread: Serve calls this before it stops the replica."""
        self._batcher.close()
        self._threads.shutdown(wait=False, cancel_futures=True)


class _inputs:
    """A folder with these pictures for the time of the block."""

    def __init__(self, pictures: Mapping[str, bytes]) -> None:
        self._pictures = pictures

    def __enter__(self) -> Path:
        self._folder = tempfile.TemporaryDirectory(prefix="koma-inputs-")
        try:
            return self._written(Path(self._folder.name))
        except BaseException:
            self._folder.cleanup()
            raise

    def _written(self, folder: Path) -> Path:
        for name, data in self._pictures.items():
            path = folder / name
            if not path.resolve().is_relative_to(folder.resolve()):
                raise InvalidInput(f"the picture {name[:100]!r} leads out of the input folder")
            try:
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(data)
            except OSError as error:
                raise InvalidInput(f"the picture {name[:100]!r} cannot be kept under this name") from error
        return folder

    def __exit__(self, *_: Any) -> None:
        self._folder.cleanup()


def _machine(device: Any) -> dict[str, Json]:
    import torch

    pages, page = os.sysconf("SC_PHYS_PAGES"), os.sysconf("SC_PAGE_SIZE")
    total, free = pages * page, os.sysconf("SC_AVPHYS_PAGES") * page
    memory, index, name = (free, total), None, "cpu"
    if device.type == "cuda":
        memory, index = torch.cuda.mem_get_info(device), device.index or 0
        name = f"cuda:{index} {torch.cuda.get_device_name(device)}"
    video = {"vram_total": memory[1], "vram_free": memory[0]}
    entry = (
        {"name": name, "type": device.type, "index": index} | video | {f"torch_{key}": n for key, n in video.items()}
    )
    system = {"ram_total": total, "ram_free": free, "pytorch_version": torch.__version__}
    return {"system": system, "devices": [entry]}


def _event_of(event: Any, files: Mapping[str, bytes], wants_preview: Callable[[], bool]) -> PromptEvent:
    from engines.comfy.context import Saved
    from engines.comfy.events import Cached, Executed, Executing, Failed, Progress, Sent

    match event:
        case Progress(node, value, maximum, preview):
            return SamplerProgress(value, maximum, _jpeg(preview) if preview and wants_preview() else None, node)
        case Cached(nodes):
            return NodesCached(nodes)
        case Executing(node):
            return NodeStarted(node)
        case Executed(node, output):
            contents = {kind: [files[Saved(**entry).path] for entry in entries] for kind, entries in output.items()}
            return NodeExecuted(node, output, contents)
        case Sent(node, value, maximum, png):
            return PictureSent(node, value, maximum, png)
        case Failed():
            return NodeFailure(**asdict(event))
    raise TypeError(f"{type(event).__name__} is no event")


def _jpeg(preview: Callable[[], Any]) -> bytes:
    out = io.BytesIO()
    preview().save(out, "JPEG", quality=PREVIEW_QUALITY)
    return out.getvalue()
