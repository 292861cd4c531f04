"""Nodes on latents, and between latents and pictures."""

from dataclasses import replace
from typing import Annotated

import torch
from torch import Tensor

from engines.comfy.context import ComfyContext, NodeContext
from engines.comfy.nodes.images import fill_in
from engines.comfy.ports import CellSide, Combo, CropIn, ImageIn, LatentIn, Side, VaeIn, number
from engines.comfy.registry import Values, node
from engines.comfy.values import Latent
from engines.diffusion.resize import LATENT_METHODS, resize
from engines.diffusion.vae import FACTOR
from foundation.errors import InvalidInput

CHANNELS = 4
LatentMethod = Annotated[str, Combo(list(LATENT_METHODS))]


def _small_enough(context: ComfyContext, values: Values) -> str | None:
    sizes = [values.get("width"), values.get("height"), values.get("batch_size")]
    if not all(isinstance(size, int) for size in sizes):
        return None
    try:
        context.limits.check_size(*sizes)  # type: ignore[arg-type]
    except InvalidInput as error:
        return f"width - {error.detail}"
    return None


@node("EmptyLatentImage", "LATENT", category="latent", title="Empty Latent Image", check=_small_enough)
def empty_latent_image(
    ctx: NodeContext, width: CellSide, height: CellSide, batch_size: Annotated[int, number(1, 1, 4096)]
) -> tuple[Latent]:
    """Where a picture from nothing but noise begins."""
    ctx.shared.limits.check_size(width, height, batch_size)
    return (Latent(torch.zeros(batch_size, CHANNELS, height // FACTOR, width // FACTOR)),)


@node("VAEEncode", "LATENT", category="latent", title="VAE Encode")
def vae_encode(ctx: NodeContext, pixels: ImageIn, vae: VaeIn) -> tuple[Latent]:
    """The latent of a picture, cut to multiples of 8 pixels."""
    if min(pixels.shape[1:3]) < FACTOR:
        raise InvalidInput(f"a picture of {pixels.shape[2]} x {pixels.shape[1]} is smaller than one latent cell")
    return (Latent(vae.encode(pixels)),)


@node("VAEDecode", "IMAGE", category="latent", title="VAE Decode")
def vae_decode(ctx: NodeContext, samples: LatentIn, vae: VaeIn) -> tuple[Tensor]:
    """The picture of a latent."""
    return (vae.decode(samples.samples),)


@node("VAEDecodeTiled", "IMAGE", category="_for_testing", title="VAE Decode (Tiled)")
def vae_decode_tiled(
    ctx: NodeContext,
    samples: LatentIn,
    vae: VaeIn,
    tile_size: Annotated[int, number(512, 64, 4096, step=32)],
    overlap: Annotated[int, number(64, 0, 4096, step=32)],
    temporal_size: Annotated[int, number(64, 8, 4096, step=4)] = 64,
    temporal_overlap: Annotated[int, number(8, 4, 4096, step=4)] = 8,
) -> tuple[Tensor]:
    """The picture of a large latent, tile by tile with blended borders; one that fits into a tile is decoded whole."""
    tile = max(tile_size // FACTOR, 1)
    return (vae.decode_tiled(samples.samples, tile, min(overlap // FACTOR, tile // 2)),)


def _scaled(ctx: NodeContext, latent: Latent, width: int, height: int, method: str, crop: str) -> Latent:
    """In cells."""
    width, height = max(width, 1), max(height, 1)
    ctx.shared.limits.check_size(width * FACTOR, height * FACTOR, latent.samples.shape[0])
    return replace(latent, samples=resize(latent.samples, width, height, method, crop))


@node("LatentUpscale", "LATENT", category="latent", title="Upscale Latent")
def latent_upscale(
    ctx: NodeContext, samples: LatentIn, upscale_method: LatentMethod, width: Side, height: Side, crop: CropIn
) -> tuple[Latent]:
    """To a size in pixels; a side of 0 keeps the aspect ratio."""
    old_height, old_width = (side * FACTOR for side in samples.samples.shape[-2:])
    if width == 0 and height == 0:
        return (samples,)
    width, height = fill_in(width, height, old_width, old_height)
    return (_scaled(ctx, samples, width // FACTOR, height // FACTOR, upscale_method, crop),)


@node("LatentUpscaleBy", "LATENT", category="latent", title="Upscale Latent By")
def latent_upscale_by(
    ctx: NodeContext,
    samples: LatentIn,
    upscale_method: LatentMethod,
    scale_by: Annotated[float, number(1.5, 0.01, 8.0, step=0.01)],
) -> tuple[Latent]:
    """By a factor."""
    height, width = (round(side * scale_by) for side in samples.samples.shape[-2:])
    return (_scaled(ctx, samples, width, height, upscale_method, "disabled"),)


@node("RepeatLatentBatch", "LATENT", category="latent/batch", title="Repeat Latent Batch")
def repeat_latent_batch(ctx: NodeContext, samples: LatentIn, amount: Annotated[int, number(1, 1, 64)]) -> tuple[Latent]:
    """The same batch so many times; each copy gets noise of its own."""
    batch, _, height, width = samples.samples.shape
    ctx.shared.limits.check_size(width * FACTOR, height * FACTOR, batch * amount)
    repeated = samples.samples.repeat(amount, 1, 1, 1)
    mask = samples.noise_mask
    if mask is not None and mask.shape[0] > 1:
        mask = mask[[place % mask.shape[0] for place in range(batch)]].repeat(amount, 1, 1)
    index = samples.batch_index
    if index is not None:
        step = max(index) - min(index) + 1
        index = tuple(one + copy * step for copy in range(amount) for one in index)
    return (Latent(repeated, mask, index),)


@node("LatentFromBatch", "LATENT", category="latent/batch", title="Latent From Batch")
def latent_from_batch(
    ctx: NodeContext,
    samples: LatentIn,
    batch_index: Annotated[int, number(0, 0, 63)],
    length: Annotated[int, number(1, 1, 64)],
) -> tuple[Latent]:
    """Some of a batch; they get the noise that they would have got in it."""
    batch = samples.samples.shape[0]
    first = min(batch - 1, batch_index)
    last = first + min(batch - first, length)
    mask = samples.noise_mask
    if mask is not None and mask.shape[0] > 1:
        mask = mask[[place % mask.shape[0] for place in range(batch)]][first:last]
    index = samples.batch_index or tuple(range(batch))
    return (Latent(samples.samples[first:last].clone(), mask, index[first:last]),)
