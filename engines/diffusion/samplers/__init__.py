"""Samplers in sigma space. Each asks for denoised latents by ``yield`` and returns the last latent."""

from engines.diffusion.samplers.catalogue import SAMPLERS
from engines.diffusion.samplers.types import Query, Sampler, Sampling

__all__ = ["SAMPLERS", "Query", "Sampler", "Sampling"]
