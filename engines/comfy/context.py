"""What nodes work with: the models, pictures and limits of all workflows, and their own run."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor

from engines.diffusion.run import DiffusionRun, solo
from engines.diffusion.weights.library import Library
from foundation.errors import InvalidInput

Rgb = NDArray[np.uint8]
Preview = Callable[[], Image.Image]


@dataclass(frozen=True)
class Limits:
    """What one workflow may use. ``pixels`` counts a whole batch."""

    nodes: int = 500
    pixels: int = 4096 * 4096
    side: int = 8192
    batch: int = 64
    steps: int = 1000
    text: int = 20_000
    prompts: int = 64
    tokens: int = 77 * 256

    def check_prompts(self, count: int, tokens: int) -> None:
        """Raises InvalidInput where too many prompts were put together, or one is too long."""
        if count > self.prompts or tokens > self.tokens:
            raise InvalidInput(
                f"{count} prompts of up to {tokens} tokens are too many: at most {self.prompts} of {self.tokens}"
            )

    def check_size(self, width: int, height: int, batch: int = 1) -> None:
        """Raises InvalidInput where a picture or a batch is too large."""
        if max(width, height) > self.side or width * height * batch > self.pixels or batch > self.batch:
            raise InvalidInput(
                f"{batch} x {width} x {height} pixels are too many: at most {self.side} a side, {self.batch} in a "
                f"batch, {self.pixels} pixels in all"
            )
        if min(width, height, batch) < 1:
            raise InvalidInput(f"{batch} x {width} x {height} pixels are none")


@dataclass(frozen=True)
class Saved:
    """Where a picture or latent went: the words of ComfyUI's answers."""

    filename: str
    subfolder: str = ""
    type: str = "output"

    @property
    def path(self) -> str:
        """Type, folder and name: one for each file of a run."""
        return f"{self.type}/{self.subfolder}/{self.filename}"

    def wire(self) -> dict[str, str]:
        """As JSON."""
        return {"filename": self.filename, "subfolder": self.subfolder, "type": self.type}


class Outputs(Protocol):
    """Where output nodes put what they make."""

    def picture(self, rgb: Rgb, prefix: str, kind: str, texts: Mapping[str, str]) -> Saved:
        """Keep a picture, H×W×3. ``kind`` is output or temp, ``texts`` goes into the file if metadata is wanted.

        ``prefix`` is expanded: folders and the beginning of the file's name.
        """
        ...

    def latent(self, samples: Tensor, prefix: str) -> Saved:
        """Keep a latent, B×4×h×w."""
        ...


@dataclass(frozen=True)
class ComfyContext:
    """What all workflows share."""

    library: Library
    inputs: Path
    outputs: Outputs
    limits: Limits = field(default_factory=Limits)
    sample: Callable[[DiffusionRun], Tensor] = solo


def _nobody(number: int, count: int, png: bytes) -> None:
    return


@dataclass(frozen=True)
class NodeContext:
    """What one node sees. ``progress`` takes a step's number, the count, and a preview; ``prompt`` is the workflow.

    ``send`` takes a picture's number from 1 on, their count, and its PNG: for whoever listens, stored nowhere.
    """

    shared: ComfyContext
    node_id: str
    prompt: Mapping[str, Any]
    progress: Callable[[int, int, Preview | None], None]
    should_stop: Callable[[], bool]
    send: Callable[[int, int, bytes], None] = _nobody
