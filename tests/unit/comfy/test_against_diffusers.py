"""The same latents as diffusers' own pipelines, where both mean the same: integer timesteps and one-chunk prompts."""

import pytest
import torch
from diffusers import EulerDiscreteScheduler, StableDiffusionPipeline, StableDiffusionXLPipeline

from engines.diffusion.noise import initial_noise
from engines.diffusion.sigmas import LEVELS
from engines.diffusion.weights.family import family_named
from tests.unit.comfy.flows import base, run

PIPELINES = {"tiny-sd15": StableDiffusionPipeline, "tiny-sdxl": StableDiffusionXLPipeline}


# a scheduler of diffusers turns a tensor into an array the old way
@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")
@pytest.mark.parametrize("family", PIPELINES)
def test_text_to_image_has_the_latent_of_the_pipeline(executor, tiny_models, family):
    flow = base(f"{family}.safetensors", steps=4, cfg=5.0)
    flow["2"]["inputs"]["text"] = "a clay house on a hill"
    ours = run(executor, flow)[1][0] * family_named(family.removeprefix("tiny-")).latent_scale
    folder = tiny_models / "checkpoints" / family
    pipeline = PIPELINES[family].from_pretrained(folder, local_files_only=True).to(torch.float32)
    pipeline.set_progress_bar_config(disable=True)
    pipeline.scheduler = EulerDiscreteScheduler.from_config(pipeline.scheduler.config, timestep_spacing="linspace")
    # there a run begins with noise of sigma, here with the variance of a noisy latent
    more = float((1 + LEVELS.largest**2).sqrt() / LEVELS.largest)
    with torch.inference_mode():
        theirs = pipeline(
            "a clay house on a hill",
            negative_prompt="blurry",
            num_inference_steps=4,
            guidance_scale=5.0,
            height=64,
            width=64,
            latents=initial_noise((1, 4, 8, 8), 7) * more,
            output_type="latent",
        ).images
    assert (ours - theirs).abs().max() / theirs.std() < 1e-3
