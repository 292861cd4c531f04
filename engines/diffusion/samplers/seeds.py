"""Exponential integrators of the SDE (Gonzalez et al. 2023, SEEDS; Cui et al. 2023, ER-SDE).

In h = log(sigma/following) the clean latent D moves x to exp(-2h)·x + (1 - exp(-2h))·D, plus noise.
"""

import math
from itertools import pairwise

import torch
from torch import Tensor

from engines.diffusion.noise import NoiseSource
from engines.diffusion.samplers.types import Query, Sampling

POINTS = 200


def _grown(carried: Tensor, start: float, end: float, fresh: Tensor) -> Tensor:
    """The noise of a path at sigma ``start``, carried on to ``end``."""
    share = (end / start) ** 2
    return share * carried + end * math.sqrt(1 - share) * fresh


def _drift(x: Tensor, denoised: Tensor, change: Tensor, part: float, first: float) -> Tensor:
    """The step without noise over ``part`` = 2·h; ``change`` is what D gains in the share ``first`` of it."""
    moved = math.exp(-part) * x - math.expm1(-part) * denoised
    return moved + (1 + math.expm1(-part) / part) / first * change


def seeds_2(x: Tensor, sigmas: Tensor, noise: NoiseSource) -> Sampling:
    """Two looks: at the start and half way."""
    for sigma, following in pairwise(sigmas):
        denoised = yield Query(x, sigma)
        if following == 0:
            x = denoised
            continue
        start, end = float(sigma), float(following)
        length = math.log(start / end)
        middle = start * math.exp(-length / 2)
        path = _grown(torch.zeros_like(x), start, middle, noise.like(x))
        half = math.exp(-length) * x - math.expm1(-length) * denoised + path
        later = yield Query(half, sigma.new_tensor(middle))
        path = _grown(path, middle, end, noise.like(x))
        x = math.exp(-2 * length) * x - math.expm1(-2 * length) * later + path
    return x


def seeds_3(x: Tensor, sigmas: Tensor, noise: NoiseSource) -> Sampling:
    """Three looks: at the start and at each third."""
    for sigma, following in pairwise(sigmas):
        denoised = yield Query(x, sigma)
        if following == 0:
            x = denoised
            continue
        start, end = float(sigma), float(following)
        length = math.log(start / end)
        one, two = start * math.exp(-length / 3), start * math.exp(-length * 2 / 3)
        path = _grown(torch.zeros_like(x), start, one, noise.like(x))
        third = math.exp(-length * 2 / 3) * x - math.expm1(-length * 2 / 3) * denoised + path
        at_one = yield Query(third, sigma.new_tensor(one))
        path = _grown(path, one, two, noise.like(x))
        thirds = _drift(x, denoised, at_one - denoised, length * 4 / 3, 1 / 2) + path
        at_two = yield Query(thirds, sigma.new_tensor(two))
        path = _grown(path, two, end, noise.like(x))
        x = _drift(x, denoised, at_two - denoised, length * 2, 2 / 3) + path
    return x


def _scale(sigma: Tensor) -> Tensor:
    """How much noise ER-SDE replaces; its authors' choice."""
    return sigma * ((sigma**0.3).exp() + 10)


def er_sde(x: Tensor, sigmas: Tensor, noise: NoiseSource) -> Sampling:
    """The extended reverse SDE with up to two earlier looks."""
    seen: list[tuple[Tensor, Tensor]] = []
    slope_before: Tensor | None = None
    for sigma, following in pairwise(sigmas):
        denoised = yield Query(x, sigma)
        if following == 0:
            x = denoised
            continue
        share = _scale(following) / _scale(sigma)
        step = following - sigma
        grid = following - step * torch.arange(POINTS) / POINTS
        x = share * x + (1 - share) * denoised
        if seen:
            rise = (denoised - seen[-1][1]) / (sigma - seen[-1][0])
            area = (1 / _scale(grid)).sum() * -step / POINTS
            x = x + (step + area * _scale(following)) * rise
            if slope_before is not None:
                bend = (rise - slope_before) / ((sigma - seen[-2][0]) / 2)
                moment = ((grid - sigma) / _scale(grid)).sum() * -step / POINTS
                x = x + (step**2 / 2 + moment * _scale(following)) * bend
            slope_before = rise
        x = x + noise.like(x) * (following**2 - sigma**2 * share**2).clamp(min=0).sqrt()
        seen = [*seen[-1:], (sigma, denoised)]
    return x
