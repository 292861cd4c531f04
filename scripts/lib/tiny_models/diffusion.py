"""Stand-ins of Stable Diffusion: random weights in the layouts of published files.

Every tensor is drawn on its own from a seed made of its name in single files, then scaled and rounded to float16:
exact operations, so that the numbers are the same on every machine. ``golden-sd15`` are the weights behind the golden
pictures of ``tests/golden/comfyui``; the tiny ones have few channels and all the levels and parts of the real ones.
"""

import hashlib
import json
import re
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from diffusers import AutoencoderKL, ControlNetModel, EulerDiscreteScheduler, UNet2DConditionModel
from safetensors.torch import save_file
from torch import Tensor, nn
from transformers import CLIPTextConfig, CLIPTextModel, CLIPTextModelWithProjection

from engines.diffusion.weights.family import TOKENIZER
from engines.diffusion.weights.names import controlnet_name, open_clip_name, unet_name, vae_name
from scripts.lib.tiny_models.diffusion_configs import SHAPES, Shape

SEED = 20250
Tensors = dict[str, Tensor]
# Over the usual scale 1/sqrt(fan in); the first that matches wins. Measured once on the golden shape, so that noise is
# predicted with a deviation near 1 and prompts change the picture.
GAINS = (
    (r"diffusion_model\.out\.2\.weight", 3.5),
    (r"diffusion_model\.input_blocks\.0\.0\.weight", 3.0),
    (r"diffusion_model\..*emb_layers\.1\.weight", 3.0),
    (r"diffusion_model\..*attn2\.to_(q|k|v|out\.0)\.weight", 2.0),
    (r"first_stage_model\.quant_conv\.weight", 44.0),
    (r"first_stage_model\.decoder\.conv_out\.weight", 1.2),
)


def fill(name: str, shape: torch.Size) -> Tensor:
    """The float16 tensor that belongs to a name of a single file."""
    digest = hashlib.sha256(f"{SEED}:{name}".encode()).digest()
    generator = torch.Generator("cpu").manual_seed(int.from_bytes(digest[:4], "big"))
    uniform = torch.rand(shape, generator=generator) * 2 - 1
    if "token_embedding" in name:
        uniform *= 0.035
    elif "position" in name and "embedding" in name:
        uniform *= 0.0175
    elif len(shape) == 1:
        # every one-dimensional weight is a norm's
        uniform = uniform * 0.2 + 1 if name.endswith(".weight") else uniform * 0.02
    else:
        gain = next((gain for pattern, gain in GAINS if re.search(pattern, name)), 1.0)
        uniform *= gain / (shape.numel() // shape[0]) ** 0.5
    return uniform.half().contiguous()


def fingerprint(tensors: Mapping[str, Tensor]) -> str:
    """SHA-256 over names, types, shapes and bytes, sorted by name."""
    digest = hashlib.sha256()
    for name in sorted(tensors):
        value = tensors[name].contiguous()
        digest.update(f"{name}|{value.dtype}|{tuple(value.shape)}|".encode())
        digest.update(value.numpy().tobytes())
    return digest.hexdigest()


@dataclass(frozen=True)
class Part:
    """A module with its numbers, and the same under the names of single files."""

    module: nn.Module
    single: Tensors


def _part(make: Callable[[], nn.Module], rename: Callable[[str], str]) -> Part:
    with torch.device("meta"):
        module = make()
    single: Tensors = {}
    own: Tensors = {}
    for name, blank in module.state_dict().items():
        theirs = rename(name)
        own[name] = fill(theirs, blank.shape)
        # single files keep the autoencoder's attention as convolutions of one pixel
        pixel = "mid.attn_1" in theirs and blank.dim() == 2
        single[theirs] = own[name][:, :, None, None] if pixel else own[name]
    module.load_state_dict(own, assign=True)
    return Part(module.half().eval(), single)


def _open_clip_part(config: Mapping[str, Any], prefix: str) -> Part:
    """SDXL's second text encoder; in single files queries, keys and values are one tensor."""
    with torch.device("meta"):
        module = CLIPTextModelWithProjection(CLIPTextConfig(**config))
    own: Tensors = {}
    single: Tensors = {}
    thirds: dict[str, dict[int, Tensor]] = {}
    for name, blank in module.state_dict().items():
        theirs, third = open_clip_name(name.removeprefix("text_model."))
        value = own[name] = fill(f"{prefix}{theirs}" if third is None else f"{prefix}{name}", blank.shape)
        if theirs == "text_projection.weight":
            single[f"{prefix}text_projection"] = value.T.contiguous()
        elif third is None:
            single[prefix + theirs] = value
        else:
            thirds.setdefault(prefix + theirs, {})[third] = value
    single |= {name: torch.cat([parts[n] for n in range(3)]) for name, parts in thirds.items()}
    module.load_state_dict(own, assign=True)
    return Part(module.half().eval(), single)


def _text_name(name: str) -> str:
    return "transformer.text_model." + name.removeprefix("text_model.")


def checkpoint_parts(shape: Shape) -> dict[str, Part]:
    """All parts by their folder names."""
    ups = frozenset(n for n, block in enumerate(shape.unet["up_block_types"]) if block.startswith("CrossAttn"))
    layers = shape.unet["layers_per_block"]
    text = "cond_stage_model." if shape.second_text is None else "conditioner.embedders.0."
    parts = {
        "unet": _part(
            lambda: UNet2DConditionModel(**shape.unet),
            lambda name: "model.diffusion_model." + unet_name(name, layers, ups),
        ),
        "vae": _part(lambda: AutoencoderKL(**shape.vae), lambda name: "first_stage_model." + vae_name(name)),
        "text_encoder": _part(
            lambda: CLIPTextModel(CLIPTextConfig(**shape.text)), lambda name: text + _text_name(name)
        ),
    }
    if shape.second_text is not None:
        parts["text_encoder_2"] = _open_clip_part(shape.second_text, "conditioner.embedders.1.model.")
    return parts


def controlnet_part(shape: Shape) -> Part:
    """A ControlNet for the shape's UNet."""
    layers = shape.unet["layers_per_block"]
    return _part(
        lambda: ControlNetModel(**shape.controlnet), lambda name: "control_model." + controlnet_name(name, layers)
    )


def write_checkpoint(name: str, folder: Path, as_folder: bool = True) -> list[Path]:
    """``checkpoints/NAME.safetensors``, the same as a diffusers folder beside it, and ``controlnet/NAME.safetensors``.

    ``name`` is one of ``SHAPES``; ``folder`` has ComfyUI's folder names. Gives the paths.
    """
    shape = SHAPES[name]
    parts = checkpoint_parts(shape)
    single: Tensors = {}
    for part in parts.values():
        single |= part.single
    written = [_save(single, folder / "checkpoints" / f"{shape.file}.safetensors")]
    control = controlnet_part(shape)
    written.append(_save(control.single, folder / "controlnet" / f"{shape.control_file}.safetensors"))
    if as_folder:
        written.append(folder / "checkpoints" / shape.file)
        _write_pipeline(written[-1], parts)
    return written


def _save(tensors: Tensors, path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    save_file(tensors, path)
    return path


def _write_pipeline(folder: Path, parts: Mapping[str, Part]) -> None:
    """A diffusers pipeline folder."""
    for name, part in parts.items():
        module: Any = part.module
        module.save_pretrained(folder / name)
    large = "text_encoder_2" in parts
    betas = {"beta_start": 0.00085, "beta_end": 0.012, "beta_schedule": "scaled_linear"}
    EulerDiscreteScheduler(**betas, steps_offset=1).save_pretrained(folder / "scheduler")
    _write_tokenizer(folder / "tokenizer", "<|endoftext|>")
    index: dict[str, Any] = {
        "_class_name": "StableDiffusionXLPipeline" if large else "StableDiffusionPipeline",
        "scheduler": ["diffusers", "EulerDiscreteScheduler"],
        "text_encoder": ["transformers", "CLIPTextModel"],
        "tokenizer": ["transformers", "CLIPTokenizer"],
        "unet": ["diffusers", "UNet2DConditionModel"],
        "vae": ["diffusers", "AutoencoderKL"],
    }
    if large:
        _write_tokenizer(folder / "tokenizer_2", "!")
        index |= {
            "text_encoder_2": ["transformers", "CLIPTextModelWithProjection"],
            "tokenizer_2": ["transformers", "CLIPTokenizer"],
        }
    else:
        index |= {"safety_checker": [None, None], "feature_extractor": [None, None], "requires_safety_checker": False}
    (folder / "model_index.json").write_text(json.dumps(index, indent=2) + "\n")


def _write_tokenizer(folder: Path, pad: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for file in ("vocab.json", "merges.txt"):
        shutil.copyfile(TOKENIZER / file, folder / file)
    end = "<|endoftext|>"
    special = {"bos_token": "<|startoftext|>", "eos_token": end, "unk_token": end, "pad_token": pad}
    config = {"tokenizer_class": "CLIPTokenizer", "model_max_length": 77, **special}
    (folder / "tokenizer_config.json").write_text(json.dumps(config, indent=2) + "\n")
