"""What trainers call the transformer's layers.

Sources: HunyuanVideo's own names beside those of diffusers, as diffusers converts them; kohya's sd-scripts and
musubi-tuner write any of these names with ``lora_unet_`` before it and ``_`` for ``.``.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

PREFIXES = ("", "transformer.", "diffusion_model.", "base_model.model.")
KOHYA = "lora_unet_"
# a layer of the original stands for one layer of diffusers, or for several whose outputs lie one below the other
DOUBLE = {
    "img_attn_qkv": ("attn.to_q", "attn.to_k", "attn.to_v"),
    "img_attn_proj": ("attn.to_out.0",),
    "img_mlp.fc1": ("ff.net.0.proj",),
    "img_mlp.fc2": ("ff.net.2",),
    "img_mod.linear": ("norm1.linear",),
    "txt_attn_qkv": ("attn.add_q_proj", "attn.add_k_proj", "attn.add_v_proj"),
    "txt_attn_proj": ("attn.to_add_out",),
    "txt_mlp.fc1": ("ff_context.net.0.proj",),
    "txt_mlp.fc2": ("ff_context.net.2",),
    "txt_mod.linear": ("norm1_context.linear",),
}
SINGLE = {
    "linear1": ("attn.to_q", "attn.to_k", "attn.to_v", "proj_mlp"),
    "linear2": ("proj_out",),
    "modulation.linear": ("norm.linear",),
}
BLOCKS = (
    ("transformer_blocks", "double_blocks", DOUBLE),
    ("single_transformer_blocks", "single_blocks", SINGLE),
)


@dataclass(frozen=True)
class Target:
    """A linear layer of the transformer by diffusers' name."""

    name: str
    inputs: int
    outputs: int


Targets = dict[str, tuple[Target, ...]]


def targets_of(linears: Mapping[str, tuple[int, int]]) -> Targets:
    """The layers that each name of a file stands for; ``linears`` are inputs and outputs by diffusers' names."""
    plain = {name: (Target(name, *sizes),) for name, sizes in linears.items()}
    plain |= dict(_originals(linears))
    known = {prefix + name: targets for name, targets in plain.items() for prefix in PREFIXES}
    return known | {KOHYA + name.replace(".", "_"): targets for name, targets in plain.items()}


def _originals(linears: Mapping[str, tuple[int, int]]) -> Iterator[tuple[str, tuple[Target, ...]]]:
    for ours, theirs, layers in BLOCKS:
        numbers = {found[1] for name in linears if (found := re.match(rf"{ours}\.(\d+)\.", name))}
        for number in numbers:
            for layer, parts in layers.items():
                names = [f"{ours}.{number}.{part}" for part in parts]
                if all(name in linears for name in names):
                    yield f"{theirs}.{number}.{layer}", tuple(Target(name, *linears[name]) for name in names)
