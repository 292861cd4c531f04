"""Modules from configurations and tensors."""

from collections.abc import Callable, Mapping
from typing import Any

import torch
from diffusers import AutoencoderKL, ControlNetModel, UNet2DConditionModel  # pyright: ignore[reportPrivateImportUsage]
from torch import Tensor, nn
from transformers import CLIPTextConfig, CLIPTextModel

from engines.diffusion.weights.family import Family
from engines.diffusion.weights.names import controlnet_name, open_clip_name, unet_name, vae_name
from engines.diffusion.weights.shapes import State, Trunk
from foundation.errors import InvalidInput

Config = Mapping[str, Any]
HEAD_WIDTH = 64


def blank(maker: Callable[..., Any], config: Config) -> Any:
    """A module without memory for its weights; keys that a newer version knows are left out."""
    known = {name: value for name, value in config.items() if not name.startswith("_")}
    with torch.device("meta"):
        return maker(**known)


def filled(module: nn.Module, state: State, what: str) -> nn.Module:
    """The module with these tensors as its weights, shared and not copied. Raises InvalidInput where some lack."""
    # before the weights: those that were loaded without autograd can never get a gradient
    module.requires_grad_(False)
    missing, unexpected = module.load_state_dict(dict(state), strict=False, assign=True)
    if missing or unexpected:
        raise InvalidInput(f"the {what} does not fit: {len(missing)} tensors lack, {len(unexpected)} are left over")
    return module.eval()


def renamed(module: nn.Module, state: State, rename: Callable[[str], str], what: str) -> dict[str, Tensor]:
    """The tensors of a single file under the module's own names."""
    taken: dict[str, Tensor] = {}
    for name, blank_tensor in module.state_dict().items():
        theirs = rename(name)
        if theirs not in state:
            raise InvalidInput(f"the {what} lacks the tensor {theirs}")
        # single files keep some linear layers as convolutions of one pixel
        taken[name] = state[theirs].reshape(blank_tensor.shape)
    return taken


def unet_from_ldm(state: State, trunk: Trunk, family: Family) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """Tensors and configuration of a single file's UNet, as diffusers has them."""
    config = trunk.unet_config(family)
    layers, up = trunk.levels[0].layers, trunk.up_attention
    module = blank(UNet2DConditionModel, config)
    return renamed(module, state, lambda name: unet_name(name, layers, up), "UNet"), config


def controlnet_from_ldm(state: State, trunk: Trunk, family: Family) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """As ``unet_from_ldm`` for a ControlNet."""
    config = trunk.config(family)
    layers = trunk.levels[0].layers
    module = blank(ControlNetModel, config)
    return renamed(module, state, lambda name: controlnet_name(name, layers), "ControlNet"), config


LDM_BLOCK = "encoder.down.{}.block.{}.conv1.weight"
DIFFUSERS_BLOCK = "encoder.down_blocks.{}.resnets.{}.conv1.weight"


def vae_config(state: State, scale: float, block: str = LDM_BLOCK) -> dict[str, Any]:
    """The configuration of an autoencoder, read from its tensors. ``block`` is how its layout names a layer."""
    levels = [n for n in range(8) if block.format(n, 0) in state]
    channels = tuple(int(state[block.format(n, 0)].shape[0]) for n in levels)
    if len(channels) != 4 or "decoder.conv_in.weight" not in state:
        raise InvalidInput("the file holds no autoencoder of Stable Diffusion")
    return {
        "down_block_types": ("DownEncoderBlock2D",) * len(channels),
        "up_block_types": ("UpDecoderBlock2D",) * len(channels),
        "block_out_channels": channels,
        "layers_per_block": sum(block.format(0, n) in state for n in range(8)),
        "latent_channels": int(state["decoder.conv_in.weight"].shape[1]),
        "scaling_factor": scale,
    }


def vae_from_ldm(state: State, scale: float) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """As ``unet_from_ldm`` for an autoencoder."""
    config = vae_config(state, scale)
    return renamed(blank(AutoencoderKL, config), state, vae_name, "autoencoder"), config


def text_config(state: State) -> dict[str, Any]:
    """The configuration of a CLIP text encoder with transformers' names."""
    words = state["embeddings.token_embedding.weight"]
    width = int(words.shape[1])
    layers = sum(name.endswith(".layer_norm1.weight") for name in state)
    return {
        "hidden_size": width,
        "intermediate_size": int(state["encoder.layers.0.mlp.fc1.weight"].shape[0]),
        "num_hidden_layers": layers,
        "num_attention_heads": max(1, width // HEAD_WIDTH),
        "vocab_size": int(words.shape[0]),
        "max_position_embeddings": int(state["embeddings.position_embedding.weight"].shape[0]),
    }


def blank_text(config: Config) -> Any:
    """A CLIP text encoder without memory for its weights."""
    module = blank(lambda **known: CLIPTextModel(CLIPTextConfig(**known)), config)
    places = torch.arange(module.embeddings.position_embedding.weight.shape[0])
    # not in any file, so it must not stay without memory
    module.embeddings.position_ids = nn.Buffer(places.expand((1, -1)), persistent=False)
    return module


def text_from_open_clip(state: State) -> dict[str, Tensor]:
    """The tensors of an OpenCLIP text encoder under transformers' names, its projection included."""
    layers = sum(name.endswith(".ln_1.weight") for name in state)
    width = int(state["token_embedding.weight"].shape[1])
    config = {"hidden_size": width, "num_hidden_layers": layers, "num_attention_heads": max(1, width // HEAD_WIDTH)}
    taken: dict[str, Tensor] = {}
    for name in blank_text(config).state_dict():
        theirs, third = open_clip_name(name)
        if theirs not in state:
            raise InvalidInput(f"the text encoder lacks the tensor {theirs}")
        taken[name] = state[theirs] if third is None else state[theirs].chunk(3)[third]
    if "text_projection" in state:
        taken["text_projection.weight"] = state["text_projection"].T
    elif "text_projection.weight" in state:
        taken["text_projection.weight"] = state["text_projection.weight"]
    return taken
