"""DPM-Solver (Lu et al. 2022) with its own choice of steps, in the sigma-space form of Crowson's k-diffusion (MIT)."""

import math
from collections.abc import Generator
from dataclasses import dataclass, field

import torch
from torch import Tensor

from engines.diffusion.noise import NoiseSource
from engines.diffusion.samplers.euler import euler, slope
from engines.diffusion.samplers.types import Query, Sampling

RELATIVE, ABSOLUTE = 0.05, 0.0078
FIRST_STEP, SAFETY = 0.05, 0.81
MOST_TRIALS = 1000
Slopes = dict[float, Tensor]


def _sigma(time: float) -> float:
    return math.exp(-time)


def _slope(x: Tensor, time: float) -> Generator[Query, Tensor, Tensor]:
    sigma = torch.tensor(_sigma(time))
    denoised = yield Query(x, sigma)
    return slope(x, sigma, denoised)


def _step(x: Tensor, times: tuple[float, float], order: int, slopes: Slopes, first: float) -> Sampling:
    """A step of order 1, 2 or 3 in t = -log sigma, with a look at the share ``first``. ``slopes`` keeps the looks."""
    start, end = times
    length = end - start
    here = slopes[start]
    moved = x - _sigma(end) * math.expm1(length) * here
    if order == 1:
        return moved
    one = start + first * length
    if one not in slopes:
        slopes[one] = yield from _slope(x - _sigma(one) * math.expm1(first * length) * here, one)
    change = slopes[one] - here
    if order == 2:
        return moved - _sigma(end) / (2 * first) * math.expm1(length) * change
    second = 2 / 3
    two, part = start + second * length, second * length
    there = x - _sigma(two) * math.expm1(part) * here
    there = there - _sigma(two) * (second / first) * (math.expm1(part) / part - 1) * change
    later = yield from _slope(there, two)
    return moved - _sigma(end) / second * (math.expm1(length) / length - 1) * (later - here)


def _times(sigmas: Tensor) -> tuple[float, float]:
    positive = sigmas[sigmas > 0]
    return -math.log(float(positive.max())), -math.log(float(positive.min()))


def dpm_fast(x: Tensor, sigmas: Tensor, noise: NoiseSource) -> Sampling:
    """As many looks as there are steps, in steps of order 3 evenly in log-sigma."""
    start, end = _times(sigmas)
    if start == end:
        return (yield from euler(x, sigmas, noise))
    looks = len(sigmas) - 1
    count = looks // 3 + 1
    orders = [3] * (count - 2) + [2, 1] if looks % 3 == 0 else [3] * (count - 1) + [looks % 3]
    times = torch.linspace(start, end, count + 1, dtype=torch.float64).tolist()
    for order, low, high in zip(orders, times, times[1:], strict=False):
        here = yield from _slope(x, low)
        x = yield from _step(x, (low, high), order, {low: here}, 1 / 2 if order == 2 else 1 / 3)
    return x


@dataclass
class _Pace:
    """The next step's length from the last one's error."""

    length: float = FIRST_STEP
    order: int = field(default=3)

    def accepts(self, error: float) -> bool:
        factor = 1 + math.atan((1 / (error + 1e-8)) ** (1 / self.order) - 1)
        self.length *= factor
        return factor >= SAFETY


def dpm_adaptive(x: Tensor, sigmas: Tensor, noise: NoiseSource) -> Sampling:
    """Steps as long as the difference of orders 2 and 3 allows; their number hangs on the picture."""
    time, end = _times(sigmas)
    if time == end:
        return (yield from euler(x, sigmas, noise))
    pace, before = _Pace(), x
    for _ in range(MOST_TRIALS):
        if time >= end - 1e-5:
            break
        following = min(end, time + pace.length)
        slopes: Slopes = {time: (yield from _slope(x, time))}
        low = yield from _step(x, (time, following), 2, slopes, 1 / 3)
        high = yield from _step(x, (time, following), 3, slopes, 1 / 3)
        allowed = torch.clamp(RELATIVE * torch.maximum(low.abs(), before.abs()), min=ABSOLUTE)
        if pace.accepts(float(((low - high) / allowed).norm() / math.sqrt(x.numel()))):
            x, before, time = high, low, following
    return x
