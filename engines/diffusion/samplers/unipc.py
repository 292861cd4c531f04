"""UniPC (Zhao et al. 2023): a predictor and a corrector that share their looks, up to third order.

In sigma space the data prediction's exponential step is exact for a clean latent that stays; the rest is a polynomial
in log-sigma through earlier looks.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from engines.diffusion.noise import NoiseSource
from engines.diffusion.samplers.types import Query, Sampler, Sampling

ORDER = 3
# the end, as log-sigma has none at 0
NEARLY_CLEAN = 0.001
Look = tuple[Tensor, Tensor]
"""A sigma and the clean latent predicted there."""


@dataclass(frozen=True)
class _Step:
    """One step: its exponential part ``moved``, what earlier looks say, and the weights to add that with."""

    moved: Tensor
    rises: list[Tensor]
    predictor: Tensor
    corrector: Tensor
    scale: Tensor

    def predicted(self) -> Tensor:
        return self.moved - self.scale * _sum(self.predictor, self.rises)

    def corrected(self, gain: Tensor) -> Tensor:
        """With the change of the clean latent over the step itself."""
        return self.moved - self.scale * _sum(self.corrector, [*self.rises, gain])


def _sum(weights: Tensor, rises: Sequence[Tensor]) -> Tensor | float:
    return sum((weight * rise for weight, rise in zip(weights, rises, strict=True)), 0.0)


def _step(x: Tensor, looks: Sequence[Look], end: Tensor, order: int, second_form: bool) -> _Step:
    """``looks`` has the youngest first; ``second_form`` is the variant B2(h) = exp(h) - 1."""
    sigma, denoised = looks[0]
    length = sigma.log() - end.log()
    ratios: list[Tensor] = []
    rises: list[Tensor] = []
    for place, earlier in looks[1:order]:
        ratio = (sigma.log() - place.log()) / length
        ratios.append(ratio)
        rises.append((earlier - denoised) / ratio)
    ratios.append(torch.ones(()))
    scale, targets = _targets(-length, order, second_form)
    powers = torch.stack([torch.stack(ratios) ** power for power in range(order)])
    half = torch.tensor([0.5])
    predictor = torch.linalg.solve(powers[:-1, :-1], targets[:-1]) if order > 2 else half[: order - 1]
    corrector = torch.linalg.solve(powers, targets) if order > 1 else half
    moved = end / sigma * x - (-length).expm1() * denoised
    return _Step(moved, rises, predictor, corrector, scale)


def _targets(negative: Tensor, order: int, second_form: bool) -> tuple[Tensor, Tensor]:
    """B(h), and what powers of the ratios must sum to, for h given as its negative."""
    full = negative.expm1()
    scale = full if second_form else negative
    term, factorial = full / negative - 1, 1
    targets: list[Tensor] = []
    for power in range(1, order + 1):
        targets.append(term * factorial / scale)
        factorial *= power + 1
        term = term / negative - 1 / factorial
    return scale, torch.stack(targets)


def _uni_pc(second_form: bool) -> Sampler:
    def sampler(x: Tensor, sigmas: Tensor, noise: NoiseSource) -> Sampling:
        levels = sigmas.clone()
        levels[-1] = levels[-1].clamp(min=NEARLY_CLEAN)
        last = len(levels) - 1
        order = max(1, min(ORDER, last - 1))
        denoised = yield Query(x, levels[0])
        looks: list[Look] = [(levels[0], denoised)]
        for place in range(1, last + 1):
            here = min(order, len(looks), last + 1 - place)
            step = _step(x, looks, levels[place], here, second_form)
            x = step.predicted()
            if place == last:
                break
            denoised = yield Query(x, levels[place])
            x = step.corrected(denoised - looks[0][1])
            looks = [(levels[place], denoised), *looks[: order - 1]]
        return x

    sampler.__doc__ = "UniPC, with lower orders at both ends."
    return sampler


uni_pc = _uni_pc(second_form=False)
uni_pc_bh2 = _uni_pc(second_form=True)
