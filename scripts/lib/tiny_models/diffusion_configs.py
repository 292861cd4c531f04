"""The shapes of the Stable Diffusion stand-ins."""

from dataclasses import dataclass
from typing import Any

Config = dict[str, Any]


@dataclass(frozen=True)
class Shape:
    """Configurations of all parts; ``file`` and ``control_file`` are names without suffix."""

    file: str
    control_file: str
    unet: Config
    controlnet: Config
    vae: Config
    text: Config
    second_text: Config | None = None


def _vae(channels: tuple[int, ...], layers: int, scale: float) -> Config:
    return {
        "down_block_types": ("DownEncoderBlock2D",) * 4,
        "up_block_types": ("UpDecoderBlock2D",) * 4,
        "block_out_channels": channels,
        "layers_per_block": layers,
        "latent_channels": 4,
        "sample_size": 512,
        "scaling_factor": scale,
    }


def _text(width: int, inner: int, layers: int, act: str, pad: int) -> Config:
    return {
        "hidden_size": width,
        "intermediate_size": inner,
        "num_hidden_layers": layers,
        "num_attention_heads": max(1, width // 64),
        "projection_dim": width,
        "vocab_size": 49408,
        "hidden_act": act,
        "bos_token_id": 49406,
        "eos_token_id": 49407,
        "pad_token_id": pad,
    }


def _sd15(channels: tuple[int, ...], context: int) -> Config:
    return {
        "cross_attention_dim": context,
        "attention_head_dim": 8,
        "block_out_channels": channels,
        "layers_per_block": 1,
        "down_block_types": ("CrossAttnDownBlock2D", "DownBlock2D"),
    }


_SDXL: Config = {
    "cross_attention_dim": 64,
    "attention_head_dim": (1, 1, 1),
    "block_out_channels": (32, 64, 64),
    "layers_per_block": 1,
    "down_block_types": ("DownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D"),
    "transformer_layers_per_block": (1, 1, 2),
    "use_linear_projection": True,
    "addition_embed_type": "text_time",
    "addition_time_embed_dim": 256,
    "projection_class_embeddings_input_dim": 6 * 256 + 32,
}
_SD15_UP = {"up_block_types": ("UpBlock2D", "CrossAttnUpBlock2D"), "sample_size": 64}
_SDXL_UP = {"up_block_types": ("CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "UpBlock2D"), "sample_size": 128}
_HINT = {"conditioning_embedding_out_channels": (16, 32, 96, 256)}

SHAPES: dict[str, Shape] = {
    "golden-sd15": Shape(
        file="random_sd15_small",
        control_file="random_controlnet_small",
        unet=_sd15((320, 320), 768) | _SD15_UP,
        controlnet=_sd15((320, 320), 768) | _HINT,
        vae=_vae((128, 256, 512, 512), 2, 0.18215),
        text=_text(768, 3072, 12, "quick_gelu", 1),
    ),
    "tiny-sd15": Shape(
        file="tiny-sd15",
        control_file="tiny-sd15-control",
        unet=_sd15((32, 64), 32) | _SD15_UP,
        controlnet=_sd15((32, 64), 32) | _HINT,
        vae=_vae((32, 32, 32, 32), 1, 0.18215),
        text=_text(32, 64, 3, "quick_gelu", 49407),
    ),
    "tiny-sdxl": Shape(
        file="tiny-sdxl",
        control_file="tiny-sdxl-control",
        unet=_SDXL | _SDXL_UP,
        controlnet=_SDXL | _HINT,
        vae=_vae((32, 32, 32, 32), 1, 0.13025),
        text=_text(32, 64, 3, "quick_gelu", 49407),
        second_text=_text(32, 64, 3, "gelu", 0),
    ),
}
