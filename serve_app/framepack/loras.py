"""Names of LoRAs: files below LORA_DIR, and nothing else on this machine."""

from collections.abc import Sequence
from pathlib import Path, PurePosixPath

from foundation.errors import InvalidInput

SUFFIX = ".safetensors"
LONGEST_NAME = 255


def list_loras(folder: Path) -> list[str]:
    """The LoRAs of a folder by their names relative to it, sorted; none when there is no such folder."""
    found = [path.relative_to(folder).as_posix() for path in folder.rglob(f"*{SUFFIX}")] if folder.is_dir() else []
    return sorted(name for name in found if _inside(folder, name))


def check_lora(folder: Path, name: str, field: str) -> str:
    """The name, if it is that of a LoRA of the folder. Raises InvalidInput that names ``field``."""
    path = PurePosixPath(name)
    if "\0" in name or "\\" in name or len(name) > LONGEST_NAME or path.is_absolute() or ".." in path.parts:
        raise InvalidInput(f"{field}: must be a name below LORA_DIR, as GET /loras lists them")
    if path.suffix != SUFFIX:
        raise InvalidInput(f"{field}: only {SUFFIX} files are loaded")
    if not _inside(folder, name):
        raise InvalidInput(f"{field}: there is no LoRA {name}; GET /loras lists them")
    return path.as_posix()


def check_loras(folder: Path, names: Sequence[str], scales: Sequence[float] | None) -> list[tuple[str, float]]:
    """Each LoRA with its scale, 1 by default. Raises InvalidInput for wrong names and for lists of two lengths."""
    if scales is not None and len(scales) != len(names):
        raise InvalidInput(f"lora_scales: there are {len(scales)} of them for {len(names)} lora_paths")
    checked = [check_lora(folder, name, f"lora_paths/{number}") for number, name in enumerate(names)]
    return list(zip(checked, scales or [1.0] * len(checked), strict=True))


def _inside(folder: Path, name: str) -> bool:
    # a link may lead out of the folder
    try:
        path = (folder / name).resolve()
        return path.is_file() and path.is_relative_to(folder.resolve())
    except OSError:
        return False
