"""How the noise levels of a run are spaced. All give falling float32 sigmas that end in 0."""

import math
from collections.abc import Callable

import numpy as np
import torch
from scipy.stats import beta as beta_distribution
from torch import Tensor

from engines.diffusion.sigmas import LEVELS, TRAIN_STEPS
from foundation.errors import InvalidInput

LAST = TRAIN_STEPS - 1
LONGEST = 100_000


def normal(steps: int) -> Tensor:
    """Timesteps from 999 to 0, evenly."""
    return _end(LEVELS.sigma(torch.linspace(LAST, 0, steps)))


def sgm_uniform(steps: int) -> Tensor:
    """Timesteps evenly, without the last: the step to no noise is as long as the others."""
    return _end(LEVELS.sigma(torch.linspace(LAST, 0, steps + 1)[:-1]))


def simple(steps: int) -> Tensor:
    """Every n-th sigma of the table, from its end."""
    stride = TRAIN_STEPS / steps
    return _end(LEVELS.sigmas[[-(1 + int(step * stride)) for step in range(steps)]])


def ddim_uniform(steps: int) -> Tensor:
    """Every n-th sigma of the table, from its second; may have more steps than were asked for."""
    stride = max(TRAIN_STEPS // steps, 1)
    return _end(LEVELS.sigmas[1::stride].flip(0))


def karras(steps: int) -> Tensor:
    """Karras et al. 2022 with rho 7."""
    rho = 7.0
    # in double precision: noise paths hang on the last digit of a sigma
    low, high = float(LEVELS.smallest) ** (1 / rho), float(LEVELS.largest) ** (1 / rho)
    return _end((high + torch.linspace(0, 1, steps) * (low - high)) ** rho)


def exponential(steps: int) -> Tensor:
    """Evenly in the logarithm."""
    return _end(torch.linspace(math.log(LEVELS.largest), math.log(LEVELS.smallest), steps).exp())


def beta(steps: int) -> Tensor:
    """Timesteps at the quantiles of Beta(0.6, 0.6) (Lee et al. 2024); a step that occurs twice is taken once."""
    shares = 1 - np.linspace(0, 1, steps, endpoint=False)
    places = np.rint(beta_distribution.ppf(shares, 0.6, 0.6) * LAST).astype(int).tolist()
    return _end(LEVELS.sigmas[list(dict.fromkeys(places))])


def linear_quadratic(steps: int) -> Tensor:
    """Slow and even for the first half down to 0.025 below the top, then ever faster (as Mochi is sampled)."""
    if steps == 1:
        return _end(LEVELS.largest[None])
    threshold, linear = 0.025, steps // 2
    curved = steps - linear
    excess = linear - threshold * steps
    square = excess / (linear * curved**2)
    slope = threshold / linear - 2 * excess / curved**2
    rises = [step * threshold / linear for step in range(linear)]
    rises += [square * (step**2 + linear**2) + slope * step for step in range(linear, steps)]
    return _end(torch.tensor([1 - rise for rise in rises]) * LEVELS.largest)


def kl_optimal(steps: int) -> Tensor:
    """Evenly in the arc tangent (Sabour et al. 2024, Align Your Steps)."""
    share = torch.linspace(0, 1, steps)
    return _end((share * LEVELS.smallest.atan() + (1 - share) * LEVELS.largest.atan()).tan())


def _end(sigmas: Tensor) -> Tensor:
    return torch.cat([sigmas, torch.zeros(1)])


SCHEDULES: dict[str, Callable[[int], Tensor]] = {
    "simple": simple,
    "sgm_uniform": sgm_uniform,
    "karras": karras,
    "exponential": exponential,
    "ddim_uniform": ddim_uniform,
    "beta": beta,
    "normal": normal,
    "linear_quadratic": linear_quadratic,
    "kl_optimal": kl_optimal,
}
# these look one step further than they go, and pass over the last level but one
SKIP_PENULTIMATE = frozenset({"dpm_2", "dpm_2_ancestral", "uni_pc", "uni_pc_bh2"})


def sigmas_for(scheduler: str, steps: int, denoise: float = 1.0, sampler: str = "") -> Tensor:
    """The ``steps + 1`` last sigmas of the schedule of ``steps / denoise`` steps; none where ``denoise`` is 0.

    So a partial denoise always runs ``steps`` steps. ``sampler`` is named where it changes the schedule. Raises
    InvalidInput where ``denoise`` is so small that the whole schedule would be endless.
    """
    if denoise <= 0:
        return torch.zeros(0)
    if denoise > 0.9999:
        return _spaced(scheduler, steps, sampler)
    if steps / denoise > LONGEST:
        raise InvalidInput(f"{steps} steps of denoise {denoise} are part of more than {LONGEST}: take more denoise")
    return _spaced(scheduler, int(steps / denoise), sampler)[-(steps + 1) :]


def _spaced(scheduler: str, steps: int, sampler: str) -> Tensor:
    if sampler not in SKIP_PENULTIMATE:
        return SCHEDULES[scheduler](steps)
    sigmas = SCHEDULES[scheduler](steps + 1)
    return torch.cat([sigmas[:-2], sigmas[-1:]])


def part_of(sigmas: Tensor, start: int, end: int, finish: bool) -> Tensor:
    """The steps from ``start`` up to ``end``; ``finish`` lets the last of them go to no noise.

    None are left where ``start`` lies behind the end.
    """
    if end < len(sigmas) - 1:
        sigmas = sigmas[: end + 1].clone()
        if finish:
            sigmas[-1] = 0
    return sigmas[start:] if start < len(sigmas) - 1 else torch.zeros(0)
