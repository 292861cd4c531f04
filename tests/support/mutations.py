"""Pictures that are broken at random, metadata first, with the checksums of PNG put right again."""

import io
import struct
import zlib

import numpy as np
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from tests.support.pictures import page, png, srgb

TYPES_OF_EXIF = 13


def whole_pictures():
    """One of each kind that is accepted, with Exif, a profile and texts where it can have them."""
    small = page(96, 64)
    exif = small.getexif()
    exif[0x0112], exif[0x011A], exif[0x0128], exif[0x010F], exif[0x8769] = 6, 72.0, 2, "maker", {0x9003: "2026:01:01"}
    text = PngInfo()
    text.add_text("prompt", '{"1": {"inputs": {}}}')
    text.add_itxt("parameters", "絵")
    options = {"exif": exif.tobytes(), "icc_profile": srgb()}
    yield png(small, pnginfo=text, dpi=(72, 72), **options)
    yield png(small, format="JPEG", dpi=(72, 72), **options)
    yield png(small, format="JPEG", progressive=True, exif=exif.tobytes())
    yield png(small, format="WEBP", **options)
    yield png(small.convert("CMYK"), format="JPEG", exif=exif.tobytes())
    yield png(small.convert("P"), transparency=3, exif=exif.tobytes())
    deep = Image.fromarray((np.arange(96 * 64).reshape(64, 96) * 10).astype(np.uint16))
    yield png(deep, exif=exif.tobytes())


WHOLE = list(whole_pictures())


def mutated(rng):
    """A picture with one to eight changes: bytes anywhere, bytes of the head, or types of Exif's entries."""
    data = bytearray(WHOLE[rng.integers(len(WHOLE))])
    for _ in range(rng.integers(1, 9)):
        reach = len(data) if rng.random() < 0.3 else min(len(data), 700)
        data[rng.integers(2, reach)] = rng.integers(256)
    if rng.random() < 0.6:
        _change_exif(data, rng)
    if rng.random() < 0.1:
        del data[rng.integers(20, len(data)) :]
    return _with_checksums(bytes(data))


def _change_exif(data, rng):
    """The Exif specification, 4.6.2: a count of entries, each of tag, type, count and value in 12 bytes."""
    start = max(data.find(b"II*\0"), data.find(b"MM\0*"))
    if start < 0:
        return
    order = "<" if data[start : start + 2] == b"II" else ">"
    for _ in range(rng.integers(1, 4)):
        entry = start + 10 + 12 * rng.integers(0, 5)
        if entry + 12 <= len(data):
            struct.pack_into(f"{order}H", data, entry + 2, int(rng.integers(0, TYPES_OF_EXIF)))
            if rng.random() < 0.3:
                struct.pack_into(f"{order}I", data, entry + 4, int(rng.integers(0, 2**32)))


def _with_checksums(data):
    if not data.startswith(b"\x89PNG"):
        return data
    out, at = io.BytesIO(), 8
    out.write(data[:8])
    while at + 12 <= len(data):
        length = int.from_bytes(data[at : at + 4], "big")
        body = data[at + 4 : at + 8 + length]
        out.write(data[at : at + 4] + body + zlib.crc32(body).to_bytes(4, "big"))
        at += 12 + length
    return out.getvalue() + data[at:]
