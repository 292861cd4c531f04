"""Solvers against a flow whose end is known: data of one normal distribution."""

import pytest
import torch

from engines.framepack.schedule import sigmas
from engines.framepack.solvers import SOLVERS

MEAN, DEVIATION = 0.7, 0.3


def velocity(x, level):
    variance = (1 - level) ** 2 * DEVIATION**2 + level**2
    return (level - (1 - level) * DEVIATION**2) / variance * (x - (1 - level) * MEAN) - MEAN


def solved(name, steps, strength=1.0):
    levels = [float(level) for level in sigmas(steps, 2.78, strength)]
    noise = torch.tensor([[-1.3, 0.2, 1.1]])
    start = (1 - levels[0]) * (MEAN + DEVIATION * noise) + levels[0] * noise
    step, x = SOLVERS[name](levels), start
    for level in levels[:-1]:
        x = step(velocity(x, level), x)
    return float((x - _end(start, levels[0])).abs().max())


def _end(x, level):
    """Where the flow carries a point: it keeps its place in the distribution."""
    deviation = ((1 - level) ** 2 * DEVIATION**2 + level**2) ** 0.5
    return MEAN + DEVIATION * (x - (1 - level) * MEAN) / deviation


@pytest.mark.parametrize("name", ["euler", "unipc"])
@pytest.mark.parametrize("strength", [1.0, 0.7, 0.2])
def test_more_steps_come_nearer(name, strength):
    errors = [solved(name, steps, strength) for steps in (1, 5, 25, 100)]
    assert errors == sorted(errors, reverse=True)
    assert errors[-1] < 0.02 * strength


def test_unipc_needs_fewer_steps():
    assert solved("unipc", 25) < solved("euler", 25) / 2


@pytest.mark.parametrize("name", ["euler", "unipc"])
@pytest.mark.parametrize("steps", [1, 2, 3])
def test_few_steps_give_numbers(name, steps):
    assert solved(name, steps) < 1


@pytest.mark.parametrize("name", ["euler", "unipc"])
def test_levels_that_are_nearly_equal_are_taken_in_their_order(name):
    # a hundred of them share whole timesteps
    assert solved(name, 100, 0.001) < 1e-5
