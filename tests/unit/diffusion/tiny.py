"""A UNet of a few thousand weights and prompts for it, drawn from seeds."""

import functools

import torch
from diffusers import UNet2DConditionModel

from engines.diffusion.conditioning import Conditioning
from engines.diffusion.evaluate import Denoiser
from engines.diffusion.noise import initial_noise
from engines.diffusion.run import DiffusionRun, Guidance
from engines.diffusion.samplers import SAMPLERS

CONTEXT = 32


@functools.cache
def tiny_denoiser(seed: int = 0) -> Denoiser:
    torch.manual_seed(seed)
    unet = UNet2DConditionModel(
        sample_size=8,
        block_out_channels=(32, 64),
        layers_per_block=1,
        down_block_types=("CrossAttnDownBlock2D", "DownBlock2D"),
        up_block_types=("UpBlock2D", "CrossAttnUpBlock2D"),
        cross_attention_dim=CONTEXT,
        attention_head_dim=8,
    ).eval()
    return Denoiser(unet, key=("tiny", seed))


def prompt(seed: int, length: int = 77) -> Conditioning:
    return Conditioning(initial_noise((1, length, CONTEXT), seed))


def tiny_run(
    seed: int = 0, sampler: str = "euler", steps: int = 4, cfg: float = 7.0, batch: int = 1, **more
) -> DiffusionRun:
    sigmas = more.pop("sigmas", torch.cat([torch.linspace(10, 0.5, steps), torch.zeros(1)]))
    shape = (batch, 4, *more.pop("size", (8, 8)))
    guidance = more.pop("guidance", None) or Guidance([prompt(seed + 1)], [prompt(seed + 2)], cfg)
    latent = more.pop("latent", torch.zeros(shape))
    noise = initial_noise(shape, seed)
    return DiffusionRun(tiny_denoiser(), guidance, SAMPLERS[sampler], sigmas, latent, noise, seed=seed, **more)
