"""The engines of style transform that need no model: filters, and ComfyUI servers elsewhere.

Each is called by ``foundation.models.diffuser.StyleClient``.
"""

import asyncio
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from typing import Any

from deployments.streaming import Pace
from deployments.telemetry import start_telemetry
from foundation.errors import InvalidInput
from foundation.models.diffuser import StyledImages, StyleJob
from foundation.models.progress import SamplerProgress
from foundation.settings import get_settings

Json = Any


class Filters:
    """Classical filters by the recipes of the presets: no weights, one picture at a time."""

    def __init__(self, presets: Mapping[str, Json], threads: int = 1) -> None:
        import cv2

        start_telemetry()
        cv2.setNumThreads(threads)
        self._recipes = {name: preset["filter"] for name, preset in presets.items()}
        # calls beyond the one that works only ask how things stand
        self._turn = asyncio.Lock()

    async def describe(self) -> dict[str, Json]:
        """It can always work."""
        return {"ready": True, "detail": f"{len(self._recipes)} styles"}

    async def can_run(self, style: str, workflow: str) -> dict[str, Json]:
        """Whether the style has a recipe; the workflow does not matter."""
        if not self._recipes.get(style):
            return {"ready": False, "detail": f"the style {style} has no filter"}
        return await self.describe()

    async def transform(self, image: bytes, job: StyleJob) -> AsyncGenerator[SamplerProgress | StyledImages]:
        """A picture in a style. Raises InvalidInput for a style that has no recipe."""
        from engines.filters.recipe import filter_png

        recipe = self._recipes.get(job.style)
        if not recipe:
            raise InvalidInput(f"the style {job.style} has no filter; choose another engine for it")
        async with self._turn:
            done = await asyncio.to_thread(filter_png, image, recipe, job.strength, job.seed)
        yield StyledImages([done])


class ComfyCluster:
    """Workflows on ComfyUI servers, those of COMFYUI_BASE_URL."""

    def __init__(self, workflows: Mapping[str, Json]) -> None:
        from engines.comfycluster import ComfyCluster as Engine

        start_telemetry()
        self._settings = get_settings()
        self._workflows = workflows
        self._cluster = Engine(self._settings.comfyui_urls)

    async def describe(self) -> dict[str, Json]:
        """Whether a server answers, and what each has to do."""
        servers = await self._cluster.states()
        if not servers:
            return {"ready": False, "detail": "no ComfyUI server is named; set COMFYUI_BASE_URL", "servers": []}
        connected = sum(server["connected"] for server in servers)
        detail = f"{connected} of {len(servers)} ComfyUI servers answer"
        return {"ready": connected > 0, "detail": detail, "servers": servers}

    async def can_run(self, style: str, workflow: str) -> dict[str, Json]:
        """Whether a server that answers has all that a workflow needs; otherwise the detail names what is missing."""
        state = await self.describe()
        if not state["ready"]:
            return state
        missing = await self._cluster.missing(workflow, self._workflows[workflow])
        if not missing:
            return state
        return {"ready": False, "detail": f"the workflow {workflow} needs what the servers lack: {missing}"}

    async def transform(self, image: bytes, job: StyleJob) -> AsyncGenerator[SamplerProgress | StyledImages]:
        """A picture by a workflow on the server with the least to do."""
        from engines.comfycluster.events import Preview, Progress
        from engines.comfycluster.server import Task

        workflow, name = workflow_of(self._workflows, job)
        files, timeout_s = {name: image}, self._settings.comfyui_timeout
        task = Task(f"koma-{job.id}", workflow, files, timeout_s, job.previews)
        server, seen, pace = "", Progress(0, 1, ""), Pace()
        async with aclosing(self._cluster.run(task)) as events:
            async for event in events:
                match event:
                    case str():
                        server = event
                    case Progress():
                        seen = event
                        yield _progress(seen)
                    case Preview() if job.previews and pace.due():
                        yield _progress(seen, event.image)
                    case list():
                        yield StyledImages(event, server)
                    case _:
                        pass


def _progress(event: Any, preview: bytes | None = None) -> SamplerProgress:
    return SamplerProgress(event.value, event.max, preview, event.node)


def workflow_of(workflows: Mapping[str, Json], job: StyleJob) -> tuple[dict[str, Json], str]:
    """The workflow of a job, and the name under which it finds the picture. Raises InvalidInput."""
    from engines.style.workflows import Request, write_request

    # tasks share a server's input folder
    name = f"koma_{job.id}.png"
    request = Request(name, job.prompt, job.negative, job.strength, job.seed)
    return write_request(workflows[job.workflow], request), name
