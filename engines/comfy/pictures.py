"""Pictures from files, and between bytes and tensors."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath

import numpy as np
import torch
from PIL import Image, ImageOps, ImageSequence
from torch import Tensor

from engines.comfy.context import Limits, Rgb
from foundation.errors import BadImage

SUFFIXES = frozenset({".png", ".jpg", ".jpeg", ".webp", ".gif", ".bmp", ".tif", ".tiff"})
NO_MASK = (64, 64)
WIDE_MODES = frozenset({"I", "I;16", "I;16B", "I;16L"})


def names_in(folder: Path) -> list[str]:
    """The pictures directly in a folder, sorted."""
    if not folder.is_dir():
        return []
    return sorted(path.name for path in folder.iterdir() if path.suffix.lower() in SUFFIXES and path.is_file())


def picture_path(folder: Path, name: str) -> Path | None:
    """The file of this name below the folder; ``None`` where there is none or the name leads out."""
    name = name.removesuffix(" [input]")
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
    """An open picture. Raises BadImage, or InvalidInput where it is too large."""
    try:
        with Image.open(path) as image:
            limits.check_size(*image.size)
            yield image
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise BadImage(f"{path.name} cannot be read as a picture") from error


def read_picture(path: Path, limits: Limits) -> tuple[Tensor, Tensor]:
    """A picture upright, B×H×W×3 of 0 to 1, and its mask, 1 where it is transparent; 64×64 zeros if it is opaque.

    All frames of one size are taken. Raises BadImage, or InvalidInput where it is too large.
    """
    with _opened(path, limits) as image:
        return _frames(image, limits)


def _frames(image: Image.Image, limits: Limits) -> tuple[Tensor, Tensor]:
    pictures: list[Tensor] = []
    masks: list[Tensor] = []
    for frame in ImageSequence.Iterator(image):
        upright = _eight_bits(ImageOps.exif_transpose(frame))
        pixels = torch.from_numpy(np.asarray(upright.convert("RGB"), dtype=np.float32) / 255)
        if pictures and pixels.shape != pictures[0].shape:
            continue
        limits.check_size(upright.width, upright.height, len(pictures) + 1)
        pictures.append(pixels)
        masks.append(_transparency(upright))
    return torch.stack(pictures), torch.stack(masks)


def _eight_bits(image: Image.Image) -> Image.Image:
    if image.mode not in WIDE_MODES:
        return image
    return Image.fromarray((np.asarray(image).astype(np.float64) / 257).clip(0, 255).astype(np.uint8))


def _transparency(image: Image.Image) -> Tensor:
    if image.mode == "P" and "transparency" in image.info:
        image = image.convert("RGBA")
    if "A" not in image.getbands():
        return torch.zeros(NO_MASK)
    return 1 - torch.from_numpy(np.asarray(image.getchannel("A"), dtype=np.float32) / 255)


def read_channel(path: Path, channel: str, limits: Limits) -> Tensor:
    """One channel of a picture as a mask, 1×H×W; alpha is turned round, so that 1 is transparent."""
    with _opened(path, limits) as image:
        upright = _eight_bits(ImageOps.exif_transpose(image)).convert("RGBA")
    values = torch.from_numpy(np.asarray(upright.getchannel(channel[0].upper()), dtype=np.float32) / 255)
    return (1 - values if channel == "alpha" else values)[None]


def to_bytes(image: Tensor) -> Rgb:
    """One picture, H×W×C of 0 to 1, in 8 bits; cut, not rounded."""
    return np.clip(255.0 * image.cpu().numpy(), 0, 255).astype(np.uint8)
