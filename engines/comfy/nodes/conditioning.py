"""Nodes that turn words into conditioning and put conditionings together."""

from dataclasses import replace
from typing import Annotated

import torch

from engines.comfy.context import ComfyContext, NodeContext
from engines.comfy.ports import MAX_SIDE, ClipIn, Combo, MaskIn, PromptsIn, Text, number
from engines.comfy.registry import Values, node
from engines.comfy.values import Prompts
from engines.diffusion.conditioning import Conditioning
from engines.diffusion.weights.models import TextEncoders

Length = Annotated[int, number(1024, 0, MAX_SIDE)]
Offset = Annotated[int, number(0, 0, MAX_SIDE)]


def _short_enough(context: ComfyContext, values: Values) -> str | None:
    for name, value in values.items():
        if isinstance(value, str) and len(value) > context.limits.text:
            return f"{name} - longer than {context.limits.text} letters"
    return None


@node("CLIPTextEncode", "CONDITIONING", category="conditioning", title="CLIP Text Encode (Prompt)", check=_short_enough)
def clip_text_encode(ctx: NodeContext, text: Text, clip: ClipIn) -> tuple[Prompts]:
    """Words as the model understands them. (word:1.2) gives weight, embedding:name takes a trained word."""
    return ((ctx.shared.library.clip(clip).encode(text),),)


@node("CLIPTextEncodeSDXL", "CONDITIONING", category="advanced/conditioning", check=_short_enough)
def clip_text_encode_sdxl(
    ctx: NodeContext,
    clip: ClipIn,
    width: Length,
    height: Length,
    crop_w: Offset,
    crop_h: Offset,
    target_width: Length,
    target_height: Length,
    text_g: Text,
    text_l: Text,
) -> tuple[Prompts]:
    """Words for both encoders of SDXL, with the sizes that the model was conditioned on in training."""
    encoded = ctx.shared.library.clip(clip).encode(text_l, text_g)
    sizes = (height, width, crop_h, crop_w, target_height, target_width)
    return ((replace(encoded, sizes=sizes),),)


@node("CLIPSetLastLayer", "CLIP", category="conditioning", title="CLIP Set Last Layer")
def clip_set_last_layer(
    ctx: NodeContext, clip: ClipIn, stop_at_clip_layer: Annotated[int, number(-1, -24, -1, step=1)]
) -> tuple[TextEncoders]:
    """Read the text encoder after an earlier layer ("clip skip")."""
    return (clip.stopped_at(stop_at_clip_layer),)


@node("ConditioningCombine", "CONDITIONING", category="conditioning", title="Conditioning (Combine)")
def conditioning_combine(ctx: NodeContext, conditioning_1: PromptsIn, conditioning_2: PromptsIn) -> tuple[Prompts]:
    """Both: the model is asked with each, and the mean is taken."""
    ctx.shared.limits.check_prompts(len(conditioning_1) + len(conditioning_2), 0)
    return (conditioning_1 + conditioning_2,)


@node("ConditioningConcat", "CONDITIONING", category="conditioning", title="Conditioning (Concat)")
def conditioning_concat(ctx: NodeContext, conditioning_to: PromptsIn, conditioning_from: PromptsIn) -> tuple[Prompts]:
    """One after the other, as one longer text."""
    other = conditioning_from[0]
    longest = max(one.context.shape[1] for one in conditioning_to)
    ctx.shared.limits.check_prompts(len(conditioning_to), longest + other.context.shape[1])
    return (tuple(_joined(one, other) for one in conditioning_to),)


def _joined(one: Conditioning, other: Conditioning) -> Conditioning:
    return replace(one, context=torch.cat([one.context, other.context], dim=1))


@node("ConditioningSetMask", "CONDITIONING", category="conditioning", title="Conditioning (Set Mask)")
def conditioning_set_mask(
    ctx: NodeContext,
    conditioning: PromptsIn,
    mask: MaskIn,
    strength: Annotated[float, number(1.0, 0.0, 10.0, step=0.01)],
    set_cond_area: Annotated[str, Combo(["default", "mask bounds"])],
) -> tuple[Prompts]:
    """Words that speak of a part of the picture."""
    mask = mask if mask.dim() == 3 else mask[None]
    bounds = set_cond_area != "default"
    return (tuple(replace(one, mask=mask, mask_strength=strength, to_bounds=bounds) for one in conditioning),)
