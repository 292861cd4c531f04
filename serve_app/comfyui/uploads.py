"""Uploaded pictures by the names that workflows use.

They are the one place where a key may come to mean another content, as ComfyUI's input folder does; a prompt keeps a
copy of what it was given.
"""

import contextlib
import hashlib
import re
from pathlib import PurePosixPath
from typing import Any

from foundation.errors import InvalidInput, NotFound, TooLarge
from foundation.jobs.sweep import job_folder
from foundation.jobs.types import DEFAULT_TENANT
from serve_app.comfyui.names import key_of
from serve_app.comfyui.view import APP
from serve_app.jobs.accept import JOB_ID
from serve_app.jobs.stores import Stores

LONGEST_NAME = 200
MOST_COPIES = 1000
# pictures of the largest size that one prompt may name
MOST_PICTURES = 8
NAME = re.compile(r"[^/\\\0]{1,255}")
FOLDER = re.compile(r"[\w. -]{1,64}(/[\w. -]{1,64}){0,4}")
ANNOTATED = re.compile(r"(.*) \[(input|temp|output)\]", re.DOTALL)


def annotation(name: str, kind: str) -> tuple[str, str]:
    """The name and the kind of ``a.png [output]``; of a plain name itself and ``kind``."""
    match = ANNOTATED.fullmatch(name)
    return (match[1], match[2]) if match else (name, kind)


def place_of(subfolder: str, filename: str) -> PurePosixPath:
    """The path of an upload below its folder. Raises InvalidInput for names that lead out."""
    # file systems count bytes
    long = len(filename.encode(errors="replace")) > LONGEST_NAME
    if not NAME.fullmatch(filename) or filename in {".", ".."} or long:
        raise InvalidInput(f"the picture needs a file name of at most {LONGEST_NAME} bytes without slashes")
    if subfolder and (not FOLDER.fullmatch(subfolder) or ".." in subfolder.split("/")):
        raise InvalidInput("the subfolder must be plain names with slashes between")
    return PurePosixPath(subfolder) / filename


def upload_key(kind: str, place: PurePosixPath) -> str:
    """The key of an upload."""
    return f"comfyui/{kind}/{place}"


async def free_place(stores: Stores, kind: str, place: PurePosixPath, data: bytes) -> PurePosixPath:
    """The name itself where it is free or holds the same bytes, else ``name (1)`` and so on."""
    digest = hashlib.sha256(data).digest()
    for number in range(MOST_COPIES):
        name = place if number == 0 else place.with_name(f"{place.stem} ({number}){place.suffix}")
        try:
            there = await stores.blobs.get(upload_key(kind, name))
        except NotFound:
            return name
        if hashlib.sha256(there).digest() == digest:
            return name
    raise InvalidInput(f"there are {MOST_COPIES} pictures named {place.name}; use overwrite or another name")


async def stored_key(stores: Stores, kind: str, subfolder: str, filename: str) -> str:
    """The key of a picture that was made or uploaded, by ComfyUI's names. Raises NotFound and InvalidInput."""
    folder = subfolder.strip("/")
    if not NAME.fullmatch(filename) or ".." in folder.split("/"):
        raise InvalidInput("filename and subfolder must not lead elsewhere")
    if kind != "input":
        with contextlib.suppress(NotFound):
            return await key_of(stores.blobs, kind, folder, filename)
    place = upload_key(kind, place_of(folder, filename))
    # names that were given before prefixes were counted
    if kind != "input" and re.fullmatch(JOB_ID, folder) and not await _is_there(stores, place):
        return f"{job_folder(DEFAULT_TENANT, folder)}/{stores.graphs[APP].result_step}/{filename}"
    return place


async def _is_there(stores: Stores, key: str) -> bool:
    try:
        await stores.blobs.size(key)
    except NotFound:
        return False
    return True


async def named_pictures(stores: Stores, prompt: Any) -> dict[str, bytes]:
    """The stored pictures that a workflow names, by name; what is not there is left out.

    Raises TooLarge where they have more bytes than one prompt may hold.
    """
    found: dict[str, bytes] = {}
    most = MOST_PICTURES * stores.settings.max_file_size
    for name in _names(prompt):
        plain, kind = annotation(name, "input")
        path = PurePosixPath(plain)
        with contextlib.suppress(NotFound, InvalidInput):
            key = await stored_key(stores, kind, str(path.parent).removeprefix("."), path.name)
            # those of the input folder lie under their plain name
            found[str(path) if kind == "input" else name] = await stores.blobs.get(key)
        if sum(map(len, found.values())) > most:
            raise TooLarge(f"the pictures of one prompt have more than {most} bytes")
    return found


def _names(prompt: Any) -> set[str]:
    nodes: list[Any] = list(prompt.values()) if isinstance(prompt, dict) else []  # pyright: ignore
    inputs: list[Any] = [node.get("inputs") for node in nodes if isinstance(node, dict)]  # pyright: ignore
    named: list[Any] = [fields.get("image") for fields in inputs if isinstance(fields, dict)]  # pyright: ignore
    return {name for name in named if isinstance(name, str) and len(name) < 300}
