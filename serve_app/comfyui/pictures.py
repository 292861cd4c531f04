"""Pictures of ComfyUI's clients: all formats that Pillow opens by itself, judged by their header alone."""

import io
from typing import Any

from PIL import Image

from foundation.errors import BadImage, KomaError, TooLarge
from foundation.images import open_image

# its reader starts another program
UNSAFE_FORMATS = frozenset({"EPS"})
JPEGS = frozenset({"JPEG", "MPO"})
SAVED_AS = {"webp": "WEBP", "jpeg": "JPEG"}
MEDIA_TYPES = {"WEBP": "image/webp", "JPEG": "image/jpeg", "PNG": "image/png"}


class BadPicture(BadImage):
    """Bytes that no reader of Pillow takes."""

    hint = "Send a picture that Pillow opens: PNG, JPEG, WebP, GIF, BMP, TIFF, AVIF and others."


def open_picture(data: bytes, max_pixels: int) -> Image.Image:
    """A picture of at most ``max_pixels`` whose pixels are not decoded yet. Raises TooLarge and BadPicture."""
    Image.init()
    try:
        image = Image.open(io.BytesIO(data), formats=[name for name in Image.OPEN if name not in UNSAFE_FORMATS])
    except Image.DecompressionBombError as error:
        raise TooLarge(f"the picture has far too many pixels, the limit is {max_pixels}") from error
    except Exception as error:
        # readers of rare formats fail on hostile bytes in many ways
        raise BadPicture("the bytes are no picture that can be read") from error
    if image.width * image.height > max_pixels:
        raise TooLarge(f"the picture has {image.width}x{image.height} pixels, the limit is {max_pixels} in all")
    # of JPEGs the scans count too
    return open_image(data, max_pixels) if image.format in JPEGS else image


def converted(data: bytes, preview: str | None, channel: str, max_pixels: int) -> tuple[bytes, str]:
    """A picture as ``webp;90`` or ``jpeg;90``, else as PNG, or one of its channels, with its media type.

    Call it in a thread: decoding takes time. Raises TooLarge and BadPicture.
    """
    form, _, quality = (preview or "png").partition(";")
    saved_as = SAVED_AS.get(form, "PNG")
    options: dict[str, Any] = {"quality": min(100, int(quality or 90))} if saved_as != "PNG" else {}
    try:
        with open_picture(data, max_pixels) as opened:
            image, out = _of_channel(opened, channel, opaque=saved_as == "JPEG"), io.BytesIO()
            image.save(out, saved_as, **options)
    except KomaError:
        raise
    except Exception as error:
        raise BadPicture("this file is no picture that can be shown") from error
    return out.getvalue(), MEDIA_TYPES[saved_as]


def _of_channel(image: Image.Image, channel: str, opaque: bool) -> Image.Image:
    if channel == "a":
        alpha = "A" in image.getbands()
        return image.getchannel("A") if alpha else Image.new("L", image.size, 255)
    return image.convert("RGB") if channel == "rgb" or opaque else image.copy()
