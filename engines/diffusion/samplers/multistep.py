"""Samplers that remember: one look at each step, and those of the steps before.

Sources: Lu et al. 2022 (DPM-Solver++), the sigma-space forms of Crowson's k-diffusion (MIT), Zhang et al. 2023 (RES).
"""

from itertools import pairwise

from torch import Tensor

from engines.diffusion.noise import NoiseSource
from engines.diffusion.samplers.euler import ancestral_step, slope
from engines.diffusion.samplers.second import exponential_step
from engines.diffusion.samplers.types import Query, Sampler, Sampling


def dpmpp_2m(x: Tensor, sigmas: Tensor, noise: NoiseSource) -> Sampling:
    """DPM-Solver++ of second order."""
    before: tuple[Tensor, Tensor] | None = None
    for sigma, following in pairwise(sigmas):
        denoised = yield Query(x, sigma)
        guess = denoised
        length = sigma.log() - following.log()
        if before is not None and following > 0:
            ratio = before[1] / length
            guess = (1 + 1 / (2 * ratio)) * denoised - 1 / (2 * ratio) * before[0]
        x = exponential_step(x, guess, sigma, following)
        before = (denoised, length)
    return x


def dpmpp_2m_cfg_pp(x: Tensor, sigmas: Tensor, noise: NoiseSource) -> Sampling:
    """``dpmpp_2m`` whose noise is that of the negative prompt alone (CFG++)."""
    before: tuple[Tensor, Tensor] | None = None
    for sigma, following in pairwise(sigmas):
        guided, unguided = yield Query(x, sigma, split=True)
        length = sigma.log() - following.log()
        x = guided + (following / sigma) * (x - unguided)
        if before is not None and following > 0:
            x = x + (1 - following / sigma) * (unguided - before[0]) / (2 * before[1] / length)
        before = (unguided, length)
    return x


def _dpmpp_2m_sde(heun: bool) -> Sampler:
    def sampler(x: Tensor, sigmas: Tensor, noise: NoiseSource) -> Sampling:
        between = noise.between(x, sigmas)
        before: tuple[Tensor, Tensor] | None = None
        for sigma, following in pairwise(sigmas):
            denoised = yield Query(x, sigma)
            if following == 0:
                x = denoised
                continue
            length = sigma.log() - following.log()
            gain = -(-2 * length).expm1()
            x = following / sigma * (-length).exp() * x + gain * denoised
            if before is not None:
                weight = gain / (-2 * length) + 1 if heun else 0.5 * gain
                x = x + weight * (denoised - before[0]) / (before[1] / length)
            x = x + between(sigma, following) * following * gain.sqrt()
            before = (denoised, length)
        return x

    sampler.__doc__ = "DPM-Solver++ of second order for the SDE; its noise is one Brownian path."
    return sampler


dpmpp_2m_sde = _dpmpp_2m_sde(heun=False)
dpmpp_2m_sde_heun = _dpmpp_2m_sde(heun=True)


def dpmpp_3m_sde(x: Tensor, sigmas: Tensor, noise: NoiseSource) -> Sampling:
    """DPM-Solver++ of third order for the SDE; its noise is one Brownian path."""
    between = noise.between(x, sigmas)
    seen: list[tuple[Tensor, Tensor]] = []
    for sigma, following in pairwise(sigmas):
        denoised = yield Query(x, sigma)
        if following == 0:
            x = denoised
            continue
        length = sigma.log() - following.log()
        double = 2 * length
        x = (-double).exp() * x - (-double).expm1() * denoised + _correction(denoised, length, seen)
        x = x + between(sigma, following) * following * (-(-double).expm1()).sqrt()
        seen = [(denoised, length), *seen[:1]]
    return x


def _correction(denoised: Tensor, length: Tensor, seen: list[tuple[Tensor, Tensor]]) -> Tensor | float:
    """What up to two earlier looks, the youngest first, add to a step of the SDE."""
    if not seen:
        return 0.0
    double = 2 * length
    second = (-double).expm1() / double + 1
    ratio = seen[0][1] / length
    rise = (denoised - seen[0][0]) / ratio
    if len(seen) == 1:
        return second * rise
    older = seen[1][1] / length
    rise_before = (seen[0][0] - seen[1][0]) / older
    bend = (rise - rise_before) / (ratio + older)
    third = second / double - 0.5
    return second * (rise + bend * ratio) - third * bend


def _res(ancestral: bool) -> Sampler:
    def sampler(x: Tensor, sigmas: Tensor, noise: NoiseSource) -> Sampling:
        before: tuple[Tensor, Tensor] | None = None
        for sigma, following in pairwise(sigmas):
            denoised = yield Query(x, sigma)
            down, up = ancestral_step(sigma, following) if ancestral else (following, following * 0)
            if before is None or down == 0:
                x = x + slope(x, sigma, denoised) * (down - sigma)
            else:
                x = (down / sigma) * x + _res_gain(denoised, before, sigma, down)
            if ancestral and following > 0:
                x = x + noise.like(x) * up
            before = (denoised, sigma)
        return x

    sampler.__doc__ = "The refined exponential solver of second order, with one earlier look."
    return sampler


def _res_gain(now: Tensor, before: tuple[Tensor, Tensor], sigma: Tensor, down: Tensor) -> Tensor:
    """What the clean latents of this step and the one before, with its sigma, add on the way to ``down``."""
    length = sigma.log() - down.log()
    place = (sigma.log() - before[1].log()) / length
    first = (-length).expm1() / -length
    second = (first - 1) / -length
    return length * ((first - second / place) * now + second / place * before[0])


def _res_cfg_pp(ancestral: bool) -> Sampler:
    def sampler(x: Tensor, sigmas: Tensor, noise: NoiseSource) -> Sampling:
        before: tuple[Tensor, Tensor] | None = None
        for sigma, following in pairwise(sigmas):
            guided, unguided = yield Query(x, sigma, split=True)
            down, up = ancestral_step(sigma, following) if ancestral else (following, following * 0)
            if before is None or down == 0:
                x = guided + slope(x, sigma, unguided) * down
            else:
                x = (down / sigma) * x + _res_gain(unguided, before, sigma, down) + (guided - unguided)
            if ancestral and following > 0:
                x = x + noise.like(x) * up
            before = (unguided, sigma)
        return x

    sampler.__doc__ = "``res_multistep`` whose noise is that of the negative prompt alone (CFG++)."
    return sampler


res_multistep = _res(ancestral=False)
res_multistep_ancestral = _res(ancestral=True)
res_multistep_cfg_pp = _res_cfg_pp(ancestral=False)
res_multistep_ancestral_cfg_pp = _res_cfg_pp(ancestral=True)
