"""Nodes for painting into pictures, and for putting pictures together."""

from dataclasses import replace
from typing import Annotated

import torch
import torch.nn.functional as F
from torch import Tensor

from engines.comfy.context import NodeContext
from engines.comfy.ports import MAX_SIDE, ImageIn, LatentIn, MaskIn, PromptsIn, VaeIn, Widget, number
from engines.comfy.registry import node
from engines.comfy.values import Latent, Prompts
from engines.diffusion.vae import cut_to_cells

Whether = Annotated[bool, Widget("BOOLEAN", {"default": True})]
WhetherNot = Annotated[bool, Widget("BOOLEAN", {"default": False})]
ModelPlacement = Annotated[int, number(0, 0, MAX_SIDE, step=1)]
GREY = 0.5


def fitted(mask: Tensor, height: int, width: int) -> Tensor:
    """A mask, B×H×W or H×W, in another size: B×1×height×width, bilinear."""
    return F.interpolate(mask.reshape(-1, 1, *mask.shape[-2:]).float(), size=(height, width), mode="bilinear")


def _picture_and_mask(pixels: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
    """Both cut to whole latent cells: B×H×W×C and B×H×W."""
    sized = fitted(mask, pixels.shape[1], pixels.shape[2])[:, 0]
    return cut_to_cells(pixels), cut_to_cells(sized)


def _greyed(pixels: Tensor, mask: Tensor) -> Tensor:
    """Grey wherever the rounded mask is 1."""
    unmasked = (1 - mask.round())[..., None]
    return (pixels - GREY) * unmasked + GREY


def grown_for_inpaint(mask: Tensor, by: int) -> Tensor:
    """The mask, B×H×W, larger by about half of ``by`` pixels a side, all 0 or 1."""
    if by == 0:
        return mask.round()
    padding = -(-(by - 1) // 2)
    spread = F.conv2d(mask.round()[:, None], torch.ones(1, 1, by, by), padding=padding).clamp(0, 1)
    return spread[:, 0, : mask.shape[1], : mask.shape[2]].round()


@node("VAEEncodeForInpaint", "LATENT", category="latent/inpaint", title="VAE Encode (for Inpainting)")
def vae_encode_for_inpaint(
    ctx: NodeContext,
    pixels: ImageIn,
    vae: VaeIn,
    mask: MaskIn,
    grow_mask_by: Annotated[int, number(6, 0, 64, step=1)],
) -> tuple[Latent]:
    """The latent of the picture with grey under the mask; only there it is painted. For full denoise."""
    cut, own = _picture_and_mask(pixels, mask)
    return (Latent(vae.encode(_greyed(cut, own)), grown_for_inpaint(own, grow_mask_by)),)


@node(
    "InpaintModelConditioning",
    "CONDITIONING",
    "CONDITIONING",
    "LATENT",
    category="conditioning/inpaint",
    names=("positive", "negative", "latent"),
)
def inpaint_model_conditioning(
    ctx: NodeContext,
    positive: PromptsIn,
    negative: PromptsIn,
    vae: VaeIn,
    pixels: ImageIn,
    mask: MaskIn,
    noise_mask: Whether,
) -> tuple[Prompts, Prompts, Latent]:
    """The extra channels of inpainting models: the mask, and the picture without what lies under it."""
    cut, own = _picture_and_mask(pixels, mask)
    seen = vae.encode(_greyed(cut, own))
    cells = fitted(own, seen.shape[-2], seen.shape[-1]).round()
    batch = max(cells.shape[0], seen.shape[0])
    extra = torch.cat([_spread(cells, batch), _spread(seen, batch)], dim=1)
    latent = Latent(vae.encode(cut), own if noise_mask else None)
    return _with(positive, extra), _with(negative, extra), latent


def _spread(values: Tensor, batch: int) -> Tensor:
    return values[[place % values.shape[0] for place in range(batch)]]


def _with(prompts: Prompts, extra: Tensor) -> Prompts:
    return tuple(replace(one, extra=extra) for one in prompts)


@node("SetLatentNoiseMask", "LATENT", category="latent/inpaint", title="Set Latent Noise Mask")
def set_latent_noise_mask(ctx: NodeContext, samples: LatentIn, mask: MaskIn) -> tuple[Latent]:
    """Only where the mask is 1 the latent may change."""
    return (replace(samples, noise_mask=mask.reshape(-1, *mask.shape[-2:])),)


@node("ImageCompositeMasked", "IMAGE", category="image")
def image_composite_masked(
    ctx: NodeContext,
    destination: ImageIn,
    source: ImageIn,
    x: ModelPlacement,
    y: ModelPlacement,
    resize_source: WhetherNot,
    mask: MaskIn | None = None,
) -> tuple[Tensor]:
    """The source laid on the destination at a place, through a mask if there is one."""
    height, width = destination.shape[1:3]
    source = source[..., : destination.shape[-1]].movedim(-1, 1)
    if resize_source:
        source = F.interpolate(source, size=(height, width), mode="bilinear")
    batch = destination.shape[0]
    source = _spread(source, batch)
    high, wide = source.shape[-2:]
    opaque = torch.ones(1, 1, high, wide) if mask is None else fitted(mask, high, wide)
    opaque = _spread(opaque, batch)
    high, wide = min(high, height - y), min(wide, width - x)
    if high <= 0 or wide <= 0:
        return (destination,)
    result = destination.clone()
    under = result[:, y : y + high, x : x + wide]
    share = opaque[:, :, :high, :wide].movedim(1, -1)
    over = source[:, :, :high, :wide].movedim(1, -1)
    result[:, y : y + high, x : x + wide] = over * share + under * (1 - share)
    return (result,)
