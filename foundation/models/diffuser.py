"""The engines of style transform: filters, ComfyUI servers, and the Diffuser, which also runs prompts of its own."""

from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from foundation.graph import Json, Model
from foundation.models.progress import SamplerProgress


@dataclass(frozen=True, kw_only=True)
class StyleJob:
    """What an engine does to a picture. Filters look at ``style``, all others at ``workflow``.

    ``id`` is the task's. ``metadata`` keeps the prompt in the PNG.
    """

    id: str
    workflow: str
    prompt: str
    negative: str
    strength: float
    seed: int
    style: str = ""
    previews: bool = False
    metadata: bool = False


@dataclass(frozen=True)
class StyledImages:
    """The finished pictures as PNG, none where the workflow saves none, and the ComfyUI server that made them."""

    images: Sequence[bytes]
    server: str | None = None


@dataclass(frozen=True)
class PromptReport:
    """ComfyUI's answer to a prompt: ``error`` is None if it can run; ``outputs`` are its output nodes."""

    error: Mapping[str, Any] | None
    node_errors: Mapping[str, Any]
    outputs: Sequence[str]


@dataclass(frozen=True)
class NodesCached:
    """These nodes need not run again."""

    nodes: Sequence[str]


@dataclass(frozen=True)
class NodeStarted:
    """A node begins."""

    node: str


@dataclass(frozen=True)
class NodeExecuted:
    """An output node is done: its output in ComfyUI's words, and its files in the order of the output's entries."""

    node: str
    output: Mapping[str, list[Mapping[str, str]]]
    files: Mapping[str, list[bytes]]


@dataclass(frozen=True)
class PictureSent:
    """A node sends a PNG, the ``number``-th of ``total``, to whoever listens."""

    node: str
    number: int
    total: int
    png: bytes


@dataclass(frozen=True)
class NodeFailure:
    """The node that fails, before its error is raised; ``inputs`` has each of its inputs as a list of one."""

    node: str
    class_type: str
    exception_type: str
    message: str
    inputs: Mapping[str, list[Any]]


PromptEvent = SamplerProgress | NodesCached | NodeStarted | NodeExecuted | PictureSent | NodeFailure


class StyleClient:
    """Calls any engine of style transform. Raises EngineNotReady, and as ``Model.call``."""

    def __init__(self, model: Model) -> None:
        self._model = model

    async def can_run(self, style: str, workflow: str) -> Json:
        """The engine's description; ``ready`` is false, and ``detail`` says why, where something is missing."""
        return await self._model.call("can_run", style, workflow)

    def transform(self, image: bytes, job: StyleJob) -> AsyncGenerator[SamplerProgress | StyledImages]:
        """The pictures, after their progress. Closing the generator stops the work. Raises InvalidInput."""
        return self._model.stream("transform", image, job)


class DiffuserClient(StyleClient):
    """Calls ``deployments.diffuser.Diffuser``."""

    async def object_info(self, node_class: str | None = None) -> dict[str, Json]:
        """ComfyUI's description of the nodes, or of one."""
        return await self._model.call("object_info", node_class)

    async def models(self) -> dict[str, list[str]]:
        """The names of models by folder."""
        return await self._model.call("models")

    async def machine(self) -> dict[str, Json]:
        """Memory in bytes, and devices, in ComfyUI's words."""
        return await self._model.call("machine")

    async def validate(
        self, prompt: Json, pictures: Mapping[str, bytes], targets: Sequence[str] | None = None
    ) -> PromptReport:
        """Check a prompt; with ``targets`` only for these output nodes."""
        return await self._model.call("validate", prompt, pictures, targets)

    def run_prompt(
        self,
        prompt: Json,
        pictures: Mapping[str, bytes],
        previews: bool,
        metadata: bool,
        targets: Sequence[str] | None = None,
    ) -> AsyncGenerator[PromptEvent]:
        """All that happens to a workflow in API format. Closing the generator stops it before its next step.

        With ``targets`` only these output nodes run. Raises PromptRefused, NodeRefused and NodeFailed.
        """
        return self._model.stream("run_prompt", prompt, pictures, previews, metadata, targets)
