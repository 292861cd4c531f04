"""Samplers by the names that workflows use."""

from engines.diffusion.samplers import euler as first
from engines.diffusion.samplers.types import Sampler

SAMPLERS: dict[str, Sampler] = {
    "euler": first.euler,
    "euler_cfg_pp": first.euler_cfg_pp,
    "euler_ancestral": first.euler_ancestral,
    "euler_ancestral_cfg_pp": first.euler_ancestral_cfg_pp,
    "ddpm": first.ddpm,
    "lcm": first.lcm,
    "gradient_estimation": first.gradient_estimation,
    "gradient_estimation_cfg_pp": first.gradient_estimation_cfg_pp,
    "ddim": first.euler,
}


def sampler_named(name: str) -> Sampler:
    """The sampler of this name. Raises ``KeyError``: names are checked before."""
    return SAMPLERS[name]
