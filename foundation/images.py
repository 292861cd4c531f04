"""Images from strangers: sizes are checked before decoding, and only still PNG, JPEG and WebP pass.

base64 text -> bytes (length first) -> header (format, frames, pixels, scans) -> pixels (upright, 8 bit)

Whatever Pillow raises while it reads one is a BadImage: its parsers of metadata raise errors of every kind.
"""

import base64
import binascii
import io
import re
import threading
import time
import warnings
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
from PIL import Image, UnidentifiedImageError
from PIL.PngImagePlugin import PngInfo

from foundation.errors import BadImage, KomaError, TooLarge
from foundation.settings import Settings

FORMATS = ("PNG", "JPEG", "WEBP")
LONGEST_TEXT = 1_000_000
# what JPEG can write; PNG can have sides of 2**31
LONGEST_SIDE = 65_535
# a progressive JPEG has about ten; each costs a pass over all pixels
MOST_SCANS = 100
MOST_SCANNED_PIXELS = 2_000_000_000
DECODE_SECONDS = 5.0
ORIENTATION = 0x0112
FROM_URL_ALPHABET = str.maketrans("-_", "+/")
JPEG_MARKER = re.compile(rb"\xff+([^\x00\xff\xd0-\xd7])", re.DOTALL)
START_OF_IMAGE, END_OF_IMAGE, START_OF_SCAN = 0xD8, 0xD9, 0xDA
TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
"""How Pillow turns a picture of each orientation upright (Exif 2.32, 4.6.4.A)."""
# the pixel limit here is ours, and stricter than a warning
warnings.simplefilter("ignore", Image.DecompressionBombWarning)


def decode_base64(text: str, max_bytes: int) -> bytes:
    """Bytes of base64 text, with or without a ``data:`` prefix. Raises TooLarge and BadImage."""
    body = text.partition(",")[2] if text[:5].lower() == "data:" else text
    # padding and alphabet as clients have them: none, too much, or those of URLs
    body = "".join(body.split()).rstrip("=").translate(FROM_URL_ALPHABET)
    if len(body) * 3 // 4 > max_bytes:
        raise TooLarge(f"the image has more than {max_bytes} bytes")
    try:
        return base64.b64decode(body + "=" * (-len(body) % 4), validate=True)
    except (binascii.Error, ValueError) as error:
        raise BadImage("the image is not valid base64") from error


@dataclass(frozen=True)
class ImageLimits:
    """The largest image: pixels in all, and on its longer side by ``setting``."""

    pixels: int
    side: int = LONGEST_SIDE
    setting: str = ""


def text_removal_limits(settings: Settings) -> ImageLimits:
    """The largest picture that text removal takes."""
    return ImageLimits(settings.max_image_pixels, settings.max_image_size, "MAX_IMAGE_SIZE")


def decode_image(data: bytes, max_pixels: int) -> Image.Image:
    """An upright image in mode L, LA, RGB or RGBA with 8 bits a channel.

    Call it in a thread: decoding takes time. Raises TooLarge above ``max_pixels`` and BadImage for
    other formats, animations and broken files.
    """
    image = open_image(data, max_pixels)
    with reading():
        image.load()
        return _to_8_bit(upright(image))


def decode_mask(data: bytes, max_pixels: int) -> Image.Image:
    """A mask in mode L: its lightness, and black where it is transparent. Raises TooLarge and BadImage."""
    image = decode_image(data, max_pixels)
    if "A" in image.getbands():
        image = Image.alpha_composite(Image.new("RGBA", image.size, "black"), image.convert("RGBA"))
    return image.convert("L")


def open_image(data: bytes, limits: ImageLimits | int) -> Image.Image:
    """A still PNG, JPEG or WebP within the limits (or of so many pixels), its pixels not decoded yet.

    Raises TooLarge and BadImage.
    """
    limits = limits if isinstance(limits, ImageLimits) else ImageLimits(limits)
    image = _open(data)
    width, height = image.size
    if width * height > limits.pixels:
        raise TooLarge(f"the image has {width}x{height} pixels, the limit is {limits.pixels} in all")
    if max(width, height) > min(limits.side, LONGEST_SIDE):
        setting = f" ({limits.setting})" if limits.setting else ""
        raise TooLarge(f"the image is {width}x{height}; its longer side may have {limits.side} pixels{setting}")
    if image.format in {"JPEG", "MPO"}:
        _check_scans(data, width * height)
    with reading():
        if getattr(image, "n_frames", 1) > 1 and image.format != "MPO":
            raise BadImage("the image is animated")
    return image


@contextmanager
def reading() -> Generator[None]:
    """Work on an image of a stranger's. Whatever goes wrong in it is a BadImage, or TooLarge."""
    try:
        yield
    except KomaError:
        raise
    except UnidentifiedImageError as error:
        raise BadImage("the bytes are not a PNG, JPEG or WebP image") from error
    except Image.DecompressionBombError as error:
        raise TooLarge(f"the image has more than {2 * (Image.MAX_IMAGE_PIXELS or 0)} pixels") from error
    except TimeoutError as error:
        raise BadImage(f"the image takes more than {DECODE_SECONDS:g} seconds to decode") from error
    except Exception as error:
        raise BadImage("the image is damaged") from error


def orientation_of(image: Image.Image) -> int:
    """The orientation of an image by its Exif, from 1 (upright) to 8; 1 where that cannot be read."""
    try:
        orientation = image.getexif().get(ORIENTATION, 1)
    except Exception:
        # entries beside it may be broken in any way, and none of them matters
        return 1
    return orientation if orientation in TURNS else 1


def upright(image: Image.Image) -> Image.Image:
    """The image as it is looked at. Its Exif is left behind: written anew, broken entries would be errors."""
    turn = TURNS.get(orientation_of(image))
    turned = image.copy() if turn is None else image.transpose(turn)
    for name in ("exif", "xmp", "XML:com.adobe.xmp", "Raw profile type exif"):
        turned.info.pop(name, None)
    return turned


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
    texts = {str(name): str(value) for name, value in image.info.items() if isinstance(value, str)}
    return {name: value for name, value in texts.items() if len(value) <= LONGEST_TEXT} if image.format == "PNG" else {}


def _open(data: bytes) -> Image.Image:
    with reading():
        return Image.open(_Timed(data), formats=FORMATS)


class _Timed(io.BytesIO):
    """A file that can be read for so many seconds of the reading thread's own time: decoders read bit by bit."""

    def __init__(self, data: bytes) -> None:
        super().__init__(data)
        self._began = time.thread_time()
        self._thread = threading.get_ident()

    def read(self, size: int | None = -1, /) -> bytes:
        """As BytesIO. Raises TimeoutError."""
        if self._thread != threading.get_ident():
            # opened in one thread and decoded in another, whose clock began elsewhere
            self._began, self._thread = time.thread_time(), threading.get_ident()
        if time.thread_time() - self._began > DECODE_SECONDS:
            raise TimeoutError
        return super().read(size)


def _check_scans(data: bytes, pixels: int) -> None:
    """Raises BadImage for a JPEG of so many scans that decoding it would take minutes."""
    most = min(MOST_SCANS, max(1, MOST_SCANNED_PIXELS // max(1, pixels)))
    scans = sum(1 for _ in zip(_scans(data), range(most + 1), strict=False))
    if scans > most:
        raise BadImage(f"the JPEG has more than {most} scans; save it with the usual number")


def _scans(data: bytes) -> Generator[int]:
    """Where the scans of a JPEG begin, in bytes (ITU-T T.81, B.1.1): segments are skipped by their length."""
    at = 2
    while (marker := JPEG_MARKER.search(data, at)) is not None:
        code, at = marker[1][0], marker.end()
        if code == END_OF_IMAGE:
            return
        if code == START_OF_SCAN:
            yield at
        if code != START_OF_IMAGE:
            at += int.from_bytes(data[at : at + 2], "big")


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
