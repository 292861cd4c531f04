"""A picture as it came: its own depth, channels and profile, upright, and a view of it for the models.

PNG, JPEG or WebP bytes -> pixels (H×W or H×W×C, 8 or 16 bit, exact) -> rgb (H×W×3, 8 bit) for the models
filled rgb + mask -> pixels with only the masked ones changed -> bytes

Palettes, 1 bit and CMYK become RGB or grey first, since they cannot hold new colours or be a PNG.
"""

import io
from dataclasses import dataclass, replace
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageCms

from engines.inpaint.options import Format
from foundation.errors import BadImage, TooLarge
from foundation.images import ImageLimits, open_image, orientation_of, reading, upright

# 8 or 16 bits; OpenCV's and NumPy's stubs lose which
Pixels = NDArray[Any]
Rgb = NDArray[np.uint8]
Mask = NDArray[np.bool_]
# colour types of PNG that Pillow would cut down to 8 bits
DEEP_COLOUR_TYPES = {2, 4, 6}
JPEG_QUALITY = 95
# what JPEG and PNG can write
MOST_DPI = 65_535


@dataclass(frozen=True)
class DecodedPicture:
    """``pixels`` is H×W (grey) or H×W×C with C of 2 (grey, alpha), 3 (RGB) or 4 (RGBA)."""

    pixels: Pixels
    icc: bytes | None = None
    dpi: tuple[float, float] | None = None

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels."""
        return self.pixels.shape[1], self.pixels.shape[0]

    @property
    def channels(self) -> int:
        """1, 2, 3 or 4."""
        return 1 if self.pixels.ndim == 2 else self.pixels.shape[2]

    def rgb(self) -> Rgb:
        """What the models see: H×W×3 in 8 bits, without alpha. A copy."""
        colours = self.pixels if self.channels in {1, 3} else _visible(self.pixels)
        if colours.dtype == np.uint16:
            colours = ((colours.astype(np.uint32) + 128) // 257).astype(np.uint8)
        colours = colours.reshape(*colours.shape[:2], -1)
        return np.repeat(colours, 3, axis=2) if colours.shape[2] == 1 else np.array(colours, dtype=np.uint8)

    def with_filled(self, rgb: Rgb, mask: Mask) -> "DecodedPicture":
        """The picture with the masked pixels taken from ``rgb``; alpha stays as it is everywhere."""
        filled = rgb[mask]
        if self.channels < 3:
            # the weights of ITU-R 601, as Pillow's own conversion
            filled = np.rint(filled @ np.array([0.299, 0.587, 0.114]))[:, None]
        values = filled.astype(self.pixels.dtype) * (257 if self.pixels.dtype == np.uint16 else 1)
        pixels = self.pixels.copy()
        if self.channels == 1:
            pixels[mask] = values[:, 0]
        else:
            pixels[mask, : values.shape[1]] = values
        return replace(self, pixels=pixels)


def _visible(pixels: Pixels) -> Pixels:
    """The colours of a picture with alpha; where nothing is seen, that of the nearest pixel that is.

    What lies hidden there would run into a hole that touches it.
    """
    colours, hidden = pixels[:, :, :-1], pixels[:, :, -1] == 0
    if not hidden.any() or hidden.all():
        return colours
    _, labels = cv2.distanceTransformWithLabels(
        hidden.astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_5, labelType=cv2.DIST_LABEL_PIXEL
    )
    of_label = np.zeros((labels.max() + 1, colours.shape[2]), colours.dtype)
    of_label[labels[~hidden]] = colours[~hidden]
    return of_label[labels]


def read_picture(data: bytes, limits: ImageLimits) -> DecodedPicture:
    """A picture from a stranger's bytes. Raises BadImage and TooLarge, before decoding where possible."""
    image = open_image(data, limits)
    with reading():
        info = {"icc": image.info.get("icc_profile"), "dpi": _resolution(image)}
        if _is_deep(data, image):
            return DecodedPicture(_turned(_decode_deep(data), orientation_of(image)), **info)
        image.load()
        return _from_pillow(upright(image), **info)


def _resolution(image: Image.Image) -> tuple[float, float] | None:
    """Dots per inch, if they can be written again."""
    try:
        across, down = (float(value) for value in image.info["dpi"])
    except (KeyError, TypeError, ValueError, ZeroDivisionError):
        return None
    return (across, down) if 0 < across < MOST_DPI and 0 < down < MOST_DPI else None


def _is_deep(data: bytes, image: Image.Image) -> bool:
    return image.format == "PNG" and data[24] == 16 and data[25] in DEEP_COLOUR_TYPES


def _turned(pixels: Pixels, orientation: int) -> Pixels:
    """Pixels of an Exif orientation, upright."""
    if orientation >= 5:
        pixels = np.swapaxes(pixels, 0, 1)
    if orientation in {2, 3, 6, 7}:
        pixels = pixels[:, ::-1]
    if orientation in {3, 4, 7, 8}:
        pixels = pixels[::-1]
    return np.ascontiguousarray(pixels)


def _decode_deep(data: bytes) -> Pixels:
    raw = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED | cv2.IMREAD_IGNORE_ORIENTATION)
    if raw is None:
        raise BadImage("the image is damaged")
    order = {3: [2, 1, 0], 4: [2, 1, 0, 3]}.get(raw.shape[2] if raw.ndim == 3 else 1)
    return raw if order is None else np.ascontiguousarray(raw[:, :, order])


def _from_pillow(image: Image.Image, icc: bytes | None, dpi: tuple[float, float] | None) -> DecodedPicture:
    if image.mode.startswith("I"):
        return DecodedPicture(np.asarray(image).astype(np.uint16), icc, dpi)
    if image.mode == "CMYK":
        return DecodedPicture(np.asarray(_from_cmyk(image, icc)), None, dpi)
    if image.mode not in {"L", "LA", "RGB", "RGBA"}:
        alpha = "transparency" in image.info or image.mode in {"PA", "La", "RGBa"}
        image = image.convert("L" if image.mode == "1" else "RGBA" if alpha else "RGB")
    elif "transparency" in image.info:
        image = image.convert("LA" if image.mode == "L" else "RGBA")
    return DecodedPicture(np.array(image), icc, dpi)


def _from_cmyk(image: Image.Image, icc: bytes | None) -> Image.Image:
    if icc:
        try:
            profile = ImageCms.ImageCmsProfile(io.BytesIO(icc))
            converted = ImageCms.profileToProfile(image, profile, ImageCms.createProfile("sRGB"), outputMode="RGB")
            if converted is not None:
                return converted
        except (ImageCms.PyCMSError, OSError):
            # a profile that cannot be read is no reason to refuse the picture
            pass
    return image.convert("RGB")


def read_mask(data: bytes, size: tuple[int, int], limits: ImageLimits) -> Mask:
    """A mask of the picture's size (width, height). Raises BadImage.

    What is brighter than half is filled: lightness times alpha, or alpha alone where all colours are the same.
    A mask of zeros and ones counts as one of black and white.
    """
    picture = read_picture(data, limits)
    if picture.size != size:
        wide, high = picture.size
        raise BadImage(f"the mask is {wide}x{high}, the image {size[0]}x{size[1]}; they must be of one size")
    values = _mask_values(picture)
    return values > (0 if values.max() <= 1 else 127)


def _mask_values(picture: DecodedPicture) -> NDArray[np.uint8]:
    """How much of a mask is to be filled, H×W, from 0 to 255."""
    if picture.channels in {1, 3}:
        return picture.rgb().max(axis=2)
    colours = replace(picture, pixels=np.ascontiguousarray(picture.pixels[:, :, :-1])).rgb().max(axis=2)
    alpha = replace(picture, pixels=np.ascontiguousarray(picture.pixels[:, :, -1])).rgb()[:, :, 0]
    if colours.min() == colours.max() and alpha.min() != alpha.max():
        return alpha
    return (colours.astype(np.uint16) * alpha // 255).astype(np.uint8)


def encode_picture(picture: DecodedPicture, form: Format) -> bytes:
    """The picture as a file. PNG and WebP are lossless; WebP and JPEG have 8 bits, JPEG has no alpha."""
    deep = picture.pixels.dtype == np.uint16
    if form == "png" and deep and picture.channels > 1:
        return _encode_deep(picture)
    pixels = picture.pixels
    if deep and form != "png":
        pixels = ((pixels.astype(np.uint32) + 128) // 257).astype(np.uint8)
    image = Image.fromarray(pixels)
    if form == "jpeg" and picture.channels in {2, 4}:
        ground = Image.new("L" if picture.channels == 2 else "RGB", image.size, "white")
        ground.paste(image.convert(ground.mode), mask=image.getchannel("A"))
        image = ground
    keep = {k: v for k, v in {"icc_profile": picture.icc, "dpi": picture.dpi}.items() if v is not None}
    out = io.BytesIO()
    if form == "png":
        # the least effort: PNG would cost more than a model on a GPU
        image.save(out, "PNG", compress_level=1, **keep)
    elif form == "webp":
        if max(image.size) > 16383:
            raise TooLarge("WebP holds at most 16383 pixels a side; ask for image/png")
        image.save(out, "WEBP", lossless=True, quality=20, method=1, exact=True, icc_profile=picture.icc or b"")
    else:
        image.save(out, "JPEG", quality=JPEG_QUALITY, subsampling=0, **keep)
    return out.getvalue()


def _encode_deep(picture: DecodedPicture) -> bytes:
    order = {2: None, 3: [2, 1, 0], 4: [2, 1, 0, 3]}[picture.channels]
    if order is None:
        # OpenCV writes no grey with alpha: four equal channels hold the same values
        grey = picture.pixels
        pixels = np.dstack([grey[:, :, 0]] * 3 + [grey[:, :, 1]])
    else:
        pixels = picture.pixels[:, :, order]
    done, encoded = cv2.imencode(".png", np.ascontiguousarray(pixels), [cv2.IMWRITE_PNG_COMPRESSION, 1])
    if not done:
        raise BadImage("the image cannot be written as PNG")
    raw = encoded.tobytes()
    return raw if picture.icc is None else _with_profile(raw, picture.icc)


def _with_profile(png: bytes, icc: bytes) -> bytes:
    """A PNG with an iCCP chunk behind its IHDR, which ends at byte 33 (PNG specification, 11.3.2.3)."""
    import struct
    import zlib

    body = b"iCCP" + b"ICC profile\0\0" + zlib.compress(icc)
    return png[:33] + struct.pack(">I", len(body) - 4) + body + struct.pack(">I", zlib.crc32(body)) + png[33:]
