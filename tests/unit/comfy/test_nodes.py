"""What nodes promise, by property."""

import numpy as np
import pytest
import torch
from PIL import Image

from engines.comfy.catalogue import catalogue
from engines.comfy.edges import canny
from engines.comfy.object_info import object_info
from engines.comfy.values import Latent
from engines.diffusion.noise import initial_noise
from engines.diffusion.resize import LATENT_METHODS, PICTURE_METHODS, resize

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


def test_all_listed_nodes_are_here_and_described(executor):
    assert set(LISTED) <= set(catalogue())
    for name, info in object_info(executor.context).items():
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


def test_saving_cuts_and_does_not_round(executor):
    from engines.comfy.pictures import to_bytes

    values = torch.tensor([[[0.0, 0.999, 1.0], [-1.0, 2.0, 0.5]]])
    assert to_bytes(values).tolist() == [[[0, 254, 255], [0, 255, 127]]]
