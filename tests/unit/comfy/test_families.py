"""SD 1.5 and SDXL stand-ins through the real loading code."""

import numpy as np
import pytest
import torch

from engines.comfy.context import ComfyContext
from engines.comfy.execute import Executor
from engines.comfy.outputs import MemoryOutputs
from engines.diffusion.weights.library import Library
from tests.unit.comfy.flows import base, from_picture, node, run

FAMILIES = ["tiny-sd15", "tiny-sdxl"]


@pytest.mark.parametrize("family", FAMILIES)
def test_a_single_file_equals_the_folder(executor, family):
    single, _ = run(executor, base(f"{family}.safetensors"))
    folder, _ = run(executor, base(family))
    assert np.array_equal(single[0], folder[0])
    assert single[0].std() > 3


@pytest.mark.parametrize("family", FAMILIES)
def test_text_to_image_image_to_image_and_inpainting(executor, family):
    pictures = [run(executor, base(f"{family}.safetensors"))[0][0]]
    pictures.append(run(executor, from_picture(base(f"{family}.safetensors")))[0][0])
    inpaint = from_picture(base(f"{family}.safetensors"), "hole.png")
    inpaint["4"] = node("VAEEncodeForInpaint", pixels=["10", 0], vae=["1", 2], mask=["10", 1], grow_mask_by=6)
    pictures.append(run(executor, inpaint)[0][0])
    assert all(picture.shape == (64, 64, 3) for picture in pictures)
    assert len({picture.tobytes() for picture in pictures}) == 3


@pytest.mark.parametrize("family", FAMILIES)
def test_prompts_change_the_picture(executor, family):
    first, second = base(f"{family}.safetensors"), base(f"{family}.safetensors")
    second["2"]["inputs"]["text"] = "a ship at night"
    assert not torch.equal(run(executor, first)[1][0], run(executor, second)[1][0])


@pytest.mark.parametrize("family", FAMILIES)
def test_a_controlnet_steers(executor, family):
    flow = base(f"{family}.safetensors")
    plain = run(executor, flow)[1][0]
    flow["10"] = node("LoadImage", image="house.png")
    flow["11"] = node("ControlNetLoader", control_net_name=f"{family}-control.safetensors")
    flow["12"] = node("ControlNetApplyAdvanced", positive=["2", 0], negative=["3", 0], control_net=["11", 0])
    flow["12"]["inputs"] |= {"image": ["10", 0], "strength": 1.0, "start_percent": 0.0, "end_percent": 1.0}
    flow["5"]["inputs"] |= {"positive": ["12", 0], "negative": ["12", 1]}
    steered = run(executor, flow)[1][0]
    assert not torch.allclose(plain, steered, atol=1e-3)


def test_sdxl_hears_of_sizes_and_of_two_texts(executor):
    flow = base("tiny-sdxl.safetensors")
    sizes = {"width": 64, "height": 64, "crop_w": 0, "crop_h": 0, "target_width": 64, "target_height": 64}
    text = flow["2"]["inputs"]["text"]
    flow["2"] = node("CLIPTextEncodeSDXL", clip=["1", 1], text_g=text, text_l=text, **sizes)
    same = run(executor, flow)[1][0]
    assert torch.equal(same, run(executor, base("tiny-sdxl.safetensors"))[1][0])
    for change in ({"crop_w": 32}, {"target_height": 128}, {"text_g": "a ship"}, {"text_l": "a ship " * 60}):
        flow["2"]["inputs"].update(change)
        changed = run(executor, flow)[1][0]
        assert not torch.equal(changed, same), change
        same = changed


def test_sdxl_conditioning_is_both_encoders_side_by_side(library):
    clip = library.clip(library.checkpoint("tiny-sdxl.safetensors").clip)
    encoded = clip.encode("a house")
    assert encoded.context.shape == (1, 77, 64)
    assert encoded.pooled.shape == (1, 32)
    assert clip.encode("a house " * 60).context.shape == (1, 154, 64)


def test_prompts_of_another_family_are_refused_with_the_node(executor):
    from engines.comfy.errors import NodeRefused

    flow = base("tiny-sd15.safetensors")
    flow["11"] = node("CheckpointLoaderSimple", ckpt_name="tiny-sdxl.safetensors")
    flow["2"]["inputs"]["clip"] = ["11", 1]
    with pytest.raises(NodeRefused, match=r"node 5 \(KSampler\)"):
        run(executor, flow)


@pytest.mark.parametrize("family", FAMILIES)
def test_another_type_of_number_gives_nearly_the_same(executor, tiny_models, inputs, family):
    """Weights and calls in bfloat16, all else in float32: what a GPU does in half precision."""
    half = Executor(ComfyContext(Library(tiny_models, dtype=torch.bfloat16), inputs, MemoryOutputs()))
    flow = from_picture(base(f"{family}.safetensors", cfg=2.0))
    first, second = run(executor, flow)[1][0], run(half, flow)[1][0]
    assert second.dtype == torch.float32
    assert (first - second).std() / first.std() < 0.1
