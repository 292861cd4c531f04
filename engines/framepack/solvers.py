"""Solvers of the flow: what is known of a sample at one noise level leads to the next.

UniPC is diffusers' ``UniPCMultistepScheduler`` over flow sigmas. FramePack's demo has a UniPC of its own, in which
noise levels are measured by their logarithm alone; pictures differ in detail.
"""

from typing import Protocol

import numpy as np
import torch
from diffusers import UniPCMultistepScheduler
from torch import Tensor

from engines.framepack.schedule import TIMESTEPS
from foundation.errors import InvalidInput

LARGEST_ORDER = 3


class Solver(Protocol):
    """Goes from level to level. ``number`` counts the steps from 0."""

    def step(self, number: int, velocity: Tensor, sample: Tensor) -> Tensor:
        """The sample at the next level, float32, of the sample's shape."""
        ...


class Euler:
    """Straight steps."""

    def __init__(self, sigmas: np.ndarray) -> None:
        self._sigmas = sigmas

    def step(self, number: int, velocity: Tensor, sample: Tensor) -> Tensor:
        """The sample at the next level."""
        return sample + float(self._sigmas[number + 1] - self._sigmas[number]) * velocity


class UniPC:
    """Order 3, the B(h) = h variant, corrected at each step."""

    def __init__(self, sigmas: np.ndarray) -> None:
        steps = len(sigmas) - 1
        self._scheduler = UniPCMultistepScheduler(
            solver_order=max(1, min(LARGEST_ORDER, steps - 1)),
            solver_type="bh1",
            prediction_type="flow_prediction",
            use_flow_sigmas=True,
            # the levels that are given are shifted already
            flow_shift=1.0,
        )
        # it moves the first level a little, in place
        self._scheduler.set_timesteps(sigmas=sigmas[:-1].copy())
        self._scheduler.set_begin_index(0)

    def step(self, number: int, velocity: Tensor, sample: Tensor) -> Tensor:
        """The sample at the next level."""
        return self._scheduler.step(velocity, self._scheduler.timesteps[number], sample, return_dict=False)[0]


SOLVERS: dict[str, type[Euler] | type[UniPC]] = {"unipc": UniPC, "euler": Euler}


def solver_of(name: str, sigmas: np.ndarray) -> Solver:
    """A solver by name over these levels. Raises InvalidInput."""
    if name not in SOLVERS:
        raise InvalidInput(f"sampler: there is no sampler {name}; there are {', '.join(SOLVERS)}")
    return SOLVERS[name](sigmas)


def timestep(sigma: float, rows: int, device: torch.device) -> Tensor:
    """The model's time of a level, for each row."""
    return torch.full((rows,), sigma * TIMESTEPS, device=device, dtype=torch.float32)
