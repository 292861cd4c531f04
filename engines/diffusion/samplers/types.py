"""What a sampler is: a generator that asks for denoised latents and ends with the last one."""

from collections.abc import Callable, Generator
from dataclasses import dataclass

from torch import Tensor

from engines.diffusion.noise import NoiseSource


@dataclass(frozen=True)
class Query:
    """A question: the clean latent of ``x``, B×4×h×w, at noise level ``sigma``, a tensor of no dimension.

    The answer is a tensor like ``x``. With ``split`` it is two of them, stacked: the guided answer and that of the
    negative prompt alone.
    """

    x: Tensor
    sigma: Tensor
    split: bool = False


Sampling = Generator[Query, Tensor, Tensor]
Sampler = Callable[[Tensor, Tensor, NoiseSource], Sampling]
"""From the noisy latent, the sigmas (falling, the last mostly 0) and noise to a generator."""
