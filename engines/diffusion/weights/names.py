"""Names of tensors: from those of diffusers to those of single files ("LDM" names)."""

import re

RESNET = (
    (".norm1.", ".in_layers.0."),
    (".conv1.", ".in_layers.2."),
    (".time_emb_proj.", ".emb_layers.1."),
    (".norm2.", ".out_layers.0."),
    (".conv2.", ".out_layers.3."),
    (".conv_shortcut.", ".skip_connection."),
)
STEM = (
    ("conv_in.", "input_blocks.0.0."),
    ("time_embedding.linear_1.", "time_embed.0."),
    ("time_embedding.linear_2.", "time_embed.2."),
    ("add_embedding.linear_1.", "label_emb.0.0."),
    ("add_embedding.linear_2.", "label_emb.0.2."),
    ("conv_norm_out.", "out.0."),
    ("conv_out.", "out.2."),
)
VAE_ATTENTION = (("group_norm", "norm"), ("to_q", "q"), ("to_k", "k"), ("to_v", "v"), ("to_out.0", "proj_out"))
VAE_LEVELS = 4
HINT_ENDS = {"conv_in": 0, "conv_out": 14}


def unet_name(name: str, layers: int, up_attention: frozenset[int]) -> str:
    """A UNet's name. ``layers`` is layers_per_block, ``up_attention`` the up blocks that have attention."""
    for ours, theirs in STEM:
        if name.startswith(ours):
            return theirs + name[len(ours) :]
    if match := re.fullmatch(r"mid_block\.(resnets|attentions)\.(\d)\.(.*)", name):
        kind, item, rest = match.groups()
        place = 1 if kind == "attentions" else 2 * int(item)
        return _inner(f"middle_block.{place}.{rest}", kind)
    match = re.fullmatch(r"(down|up)_blocks\.(\d+)\.(\w+)\.(\d+)\.(.*)", name)
    if match is None:
        raise KeyError(name)
    side, block, kind, item, rest = match[1], int(match[2]), match[3], int(match[4]), match[5]
    if kind == "downsamplers":
        return f"input_blocks.{(block + 1) * (layers + 1)}.0.op.{rest.removeprefix('conv.')}"
    if kind == "upsamplers":
        return f"output_blocks.{block * (layers + 1) + layers}.{2 if block in up_attention else 1}.{rest}"
    place = 0 if kind == "resnets" else 1
    where = "input_blocks" if side == "down" else "output_blocks"
    index = block * (layers + 1) + item + (1 if side == "down" else 0)
    return _inner(f"{where}.{index}.{place}.{rest}", kind)


def _inner(name: str, kind: str) -> str:
    if kind == "resnets":
        for ours, theirs in RESNET:
            name = name.replace(ours, theirs)
    return name


def controlnet_name(name: str, layers: int) -> str:
    """A ControlNet's name."""
    if match := re.fullmatch(r"controlnet_down_blocks\.(\d+)\.(\w+)", name):
        return f"zero_convs.{match[1]}.0.{match[2]}"
    if match := re.fullmatch(r"controlnet_mid_block\.(\w+)", name):
        return f"middle_block_out.0.{match[1]}"
    if match := re.fullmatch(r"controlnet_cond_embedding\.(.+)\.(\w+)", name):
        number = HINT_ENDS.get(match[1])
        place = 2 * int(match[1].removeprefix("blocks.")) + 2 if number is None else number
        return f"input_hint_block.{place}.{match[2]}"
    return unet_name(name, layers, frozenset())


def vae_name(name: str) -> str:
    """An autoencoder's name, of four levels."""
    last = VAE_LEVELS - 1
    name = name.replace("conv_norm_out", "norm_out").replace("conv_shortcut", "nin_shortcut")
    name = re.sub(r"down_blocks\.(\d)\.resnets\.", r"down.\1.block.", name)
    name = re.sub(r"down_blocks\.(\d)\.downsamplers\.0", r"down.\1.downsample", name)
    name = re.sub(r"up_blocks\.(\d)\.resnets\.", lambda m: f"up.{last - int(m[1])}.block.", name)
    name = re.sub(r"up_blocks\.(\d)\.upsamplers\.0", lambda m: f"up.{last - int(m[1])}.upsample", name)
    name = re.sub(r"mid_block\.resnets\.(\d)", lambda m: f"mid.block_{int(m[1]) + 1}", name)
    if "mid_block.attentions.0." in name:
        name = name.replace("mid_block.attentions.0.", "mid.attn_1.")
        for ours, theirs in VAE_ATTENTION:
            name = name.replace(f".{ours}.", f".{theirs}.")
    return name


OPEN_CLIP = (
    ("embeddings.token_embedding.", "token_embedding."),
    ("embeddings.position_embedding.weight", "positional_embedding"),
    ("encoder.layers.", "transformer.resblocks."),
    (".layer_norm1.", ".ln_1."),
    (".layer_norm2.", ".ln_2."),
    (".mlp.fc1.", ".mlp.c_fc."),
    (".mlp.fc2.", ".mlp.c_proj."),
    (".self_attn.out_proj.", ".attn.out_proj."),
    ("final_layer_norm.", "ln_final."),
)


def open_clip_name(name: str) -> tuple[str, int | None]:
    """A text encoder's name in OpenCLIP, and which third of the rows it is of: queries, keys and values are one."""
    if match := re.fullmatch(r"encoder\.layers\.(\d+)\.self_attn\.([qkv])_proj\.(\w+)", name):
        return f"transformer.resblocks.{match[1]}.attn.in_proj_{match[3]}", "qkv".index(match[2])
    for ours, theirs in OPEN_CLIP:
        name = name.replace(ours, theirs)
    return name, None
