"""Requests to the engine."""

from collections.abc import Callable
from dataclasses import dataclass

from engines.batching.step_batcher import Stopped
from engines.framepack.film_plan import Mode
from engines.framepack.layouts import FrameLayout
from engines.framepack.loras import LoraSet
from engines.framepack.run import OnStep


@dataclass(frozen=True)
class SamplingRequest:
    """What pictures and films have in common. ``width`` and ``height`` are multiples of 16."""

    prompt: str
    width: int
    height: int
    seed: int
    negative: str = ""
    steps: int = 30
    cfg: float = 1.0
    guidance: float = 10.0
    rescale: float = 0.0
    loras: LoraSet = ()
    solver: str = "unipc"
    batch_size: int = 1


@dataclass(frozen=True)
class Pictures:
    """Encoded pictures of a request, and their masks: white is used."""

    source: bytes | None = None
    reference: bytes | None = None
    source_mask: bytes | None = None
    reference_mask: bytes | None = None


@dataclass(frozen=True)
class PictureRequest:
    """One picture. ``strength`` says how far it may leave its source; None begins from noise alone."""

    sampling: SamplingRequest
    layout: FrameLayout
    pictures: Pictures = Pictures()
    strength: float | None = None


@dataclass(frozen=True)
class FilmRequest:
    """A film of so many sections that begins with ``start``, and under ``reverse`` may end with ``end``."""

    sampling: SamplingRequest
    mode: Mode
    sections: int
    start: bytes
    end: bytes | None = None


@dataclass(frozen=True)
class SamplingHooks:
    """Calls between two steps of a run: progress goes out, a request to stop comes in."""

    on_step: OnStep | None = None
    should_stop: Callable[[], bool] | None = None

    def stop_if_requested(self) -> None:
        """Raise Stopped where the owner wants it to end: before and behind the steps too."""
        if self.should_stop is not None and self.should_stop():
            raise Stopped
