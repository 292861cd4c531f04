"""A stand-in of FramePack: random weights in a diffusers folder, with every part of the real one.

``framepack/`` is what ``HunyuanVideoFramepackPipeline.save_pretrained`` writes, ``framepack/transformer_f1`` a second
transformer, and ``framepack/prompt_template.json`` a template without words: the tokenizer here reads letters, and the
usual template would fill all of its places.
"""

import json
from pathlib import Path
from typing import Any

import torch
from diffusers import (
    AutoencoderKLHunyuanVideo,
    FlowMatchEulerDiscreteScheduler,
    HunyuanVideoFramepackPipeline,
    HunyuanVideoFramepackTransformer3DModel,
)
from torch import nn
from transformers import (
    CLIPTextConfig,
    CLIPTextModel,
    CLIPTokenizer,
    LlamaConfig,
    LlamaModel,
    LlamaTokenizer,
    SiglipImageProcessorPil,
    SiglipVisionConfig,
    SiglipVisionModel,
)

SEED = 60250
TRANSFORMER: dict[str, Any] = {
    "in_channels": 16,
    "out_channels": 16,
    "num_attention_heads": 2,
    "attention_head_dim": 16,
    "num_layers": 2,
    "num_single_layers": 2,
    "num_refiner_layers": 1,
    "text_embed_dim": 32,
    "pooled_projection_dim": 16,
    "rope_axes_dim": (4, 6, 6),
    "has_image_proj": True,
    "image_proj_dim": 32,
    "has_clean_x_embedder": True,
}
VAE = {"latent_channels": 16, "block_out_channels": (8, 8, 8, 8), "layers_per_block": 1, "norm_num_groups": 4}
PADDING: dict[str, Any] = {"pad_token": "<pad>"}
BYTES = [chr(n) for n in (*range(33, 127), *range(161, 173), *range(174, 256))]
BYTES += [chr(256 + n) for n in range(256 - len(BYTES))]


def make_transformer(seed: int, **changes: Any) -> HunyuanVideoFramepackTransformer3DModel:
    """Random weights; without ``changes`` the smallest model that has all parts."""
    torch.manual_seed(seed)
    result = HunyuanVideoFramepackTransformer3DModel(**{**TRANSFORMER, **changes})
    # as it comes, half of the answer would be that of the last layer's bias
    nn.init.normal_(result.proj_out.weight, std=result.config["attention_head_dim"] ** -0.5)
    return result.eval()


def make_vae(seed: int) -> AutoencoderKLHunyuanVideo:
    """A small autoencoder."""
    torch.manual_seed(seed)
    return AutoencoderKLHunyuanVideo(**VAE).eval()


def make_pipeline() -> HunyuanVideoFramepackPipeline:
    """All parts."""
    transformer, vae = make_transformer(SEED), make_vae(SEED)
    torch.manual_seed(SEED)
    return HunyuanVideoFramepackPipeline(
        text_encoder=LlamaModel(_llama()).eval(),
        tokenizer=_llama_tokenizer(),
        transformer=transformer,
        vae=vae,
        scheduler=FlowMatchEulerDiscreteScheduler(shift=7.0),
        text_encoder_2=CLIPTextModel(_clip()).eval(),
        tokenizer_2=_clip_tokenizer(),
        image_encoder=SiglipVisionModel(_siglip()).eval(),
        feature_extractor=_picture_processor(),
    )


def write_framepack(folder: Path) -> Path:
    """Write ``framepack`` below the model folder; gives its path."""
    out = folder / "framepack"
    make_pipeline().save_pretrained(out)
    make_transformer(SEED + 1).save_pretrained(out / "transformer_f1")
    (out / "prompt_template.json").write_text(json.dumps({"template": "{}", "crop_start": 0}) + "\n")
    return out


def _picture_processor() -> Any:
    # its own type for Pillow, which the pipeline takes as well
    return SiglipImageProcessorPil(size={"height": 32, "width": 32})


def _llama() -> LlamaConfig:
    sizes: dict[str, Any] = {
        "hidden_size": 32,
        "intermediate_size": 64,
        "num_hidden_layers": 3,
        "num_attention_heads": 2,
    }
    return LlamaConfig(vocab_size=512, num_key_value_heads=2, pad_token_id=0, **sizes)


def _clip() -> CLIPTextConfig:
    sizes: dict[str, Any] = {
        "hidden_size": 16,
        "intermediate_size": 32,
        "num_hidden_layers": 2,
        "num_attention_heads": 2,
    }
    return CLIPTextConfig(vocab_size=514, bos_token_id=512, eos_token_id=513, pad_token_id=513, **sizes)


def _siglip() -> SiglipVisionConfig:
    sizes: dict[str, Any] = {
        "hidden_size": 32,
        "intermediate_size": 64,
        "num_hidden_layers": 2,
        "num_attention_heads": 2,
    }
    return SiglipVisionConfig(image_size=32, patch_size=8, **sizes)


def _llama_tokenizer() -> LlamaTokenizer:
    special = ["<pad>", "<s>", "</s>", "<unk>"]
    letters = ["▁", *[chr(n) for n in range(33, 127)]]
    tokens = [*special, *[f"<0x{n:02X}>" for n in range(256)], *letters]
    vocab = {token: number for number, token in enumerate(tokens)}
    return LlamaTokenizer(vocab=vocab, merges=[], model_max_length=512, **PADDING)


def _clip_tokenizer() -> CLIPTokenizer:
    tokens = [*BYTES, *[f"{letter}</w>" for letter in BYTES], "<|startoftext|>", "<|endoftext|>"]
    vocab = {token: number for number, token in enumerate(tokens)}
    return CLIPTokenizer(vocab=vocab, merges=[], model_max_length=77)
