"""Pictures from files, and between bytes and tensors."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath

import numpy as np
import torch
from PIL import Image, ImageSequence
from torch import Tensor

from engines.comfy.context import Limits, Rgb
from foundation.errors import BadImage, KomaError
from foundation.images import open_image, upright

SUFFIXES = frozenset(
    {".png", ".apng", ".jpg", ".jpeg", ".webp", ".gif", ".bmp", ".tif", ".tiff", ".avif", ".jp2", ".tga", ".ico"}
)
NO_MASK = (64, 64)
WIDE_MODES = frozenset({"I", "I;16", "I;16B", "I;16L", "I;16N"})
JPEGS = frozenset({"JPEG", "MPO"})
# several pictures of one moment, not frames
ONE_FRAME = frozenset({"MPO"})
# its reader starts another program
UNSAFE_FORMATS = frozenset({"EPS"})


class UnreadablePicture(BadImage):
    """A file that no reader of Pillow takes."""

    hint = "Send a picture that Pillow opens: PNG, JPEG, WebP, GIF, BMP, TIFF, AVIF and others, within the limits."


def names_in(folder: Path) -> list[str]:
    """The pictures directly in a folder, sorted."""
    if not folder.is_dir():
        return []
    return sorted(path.name for path in folder.iterdir() if path.suffix.lower() in SUFFIXES and path.is_file())


def picture_path(folder: Path, name: str) -> Path | None:
    """The file of this name below the folder; ``None`` where there is none or the name leads out.

    ``a.png [input]`` is ``a.png``; what comes from elsewhere, such as ``a.png [output]``, lies under its whole name.
    """
    return _file(folder, name) or _file(folder, name.removesuffix(" [input]"))


def _file(folder: Path, name: str) -> Path | None:
    pure = PurePosixPath(name)
    if not pure.parts or pure.is_absolute() or ".." in pure.parts or set(name) & {"\0", "\\"}:
        return None
    path = folder / pure
    return path if path.is_file() else None


def digest(path: Path) -> str:
    """The SHA-256 of a file."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


@contextmanager
def _opened(path: Path, limits: Limits) -> Iterator[Image.Image]:
    """An open picture, its pixels not decoded yet. Raises BadImage, or InvalidInput where it is too large.

    Readers of rare formats fail on hostile bytes in many ways: each of them is the picture's fault.
    """
    try:
        with Image.open(path, formats=safe_formats()) as image:
            limits.check_size(*image.size)
            if image.format in JPEGS:
                # for its scans, each of which is a pass over all pixels
                open_image(path.read_bytes(), limits.pixels)
            yield image
    except KomaError:
        raise
    except Exception as error:
        raise UnreadablePicture(f"{path.name} cannot be read as a picture") from error


def safe_formats() -> list[str]:
    """The formats that Pillow opens by itself."""
    Image.init()
    return [name for name in Image.OPEN if name not in UNSAFE_FORMATS]


def read_picture(path: Path, limits: Limits) -> tuple[Tensor, Tensor]:
    """A picture upright, B×H×W×3 of 0 to 1, and its mask, 1 where it is transparent; 64×64 zeros if it is opaque.

    All frames of one size are taken. Raises BadImage, or InvalidInput where it is too large.
    """
    with _opened(path, limits) as image:
        return _frames(image, limits)


def _frames(image: Image.Image, limits: Limits) -> tuple[Tensor, Tensor]:
    pictures: list[Tensor] = []
    masks: list[Tensor] = []
    for frame in [image] if image.format in ONE_FRAME else ImageSequence.Iterator(image):
        # each frame has a size of its own
        limits.check_size(*frame.size, len(pictures) + 1)
        whole = _eight_bits(upright(frame))
        pixels = torch.from_numpy(np.asarray(whole.convert("RGB"), dtype=np.float32) / 255)
        if pictures and pixels.shape != pictures[0].shape:
            continue
        pictures.append(pixels)
        masks.append(_transparency(whole))
    return torch.stack(pictures), torch.stack(masks)


def _eight_bits(image: Image.Image) -> Image.Image:
    if image.mode not in WIDE_MODES:
        return image
    # ComfyUI divides by 255, so that the brightest 257 values are one white
    return Image.fromarray((np.asarray(image).astype(np.float64) / 255).clip(0, 255).astype(np.uint8))


def _transparency(image: Image.Image) -> Tensor:
    if image.mode == "P" and "transparency" in image.info:
        image = image.convert("RGBA")
    if "A" not in image.getbands():
        return torch.zeros(NO_MASK)
    return 1 - torch.from_numpy(np.asarray(image.getchannel("A"), dtype=np.float32) / 255)


def read_channel(path: Path, channel: str, limits: Limits) -> Tensor:
    """One channel of a picture as a mask, 1×H×W; alpha is turned round, so that 1 is transparent."""
    with _opened(path, limits) as image:
        whole = _eight_bits(upright(image)).convert("RGBA")
    values = torch.from_numpy(np.asarray(whole.getchannel(channel[0].upper()), dtype=np.float32) / 255)
    return (1 - values if channel == "alpha" else values)[None]


def to_bytes(image: Tensor) -> Rgb:
    """One picture, H×W×C of 0 to 1, in 8 bits; cut, not rounded."""
    return np.clip(255.0 * image.cpu().numpy(), 0, 255).astype(np.uint8)
