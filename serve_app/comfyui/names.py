"""Names of outputs: ``out_00001_.png``, counted for each folder and prefix over all prompts.

A name is a small file that holds the key of a picture among its prompt's files. It stays when these are swept, so that
no name is given twice.
"""

import hashlib
import re
from collections.abc import Awaitable, Callable

from foundation.blobs import BlobStore
from foundation.errors import NotFound

NUMBERED = re.compile(r"(.*)_(\d{5,12})_(\.\w{1,10})", re.DOTALL)


async def claim(blobs: BlobStore, kind: str, subfolder: str, filename: str, key: str) -> str:
    """Give a file, by its key, the next name of its prefix: ``filename`` with another number."""
    stem, _, suffix = _split(filename)

    async def is_taken(number: int) -> bool:
        try:
            return await blobs.size(_name(kind, subfolder, stem, number)) > 0
        except NotFound:
            return False

    number = await _first_free(is_taken)
    while not await blobs.create(_name(kind, subfolder, stem, number), key.encode()):
        number += 1
    return f"{stem}_{number:05}_{suffix}"


async def key_of(blobs: BlobStore, kind: str, subfolder: str, filename: str) -> str:
    """The key of the file that has this name. Raises NotFound."""
    stem, number, suffix = _split(filename)
    key = (await blobs.get(_name(kind, subfolder, stem, number))).decode()
    if not key.endswith(suffix):
        raise NotFound("there is no such picture")
    return key


def _split(filename: str) -> tuple[str, int, str]:
    match = NUMBERED.fullmatch(filename)
    if match is None:
        raise NotFound("there is no such picture")
    return match[1], int(match[2]), match[3]


def _name(kind: str, subfolder: str, stem: str, number: int) -> str:
    # any text may be a folder or a prefix
    digest = hashlib.sha256("\0".join((kind, subfolder.strip("/"), stem)).encode()).hexdigest()[:32]
    return f"comfyui/names/{digest}/{number:05}"


async def _first_free(is_taken: Callable[[int], Awaitable[bool]]) -> int:
    """By doubling and halving: numbers are given without gaps."""
    low, high = 0, 1
    while await is_taken(high):
        low, high = high, high * 2
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if await is_taken(middle) else (low, middle)
    return high
