"""Solvers: from a velocity to the latent of the next level."""

import itertools
from collections.abc import Callable, Sequence

import numpy as np
from diffusers import UniPCMultistepScheduler  # pyright: ignore[reportPrivateImportUsage]
from torch import Tensor

Solver = Callable[[Tensor, Tensor], Tensor]
"""Takes the velocity and the latent it was predicted for; gives the next latent. Remembers its own past."""


def euler(sigmas: Sequence[float]) -> Solver:
    """One straight step for each level."""
    left = iter(itertools.pairwise(sigmas))

    def step(velocity: Tensor, latent: Tensor) -> Tensor:
        here, there = next(left)
        return latent + (there - here) * velocity

    return step


def unipc(sigmas: Sequence[float]) -> Solver:
    """UniPC of second order, diffusers' own.

    Its variant bh2: bh1 divides by the last step, which is infinite in logarithms of the signal-to-noise ratio.
    """
    scheduler = UniPCMultistepScheduler(prediction_type="flow_prediction", use_flow_sigmas=True, solver_type="bh2")
    scheduler.set_timesteps(sigmas=np.array(sigmas[:-1]))  # pyright: ignore[reportArgumentType]
    # levels that are close have equal times, among which it would begin at the second
    scheduler.set_begin_index(0)
    times = iter(scheduler.timesteps)

    def step(velocity: Tensor, latent: Tensor) -> Tensor:
        return scheduler.step(velocity, next(times), latent, return_dict=False)[0]

    return step


SOLVERS = {"unipc": unipc, "euler": euler}
