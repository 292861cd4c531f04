"""Nodes that sample. They build a run and leave its loop to the context."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Annotated

import torch
import torch.nn.functional as F
from torch import Tensor

from engines.comfy.context import NodeContext
from engines.comfy.ports import (
    Cfg,
    Combo,
    Denoise,
    LatentIn,
    ModelIn,
    OffSwitch,
    PromptsIn,
    SamplerIn,
    Seed,
    SigmasIn,
    Steps,
    Switch,
    Widget,
    number,
)
from engines.comfy.registry import node
from engines.comfy.values import Latent, Prompts, SamplerChoice
from engines.diffusion.conditioning import Conditioning
from engines.diffusion.noise import initial_noise
from engines.diffusion.preview import latent_preview
from engines.diffusion.run import DiffusionRun, Guidance, Inpaint
from engines.diffusion.samplers import SAMPLERS
from engines.diffusion.schedules import SCHEDULES, part_of, sigmas_for
from engines.diffusion.weights.models import DiffusionModel
from foundation.errors import InvalidInput

SamplerName = Annotated[str, Combo(list(SAMPLERS))]
SchedulerName = Annotated[str, Combo(list(SCHEDULES))]
StartStep = Annotated[int, number(0, 0, 10000)]
EndStep = Annotated[int, number(10000, 0, 10000)]
AddNoise = Annotated[bool, Widget("BOOLEAN", {"default": True})]


@dataclass(frozen=True)
class SamplingJob:
    """What all sampling nodes come down to."""

    model: DiffusionModel
    positive: Prompts
    negative: Prompts
    cfg: float
    sampler: str
    sigmas: Tensor
    seed: int
    add_noise: bool
    latent: Latent


def sample(ctx: NodeContext, job: SamplingJob) -> tuple[Latent, Latent]:
    """The latent at the end, and the last one that was predicted to be clean."""
    run = make_run(ctx, job)
    result = ctx.shared.sample(run)
    scale = job.model.family.latent_scale
    done, clean = (_unscaled(one, scale) for one in (result, run.denoised))
    return replace(job.latent, samples=done), replace(job.latent, samples=clean)


def make_run(ctx: NodeContext, job: SamplingJob) -> DiffusionRun:
    """The run of a job, ready for its first call."""
    if job.sigmas.shape[0] - 1 > ctx.shared.limits.steps:
        raise InvalidInput(f"{job.sigmas.shape[0] - 1} steps are too many: at most {ctx.shared.limits.steps}")
    _check_prompts(job)
    denoiser = ctx.shared.library.denoiser(job.model)
    latent = job.latent.samples
    index = job.latent.batch_index
    noise = initial_noise(latent.shape, job.seed, index) if job.add_noise else torch.zeros_like(latent)
    scaled = latent * job.model.family.latent_scale if bool(latent.any()) else latent
    return DiffusionRun(
        model=denoiser,
        guidance=Guidance(_scaled(job.positive, job), _scaled(job.negative, job), job.cfg),
        sampler=SAMPLERS[job.sampler],
        sigmas=job.sigmas,
        latent=scaled.to(denoiser.device),
        noise=noise.to(denoiser.device),
        seed=job.seed,
        inpaint=_inpaint(job, noise, denoiser.device),
        on_step=_reporter(ctx, job.model),
        should_stop=ctx.should_stop,
    )


def _scaled(prompts: Prompts, job: SamplingJob) -> list[Conditioning]:
    """The prompts with the latents for inpainting channels, behind their mask, on the model's scale."""
    scale = torch.tensor([1.0] + [job.model.family.latent_scale] * 4)[:, None, None]
    return [one if one.extra is None else replace(one, extra=one.extra * scale) for one in prompts]


def _check_prompts(job: SamplingJob) -> None:
    width = int(job.model.weights.config["cross_attention_dim"])
    for prompt in (*job.positive, *job.negative):
        if prompt.context.shape[-1] != width:
            raise InvalidInput("the prompts were encoded for another kind of model: take the CLIP of this checkpoint")
    if not job.positive or not job.negative:
        raise InvalidInput("a prompt is empty of any conditioning")


def _inpaint(job: SamplingJob, noise: Tensor, device: torch.device) -> Inpaint | None:
    """The mask in latent cells, repeated for the batch. DDIM keeps the rest under noise of its own."""
    mask = job.latent.noise_mask
    if mask is None:
        return None
    batch, _, height, width = job.latent.samples.shape
    cells = F.interpolate(mask[:, None].float(), size=(height, width), mode="bilinear")
    cells = cells[[place % cells.shape[0] for place in range(batch)]]
    if job.sampler == "ddim":
        noise = initial_noise(noise.shape, (job.seed + 1) % 2**64)
    return Inpaint(cells.to(device), noise.to(device))


def _reporter(ctx: NodeContext, model: DiffusionModel) -> Callable[[int, int, Tensor], None]:
    family = model.family.name

    def report(step: int, total: int, denoised: Tensor) -> None:
        ctx.progress(step, total, lambda: latent_preview(denoised, family))

    return report


def _unscaled(latent: Tensor, scale: float) -> Tensor:
    return latent.float().cpu() / scale


@node("KSampler", "LATENT", category="sampling", title="KSampler")
def ksampler(
    ctx: NodeContext,
    model: ModelIn,
    seed: Seed,
    steps: Steps,
    cfg: Cfg,
    sampler_name: SamplerName,
    scheduler: SchedulerName,
    positive: PromptsIn,
    negative: PromptsIn,
    latent_image: LatentIn,
    denoise: Denoise,
) -> tuple[Latent]:
    """Noise a latent and denoise it to the prompts. With less denoise more of the latent stays."""
    sigmas = sigmas_for(scheduler, steps, denoise, sampler_name)
    return (
        sample(ctx, SamplingJob(model, positive, negative, cfg, sampler_name, sigmas, seed, True, latent_image))[0],
    )


@node("KSamplerAdvanced", "LATENT", category="sampling", title="KSampler (Advanced)")
def ksampler_advanced(
    ctx: NodeContext,
    model: ModelIn,
    add_noise: Switch,
    noise_seed: Seed,
    steps: Steps,
    cfg: Cfg,
    sampler_name: SamplerName,
    scheduler: SchedulerName,
    positive: PromptsIn,
    negative: PromptsIn,
    latent_image: LatentIn,
    start_at_step: StartStep,
    end_at_step: EndStep,
    return_with_leftover_noise: OffSwitch,
) -> tuple[Latent]:
    """Some of the steps of a schedule, with or without noise before and after."""
    finish = return_with_leftover_noise == "disable"
    sigmas = part_of(sigmas_for(scheduler, steps, 1.0, sampler_name), start_at_step, end_at_step, finish)
    noisy = add_noise == "enable"
    job = SamplingJob(model, positive, negative, cfg, sampler_name, sigmas, noise_seed, noisy, latent_image)
    return (sample(ctx, job)[0],)


@node("KSamplerSelect", "SAMPLER", category="sampling/custom_sampling/samplers")
def ksampler_select(ctx: NodeContext, sampler_name: SamplerName) -> tuple[SamplerChoice]:
    """A sampler for SamplerCustom."""
    return (SamplerChoice(sampler_name),)


@node("BasicScheduler", "SIGMAS", category="sampling/custom_sampling/schedulers")
def basic_scheduler(
    ctx: NodeContext, model: ModelIn, scheduler: SchedulerName, steps: Steps, denoise: Denoise
) -> tuple[Tensor]:
    """The noise levels of a schedule."""
    return (sigmas_for(scheduler, steps, denoise),)


@node(
    "SamplerCustom",
    "LATENT",
    "LATENT",
    category="sampling/custom_sampling",
    names=("output", "denoised_output"),
)
def sampler_custom(
    ctx: NodeContext,
    model: ModelIn,
    add_noise: AddNoise,
    noise_seed: Seed,
    cfg: Cfg,
    positive: PromptsIn,
    negative: PromptsIn,
    sampler: SamplerIn,
    sigmas: SigmasIn,
    latent_image: LatentIn,
) -> tuple[Latent, Latent]:
    """Sampling with a sampler and noise levels from other nodes."""
    job = SamplingJob(model, positive, negative, cfg, sampler.name, sigmas, noise_seed, add_noise, latent_image)
    return sample(ctx, job)
