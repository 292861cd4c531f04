"""From files to the parts of a checkpoint, whatever their layout."""

from collections.abc import Hashable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import torch
from diffusers import AutoencoderKL, ControlNetModel  # pyright: ignore[reportPrivateImportUsage]
from torch import Tensor
from transformers import CLIPTokenizer

from engines.batching.rowwise import make_rowwise
from engines.diffusion.conditioning import ControlNet
from engines.diffusion.vae import Vae
from engines.diffusion.weights import build
from engines.diffusion.weights.family import TOKENIZER, Family, family_of
from engines.diffusion.weights.files import below, read_part, read_tensors
from engines.diffusion.weights.models import (
    Checkpoint,
    DiffusionModel,
    ModelPlacement,
    TextEncoders,
    TextWeights,
    UnetWeights,
)
from engines.diffusion.weights.shapes import diffusers_trunk, ldm_trunk
from foundation.errors import InvalidInput

UNET, VAE, CONTROL = "model.diffusion_model.", "first_stage_model.", "control_model."
TEXT = ("cond_stage_model.transformer.", "conditioner.embedders.0.transformer.")
OPEN_TEXT = "conditioner.embedders.1.model."
OLD_VAE = {"query.": "to_q.", "key.": "to_k.", "value.": "to_v.", "proj_attn.": "to_out.0."}
State = Mapping[str, Tensor]


@cache
def tokenizer_at(folder: Path) -> Any:
    """CLIP's tokenizer from ``vocab.json`` and ``merges.txt``; any length, chunks are made later."""
    return CLIPTokenizer.from_pretrained(folder, local_files_only=True)


def read_checkpoint(path: Path, key: Hashable, place: ModelPlacement) -> Checkpoint:
    """A checkpoint from a single file or a diffusers folder. Raises InvalidInput where a part lacks."""
    if path.is_dir():
        return _from_folder(path, key, place)
    tensors = read_tensors(path)
    weights = unet_weights(tensors, key, place)
    encoders = [text_weights(_first(tensors, TEXT), (key, "text"), place, 0)]
    if weights.family.name == "sdxl":
        encoders.append(text_weights(below(tensors, OPEN_TEXT), (key, "text_2"), place, 1))
    clip = TextEncoders(tuple(encoders), tokenizer_at(TOKENIZER), weights.family)
    return Checkpoint(DiffusionModel(weights), clip, read_vae(below(tensors, VAE), weights.family, place))


def _from_folder(path: Path, key: Hashable, place: ModelPlacement) -> Checkpoint:
    state, config = read_part(path / "unet")
    family = family_of(config.get("projection_class_embeddings_input_dim"))
    weights = UnetWeights((key, "unet"), place.moved(state), config, family)
    parts = ["text_encoder", "text_encoder_2"][: 2 if family.name == "sdxl" else 1]
    encoders = [text_weights(read_part(path / part)[0], (key, part), place, n) for n, part in enumerate(parts)]
    folder = path / "tokenizer" if (path / "tokenizer").is_dir() else TOKENIZER
    clip = TextEncoders(tuple(encoders), tokenizer_at(folder), family)
    vae_state, vae_config = read_part(path / "vae")
    return Checkpoint(DiffusionModel(weights), clip, _vae(_new_vae_names(vae_state), vae_config, place))


def _first(tensors: State, prefixes: tuple[str, ...]) -> dict[str, Tensor]:
    return next((found for prefix in prefixes if (found := below(tensors, prefix))), {})


def unet_weights(tensors: State, key: Hashable, place: ModelPlacement) -> UnetWeights:
    """The UNet in a checkpoint or a file of its own, in LDM's or diffusers' names."""
    if "down_blocks.0.resnets.0.conv1.weight" in tensors:
        trunk = diffusers_trunk(tensors)
        family = family_of(trunk.sizes_width)
        return UnetWeights((key, "unet"), place.moved(tensors), trunk.unet_config(family), family)
    state = below(tensors, UNET) or tensors
    trunk = ldm_trunk(state)
    family = family_of(trunk.sizes_width)
    named, config = build.unet_from_ldm(state, trunk, family)
    return UnetWeights((key, "unet"), place.moved(named), config, family)


def text_weights(tensors: State, key: Hashable, place: ModelPlacement, which: int) -> TextWeights:
    """A text encoder in CLIP's or OpenCLIP's layout; ``which`` is 0 for the first of a model, 1 for the second."""
    if "token_embedding.weight" in tensors:
        state = build.text_from_open_clip(tensors)
    else:
        state = {name.removeprefix("text_model."): value for name, value in tensors.items()}
    state = {name: value for name, value in state.items() if not name.endswith("position_ids")}
    if "embeddings.token_embedding.weight" not in state:
        raise InvalidInput("the file holds no CLIP text encoder")
    projection = state.pop("text_projection.weight", None)
    large = which == 1 or state["embeddings.token_embedding.weight"].shape[1] == 1280
    config = build.text_config(state) | {"hidden_act": "gelu" if large else "quick_gelu"}
    moved = place.moved(state)
    projected = projection.T.to(place.device, place.dtype) if projection is not None and large else None
    return TextWeights(key, moved, config, projected, 0 if large else tokenizer_at(TOKENIZER).eos_token_id)


def read_vae(tensors: State, family: Family, place: ModelPlacement) -> Vae:
    """An autoencoder in LDM's or diffusers' names. ``family`` is a guess that only the file's origin can better."""
    state = below(tensors, VAE) or tensors
    if build.DIFFUSERS_BLOCK.format(0, 0) in state:
        return _vae(_new_vae_names(state), build.vae_config(state, family.latent_scale, build.DIFFUSERS_BLOCK), place)
    named, config = build.vae_from_ldm(state, family.latent_scale)
    return _vae(named, config, place)


def _new_vae_names(state: State) -> dict[str, Tensor]:
    """Files from before diffusers 0.18 name the attention's layers otherwise."""
    return {_new_vae_name(name): value for name, value in state.items()}


def _new_vae_name(name: str) -> str:
    if "attentions" in name:
        for old, new in OLD_VAE.items():
            name = name.replace(f".{old}", f".{new}")
    return name


def _vae(state: State, config: Mapping[str, Any], place: ModelPlacement) -> Vae:
    # SDXL's overflows in half precision, and it is called once, not once a step
    place = ModelPlacement(place.device, torch.float32)
    module = build.filled(build.blank(AutoencoderKL, config), place.moved(state), "autoencoder")
    return Vae(module, place.device, place.dtype)


def read_controlnet(path: Path, key: Hashable, place: ModelPlacement) -> ControlNet:
    """A ControlNet from a file in LDM's or diffusers' names."""
    tensors = read_tensors(path)
    if "controlnet_cond_embedding.conv_in.weight" in tensors:
        trunk, state = diffusers_trunk(tensors), dict(tensors)
        config = trunk.config(family_of(trunk.sizes_width))
    else:
        state = below(tensors, CONTROL) or tensors
        if "input_hint_block.0.weight" not in state:
            raise InvalidInput(f"{path.name} holds no ControlNet")
        trunk = ldm_trunk(state)
        state, config = build.controlnet_from_ldm(state, trunk, family_of(trunk.sizes_width))
    config["conditioning_embedding_out_channels"] = _hint_widths(state)
    module = build.filled(build.blank(ControlNetModel, config), place.moved(state), "ControlNet")
    if place.device.type == "cpu":
        make_rowwise(module)
    return ControlNet(module, key)


def _hint_widths(state: State) -> tuple[int, ...]:
    """The channels of the layers that read the control picture."""
    here = "controlnet_cond_embedding."
    widths = [int(state[f"{here}conv_in.weight"].shape[0])]
    place = 1
    while f"{here}blocks.{place}.weight" in state:
        widths.append(int(state[f"{here}blocks.{place}.weight"].shape[0]))
        place += 2
    return tuple(widths)
