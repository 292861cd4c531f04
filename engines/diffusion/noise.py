"""Noise from seeds, the same on every machine: always drawn on the CPU."""

from collections.abc import Callable, Sequence
from typing import Any

import torch
import torchsde
from torch import Tensor

TREE_DIGITS = 6
Between = Callable[[Tensor, Tensor], Tensor]


def initial_noise(shape: Sequence[int], seed: int, indices: Sequence[int] | None = None) -> Tensor:
    """Standard normal noise for a batch in one draw; ``indices`` picks what those members of a batch had got."""
    generator = torch.Generator("cpu").manual_seed(seed)
    if indices is None:
        return torch.randn(tuple(shape), generator=generator)
    wanted = set(indices)
    drawn: dict[int, Tensor] = {}
    for index in range(max(wanted) + 1):
        one = torch.randn((1, *shape[1:]), generator=generator)
        if index in wanted:
            drawn[index] = one
    return torch.cat([drawn[index] for index in indices])


class NoiseSource:
    """The noise that samplers add between steps."""

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self._generator: torch.Generator | None = None

    def like(self, x: Tensor) -> Tensor:
        """Fresh standard normal noise in the shape of ``x``; each call goes on in one stream."""
        if self._generator is None:
            self._generator = torch.Generator("cpu").manual_seed(self.seed)
        return torch.randn(x.shape, generator=self._generator).to(x)

    def between(self, x: Tensor, sigmas: Tensor) -> Between:
        """Noise of unit variance for intervals of sigma: increments of one Brownian path, whatever the steps."""
        low, high = float(sigmas[sigmas > 0].min()), float(sigmas.max())
        tree: Any = torchsde.BrownianTree(low, torch.zeros(x.shape), high, entropy=self.seed)
        # the tree rounds its own ends
        low, high = round(low, TREE_DIGITS), round(high, TREE_DIGITS)

        def increment(start: Tensor, end: Tensor) -> Tensor:
            first, last = (min(max(float(edge), low), high) for edge in sorted((start, end)))
            sign = 1 if start < end else -1
            return (tree(first, last) * sign / (end - start).abs().sqrt()).to(x)

        return increment
