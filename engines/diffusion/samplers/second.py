"""Second-order samplers: two looks at each step.

Sources: Karras et al. 2022 (Heun, DPM-2), Lu et al. 2022 (DPM-Solver++ 2S), the sigma-space forms of Crowson's
k-diffusion (MIT), and Heun++ of diff-sampler (Apache-2.0).
"""

from itertools import pairwise

from torch import Tensor

from engines.diffusion.noise import NoiseSource
from engines.diffusion.samplers.euler import ancestral_step, slope
from engines.diffusion.samplers.types import Query, Sampling


def heun(x: Tensor, sigmas: Tensor, noise: NoiseSource) -> Sampling:
    """The mean of the slopes at both ends of a step."""
    for sigma, following in pairwise(sigmas):
        denoised = yield Query(x, sigma)
        here = slope(x, sigma, denoised)
        ahead = x + here * (following - sigma)
        if following == 0:
            x = ahead
            continue
        denoised = yield Query(ahead, following)
        there = slope(ahead, following, denoised)
        x = x + (here + there) / 2 * (following - sigma)
    return x


def heunpp2(x: Tensor, sigmas: Tensor, noise: NoiseSource) -> Sampling:
    """Heun++: slopes weighted by their noise; three looks but for the last two steps."""
    first, last = sigmas[0], sigmas[-1]
    for step, (sigma, following) in enumerate(pairwise(sigmas)):
        denoised = yield Query(x, sigma)
        here = slope(x, sigma, denoised)
        ahead = x + here * (following - sigma)
        if following == last:
            x = ahead
            continue
        denoised = yield Query(ahead, following)
        there = slope(ahead, following, denoised)
        if sigmas[step + 2] == last:
            share = following / (2 * first)
            x = x + (here * (1 - share) + there * share) * (following - sigma)
            continue
        after = sigmas[step + 2]
        further = ahead + there * (after - following)
        denoised = yield Query(further, after)
        beyond = slope(further, after, denoised)
        second, third = following / (3 * first), after / (3 * first)
        x = x + (here * (1 - second - third) + there * second + beyond * third) * (following - sigma)
    return x


def _middle(sigma: Tensor, end: Tensor) -> Tensor:
    """Half way in the logarithm."""
    return (sigma.log() + (end.log() - sigma.log()) * 0.5).exp()


def dpm_2(x: Tensor, sigmas: Tensor, noise: NoiseSource) -> Sampling:
    """The slope at the middle of a step, in the logarithm of sigma."""
    for sigma, following in pairwise(sigmas):
        denoised = yield Query(x, sigma)
        here = slope(x, sigma, denoised)
        if following == 0:
            x = x + here * (following - sigma)
            continue
        middle = _middle(sigma, following)
        half = x + here * (middle - sigma)
        denoised = yield Query(half, middle)
        x = x + slope(half, middle, denoised) * (following - sigma)
    return x


def dpm_2_ancestral(x: Tensor, sigmas: Tensor, noise: NoiseSource) -> Sampling:
    """``dpm_2`` that goes too far down and comes back up with fresh noise."""
    for sigma, following in pairwise(sigmas):
        denoised = yield Query(x, sigma)
        here = slope(x, sigma, denoised)
        down, up = ancestral_step(sigma, following)
        if down == 0:
            x = x + here * (down - sigma)
            continue
        middle = _middle(sigma, down)
        half = x + here * (middle - sigma)
        denoised = yield Query(half, middle)
        x = x + slope(half, middle, denoised) * (down - sigma) + noise.like(x) * up
    return x


def exponential_step(x: Tensor, denoised: Tensor, start: Tensor, end: Tensor) -> Tensor:
    """The exact step from sigma ``start`` to ``end`` if the clean latent stays what it is."""
    share = end / start
    return share * x - (share - 1) * denoised


def dpmpp_2s_ancestral(x: Tensor, sigmas: Tensor, noise: NoiseSource) -> Sampling:
    """DPM-Solver++ with one look half way, ancestral."""
    for sigma, following in pairwise(sigmas):
        denoised = yield Query(x, sigma)
        down, up = ancestral_step(sigma, following)
        if down == 0:
            x = x + slope(x, sigma, denoised) * (down - sigma)
        else:
            middle = _middle(sigma, down)
            half = exponential_step(x, denoised, sigma, middle)
            denoised = yield Query(half, middle)
            x = exponential_step(x, denoised, sigma, down)
        if following > 0:
            x = x + noise.like(x) * up
    return x


def dpmpp_2s_ancestral_cfg_pp(x: Tensor, sigmas: Tensor, noise: NoiseSource) -> Sampling:
    """``dpmpp_2s_ancestral`` whose noise is that of the negative prompt alone (CFG++)."""
    for sigma, following in pairwise(sigmas):
        guided, unguided = yield Query(x, sigma, split=True)
        down, up = ancestral_step(sigma, following)
        if down == 0:
            x = guided + slope(x, sigma, unguided) * down
        else:
            middle = _middle(sigma, down)
            half = guided + slope(x, sigma, unguided) * middle
            guided, unguided = yield Query(half, middle, split=True)
            x = guided + (down / sigma) * (x - unguided)
        if following > 0:
            x = x + noise.like(x) * up
    return x


def dpmpp_sde(x: Tensor, sigmas: Tensor, noise: NoiseSource) -> Sampling:
    """DPM-Solver++ for the SDE with one look half way; its noise is one Brownian path."""
    between = noise.between(x, sigmas) if len(sigmas) > 1 else None
    for sigma, following in pairwise(sigmas):
        denoised = yield Query(x, sigma)
        if following == 0 or between is None:
            x = x + slope(x, sigma, denoised) * (following - sigma)
            continue
        middle = _middle(sigma, following)
        down, up = ancestral_step(sigma, middle)
        half = exponential_step(x, denoised, sigma, down) + between(sigma, middle) * up
        later = yield Query(half, middle)
        down, up = ancestral_step(sigma, following)
        # half way counts fully: 1/(2r) of the difference with r = 1/2
        x = exponential_step(x, later, sigma, down) + between(sigma, following) * up
    return x
