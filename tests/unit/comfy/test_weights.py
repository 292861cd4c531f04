"""LoRAs, parts in files of their own, and shared weights."""

import pytest
import torch
from diffusers import UNet2DConditionModel
from safetensors.torch import load_file, save_file

from engines.comfy.errors import NodeRefused, PromptRefused
from engines.diffusion.weights.library import Library
from engines.diffusion.weights.lora import LoraUse
from engines.diffusion.weights.names import unet_name
from foundation.errors import InvalidInput, NotFound
from tests.unit.comfy.flows import base, node, run

LAYER = "down_blocks.0.attentions.0.transformer_blocks.0.attn1.to_q"
TEXT_LAYER = "encoder.layers.0.self_attn.q_proj"


def factors(rank: int = 2, width: int = 32, seed: int = 0) -> tuple[torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(width, rank, generator=generator), torch.randn(rank, width, generator=generator)


@pytest.fixture
def loras(tiny_models):
    folder = tiny_models / "loras"
    folder.mkdir(exist_ok=True)
    return folder


SPELLINGS = {
    "kohya": ("lora_unet_" + LAYER.replace(".", "_"), ".lora_up.weight", ".lora_down.weight"),
    "diffusers": (f"unet.{LAYER}", ".lora_B.weight", ".lora_A.weight"),
    "diffusers_old": (f"unet.{LAYER.replace('.to_q', '.processor.to_q_lora')}", ".up.weight", ".down.weight"),
    "ldm": (
        "lora_unet_" + unet_name(f"{LAYER}.weight", 1, frozenset()).removesuffix(".weight").replace(".", "_"),
        ".lora_up.weight",
        ".lora_down.weight",
    ),
}


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_every_spelling_changes_the_same_weight(loras, library, spelling):
    name, up_end, down_end = SPELLINGS[spelling]
    up, down = factors()
    save_file({name + up_end: up, name + down_end: down}, loras / f"{spelling}.safetensors")
    model = library.checkpoint("tiny-sd15.safetensors").model
    use = LoraUse(library.lora(f"{spelling}.safetensors"), 0.5)
    assert model.fits(use)
    before = library.denoiser(model).unet.get_submodule(LAYER).weight
    after = library.denoiser(model.with_lora(use)).unet.get_submodule(LAYER).weight
    assert torch.allclose(after - before, 0.5 * up @ down, atol=1e-5)


def test_alpha_over_rank_and_sums(loras, library):
    name = SPELLINGS["kohya"][0]
    up, down = factors(rank=4, seed=1)
    tensors = {f"{name}.lora_up.weight": up, f"{name}.lora_down.weight": down, f"{name}.alpha": torch.tensor(2.0)}
    save_file(tensors, loras / "alpha.safetensors")
    model = library.checkpoint("tiny-sd15.safetensors").model
    lora = library.lora("alpha.safetensors")
    twice = model.with_lora(LoraUse(lora, 1.0)).with_lora(LoraUse(lora, -0.25))
    change = twice.denoiser(library.place).unet.get_submodule(LAYER).weight - model.weights.state[f"{LAYER}.weight"]
    assert torch.allclose(change, 0.75 * 0.5 * up @ down, atol=1e-5)


def test_a_convolution_of_three_by_three_with_and_without_a_middle(loras, library):
    layer = "lora_unet_down_blocks_0_resnets_0_conv1"
    up, down = torch.randn(32, 2, 1, 1), torch.randn(2, 32, 3, 3)
    save_file({f"{layer}.lora_up.weight": up, f"{layer}.lora_down.weight": down}, loras / "conv.safetensors")
    middle = {
        f"{layer}.lora_up.weight": up,
        f"{layer}.lora_mid.weight": torch.randn(2, 2, 3, 3),
        f"{layer}.lora_down.weight": torch.randn(2, 32, 1, 1),
    }
    save_file(middle, loras / "mid.safetensors")
    model = library.checkpoint("tiny-sd15.safetensors").model
    weight = model.weights.state["down_blocks.0.resnets.0.conv1.weight"]
    x = torch.randn(1, 32, 6, 6)
    for file, chain in (
        ("conv", lambda: torch.conv2d(torch.conv2d(x, down, padding=1), up)),
        (
            "mid",
            lambda: torch.conv2d(
                torch.conv2d(
                    torch.conv2d(x, middle[f"{layer}.lora_down.weight"]), middle[f"{layer}.lora_mid.weight"], padding=1
                ),
                up,
            ),
        ),
    ):
        use = LoraUse(library.lora(f"{file}.safetensors"), 1.0)
        patched = (
            model.with_lora(use).denoiser(library.place).unet.get_submodule("down_blocks.0.resnets.0.conv1").weight
        )
        assert torch.allclose(torch.conv2d(x, patched - weight, padding=1), chain(), atol=1e-3)


def test_the_shared_weights_stay_as_they_are(loras, library):
    up, down = factors(seed=3)
    name = SPELLINGS["kohya"][0]
    save_file({f"{name}.lora_up.weight": up, f"{name}.lora_down.weight": down}, loras / "share.safetensors")
    model = library.checkpoint("tiny-sd15.safetensors").model
    plain = library.denoiser(model)
    before = {key: value.clone() for key, value in plain.unet.state_dict().items()}
    patched = library.denoiser(model.with_lora(LoraUse(library.lora("share.safetensors"), 1.0)))
    assert all(torch.equal(value, before[key]) for key, value in plain.unet.state_dict().items())
    shared = [
        a.data_ptr() == b.data_ptr()
        for a, b in zip(plain.unet.state_dict().values(), patched.unet.state_dict().values(), strict=True)
    ]
    assert shared.count(False) == 1
    assert patched.key != plain.key


def test_a_lora_on_the_text_encoder_and_clip_skip(loras, executor):
    up, down = factors(seed=4)
    layer = "lora_te_text_model_" + TEXT_LAYER.replace(".", "_")
    save_file({f"{layer}.lora_up.weight": up, f"{layer}.lora_down.weight": down}, loras / "text.safetensors")
    flow = base()
    plain = run(executor, flow)[1][0]
    flow["9"] = node("LoraLoader", model=["1", 0], clip=["1", 1], lora_name="text.safetensors")
    flow["9"]["inputs"] |= {"strength_model": 1.0, "strength_clip": 0.0}
    flow["11"] = node("CLIPSetLastLayer", clip=["9", 1], stop_at_clip_layer=-1)
    flow["2"]["inputs"]["clip"] = flow["3"]["inputs"]["clip"] = ["11", 0]
    flow["5"]["inputs"]["model"] = ["9", 0]
    assert torch.equal(run(executor, flow)[1][0], plain)
    seen = [plain]
    for change in ({"strength_clip": 1.0}, {"strength_clip": 0.5}):
        flow["9"]["inputs"] |= change
        seen.append(run(executor, flow)[1][0])
    flow["11"]["inputs"]["stop_at_clip_layer"] = -2
    seen.append(run(executor, flow)[1][0])
    assert len({latent.numpy().tobytes() for latent in seen}) == 4


def test_a_lora_for_another_model_is_refused(loras, executor):
    save_file(
        {"lora_unet_nowhere.lora_up.weight": torch.ones(2, 2), "lora_unet_nowhere.lora_down.weight": torch.ones(2, 2)},
        loras / "other.safetensors",
    )
    flow = base()
    flow["9"] = node("LoraLoaderModelOnly", model=["1", 0], lora_name="other.safetensors", strength_model=1.0)
    flow["5"]["inputs"]["model"] = ["9", 0]
    with pytest.raises(NodeRefused, match=r"node 9 .*another kind of model"):
        executor.run(flow)


def test_parts_in_files_of_their_own_equal_the_checkpoint(executor, tiny_models):
    single = load_file(tiny_models / "checkpoints" / "tiny-sdxl.safetensors")
    for folder, file, prefix in (
        ("vae", "v", "first_stage_model."),
        ("diffusion_models", "u", "model.diffusion_model."),
        ("text_encoders", "l", "conditioner.embedders.0.transformer."),
        ("text_encoders", "g", "conditioner.embedders.1.model."),
    ):
        (tiny_models / folder).mkdir(exist_ok=True)
        part = {name.removeprefix(prefix): value for name, value in single.items() if name.startswith(prefix)}
        save_file(part, tiny_models / folder / f"{file}.safetensors")
    flow = base("tiny-sdxl.safetensors")
    whole = run(executor, flow)
    flow["11"] = node("UNETLoader", unet_name="u.safetensors", weight_dtype="default")
    flow["12"] = node("DualCLIPLoader", clip_name1="l.safetensors", clip_name2="g.safetensors", type="sdxl")
    flow["13"] = node("VAELoader", vae_name="v.safetensors")
    flow["5"]["inputs"]["model"] = ["11", 0]
    flow["2"]["inputs"]["clip"] = flow["3"]["inputs"]["clip"] = ["12", 0]
    flow["6"]["inputs"]["vae"] = ["13", 0]
    del flow["1"]
    parts = run(executor, flow)
    assert torch.equal(whole[1][0], parts[1][0])
    assert (whole[0][0] == parts[0][0]).all()


def test_a_diffusers_unet_file_and_controlnet_file(executor, library, tiny_models):
    unet = load_file(tiny_models / "checkpoints" / "tiny-sd15" / "unet" / "diffusion_pytorch_model.safetensors")
    (tiny_models / "unet").mkdir(exist_ok=True)
    save_file(unet, tiny_models / "unet" / "own.safetensors")
    flow = base()
    whole = run(executor, flow)[1][0]
    flow["11"] = node("UNETLoader", unet_name="own.safetensors", weight_dtype="default")
    flow["5"]["inputs"]["model"] = ["11", 0]
    assert torch.equal(run(executor, flow)[1][0], whole)
    control = library.controlnet("tiny-sd15-control.safetensors")
    save_file(control.module.state_dict(), tiny_models / "controlnet" / "own.safetensors")
    again = library.controlnet("own.safetensors").module.state_dict()
    assert all(torch.equal(value, again[name]) for name, value in control.module.state_dict().items())


def test_an_embedding_is_a_word(executor, tiny_models):
    (tiny_models / "embeddings").mkdir(exist_ok=True)
    save_file({"emb_params": torch.randn(2, 32)}, tiny_models / "embeddings" / "art.safetensors")
    library = Library(tiny_models)
    clip = library.clip(library.checkpoint("tiny-sd15.safetensors").clip)
    plain, named = clip.encode("a house,"), clip.encode("a house, embedding:art")
    assert not torch.equal(plain.context, named.context)
    assert torch.equal(plain.context, clip.encode("a house, embedding:nowhere").context)
    stronger = clip.encode("a house, (embedding:art:1.5)")
    assert not torch.equal(stronger.context, named.context)


def test_only_safetensors_below_the_folder(library, tiny_models):
    (tiny_models / "checkpoints" / "old.ckpt").write_bytes(b"x")
    assert "old.ckpt" not in library.names("checkpoints")
    for name, error in (("old.ckpt", InvalidInput), ("../x.safetensors", InvalidInput), ("x.safetensors", NotFound)):
        with pytest.raises(error):
            library.checkpoint(name)


def test_a_file_that_is_another_model_is_refused(executor, tiny_models):
    save_file({"a.weight": torch.ones(2)}, tiny_models / "checkpoints" / "odd.safetensors")
    try:
        with pytest.raises(NodeRefused, match=r"node 1 \(CheckpointLoaderSimple\)"):
            executor.run(base("odd.safetensors"))
    finally:
        (tiny_models / "checkpoints" / "odd.safetensors").unlink()
    with pytest.raises(PromptRefused):
        executor.run(base("odd.safetensors"))


def test_shapes_of_the_published_unets_are_told_from_their_names():
    """The full UNets, without memory for their weights, through names of single files and back."""
    from engines.diffusion.weights.family import family_named, family_of
    from engines.diffusion.weights.shapes import ldm_trunk

    sd15 = {"cross_attention_dim": 768, "attention_head_dim": 8}
    sdxl = {
        "cross_attention_dim": 2048,
        "attention_head_dim": (5, 10, 20),
        "block_out_channels": (320, 640, 1280),
        "down_block_types": ("DownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D"),
        "up_block_types": ("CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "UpBlock2D"),
        "transformer_layers_per_block": (1, 2, 10),
        "use_linear_projection": True,
        "addition_embed_type": "text_time",
        "addition_time_embed_dim": 256,
        "projection_class_embeddings_input_dim": 2816,
    }
    for name, config in (("sd15", sd15), ("sdxl", sdxl)):
        with torch.device("meta"):
            unet = UNet2DConditionModel(**config)
        ups = frozenset(n for n, kind in enumerate(unet.config.up_block_types) if kind.startswith("Cross"))
        trunk = ldm_trunk({unet_name(key, 2, ups): value for key, value in unet.state_dict().items()})
        assert family_of(trunk.sizes_width) is family_named(name)
        with torch.device("meta"):
            again = UNet2DConditionModel(**trunk.unet_config(family_named(name)))
        shapes = {key: value.shape for key, value in unet.state_dict().items()}
        assert {key: value.shape for key, value in again.state_dict().items()} == shapes
        heads = {m.heads for m in unet.modules() if hasattr(m, "heads")}
        assert {m.heads for m in again.modules() if hasattr(m, "heads")} == heads


@pytest.mark.parametrize(("prefix", "half"), [("lora_te1", 0), ("lora_te2", 1), ("text_encoder_2", 1)])
def test_sdxls_text_encoders_are_told_apart(loras, library, prefix, half):
    up, down = factors(seed=5)
    layer = f"{prefix}.text_model.{TEXT_LAYER}"
    if prefix.startswith("lora"):
        layer = layer.replace(".", "_")
    save_file({f"{layer}.lora_up.weight": up, f"{layer}.lora_down.weight": down}, loras / f"{prefix}.safetensors")
    plain = library.checkpoint("tiny-sdxl.safetensors").clip
    patched = plain.with_lora(LoraUse(library.lora(f"{prefix}.safetensors"), 1.0))
    before, after = (library.clip(value).encode("a house").context for value in (plain, patched))
    changed = [not torch.equal(a, b) for a, b in zip(before.chunk(2, -1), after.chunk(2, -1), strict=True)]
    assert changed == [half == 0, half == 1]


def test_a_unet_with_inpainting_channels_sees_mask_and_picture(executor, tiny_models):
    """Nine channels: the latent, the mask, and the latent of the picture without what lies under the mask."""
    single = load_file(tiny_models / "checkpoints" / "tiny-sd15.safetensors")
    first = "model.diffusion_model.input_blocks.0.0.weight"
    single[first] = torch.cat([single[first], torch.randn(32, 5, 3, 3).half() * 0.2], dim=1)
    save_file(single, tiny_models / "checkpoints" / "nine.safetensors")
    flow = base("nine.safetensors")
    flow["10"] = node("LoadImage", image="hole.png")
    flow["11"] = node("InpaintModelConditioning", positive=["2", 0], negative=["3", 0], vae=["1", 2])
    flow["11"]["inputs"] |= {"pixels": ["10", 0], "mask": ["10", 1], "noise_mask": True}
    flow["5"]["inputs"] |= {"positive": ["11", 0], "negative": ["11", 1], "latent_image": ["11", 2]}
    seen = [run(executor, flow)[1][0]]
    flow["12"] = node("InvertMask", mask=["10", 1])
    flow["11"]["inputs"] |= {"mask": ["12", 0], "noise_mask": False}
    seen.append(run(executor, flow)[1][0])
    flow["5"]["inputs"] |= {"positive": ["2", 0], "negative": ["3", 0]}
    seen.append(run(executor, flow)[1][0])
    assert len({latent.numpy().tobytes() for latent in seen}) == 3


def test_an_autoencoder_in_diffusers_names(library, tiny_models):
    (tiny_models / "vae").mkdir(exist_ok=True)
    part = load_file(tiny_models / "checkpoints" / "tiny-sd15" / "vae" / "diffusion_pytorch_model.safetensors")
    old = {
        name.replace(".to_q.", ".query.").replace(".to_out.0.", ".proj_attn."): value for name, value in part.items()
    }
    save_file(old, tiny_models / "vae" / "old-names.safetensors")
    own, whole = library.vae("old-names.safetensors"), library.checkpoint("tiny-sd15.safetensors").vae
    latent = torch.randn(1, 4, 4, 4)
    assert torch.equal(own.decode(latent), whole.decode(latent))
    assert torch.equal(own.encode(whole.decode(latent)), whole.encode(whole.decode(latent)))
