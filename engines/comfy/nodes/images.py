"""Nodes on pictures."""

import math
from pathlib import Path
from typing import Annotated

import torch
from torch import Tensor

from engines.comfy.context import ComfyContext, NodeContext
from engines.comfy.edges import canny
from engines.comfy.pictures import digest, names_in, picture_path, read_picture
from engines.comfy.ports import MAX_SIDE, Combo, CropIn, ImageIn, Side, number
from engines.comfy.registry import Values, node
from engines.diffusion.resize import PICTURE_METHODS, resize
from foundation.errors import InvalidInput

PictureName = Annotated[str, Combo(lambda context: names_in(context.inputs), {"image_upload": True}, open=True)]
Method = Annotated[str, Combo(list(PICTURE_METHODS))]
MEGAPIXEL = 1024 * 1024


def check_picture(context: ComfyContext, values: Values) -> str | None:
    """Whether the named upload is there."""
    name = values.get("image")
    if isinstance(name, str) and picture_path(context.inputs, name) is None:
        return f"image - Invalid image file: {name}"
    return None


def picture_digest(context: ComfyContext, values: Values) -> str:
    """The picture's own hash, so that a new upload under an old name is seen."""
    path = picture_path(context.inputs, str(values.get("image")))
    return digest(path) if path else ""


def upload(ctx: NodeContext, name: str) -> Path:
    """The file of an upload. Raises InvalidInput where it is gone."""
    path = picture_path(ctx.shared.inputs, name)
    if path is None:
        raise InvalidInput(f"there is no picture {name!r} in the inputs: upload it first")
    return path


@node(
    "LoadImage",
    "IMAGE",
    "MASK",
    category="image",
    title="Load Image",
    check=check_picture,
    fingerprint=picture_digest,
)
def load_image(ctx: NodeContext, image: PictureName) -> tuple[Tensor, Tensor]:
    """A picture from the inputs, and where it is transparent."""
    return read_picture(upload(ctx, image), ctx.shared.limits)


def scaled(ctx: NodeContext, image: Tensor, width: int, height: int, method: str, crop: str = "disabled") -> Tensor:
    """A picture in another size, within the limits."""
    ctx.shared.limits.check_size(width, height, image.shape[0])
    return resize(image.movedim(-1, 1), width, height, method, crop).movedim(1, -1)


def fill_in(width: int, height: int, old_width: int, old_height: int) -> tuple[int, int]:
    """A side that is 0 follows from the other and the old aspect ratio; two zeros keep the old size."""
    if width == 0 and height == 0:
        return old_width, old_height
    if width == 0:
        return max(1, round(old_width * height / old_height)), height
    if height == 0:
        return width, max(1, round(old_height * width / old_width))
    return width, height


@node("ImageScale", "IMAGE", category="image/upscaling", title="Upscale Image")
def image_scale(
    ctx: NodeContext, image: ImageIn, upscale_method: Method, width: Side, height: Side, crop: CropIn
) -> tuple[Tensor]:
    """To a size; a side of 0 keeps the aspect ratio."""
    width, height = fill_in(width, height, image.shape[2], image.shape[1])
    return (scaled(ctx, image, width, height, upscale_method, crop),)


@node("ImageScaleBy", "IMAGE", category="image/upscaling", title="Upscale Image By")
def image_scale_by(
    ctx: NodeContext,
    image: ImageIn,
    upscale_method: Method,
    scale_by: Annotated[float, number(1.0, 0.01, 8.0, step=0.01)],
) -> tuple[Tensor]:
    """By a factor."""
    width, height = round(image.shape[2] * scale_by), round(image.shape[1] * scale_by)
    return (scaled(ctx, image, width, height, upscale_method),)


@node("ImageScaleToTotalPixels", "IMAGE", category="image/upscaling", title="Scale Image to Total Pixels")
def image_scale_to_total_pixels(
    ctx: NodeContext,
    image: ImageIn,
    upscale_method: Method,
    megapixels: Annotated[float, number(1.0, 0.01, 16.0, step=0.01)],
) -> tuple[Tensor]:
    """To so many times 1024² pixels, at the same aspect ratio."""
    factor = math.sqrt(megapixels * MEGAPIXEL / (image.shape[2] * image.shape[1]))
    width, height = round(image.shape[2] * factor), round(image.shape[1] * factor)
    return (scaled(ctx, image, width, height, upscale_method),)


@node("ImageBatch", "IMAGE", category="image", title="Batch Images")
def image_batch(ctx: NodeContext, image1: ImageIn, image2: ImageIn) -> tuple[Tensor]:
    """Both, the second scaled to the first."""
    if image1.shape[1:3] != image2.shape[1:3]:
        image2 = scaled(ctx, image2, image1.shape[2], image1.shape[1], "bilinear", "center")
    ctx.shared.limits.check_size(image1.shape[2], image1.shape[1], image1.shape[0] + image2.shape[0])
    return (torch.cat([image1, image2]),)


@node("ImageInvert", "IMAGE", category="image", title="Invert Image")
def image_invert(ctx: NodeContext, image: ImageIn) -> tuple[Tensor]:
    """The negative."""
    return (1.0 - image,)


Border = Annotated[int, number(0, 0, MAX_SIDE, step=8)]


@node("ImagePadForOutpaint", "IMAGE", "MASK", category="image", title="Pad Image for Outpainting")
def image_pad_for_outpaint(
    ctx: NodeContext,
    image: ImageIn,
    left: Border,
    top: Border,
    right: Border,
    bottom: Border,
    feathering: Annotated[int, number(40, 0, MAX_SIDE, step=1)],
) -> tuple[Tensor, Tensor]:
    """Grey borders, and a mask of them that reaches softly into the picture."""
    batch, height, width, channels = image.shape
    ctx.shared.limits.check_size(width + left + right, height + top + bottom, batch)
    padded = torch.full((batch, height + top + bottom, width + left + right, channels), 0.5)
    padded[:, top : top + height, left : left + width] = image
    mask = torch.ones(padded.shape[1:3])
    inside = torch.zeros(height, width)
    if feathering > 0 and feathering * 2 < min(height, width):
        distance = _distance_to_borders(height, width, (left, top, right, bottom))
        inside = ((feathering - distance) / feathering).clamp(min=0) ** 2
    mask[top : top + height, left : left + width] = inside
    return padded, mask[None]


def _distance_to_borders(height: int, width: int, borders: tuple[int, int, int, int]) -> Tensor:
    """How far each pixel is from the nearest side that was padded; H×W."""
    left, top, right, bottom = borders
    y, x = torch.arange(height).float()[:, None], torch.arange(width).float()[None]
    far_y, far_x = torch.full_like(y, height), torch.full_like(x, width)
    vertical = torch.minimum(y if top else far_y, height - y if bottom else far_y)
    horizontal = torch.minimum(x if left else far_x, width - x if right else far_x)
    return torch.minimum(vertical, horizontal)


@node("Canny", "IMAGE", category="image/preprocessors", title="Canny")
def canny_edges(
    ctx: NodeContext,
    image: ImageIn,
    low_threshold: Annotated[float, number(0.4, 0.01, 0.99, step=0.01)],
    high_threshold: Annotated[float, number(0.8, 0.01, 0.99, step=0.01)],
) -> tuple[Tensor]:
    """White edges on black."""
    edges = canny(image[..., :3].movedim(-1, 1), low_threshold, high_threshold)
    return (edges.expand(-1, 3, -1, -1).movedim(1, -1),)
