"""One picture, or one section of a film, between two calls of the transformer."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
import torch
from diffusers.pipelines.stable_diffusion.pipeline_stable_diffusion import rescale_noise_cfg
from torch import Tensor

from engines.batching.step_batcher import Stopped
from engines.framepack.loras import LoraSet
from engines.framepack.rows import Given, Indices, TransformerRow, Transformers
from engines.framepack.solvers import SOLVERS
from engines.framepack.text import Words
from foundation.errors import InvalidInput

OnStep = Callable[[int, int, Tensor], None]
PICTURES, FILMS = "pictures", "films"


@dataclass(frozen=True)
class Conditions:
    """What steers a run: weights, words, the start picture's features, places in time, and frames that are given."""

    variant: str
    loras: LoraSet
    words: Words
    negative: Words | None
    image: Tensor
    indices: Indices
    given: tuple[Given | None, Given | None, Given | None]
    cfg: float = 1.0
    guidance: float = 10.0
    rescale: float = 0.0


@dataclass(frozen=True)
class PreservedArea:
    """What a picture keeps of its source: ``mask`` is h×w, 1 to keep; elsewhere it is free."""

    mask: Tensor
    source: Tensor


@dataclass
class FramePackRun:
    """A sampler at work on noise C×T×h×w. ``sigmas`` fall to 0; below 1 it begins from a mix with ``source``.

    ``on_step`` hears of each finished step: its number from 1, how many there are, the present clean latent.
    """

    engine: Transformers
    conditions: Conditions
    noise: Tensor
    sigmas: np.ndarray
    solver: str = "unipc"
    source: Tensor | None = None
    preserved: PreservedArea | None = None
    lane: str = PICTURES
    batch_size: int = 1
    on_step: OnStep | None = None
    should_stop: Callable[[], bool] | None = None
    _step: int = field(default=0, init=False)

    def __post_init__(self) -> None:
        self.levels = [float(level) for level in self.sigmas]
        self._latent = self._mixed(self.source, self.levels[0]) if self.source is not None else self.noise
        if not self.done:
            self._solve = SOLVERS[self.solver](self.levels)

    @property
    def total(self) -> int:
        """How many steps there are; none when nothing may change."""
        return len(self.levels) - 1 if self.levels[0] > 0 else 0

    @property
    def done(self) -> bool:
        """Whether ``result`` is there."""
        return self._step >= self.total

    @property
    def result(self) -> Tensor:
        """The clean latent, C×T×h×w."""
        return self._latent

    def stop_if_requested(self) -> None:
        """Raise Stopped where the owner wants the run to end."""
        if self.should_stop is not None and self.should_stop():
            raise Stopped

    def rows(self) -> list[TransformerRow]:
        """What the transformer must be asked now: with true CFG the negative prompt too."""
        words = [self.conditions.words, *([self.conditions.negative] if self.conditions.negative is not None else [])]
        return [self._row(each) for each in words]

    @torch.inference_mode()
    def feed(self, outputs: Sequence[Tensor]) -> None:
        """Take the velocities and go one step on."""
        velocity = self._guided(*outputs)
        clean = self._latent - self.levels[self._step] * velocity
        self._step += 1
        self._latent = self._with_preserved(self._solve(velocity, self._latent), self.levels[self._step])
        if not self._latent.isfinite().all():
            raise InvalidInput("the numbers of the picture became too large; lower cfg, gs or the scales of the LoRAs")
        if self.on_step is not None:
            self.on_step(self._step, self.total, self._with_preserved(clean, 0.0))

    def _row(self, words: Words) -> TransformerRow:
        conditions = self.conditions
        return TransformerRow(
            engine=self.engine,
            variant=conditions.variant,
            loras=conditions.loras,
            latent=self._latent,
            indices=conditions.indices,
            level=self.levels[self._step],
            words=words,
            image=conditions.image,
            guidance=conditions.guidance,
            given=conditions.given,
            batch_size=self.batch_size,
        )

    def _guided(self, positive: Tensor, negative: Tensor | None = None) -> Tensor:
        if negative is None:
            return positive
        guided = negative + self.conditions.cfg * (positive - negative)
        if not self.conditions.rescale:
            return guided
        return rescale_noise_cfg(guided[None], positive[None], self.conditions.rescale)[0]

    def _with_preserved(self, latent: Tensor, level: float) -> Tensor:
        if self.preserved is None:
            return latent
        return latent * (1 - self.preserved.mask) + self._mixed(self.preserved.source, level) * self.preserved.mask

    def _mixed(self, source: Tensor, level: float) -> Tensor:
        return source * (1 - level) + self.noise * level
