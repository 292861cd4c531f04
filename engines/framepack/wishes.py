"""What is asked of the engine."""

from collections.abc import Callable
from dataclasses import dataclass

from engines.batching.step_batcher import Stopped
from engines.framepack.film_plan import Mode
from engines.framepack.layouts import Layout
from engines.framepack.loras import LoraSet
from engines.framepack.run import OnStep


@dataclass(frozen=True)
class Wish:
    """What pictures and films are asked alike. ``width`` and ``height`` are multiples of 16."""

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
    company: int = 1


@dataclass(frozen=True)
class Pictures:
    """Encoded pictures that a wish comes with, and their masks: white is used."""

    source: bytes | None = None
    reference: bytes | None = None
    source_mask: bytes | None = None
    reference_mask: bytes | None = None


@dataclass(frozen=True)
class Picture:
    """One picture. ``strength`` says how far it may leave its source; None begins from noise alone."""

    wish: Wish
    layout: Layout
    pictures: Pictures = Pictures()
    strength: float | None = None


@dataclass(frozen=True)
class Film:
    """A film of so many sections that begins with ``start``, and under ``reverse`` may end with ``end``."""

    wish: Wish
    mode: Mode
    sections: int
    start: bytes
    end: bytes | None = None


@dataclass(frozen=True)
class Hooks:
    """What is heard of a run, and asked of its owner, between two steps."""

    on_step: OnStep | None = None
    should_stop: Callable[[], bool] | None = None

    def stop_if_asked(self) -> None:
        """Raise Stopped where the owner wants it to end: before and behind the steps too."""
        if self.should_stop is not None and self.should_stop():
            raise Stopped
