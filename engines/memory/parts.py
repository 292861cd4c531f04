"""The parts that Koma loads, by the configurations of their published weights.

Sources: the defaults of diffusers' classes, which are those of lllyasviel/FramePackI2V_HY; the ``config.json`` files of
hunyuanvideo-community/HunyuanVideo (text), of lllyasviel/flux_redux_bfl (picture encoder), of
stable-diffusion-v1-5/stable-diffusion-v1-5 and of stabilityai/stable-diffusion-xl-base-1.0.
"""

from collections.abc import Callable, Mapping
from typing import Any, cast

import torch
from diffusers import AutoencoderKL, AutoencoderKLHunyuanVideo, ControlNetModel, UNet2DConditionModel  # pyright: ignore[reportPrivateImportUsage]
from torch import nn
from transformers import CLIPTextConfig, CLIPTextModel, LlamaConfig, LlamaModel, SiglipVisionConfig, SiglipVisionModel

from engines.framepack.transformer import OneFrameTransformer
from engines.inpaint.models.ffc import Generator

FRAMEPACK = {"image_proj_dim": 1152, "has_image_proj": True, "has_clean_x_embedder": True}
LLAMA_3_8B: dict[str, Any] = {
    "vocab_size": 128320,
    "hidden_size": 4096,
    "intermediate_size": 14336,
    "num_hidden_layers": 32,
    "num_attention_heads": 32,
    "num_key_value_heads": 8,
}
CLIP_L: dict[str, Any] = {
    "hidden_size": 768,
    "intermediate_size": 3072,
    "num_hidden_layers": 12,
    "num_attention_heads": 12,
}
CLIP_BIGG: dict[str, Any] = {
    "hidden_size": 1280,
    "intermediate_size": 5120,
    "num_hidden_layers": 32,
    "num_attention_heads": 20,
}
SIGLIP_SO400M: dict[str, Any] = {
    "hidden_size": 1152,
    "intermediate_size": 4304,
    "num_hidden_layers": 27,
    "num_attention_heads": 16,
    "image_size": 384,
    "patch_size": 14,
}
SD15_UNET: dict[str, Any] = {"cross_attention_dim": 768, "sample_size": 64}
SDXL_UNET: dict[str, Any] = {
    "sample_size": 128,
    "down_block_types": ("DownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D"),
    "up_block_types": ("CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "UpBlock2D"),
    "block_out_channels": (320, 640, 1280),
    "attention_head_dim": [5, 10, 20],
    "transformer_layers_per_block": [1, 2, 10],
    "cross_attention_dim": 2048,
    "use_linear_projection": True,
    "addition_embed_type": "text_time",
    "addition_time_embed_dim": 256,
    "projection_class_embeddings_input_dim": 2816,
}
STABLE_VAE: dict[str, Any] = {
    "down_block_types": ("DownEncoderBlock2D",) * 4,
    "up_block_types": ("UpDecoderBlock2D",) * 4,
    "block_out_channels": (128, 256, 512, 512),
    "layers_per_block": 2,
}


def _transformer() -> nn.Module:
    return OneFrameTransformer(**FRAMEPACK).by_row()


PARTS: Mapping[str, Callable[[], nn.Module]] = {
    "framepack.transformer": _transformer,
    "framepack.llama": lambda: LlamaModel(LlamaConfig(**LLAMA_3_8B)),
    "framepack.clip": lambda: CLIPTextModel(CLIPTextConfig(**CLIP_L)),
    "framepack.siglip": lambda: SiglipVisionModel(SiglipVisionConfig(**SIGLIP_SO400M)),
    # diffusers annotates its tuples as tuples of one
    "framepack.vae": cast(Any, AutoencoderKLHunyuanVideo),
    "sd15.unet": lambda: UNet2DConditionModel(**SD15_UNET),
    "sd15.vae": lambda: AutoencoderKL(**STABLE_VAE),
    "sd15.clip": lambda: CLIPTextModel(CLIPTextConfig(**CLIP_L)),
    "sd15.controlnet": lambda: ControlNetModel(cross_attention_dim=768),
    "sdxl.unet": lambda: UNet2DConditionModel(**SDXL_UNET),
    "sdxl.vae": lambda: AutoencoderKL(**STABLE_VAE),
    "sdxl.clip": lambda: CLIPTextModel(CLIPTextConfig(**CLIP_L)),
    "sdxl.bigg": lambda: CLIPTextModel(CLIPTextConfig(**CLIP_BIGG)),
    "lama.generator": Generator,
}


def weights_of(name: str, dtype: torch.dtype, fp8: bool = False) -> tuple[int, int]:
    """How many numbers a part has, and how many bytes they take; ``fp8`` as ``prepare`` stores a transformer."""
    before = torch.get_default_dtype()
    torch.set_default_dtype(dtype)
    try:
        with torch.device("meta"):
            module = PARTS[name]()
    finally:
        torch.set_default_dtype(before)
    if fp8:
        module.enable_layerwise_casting(storage_dtype=torch.float8_e4m3fn, compute_dtype=dtype)  # type: ignore[operator]
    tensors = [*module.parameters(), *module.buffers()]
    return sum(p.numel() for p in module.parameters()), sum(t.numel() * t.element_size() for t in tensors)
