"""One request between two UNet calls.

    run = Run(...)
    while not run.done:
        run.feed(evaluate_all(run.rows()))
    run.result

Whoever holds runs may put the rows of several with equal keys into one ``evaluate``, and may take runs in and drop
them between any two calls: a run keeps all of its own state, noise and history.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import torch
from torch import Tensor

from engines.batching.step_batcher import Stopped
from engines.diffusion.conditioning import Conditioning, lend_controls
from engines.diffusion.evaluate import Denoiser, DenoiserRow, evaluate_all
from engines.diffusion.guidance import PromptPart, common_length, merge, parts_of, rows_of
from engines.diffusion.noise import NoiseSource
from engines.diffusion.samplers.types import Query, Sampler
from engines.diffusion.sigmas import LEVELS

OnStep = Callable[[int, int, Tensor], None]


@dataclass(frozen=True)
class Inpaint:
    """Where a run may paint: ``mask`` is B×1×h×w, 1 to repaint; elsewhere ``noise`` lies over the kept latent."""

    mask: Tensor
    noise: Tensor


@dataclass(frozen=True)
class Guidance:
    """Prompts and how strongly they pull: ``negative + (positive - negative) * cfg``; 1 leaves the negative out."""

    positive: list[Conditioning]
    negative: list[Conditioning]
    cfg: float


@dataclass
class DiffusionRun:
    """A sampler at work on ``latent``, B×4×h×w, scaled as the model wants it.

    ``sigmas`` fall; fewer than two leave the latent as it is. ``noise`` is like the latent. ``on_step`` hears of each
    finished step: its number from 1, how many there are, and the present denoised latent. It must not raise.
    """

    model: Denoiser
    guidance: Guidance
    sampler: Sampler
    sigmas: Tensor
    latent: Tensor
    noise: Tensor
    seed: int = 0
    inpaint: Inpaint | None = None
    on_step: OnStep | None = None
    should_stop: Callable[[], bool] | None = None
    _query: Query | None = field(default=None, init=False)
    _result: Tensor | None = field(default=None, init=False)
    _reported: int = field(default=0, init=False)

    def __post_init__(self) -> None:
        shape = self.latent.shape
        self._positive = parts_of(self.guidance.positive, shape)
        self._negative = parts_of(lend_controls(self.guidance.positive, self.guidance.negative), shape)
        self._denoised = self.latent
        if len(self.sigmas) < 2:
            self._result = self.latent
            return
        start = LEVELS.add_noise(self.latent, self.noise, self.sigmas[0])
        self._sampling = self.sampler(start, self.sigmas, NoiseSource(self.seed))
        self._advance(None)

    @property
    def lane(self) -> str:
        """All pictures are of one kind."""
        return "pictures"

    @property
    def done(self) -> bool:
        """Whether ``result`` is there."""
        return self._result is not None

    @property
    def result(self) -> Tensor:
        """The final latent, B×4×h×w, on the model's scale."""
        if self._result is None:
            raise RuntimeError("the run is not done: feed it until it is")
        return self._result

    @property
    def denoised(self) -> Tensor:
        """The last guided prediction of the clean latent; the latent itself before there is any."""
        return self._denoised

    @property
    def total(self) -> int:
        """How many steps the schedule has."""
        return max(len(self.sigmas) - 1, 0)

    def stop_if_requested(self) -> None:
        """Raise ``Stopped`` where the owner wants the run to end; call it between two UNet calls."""
        if self.should_stop is not None and self.should_stop():
            raise Stopped

    @torch.inference_mode()
    def rows(self) -> list[DenoiserRow]:
        """What the UNet must be asked now: one row for each prompt and latent of the batch."""
        query = self._present()
        x = self._keep_known(query)
        parts = self._parts(query)
        length = common_length([part.prompt.context.shape[1] for part in parts])
        return [row for part in parts for row in rows_of(self.model, part, x, query.sigma, length)]

    @torch.inference_mode()
    def feed(self, outputs: Sequence[Tensor]) -> None:
        """Take the answers to ``rows``, in their order, and go on to the next query or to the end."""
        query = self._present()
        x = self._keep_known(query)
        batch = x.shape[0]
        predictions: list[Tensor] = []
        for place, part in enumerate(self._parts(query)):
            noise = torch.stack(list(outputs[place * batch : (place + 1) * batch])).to(x)
            top, left, high, wide = part.area
            predictions.append(x[:, :, top : top + high, left : left + wide] - noise * query.sigma)
        count = len(self._positive)
        guided = merge(self._positive, predictions[:count])
        unguided = guided
        if len(predictions) > count:
            unguided = merge(self._negative, predictions[count:])
            guided = unguided + (guided - unguided) * self.guidance.cfg
        self._denoised = self._restore_known(guided)
        self._advance(torch.stack([self._denoised, unguided]) if query.split else self._denoised)

    def _present(self) -> Query:
        if self._query is None:
            raise RuntimeError("the run is done: there is nothing to ask")
        return self._query

    def _parts(self, query: Query) -> list[PromptPart]:
        both = self.guidance.cfg != 1 or query.split
        return self._positive + (self._negative if both else [])

    def _keep_known(self, query: Query) -> Tensor:
        """The query's latent, with the parts that may not change at their known value and the present noise."""
        if self.inpaint is None:
            return query.x
        mask = self.inpaint.mask
        known = self.latent + self.inpaint.noise * query.sigma
        return query.x * mask + known * (1 - mask)

    def _restore_known(self, denoised: Tensor) -> Tensor:
        if self.inpaint is None:
            return denoised
        return denoised * self.inpaint.mask + self.latent * (1 - self.inpaint.mask)

    def _advance(self, answer: Tensor | None) -> None:
        try:
            self._query = next(self._sampling) if answer is None else self._sampling.send(answer)
        except StopIteration as end:
            self._query, self._result = None, end.value
        if answer is not None:
            self._report()

    def _report(self) -> None:
        """Tell of the steps that lie behind: all whose sigma is above the present query's."""
        behind = self.total if self._query is None else int((self.sigmas[:-1] > self._query.sigma).sum())
        for step in range(self._reported + 1, behind + 1):
            self._reported = step
            if self.on_step is not None:
                self.on_step(step, self.total, self._denoised)


def solo(run: DiffusionRun) -> Tensor:
    """Drive one run alone to its end; gives its result. Raises ``Stopped`` when its owner wants it."""
    while not run.done:
        run.stop_if_requested()
        run.feed(evaluate_all(run.rows()))
    return run.result
