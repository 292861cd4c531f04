"""Pictures and masks as they come in, brought to the size that is asked for."""

import io

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps

from foundation.images import decode_image, decode_mask

# the ingress has a lower limit of its own
MAX_PIXELS = 64_000_000
PREVIEW_SIDE = 256


def load(data: bytes) -> Image.Image:
    """A picture in RGB, or RGBA if it has transparent pixels. Raises BadImage and TooLarge."""
    image = decode_image(data, MAX_PIXELS)
    if "A" in image.getbands():
        clear = image.convert("RGBA")
        if clear.getchannel("A").getextrema() != (255, 255):
            return clear
    return image.convert("RGB")


def load_opaque(data: bytes) -> Image.Image:
    """A picture in RGB, over white where it is transparent. Raises BadImage and TooLarge."""
    image = load(data)
    if image.mode == "RGB":
        return image
    return Image.alpha_composite(Image.new("RGBA", image.size, "#ffffff"), image).convert("RGB")


def load_mask(data: bytes, size: tuple[int, int]) -> Image.Image:
    """A mask stretched over a picture of ``size``, in mode L; where it is transparent it is black."""
    return decode_mask(data, MAX_PIXELS).resize(size, Image.Resampling.BILINEAR)


def fit(image: Image.Image, width: int, height: int) -> Image.Image:
    """The picture at this size: it fills it, and what does not fit is cut on both sides. The same pixels at its own."""
    if image.size == (width, height):
        return image
    return ImageOps.fit(image, (width, height), Image.Resampling.LANCZOS)


def preview(image: Image.Image) -> bytes:
    """A small JPEG."""
    small, out = image.convert("RGB"), io.BytesIO()
    small.thumbnail((PREVIEW_SIDE, PREVIEW_SIDE))
    small.save(out, "JPEG", quality=75)
    return out.getvalue()


def preview_of(frame: NDArray[np.uint8]) -> bytes:
    """A small JPEG of a frame."""
    return preview(Image.fromarray(frame))


def pixels(image: Image.Image) -> NDArray[np.uint8]:
    """The colours as an array, H×W×3."""
    return np.asarray(image.convert("RGB"))
