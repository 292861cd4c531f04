"""Images from strangers: sizes are checked before decoding, and only still PNG, JPEG and WebP pass.

base64 text -> bytes (length first) -> header (format, frames, pixels) -> pixels (upright, 8 bit)
"""

import base64
import binascii
import io
import warnings
from collections.abc import Mapping

import numpy as np
from PIL import Image, ImageOps
from PIL.PngImagePlugin import PngInfo

from foundation.errors import BadImage, TooLarge

FORMATS = ("PNG", "JPEG", "WEBP")
LONGEST_TEXT = 1_000_000
# the pixel limit here is ours, and stricter than a warning
warnings.simplefilter("ignore", Image.DecompressionBombWarning)


def decode_base64(text: str, max_bytes: int) -> bytes:
    """Bytes of base64 text, with or without a ``data:`` prefix. Raises TooLarge and BadImage."""
    body = text.partition(",")[2] if text.startswith("data:") else text
    body = "".join(body.split())
    if len(body) * 3 // 4 > max_bytes:
        raise TooLarge(f"the image has more than {max_bytes} bytes")
    try:
        return base64.b64decode(body, validate=True)
    except (binascii.Error, ValueError) as error:
        raise BadImage("the image is not valid base64") from error


def decode_image(data: bytes, max_pixels: int) -> Image.Image:
    """An upright image in mode L, LA, RGB or RGBA with 8 bits a channel.

    Call it in a thread: decoding takes time. Raises TooLarge above ``max_pixels`` and BadImage for
    other formats, animations and broken files.
    """
    image = open_image(data, max_pixels)
    try:
        image.load()
        return _to_8_bit(ImageOps.exif_transpose(image))
    except (OSError, ValueError, SyntaxError) as error:
        raise BadImage("the image is damaged") from error


def decode_mask(data: bytes, max_pixels: int) -> Image.Image:
    """A mask in mode L: its lightness, and black where it is transparent. Raises TooLarge and BadImage."""
    image = decode_image(data, max_pixels)
    if "A" in image.getbands():
        image = Image.alpha_composite(Image.new("RGBA", image.size, "black"), image.convert("RGBA"))
    return image.convert("L")


def open_image(data: bytes, max_pixels: int) -> Image.Image:
    """A still PNG, JPEG or WebP of at most ``max_pixels``, its pixels not decoded yet.

    Raises TooLarge and BadImage.
    """
    image = _open(data)
    if image.width * image.height > max_pixels:
        raise TooLarge(f"the image has {image.width}x{image.height} pixels, the limit is {max_pixels} in all")
    if getattr(image, "n_frames", 1) > 1 and image.format != "MPO":
        raise BadImage("the image is animated")
    return image


def png_bytes(image: Image.Image, text: Mapping[str, str]) -> bytes:
    """A picture as PNG with these texts in it, and no other metadata."""
    chunks, out = PngInfo(), io.BytesIO()
    for name, value in text.items():
        try:
            value.encode("latin-1")
            chunks.add_text(name, value)
        except UnicodeEncodeError:
            chunks.add_itxt(name, value)
    plain = image.copy()
    plain.info.clear()
    plain.save(out, "PNG", pnginfo=chunks, compress_level=1)
    return out.getvalue()


def png_text(data: bytes) -> dict[str, str]:
    """The texts before the pixels of a PNG, each of a million characters at most; of other images none.

    No pixel is decoded. Raises BadImage for what is no image, TooLarge for one of far too many pixels.
    """
    image = _open(data)
    told = {str(name): str(value) for name, value in image.info.items() if isinstance(value, str)}
    return {name: value for name, value in told.items() if len(value) <= LONGEST_TEXT} if image.format == "PNG" else {}


def _open(data: bytes) -> Image.Image:
    try:
        return Image.open(io.BytesIO(data), formats=FORMATS)
    except Image.DecompressionBombError as error:
        raise TooLarge("the image has far too many pixels") from error
    except (OSError, ValueError, SyntaxError) as error:
        raise BadImage("the bytes are not a PNG, JPEG or WebP image") from error


def _to_8_bit(image: Image.Image) -> Image.Image:
    if image.mode.startswith("I") or image.mode == "F":
        # Pillow's own conversion clips 16 bits at 255
        grey = np.asarray(image, dtype=np.float64) / 257.0
        return Image.fromarray(np.clip(np.rint(grey), 0, 255).astype(np.uint8), mode=None)
    if image.mode in {"L", "LA", "RGB", "RGBA"}:
        return image
    alpha = "transparency" in image.info or image.mode in {"PA", "La", "RGBa"}
    if image.mode == "1":
        return image.convert("L")
    return image.convert("RGBA" if alpha else "RGB")
