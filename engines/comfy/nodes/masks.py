"""Nodes on masks."""

from typing import Annotated

import numpy as np
import torch
from numpy.typing import NDArray
from scipy import ndimage
from torch import Tensor

from engines.batching.step_batcher import Stopped
from engines.comfy.context import NodeContext
from engines.comfy.nodes.images import PictureName, check_picture, picture_digest, upload
from engines.comfy.pictures import read_channel
from engines.comfy.ports import MAX_SIDE, Combo, ImageIn, MaskIn, Widget, number
from engines.comfy.registry import node
from foundation.errors import InvalidInput

CHANNELS = ["red", "green", "blue", "alpha"]


@node(
    "LoadImageMask",
    "MASK",
    category="mask",
    title="Load Image (as Mask)",
    check=check_picture,
    fingerprint=picture_digest,
)
def load_image_mask(
    ctx: NodeContext, image: PictureName, channel: Annotated[str, Combo(["alpha", "red", "green", "blue"])]
) -> tuple[Tensor]:
    """One channel of a picture as a mask; for alpha, where it is transparent."""
    return (read_channel(upload(ctx, image), channel, ctx.shared.limits),)


@node("InvertMask", "MASK", category="mask")
def invert_mask(ctx: NodeContext, mask: MaskIn) -> tuple[Tensor]:
    """What was preserved is repainted, and the other way round."""
    return (1.0 - mask,)


@node("GrowMask", "MASK", category="mask")
def grow_mask(
    ctx: NodeContext,
    mask: MaskIn,
    expand: Annotated[int, number(0, -MAX_SIDE, MAX_SIDE, step=1)],
    tapered_corners: Annotated[bool, Widget("BOOLEAN", {"default": True})],
) -> tuple[Tensor]:
    """Larger by so many pixels, smaller by a negative number; tapered, it grows along the axes only."""
    corner = 0 if tapered_corners else 1
    footprint = np.array([[corner, 1, corner], [1, 1, 1], [corner, 1, corner]])
    masks = mask.reshape(-1, *mask.shape[-2:]).cpu().numpy()
    return (torch.stack([torch.from_numpy(_grown(ctx, one, expand, footprint)) for one in masks]),)


def _grown(ctx: NodeContext, mask: NDArray[np.float32], by: int, footprint: NDArray[np.int64]) -> NDArray[np.float32]:
    change = ndimage.grey_dilation if by > 0 else ndimage.grey_erosion
    # more steps than the picture is long change nothing
    for _ in range(min(abs(by), sum(mask.shape))):
        if ctx.should_stop():
            raise Stopped
        mask = np.asarray(change(mask, footprint=footprint), np.float32)
    return mask


@node("MaskToImage", "IMAGE", category="mask", title="Convert Mask to Image")
def mask_to_image(ctx: NodeContext, mask: MaskIn) -> tuple[Tensor]:
    """A grey picture of the mask."""
    return (mask.reshape(-1, *mask.shape[-2:])[..., None].expand(-1, -1, -1, 3),)


@node("ImageToMask", "MASK", category="mask", title="Convert Image to Mask")
def image_to_mask(ctx: NodeContext, image: ImageIn, channel: Annotated[str, Combo(CHANNELS)]) -> tuple[Tensor]:
    """One channel of a picture as a mask."""
    place = CHANNELS.index(channel)
    if place >= image.shape[-1]:
        raise InvalidInput("the picture has no alpha channel: take another channel, or the mask of LoadImage")
    return (image[..., place],)
