"""First-order samplers: Euler, its ancestral form, and what is written like it.

Source: Karras et al. 2022, and the sigma-space form of Crowson's k-diffusion (MIT).
"""

from itertools import pairwise

import torch
from torch import Tensor

from engines.diffusion.noise import NoiseSource
from engines.diffusion.samplers.types import Query, Sampling


def ancestral_step(sigma: Tensor, following: Tensor, eta: float = 1.0) -> tuple[Tensor, Tensor]:
    """How far down to go, and how much fresh noise then lifts back up to ``following``."""
    up = (following**2 * (sigma**2 - following**2) / sigma**2).sqrt() * eta
    up = torch.minimum(following, up)
    return (following**2 - up**2).sqrt(), up


def slope(x: Tensor, sigma: Tensor, denoised: Tensor) -> Tensor:
    """dx/dsigma of the probability flow."""
    return (x - denoised) / sigma


def euler(x: Tensor, sigmas: Tensor, noise: NoiseSource) -> Sampling:
    """Straight steps down the slope."""
    for sigma, following in pairwise(sigmas):
        denoised = yield Query(x, sigma)
        x = x + slope(x, sigma, denoised) * (following - sigma)
    return x


def euler_cfg_pp(x: Tensor, sigmas: Tensor, noise: NoiseSource) -> Sampling:
    """Euler whose noise is that of the negative prompt alone (Chung et al. 2024, CFG++)."""
    for sigma, following in pairwise(sigmas):
        guided, unguided = yield Query(x, sigma, split=True)
        x = guided + slope(x, sigma, unguided) * following
    return x


def euler_ancestral(x: Tensor, sigmas: Tensor, noise: NoiseSource) -> Sampling:
    """Euler steps that go too far down and come back up with fresh noise."""
    for sigma, following in pairwise(sigmas):
        denoised = yield Query(x, sigma)
        if following == 0:
            x = denoised
            continue
        down, up = ancestral_step(sigma, following)
        x = x + slope(x, sigma, denoised) * (down - sigma) + noise.like(x) * up
    return x


def euler_ancestral_cfg_pp(x: Tensor, sigmas: Tensor, noise: NoiseSource) -> Sampling:
    """The ancestral form of ``euler_cfg_pp``."""
    for sigma, following in pairwise(sigmas):
        guided, unguided = yield Query(x, sigma, split=True)
        down, up = ancestral_step(sigma, following)
        x = guided + slope(x, sigma, unguided) * down
        if following > 0:
            x = x + noise.like(x) * up
    return x


def lcm(x: Tensor, sigmas: Tensor, noise: NoiseSource) -> Sampling:
    """Latent consistency (Luo et al. 2023): jump to the clean latent, then noise it to the next level."""
    for sigma, following in pairwise(sigmas):
        x = yield Query(x, sigma)
        if following > 0:
            x = x + following * noise.like(x)
    return x


def ddpm(x: Tensor, sigmas: Tensor, noise: NoiseSource) -> Sampling:
    """Ho et al. 2020 between any two levels: posterior mean and variance in the variance-preserving scale."""
    for sigma, following in pairwise(sigmas):
        denoised = yield Query(x, sigma)
        signal, next_signal = 1 / (sigma**2 + 1), 1 / (following**2 + 1)
        alpha = signal / next_signal
        scaled = x / (1 + sigma**2).sqrt()
        predicted = (x - denoised) / sigma
        mean = (1 / alpha).sqrt() * (scaled - (1 - alpha) * predicted / (1 - signal).sqrt())
        if following > 0:
            mean = mean + ((1 - alpha) * (1 - next_signal) / (1 - signal)).sqrt() * noise.like(x)
        x = mean * (1 + following**2).sqrt()
    return x


def gradient_estimation(x: Tensor, sigmas: Tensor, noise: NoiseSource) -> Sampling:
    """Permenter and Yuan 2023: two successive slopes estimate the next one, with gamma 2."""
    before: Tensor | None = None
    for sigma, following in pairwise(sigmas):
        denoised = yield Query(x, sigma)
        here = slope(x, sigma, denoised)
        steep = here if before is None or following == 0 else here * 2 - before
        x = denoised if following == 0 else x + steep * (following - sigma)
        before = here
    return x


def gradient_estimation_cfg_pp(x: Tensor, sigmas: Tensor, noise: NoiseSource) -> Sampling:
    """``gradient_estimation`` on the slope of the negative prompt, from the guided latent."""
    before: Tensor | None = None
    for sigma, following in pairwise(sigmas):
        guided, unguided = yield Query(x, sigma, split=True)
        here = slope(x, sigma, unguided)
        x = guided + here * following
        if before is not None and following > 0:
            x = x + (here - before) * (following - sigma)
        before = here
    return x
