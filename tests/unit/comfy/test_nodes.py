"""What nodes promise, by property."""

import numpy as np
import pytest
import torch
from PIL import Image

from engines.comfy.context import House, NodeContext
from engines.comfy.edges import canny
from engines.comfy.object_info import object_info
from engines.comfy.outputs import MemoryOutputs
from engines.comfy.registry import catalogue
from engines.comfy.values import Latent
from engines.diffusion.noise import initial_noise
from engines.diffusion.resize import LATENT_METHODS, PICTURE_METHODS, resize
from engines.diffusion.samplers import SAMPLERS
from engines.diffusion.schedules import SCHEDULES
from tests.unit.comfy.flows import base, from_picture, ksampler, node, run

LISTED = [
    "CheckpointLoaderSimple",
    "VAELoader",
    "UNETLoader",
    "CLIPLoader",
    "DualCLIPLoader",
    "CLIPTextEncode",
    "CLIPSetLastLayer",
    "CLIPTextEncodeSDXL",
    "ConditioningCombine",
    "ConditioningConcat",
    "ConditioningSetMask",
    "LoadImage",
    "LoadImageMask",
    "ImageScale",
    "ImageScaleBy",
    "ImageScaleToTotalPixels",
    "ImageBatch",
    "ImageInvert",
    "ImagePadForOutpaint",
    "ImageCompositeMasked",
    "Canny",
    "GrowMask",
    "InvertMask",
    "MaskToImage",
    "ImageToMask",
    "EmptyLatentImage",
    "VAEEncode",
    "VAEEncodeForInpaint",
    "SetLatentNoiseMask",
    "InpaintModelConditioning",
    "LatentUpscale",
    "LatentUpscaleBy",
    "RepeatLatentBatch",
    "LatentFromBatch",
    "KSampler",
    "KSamplerAdvanced",
    "SamplerCustom",
    "BasicScheduler",
    "KSamplerSelect",
    "LoraLoader",
    "LoraLoaderModelOnly",
    "ControlNetLoader",
    "ControlNetApply",
    "ControlNetApplyAdvanced",
    "VAEDecode",
    "VAEDecodeTiled",
    "SaveImage",
    "PreviewImage",
    "SaveImageWebsocket",
    "SaveLatent",
]


@pytest.fixture
def call(library, inputs):
    """Calls a node's function by class name."""
    house = House(library, inputs, MemoryOutputs())
    context = NodeContext(house, "1", {}, lambda *_: None, lambda: False)
    return lambda name, **values: catalogue()[name].run(context, **values)


def test_all_listed_nodes_are_here_and_described(executor):
    assert set(LISTED) <= set(catalogue())
    for name, info in object_info(executor.house).items():
        assert info["name"] == name
        assert info["description"]
        assert len(info["output"]) == len(info["output_name"]) == len(info["output_is_list"])
        for group, inputs in info["input"].items():
            assert info["input_order"][group] == list(inputs)


def picture(height=6, width=10, batch=1, seed=0):
    return torch.rand(batch, height, width, 3, generator=torch.Generator().manual_seed(seed))


@pytest.mark.parametrize("method", PICTURE_METHODS)
@pytest.mark.parametrize("crop", ["disabled", "center"])
def test_scaling_keeps_a_plain_picture_plain(call, method, crop):
    plain = torch.full((2, 30, 20, 3), 0.4)
    scaled = call("ImageScale", image=plain, upscale_method=method, width=17, height=13, crop=crop)[0]
    assert scaled.shape == (2, 13, 17, 3)
    assert torch.allclose(scaled, torch.tensor(0.4), atol=1 / 255)


def test_scaling_cuts_the_middle_and_fills_in_sides(call):
    wide = torch.zeros(1, 8, 24, 3)
    wide[:, :, 8:16] = 1
    cut = call("ImageScale", image=wide, upscale_method="nearest-exact", width=8, height=8, crop="center")[0]
    assert torch.equal(cut, torch.ones(1, 8, 8, 3))
    for given, expected in (((0, 4), (4, 12)), ((12, 0), (4, 12)), ((0, 0), (8, 24))):
        sized = call("ImageScale", image=wide, upscale_method="area", width=given[0], height=given[1], crop="disabled")[
            0
        ]
        assert sized.shape[1:3] == expected
    assert call("ImageScaleBy", image=wide, upscale_method="bilinear", scale_by=0.5)[0].shape == (1, 4, 12, 3)
    total = call("ImageScaleToTotalPixels", image=wide, upscale_method="bilinear", megapixels=0.01)[0]
    assert total.shape[1] * total.shape[2] == pytest.approx(0.01 * 1024**2, rel=0.03)


def test_lanczos_is_pillows(call):
    source = (picture(20, 16) * 255).round() / 255
    ours = call("ImageScale", image=source, upscale_method="lanczos", width=9, height=11, crop="disabled")[0]
    image = Image.fromarray((source[0].numpy() * 255).astype(np.uint8)).resize((9, 11), Image.Resampling.LANCZOS)
    assert np.array_equal((ours[0].numpy() * 255).round().astype(np.uint8), np.asarray(image))


@pytest.mark.parametrize("method", LATENT_METHODS)
def test_latents_are_scaled_in_cells(call, method):
    latent = Latent(initial_noise((2, 4, 6, 8), 1))
    sized = call("LatentUpscale", samples=latent, upscale_method=method, width=96, height=0, crop="disabled")[0]
    assert sized.samples.shape == (2, 4, 9, 12)
    assert call("LatentUpscaleBy", samples=latent, upscale_method=method, scale_by=1.5)[0].samples.shape == (
        2,
        4,
        9,
        12,
    )
    whole = call("LatentUpscale", samples=latent, upscale_method=method, width=0, height=0, crop="disabled")[0]
    assert whole is latent


def test_bislerp_turns_vectors_without_shrinking_them():
    east, north = torch.tensor([1.0, 0, 0, 0]), torch.tensor([0.0, 1, 0, 0])
    cells = torch.stack([east, north], dim=-1)[None, :, None]
    turned = resize(cells, 4, 1, "bislerp")
    assert torch.allclose(turned.norm(dim=1), torch.ones(1, 1, 4), atol=1e-5)
    assert float(resize(cells, 4, 1, "bilinear").norm(dim=1).min()) < 0.9
    assert torch.allclose(resize(cells, 2, 1, "bislerp"), cells, atol=1e-5)


def test_batches_of_pictures(call):
    both = call("ImageBatch", image1=picture(8, 8), image2=picture(4, 16))[0]
    assert both.shape == (2, 8, 8, 3)
    assert torch.equal(both[:1], picture(8, 8))
    assert torch.allclose(call("ImageInvert", image=both)[0] + both, torch.ones(1))


def test_outpainting_borders_are_grey_and_feathered(call):
    image = torch.ones(1, 40, 40, 3)
    padded, mask = call("ImagePadForOutpaint", image=image, left=8, top=0, right=0, bottom=16, feathering=10)
    assert padded.shape == (1, 56, 48, 3)
    assert mask.shape == (1, 56, 48)
    assert (padded[:, :, :8] == 0.5).all()
    assert (mask[:, :, :8] == 1).all()
    assert (mask[:, 40:] == 1).all()
    assert float(mask[0, 10, 8]) == 1
    row = mask[0, 5, 8:20]
    assert (row.diff() <= 0).all()
    assert float(mask[0, 5, 18]) == 0
    assert (mask[0, :20, 25:] == 0).all()
    assert (
        call("ImagePadForOutpaint", image=image, left=8, top=0, right=0, bottom=0, feathering=0)[1][:, :, 8:].sum() == 0
    )


@pytest.mark.parametrize("tapered", [True, False])
def test_masks_grow_and_shrink(call, tapered):
    mask = torch.zeros(1, 15, 15)
    mask[:, 7, 7] = 1
    grown = call("GrowMask", mask=mask, expand=3, tapered_corners=tapered)[0]
    assert int(grown.sum()) == (25 if tapered else 49)
    assert torch.equal(call("GrowMask", mask=grown, expand=-3, tapered_corners=tapered)[0], mask)
    assert torch.equal(call("GrowMask", mask=mask, expand=0, tapered_corners=tapered)[0], mask)
    assert torch.equal(call("InvertMask", mask=mask)[0], 1 - mask)


def test_masks_and_pictures(call, inputs):
    mask = picture()[..., 0]
    image = call("MaskToImage", mask=mask)[0]
    assert image.shape == (1, 6, 10, 3)
    for channel in ("red", "green", "blue"):
        assert torch.equal(call("ImageToMask", image=image, channel=channel)[0], mask)
    image, hole = call("LoadImage", image="hole.png")
    assert image.shape == (1, 64, 64, 3)
    assert float(hole[0, 32, 32]) == 1
    assert float(hole[0, 0, 0]) == 0
    assert torch.equal(call("LoadImageMask", image="hole.png", channel="alpha")[0], hole)
    assert torch.equal(
        call("LoadImageMask", image="house.png", channel="red")[0], call("LoadImage", image="house.png")[0][..., 0]
    )
    assert call("LoadImage", image="house.png")[1].shape == (1, 64, 64)


def test_pictures_of_other_kinds(call, inputs):
    grey = np.arange(64 * 64, dtype=np.uint16).reshape(64, 64) * 16
    Image.fromarray(grey).save(inputs / "deep.png")
    deep = call("LoadImage", image="deep.png")[0]
    assert float(deep.max()) == pytest.approx(grey.max() / 65535, abs=1 / 255)
    frames = [Image.new("RGB", (8, 8), colour) for colour in ("red", "blue")]
    frames[0].save(inputs / "moving.gif", save_all=True, append_images=frames[1:])
    assert call("LoadImage", image="moving.gif")[0].shape == (2, 8, 8, 3)
    assert call("LoadImage", image="moving.gif [input]")[0].shape == (2, 8, 8, 3)


@pytest.mark.parametrize(("x", "y"), [(0, 0), (5, 3), (9, 0), (50, 2), (2, 50)])
def test_composites_stay_inside(call, x, y):
    ground, over = torch.zeros(1, 8, 12, 3), torch.ones(1, 4, 6, 3)
    laid = call("ImageCompositeMasked", destination=ground, source=over, x=x, y=y, resize_source=False)[0]
    expected = torch.zeros(8, 12)
    expected[y : y + 4, x : x + 6] = 1
    assert torch.equal(laid[0, ..., 0], expected)
    assert ground.sum() == 0


def test_a_composite_through_a_mask(call):
    ground, over = torch.zeros(2, 8, 8, 3), torch.ones(1, 4, 4, 3)
    mask = torch.full((1, 4, 4), 0.25)
    laid = call("ImageCompositeMasked", destination=ground, source=over, x=2, y=2, resize_source=True, mask=mask)[0]
    assert laid.shape == (2, 8, 8, 3)
    assert torch.allclose(laid[:, 2:, 2:], torch.tensor(0.25))


def test_canny_finds_the_border_of_a_square(call):
    image = torch.zeros(1, 32, 32, 3)
    image[:, 8:24, 8:24] = 1
    edges = call("Canny", image=image, low_threshold=0.1, high_threshold=0.3)[0]
    assert edges.shape == image.shape
    assert set(edges.unique().tolist()) == {0.0, 1.0}
    assert edges[0, 12:20, 12:20].sum() == 0
    assert (edges[0, 10:22, 6:11, 0].sum(1) >= 1).all()
    assert canny(torch.zeros(1, 3, 16, 16), 0.1, 0.3).sum() == 0


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
    kept, painted = sorted(run(executor, flow)[1], key=len)
    assert painted.shape[0] == 2
    assert torch.allclose(painted[:, :, 0], kept[:, :, 0].expand(2, -1, -1), atol=1e-4)
    assert not torch.allclose(painted[0, :, 4, 4], kept[0, :, 4, 4], atol=1e-2)
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


def test_saving_cuts_and_does_not_round(executor):
    from engines.comfy.pictures import to_bytes

    values = torch.tensor([[[0.0, 0.999, 1.0], [-1.0, 2.0, 0.5]]])
    assert to_bytes(values).tolist() == [[[0, 254, 255], [0, 255, 127]]]
