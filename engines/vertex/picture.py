"""What is asked of an image model, and what comes back."""

import hashlib
import io
import math
from collections.abc import Iterable
from dataclasses import dataclass

from PIL import Image

from engines.vertex.usage import Usage

PNG = b"\x89PNG"


@dataclass(frozen=True)
class ImageAsk:
    """``aspect`` is width / height; ``references`` show the persons, ``guide`` is a sketch: PNG or JPEG bytes."""

    prompt: str
    negative: str = ""
    aspect: float = 1.0
    seed: int = 0
    references: tuple[bytes, ...] = ()
    count: int = 1
    guide: bytes | None = None

    @property
    def fingerprint(self) -> str:
        """What logs call the prompt."""
        return hashlib.sha256(f"{self.prompt}\0{self.negative}".encode()).hexdigest()[:12]


@dataclass(frozen=True)
class Drawn:
    """PNG bytes, who drew them, why others are missing, what it cost, and how many references were looked at."""

    images: list[bytes]
    model: str
    filtered: list[str]
    usage: Usage
    references: int = 0


def nearest_aspect(aspect: float, known: Iterable[str]) -> str:
    """The word such as ``3:4`` that is nearest to width / height."""

    def distance(word: str) -> float:
        width, height = map(int, word.split(":"))
        return abs(math.log(aspect * height / width))

    return min(known, key=distance)


def as_png(data: bytes) -> bytes:
    """The picture as PNG, whatever it came as."""
    if data.startswith(PNG):
        return data
    out = io.BytesIO()
    Image.open(io.BytesIO(data)).convert("RGB").save(out, "PNG")
    return out.getvalue()


def mime_of(data: bytes) -> str:
    """PNG or JPEG."""
    return "image/png" if data.startswith(PNG) else "image/jpeg"
