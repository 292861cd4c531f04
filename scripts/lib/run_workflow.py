"""``scripts/run_workflow``: a workflow in ComfyUI's API format from the shell, pictures into a folder."""

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from engines.comfy.context import ComfyContext, Rgb, Saved
from engines.comfy.errors import PromptRefused
from engines.comfy.events import Event, Executing, Progress, Sent
from engines.comfy.execute import ExecutionHooks, Executor
from engines.comfy.outputs import MemoryOutputs
from engines.diffusion.weights.library import Library
from foundation.errors import InvalidInput, KomaError
from scripts.lib.cli import run


class NumberedFiles(MemoryOutputs):
    """Files in one folder, numbered in the order of the output nodes."""

    def __init__(self, folder: Path, metadata: bool) -> None:
        super().__init__(metadata=metadata)
        self.folder = folder
        self._count = 0

    def picture(self, rgb: Rgb, prefix: str, kind: str, texts: Mapping[str, str]) -> Saved:
        """As ``Outputs``; written at once, so that what is done stays when a later node fails."""
        return self._written(super().picture(rgb, prefix, kind, texts))

    def latent(self, samples: Any, prefix: str) -> Saved:
        """As ``Outputs``."""
        return self._written(super().latent(samples, prefix))

    def _written(self, saved: Saved) -> Saved:
        self._write(f"{saved.subfolder}/{saved.filename}", self.files[saved.path])
        return saved

    def hear(self, event: Event) -> None:
        """Keep the pictures of nodes that only send them."""
        if isinstance(event, Sent):
            self._write(f"node_{event.node}_{event.value:05}_.png", event.png)

    def _write(self, name: str, data: bytes) -> None:
        self._count += 1
        path = self.folder / f"{self._count:04}_{name.lstrip('/').replace('/', '_')}"
        path.write_bytes(data)
        print(path)


def read_workflow(path: Path) -> Any:
    """The workflow of a file. Raises InvalidInput where it is no JSON or of the editor's own format."""
    try:
        prompt = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise InvalidInput(f"{path} cannot be read as JSON: {error}") from error
    if isinstance(prompt, dict) and isinstance(prompt.get("nodes"), list):
        raise InvalidInput(f"{path} is in the editor's format: save it with Workflow > Export (API)")
    wrapped = (
        isinstance(prompt, dict) and isinstance(prompt.get("prompt"), dict) and "class_type" not in prompt["prompt"]
    )
    return prompt["prompt"] if wrapped else prompt


def show(event: Event) -> None:
    """One line for each node and step, on the error output."""
    if isinstance(event, Executing):
        print(f"node {event.node}", file=sys.stderr)
    elif isinstance(event, Progress):
        print(f"node {event.node}: step {event.value} of {event.maximum}", file=sys.stderr)


def say(error: KomaError) -> None:
    """The error, each faulty node on a line of its own, and what to do."""
    if isinstance(error, PromptRefused):
        for node, entry in error.body["node_errors"].items():
            for fault in entry["errors"]:
                print(f"node {node} ({entry['class_type']}): {fault['message']}: {fault['details']}", file=sys.stderr)
    print(f"{error.title}: {error.detail}\n{error.hint}", file=sys.stderr)


def main(
    workflow: Annotated[Path, typer.Argument(help="A workflow in API format.")],
    *,
    models: Annotated[Path, typer.Option(help="Folder with checkpoints/, loras/, controlnet/, vae/, embeddings/.")],
    inputs: Annotated[Path, typer.Option(help="Folder of the pictures that LoadImage names.")],
    out: Annotated[Path, typer.Option(help="Folder for the pictures; made if it is not there.")],
    metadata: Annotated[bool, typer.Option(help="Write the workflow, prompts and all, into the PNG files.")] = False,
    device: Annotated[str, typer.Option(help="cpu, or cuda for the GPU in half precision.")] = "cpu",
) -> None:
    """Run a workflow; the paths of its pictures are printed in the order of the output nodes."""
    import torch

    dtype = torch.float32 if device == "cpu" else torch.float16
    try:
        out.mkdir(parents=True, exist_ok=True)
        files = NumberedFiles(out, metadata)

        def hear(event: Event) -> None:
            show(event)
            files.hear(event)

        context = ComfyContext(Library(models, device, dtype), inputs, files)
        executor = Executor(context)
        report = executor.validate(read_workflow(workflow))
        if report.error is not None:
            raise PromptRefused.of(report.body())
        executor.execute(report, ExecutionHooks(on_event=hear))
    except KomaError as error:
        say(error)
        raise typer.Exit(1) from error
    if report.node_errors:
        say(PromptRefused.of(report.body()))
        raise typer.Exit(1)


if __name__ == "__main__":
    run("run_workflow", main)
