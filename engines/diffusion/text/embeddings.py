"""Textual inversion: words that are vectors from a file, written ``embedding:name``."""

from collections.abc import Callable
from pathlib import Path

from torch import Tensor

from engines.diffusion.weights.files import SUFFIX, place_of, read_tensors
from foundation.errors import InvalidInput, NotFound

MARK = "embedding:"
Lookup = Callable[[str, int], Tensor | None]
"""From a name and the width of a text encoder to N×width vectors, ``None`` where there are none."""
CLIP_G_WIDTH = 1280


def embeddings_in(folder: Path) -> Lookup:
    """A lookup of the ``.safetensors`` files of a folder."""

    def lookup(name: str, width: int) -> Tensor | None:
        try:
            tensors = read_tensors(place_of(folder, name if name.endswith(SUFFIX) else name + SUFFIX))
        except (NotFound, InvalidInput):
            return None
        # files for SDXL hold one tensor for each of its two encoders
        named = tensors.get("clip_g" if width == CLIP_G_WIDTH else "clip_l")
        fitting = [t for t in [named, *tensors.values()] if t is not None and t.dim() <= 2 and t.shape[-1] == width]
        return fitting[0].reshape(-1, width).float() if fitting else None

    return lookup


def no_embeddings(name: str, width: int) -> Tensor | None:
    """A lookup where there is no folder."""
    return None


def split_at_embeddings(text: str) -> list[tuple[str, bool]]:
    """The text cut at its embeddings: plain text with False, the name of an embedding with True."""
    first, *others = (" " + text).split(" " + MARK)
    parts = [(first[1:], False)]
    for other in others:
        name, _, rest = other.partition(" ")
        # a comma behind the name is not part of it
        stripped = name.rstrip(",")
        parts += [(stripped, True), (f"{name[len(stripped) :]} {rest}".strip(), False)]
    return [(part, named) for part, named in parts if part.strip()]
