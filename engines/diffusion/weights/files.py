"""Weight files by name: what a folder holds, where a name leads, and what is in it."""

import json
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import Any

from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor

from engines.diffusion.weights.listing import PIPELINE, SUFFIX
from foundation.errors import InvalidInput, NotFound


def place_of(folder: Path, name: str) -> Path:
    """The path of a name below ``folder``.

    Raises InvalidInput for a name that leads out of the folder or is no weight file, NotFound where there is none.
    """
    pure = PurePosixPath(name)
    if not pure.parts or pure.is_absolute() or ".." in pure.parts or set(name) & {"\0", "\\", ":"}:
        raise InvalidInput(f"the name {name!r} leads out of the folder {folder.name}")
    path = folder / pure
    if path.is_dir() and (path / PIPELINE).is_file():
        return path
    if path.suffix != SUFFIX:
        raise InvalidInput(f"{name!r} is not a {SUFFIX} file; other formats can hide programs and are not read")
    if not path.is_file():
        raise NotFound(f"there is no {name!r} in {folder.name}")
    return path


def read_tensors(path: Path) -> dict[str, Tensor]:
    """All tensors of a file, on the CPU. Raises InvalidInput for a file that is broken."""
    try:
        return load_file(path)
    except (SafetensorError, OSError, ValueError) as error:
        raise InvalidInput(f"{path.name} cannot be read as {SUFFIX}: copy the file again ({error})") from error


def read_part(folder: Path) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """Tensors and configuration of one part of a diffusers folder, sharded files included."""
    shards = sorted(folder.glob(f"*{SUFFIX}"))
    plain = [path for path in shards if path.stem in {"model", "diffusion_pytorch_model"}]
    if not shards or not (folder / "config.json").is_file():
        raise InvalidInput(f"{folder.parent.name} has no {folder.name} with config.json and {SUFFIX} files")
    tensors: dict[str, Tensor] = {}
    for path in plain or [path for path in shards if "-of-" in path.stem] or shards[:1]:
        tensors |= read_tensors(path)
    return tensors, json.loads((folder / "config.json").read_text())


def below(tensors: Mapping[str, Tensor], prefix: str) -> dict[str, Tensor]:
    """The tensors whose names start with ``prefix``, without it."""
    return {name[len(prefix) :]: value for name, value in tensors.items() if name.startswith(prefix)}
