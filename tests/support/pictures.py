"""Pages with words, drawn so that a test knows where they are."""

import io
import struct
import zlib
from functools import lru_cache

import numpy as np
from PIL import Image, ImageCms, ImageDraw

BUBBLE = {"x": 60, "y": 40, "width": 160, "height": 60}
ON_ART = {"x": 40, "y": 180, "width": 120, "height": 40}
REGIONS = [BUBBLE, ON_ART]


def page(width=320, height=260, seed=0):
    """RGB: a textured ground, a white balloon with black strokes, and strokes on the bare art."""
    rng = np.random.default_rng(seed)
    rows, columns = np.mgrid[0:height, 0:width]
    ground = np.stack([columns * 0.4 + 40, rows * 0.5 + 60, 150 + 40 * np.sin(columns / 9)], axis=2)
    image = Image.fromarray(np.clip(ground + rng.normal(0, 12, ground.shape), 0, 255).astype(np.uint8))
    draw = ImageDraw.Draw(image)
    draw.ellipse((30, 10, 250, 130), fill="white", outline="black", width=3)
    for box in REGIONS:
        strokes(draw, box)
    return image


def strokes(draw, box):
    """Letters as far as a mask is concerned."""
    for n in range(4):
        x, y = box["x"] + 14 + n * (box["width"] - 40) // 4, box["y"] + 10
        draw.line((x, y, x + 12, y + box["height"] - 22), fill="black", width=4)
        draw.line((x, y + box["height"] - 22, x + 16, y), fill="black", width=4)


def png(image, **options):
    """The image as a file."""
    out = io.BytesIO()
    image.save(out, options.pop("format", "PNG"), **options)
    return out.getvalue()


@lru_cache(maxsize=1)
def srgb():
    """An ICC profile, made once: it holds the second of its making."""
    return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def square_mask(size, *boxes):
    """A mask file of boxes (left, top, right, bottom)."""
    image = Image.new("L", size)
    for box in boxes:
        ImageDraw.Draw(image).rectangle((box[0], box[1], box[2] - 1, box[3] - 1), fill=255)
    return png(image)


def chunk(kind, content):
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def png_of(width, height, *, depth=8, colour=2, data=b"x", extra=b""):
    ihdr = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", ihdr) + extra + chunk(b"IDAT", data) + chunk(b"IEND", b"")
