"""Linear multistep samplers: the slopes of the last steps under one polynomial.

Sources: Crowson's k-diffusion (MIT) for LMS, Zhang and Chen 2022 for iPNDM and DEIS in the form of diff-sampler
(Apache-2.0), Xue et al. 2023 for SA-Solver.
"""

import math
from collections.abc import Callable, Sequence
from itertools import pairwise

import numpy as np
import torch
from torch import Tensor

from engines.diffusion.noise import NoiseSource
from engines.diffusion.samplers.euler import slope
from engines.diffusion.samplers.types import Query, Sampler, Sampling
from engines.diffusion.sigmas import LEVELS

NODES, WEIGHTS = np.polynomial.legendre.leggauss(24)
FIXED = {1: (1.0,), 2: (3 / 2, -1 / 2), 3: (23 / 12, -16 / 12, 5 / 12), 4: (55 / 24, -59 / 24, 37 / 24, -9 / 24)}


def lagrange(places: Sequence[float], which: int, at: np.ndarray) -> np.ndarray:
    """The polynomial that is 1 at one of the places and 0 at the others."""
    product = np.ones_like(at)
    for number, place in enumerate(places):
        if number != which:
            product = product * (at - place) / (places[which] - place)
    return product


def integrals(
    places: Sequence[float], start: float, end: float, weight: Callable[[np.ndarray], np.ndarray] = np.ones_like
) -> list[float]:
    """The integrals of all Lagrange polynomials of the places from ``start`` to ``end``, times a weight."""
    at = (end - start) / 2 * NODES + (end + start) / 2
    scaled = WEIGHTS * weight(at) * (end - start) / 2
    return [float((scaled * lagrange(places, which, at)).sum()) for which in range(len(places))]


Coefficients = Callable[[Sequence[float], float, float], list[float]]
"""From the sigmas of the last looks, youngest first, and a step's two ends to the weights of their slopes."""


def _adams(order: int, coefficients: Coefficients) -> Sampler:
    def sampler(x: Tensor, sigmas: Tensor, noise: NoiseSource) -> Sampling:
        slopes: list[Tensor] = []
        places: list[float] = []
        for sigma, following in pairwise(sigmas):
            denoised = yield Query(x, sigma)
            slopes = [slope(x, sigma, denoised), *slopes[: order - 1]]
            places = [float(sigma), *places[: order - 1]]
            # the step to no noise goes to the clean latent itself
            count = 1 if following == 0 else len(places)
            weights = coefficients(places[:count], float(sigma), float(following))
            x = x + sum(weight * one for weight, one in zip(weights, slopes[:count], strict=True))
        return x

    sampler.__doc__ = f"A linear multistep sampler of order {order}."
    return sampler


def _even(places: Sequence[float], start: float, end: float) -> list[float]:
    """Adams-Bashforth's weights, as if all steps were equally long."""
    return [weight * (end - start) for weight in FIXED[len(places)]]


class _Time:
    """The time of a variance-preserving process with sigmas 0.002 to 80, in which DEIS interpolates."""

    SHORTEST = 1e-3
    top = math.log(80.0**2 + 1)
    slope = 2 * (math.log(0.002**2 + 1) / SHORTEST - top) / (SHORTEST - 1)
    start = top - 0.5 * slope

    @classmethod
    def of(cls, sigma: float) -> float:
        return (math.sqrt(cls.start**2 + 2 * cls.slope * math.log(sigma**2 + 1)) - cls.start) / cls.slope

    @classmethod
    def speed(cls, time: np.ndarray) -> np.ndarray:
        """dsigma/dt."""
        log_previous = -0.5 * time**2 * cls.slope - time * cls.start
        signal = np.exp(log_previous)
        return 0.5 * (time * cls.slope + cls.start) / np.sqrt(signal * (1 - signal))


def _deis(places: Sequence[float], start: float, end: float) -> list[float]:
    if len(places) == 1:
        return [end - start]
    return integrals([_Time.of(place) for place in places], _Time.of(start), _Time.of(end), _Time.speed)


lms = _adams(4, integrals)
ipndm = _adams(4, _even)
ipndm_v = _adams(4, integrals)
deis = _adams(3, _deis)


def _log_integrals(places: Sequence[float], start: float, end: float, rate: float) -> list[float]:
    """As ``integrals`` over log-sigma falling, with the weight rate·exp(-rate·distance to the end)."""
    logs = [-math.log(place) for place in places]
    low, high = -math.log(start), -math.log(end)
    return integrals(logs, low, high, lambda at: rate * np.exp(-rate * (high - at)))


def _sa_solver(evaluate_twice: bool) -> Sampler:
    stochastic_from, stochastic_to = LEVELS.sigma_at(0.2), LEVELS.sigma_at(0.8)

    def sampler(x: Tensor, sigmas: Tensor, noise: NoiseSource) -> Sampling:
        seen: list[tuple[float, Tensor]] = []
        predicted, base, fresh, rate = x, x, torch.zeros_like(x), 1.0
        for sigma, following in pairwise(sigmas):
            denoised = yield Query(predicted, sigma)
            here = float(sigma)
            x = predicted
            if seen:
                looks = [(here, denoised), *seen[:3]]
                x = _sa_step(base, looks, seen[0][0], here, rate) + fresh
                if evaluate_twice:
                    denoised = yield Query(x, sigma)
            seen = [(here, denoised), *seen[:3]]
            end = float(following)
            if end == 0:
                return denoised
            rate = 2.0 if stochastic_to <= end <= stochastic_from else 1.0
            length = math.log(here / end)
            fresh = noise.like(x) * end * math.sqrt(-math.expm1(-2 * (rate - 1) * length))
            base = x
            predicted = _sa_step(base, seen[:3], here, end, rate) + fresh
        return predicted

    sampler.__doc__ = "SA-Solver: stochastic Adams, predictor of order 3 and corrector of order 4."
    return sampler


def _sa_step(x: Tensor, looks: Sequence[tuple[float, Tensor]], start: float, end: float, rate: float) -> Tensor:
    """The step of the SDE with rate - 1 times its noise, under a polynomial through the looks."""
    weights = _log_integrals([place for place, _ in looks], start, end, rate)
    moved = (end / start) ** rate * x
    return moved + sum(weight * look for weight, (_, look) in zip(weights, looks, strict=True))


sa_solver = _sa_solver(evaluate_twice=False)
sa_solver_pece = _sa_solver(evaluate_twice=True)
