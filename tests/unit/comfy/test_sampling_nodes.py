"""What sampling, conditioning and latent nodes promise, by property."""

import numpy as np
import pytest
import torch

from engines.comfy.values import Latent
from engines.diffusion.noise import initial_noise
from engines.diffusion.samplers import SAMPLERS
from engines.diffusion.schedules import SCHEDULES
from tests.unit.comfy.flows import base, from_picture, ksampler, node, run


def test_batches_of_latents(call):
    latent = Latent(initial_noise((2, 4, 8, 8), 1), torch.rand(2, 64, 64))
    repeated = call("RepeatLatentBatch", samples=latent, amount=3)[0]
    assert repeated.samples.shape == (6, 4, 8, 8)
    assert torch.equal(repeated.noise_mask[2:4], latent.noise_mask)
    picked = call("LatentFromBatch", samples=repeated, batch_index=3, length=2)[0]
    assert torch.equal(picked.samples, repeated.samples[3:5])
    assert picked.batch_index == (3, 4)
    assert call("LatentFromBatch", samples=latent, batch_index=50, length=9)[0].samples.shape[0] == 1


def test_a_picture_out_of_a_batch_is_the_one_of_the_batch(executor):
    whole = run(executor, base(batch=3))[1][0]
    flow = base(batch=3)
    flow["9"] = node("LatentFromBatch", samples=["4", 0], batch_index=1, length=1)
    flow["5"]["inputs"]["latent_image"] = ["9", 0]
    assert torch.allclose(run(executor, flow)[1][0], whole[1:2], atol=1e-5)


def test_a_batch_with_a_mask_keeps_what_lies_outside(executor):
    flow = from_picture(base(), "hole.png", denoise=0.8)
    flow["11"] = node("RepeatLatentBatch", samples=["4", 0], amount=2)
    flow["12"] = node("SetLatentNoiseMask", samples=["11", 0], mask=["10", 1])
    flow["5"]["inputs"]["latent_image"] = ["12", 0]
    flow["9"] = node("SaveLatent", samples=["4", 0], filename_prefix="kept")
    result, painted = sorted(run(executor, flow)[1], key=len)
    assert painted.shape[0] == 2
    assert torch.allclose(painted[:, :, 0], result[:, :, 0].expand(2, -1, -1), atol=1e-4)
    assert not torch.allclose(painted[0, :, 4, 4], result[0, :, 4, 4], atol=1e-2)
    assert not torch.equal(painted[0], painted[1])


@pytest.mark.parametrize("sampler", SAMPLERS)
def test_every_sampler_runs_in_a_workflow(executor, sampler):
    assert run(executor, base(sampler_name=sampler, scheduler="karras", steps=3))[0][0].shape == (64, 64, 3)


@pytest.mark.parametrize("scheduler", SCHEDULES)
def test_every_schedule_runs_in_a_workflow(executor, scheduler):
    assert torch.isfinite(run(executor, base(scheduler=scheduler, denoise=0.6, steps=3))[1][0]).all()


def test_no_denoise_leaves_the_latent(executor):
    flow = from_picture(base(), denoise=0.0)
    flow["9"] = node("SaveLatent", samples=["4", 0], filename_prefix="kept")
    first, second = run(executor, flow)[1]
    assert torch.allclose(first, second, rtol=1e-6)


def test_an_odd_picture_is_cut_to_cells(executor):
    assert run(executor, from_picture(base(), "odd.png"))[0][0].shape == (56, 64, 3)


def advanced(latent: str, **changes) -> dict:
    flow = ksampler(latent, **changes)["inputs"]
    flow.pop("denoise")
    flow["noise_seed"] = flow.pop("seed")
    more = {"add_noise": "enable", "start_at_step": 0, "end_at_step": 10000, "return_with_leftover_noise": "disable"}
    return node("KSamplerAdvanced", **(more | flow))


@pytest.mark.parametrize("sampler", ["euler", "heun", "dpm_2", "ddim"])
def test_two_stages_that_hand_noise_over_are_one_run(executor, sampler):
    whole = run(executor, base(steps=4, sampler_name=sampler))[1][0]
    flow = base()
    first, second = advanced("4", steps=4, sampler_name=sampler), advanced("9", steps=4, sampler_name=sampler)
    first["inputs"] |= {"end_at_step": 2, "return_with_leftover_noise": "enable"}
    second["inputs"] |= {"start_at_step": 2, "add_noise": "disable"}
    flow |= {"9": first, "5": second}
    assert torch.allclose(run(executor, flow)[1][0], whole, atol=1e-3)


@pytest.mark.parametrize("steps", [{"start_at_step": 9}, {"end_at_step": 0}, {"start_at_step": 3, "end_at_step": 3}])
def test_no_steps_leave_the_latent(executor, steps):
    flow = from_picture(base())
    flow["5"] = advanced("4", steps=4)
    flow["5"]["inputs"] |= steps
    flow["9"] = node("SaveLatent", samples=["4", 0], filename_prefix="kept")
    first, second = run(executor, flow)[1]
    assert torch.allclose(first, second, rtol=1e-6)


def test_custom_sampling_is_the_plain_sampler_in_parts(executor):
    plain = run(executor, from_picture(base(sampler_name="dpmpp_2m", scheduler="karras", steps=3), denoise=0.6))[1][0]
    flow = from_picture(base())
    flow["11"] = node("BasicScheduler", model=["1", 0], scheduler="karras", steps=3, denoise=0.6)
    flow["12"] = node("KSamplerSelect", sampler_name="dpmpp_2m")
    custom = {key: value for key, value in ksampler("4")["inputs"].items() if key in ("model", "positive", "negative")}
    flow["5"] = node("SamplerCustom", add_noise=True, noise_seed=7, cfg=4.0, sampler=["12", 0], sigmas=["11", 0])
    flow["5"]["inputs"] |= custom | {"latent_image": ["4", 0]}
    assert torch.equal(run(executor, flow)[1][0], plain)
    flow["8"]["inputs"]["samples"] = ["5", 1]
    assert torch.isfinite(run(executor, flow)[1][0]).all()


def test_combining_a_prompt_with_itself_changes_nothing(executor):
    flow = base()
    plain = run(executor, flow)[1][0]
    flow["9"] = node("ConditioningCombine", conditioning_1=["2", 0], conditioning_2=["2", 0])
    flow["5"]["inputs"]["positive"] = ["9", 0]
    assert torch.allclose(run(executor, flow)[1][0], plain, atol=1e-3)
    flow["9"] = node("ConditioningConcat", conditioning_to=["2", 0], conditioning_from=["3", 0])
    assert not torch.allclose(run(executor, flow)[1][0], plain, atol=1e-2)


@pytest.mark.parametrize("area", ["default", "mask bounds"])
def test_prompts_with_masks(executor, area):
    flow = base()
    plain = run(executor, flow)[1][0]
    flow["10"] = node("LoadImage", image="hole.png")
    flow["9"] = node("CLIPTextEncode", text="a ship", clip=["1", 1])
    flow["11"] = node("ConditioningSetMask", conditioning=["9", 0], mask=["10", 1], strength=1.0, set_cond_area=area)
    flow["12"] = node("ConditioningCombine", conditioning_1=["2", 0], conditioning_2=["11", 0])
    flow["5"]["inputs"] |= {"positive": ["12", 0], "steps": 1}
    single = base(steps=1)
    outside = run(executor, single)[1][0]
    masked = run(executor, flow)[1][0]
    assert torch.allclose(masked[..., 0, 0], outside[..., 0, 0], atol=1e-4)
    assert not torch.allclose(masked[..., 4, 4], outside[..., 4, 4], atol=1e-3)
    assert masked.shape == plain.shape


def control(flow: dict, **changes) -> dict:
    flow["10"] = node("LoadImage", image="house.png")
    flow["11"] = node("ControlNetLoader", control_net_name="tiny-sd15-control.safetensors")
    values = {"strength": 1.0, "start_percent": 0.0, "end_percent": 1.0} | changes
    links = {"positive": ["2", 0], "negative": ["3", 0], "control_net": ["11", 0], "image": ["10", 0]}
    flow["12"] = node("ControlNetApplyAdvanced", **links, **values)
    flow["5"]["inputs"] |= {"positive": ["12", 0], "negative": ["12", 1]}
    return flow


def test_a_controls_range_and_strength(executor):
    plain = run(executor, base(steps=4))[1][0]
    full = run(executor, control(base(steps=4)))[1][0]
    assert torch.equal(run(executor, control(base(steps=4), strength=0.0))[1][0], plain)
    assert torch.equal(run(executor, control(base(steps=4), start_percent=1.0))[1][0], plain)
    seen = [plain, full]
    for change in ({"strength": 0.5}, {"end_percent": 0.5}, {"start_percent": 0.5}):
        seen.append(run(executor, control(base(steps=4), **change))[1][0])
    assert len({latent.numpy().tobytes() for latent in seen}) == 5


def test_the_old_control_node_lends_itself_to_the_negative_prompt(executor):
    flow = control(base())
    both = run(executor, flow)[1][0]
    flow["12"] = node("ControlNetApply", conditioning=["2", 0], control_net=["11", 0], image=["10", 0], strength=1.0)
    flow["5"]["inputs"] |= {"positive": ["12", 0], "negative": ["3", 0]}
    assert torch.equal(run(executor, flow)[1][0], both)


def test_two_controls_add_up(executor):
    once = run(executor, control(base(), strength=1.0))[1][0]
    flow = control(base(), strength=0.5)
    flow["13"] = node(
        "ControlNetApplyAdvanced", **(flow["12"]["inputs"] | {"positive": ["12", 0], "negative": ["12", 1]})
    )
    flow["5"]["inputs"] |= {"positive": ["13", 0], "negative": ["13", 1]}
    assert torch.allclose(run(executor, flow)[1][0], once, atol=1e-2)


def test_tiled_decoding_is_the_plain_one_where_it_fits(executor):
    flow = base()
    plain = run(executor, flow)[0][0]
    flow["6"] = node("VAEDecodeTiled", samples=["5", 0], vae=["1", 2], tile_size=512, overlap=64)
    assert np.array_equal(run(executor, flow)[0][0], plain)
    flow = base(size=128)
    whole = run(executor, flow)[0][0]
    flow["6"] = node("VAEDecodeTiled", samples=["5", 0], vae=["1", 2], tile_size=64, overlap=32)
    tiled = run(executor, flow)[0][0]
    assert tiled.shape == whole.shape
    assert np.abs(tiled - whole).mean() < 25
