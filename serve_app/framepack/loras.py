"""Names of LoRAs: files below LORA_DIR, and nothing else on this machine."""

from collections.abc import Sequence
from pathlib import Path, PurePosixPath
from typing import NamedTuple

from foundation.errors import InvalidInput
from foundation.graph import Model
from foundation.models.framepack import FramePackClient
from serve_app.jobs.fields import WrongField
from serve_app.jobs.readiness import state_of

SUFFIX = ".safetensors"
LONGEST_NAME = 255


class RequestedLora(NamedTuple):
    """A LoRA of a request, the field that names it, and how much of it counts."""

    field: str
    name: str
    scale: float


def requested_loras(names: Sequence[str] | None, scales: Sequence[float] | None) -> list[RequestedLora]:
    """The LoRAs of ``lora_paths`` with their scales, 1 by default."""
    found = names or []
    pairs = zip(found, scales or [1.0] * len(found), strict=True)
    return [RequestedLora(f"lora_paths/{number}", name, scale) for number, (name, scale) in enumerate(pairs)]


def list_loras(folder: Path) -> list[str]:
    """The LoRAs of a folder by their names relative to it, sorted; none when there is no such folder."""
    found = [path.relative_to(folder).as_posix() for path in folder.rglob(f"*{SUFFIX}")] if folder.is_dir() else []
    return sorted(name for name in found if _inside(folder, name))


async def check_loras(requested: Sequence[RequestedLora], folder: Path, model: Model) -> None:
    """Whether each is a file of the folder, and fits the model if that is ready. Raises WrongField."""
    names = [lora.name for lora in requested]
    for number, lora in enumerate(requested):
        if lora.name in names[:number]:
            raise WrongField(lora.field, InvalidInput(f"{lora.name} is named twice; name it once with the total scale"))
        check_lora(folder, lora)
    if requested and (await state_of(model)).ready:
        try:
            await FramePackClient(model).check_loras(names)
        except InvalidInput as error:
            raise WrongField(requested[0].field.partition("/")[0], error) from error


def check_lora(folder: Path, lora: RequestedLora) -> None:
    """Whether it is a file of the folder. Raises WrongField."""
    if (wrong := _wrong(folder, lora.name)) is not None:
        raise WrongField(lora.field, InvalidInput(wrong))


def _wrong(folder: Path, name: str) -> str | None:
    path = PurePosixPath(name)
    if (
        "\0" in name
        or "\\" in name
        or len(name) > LONGEST_NAME
        or path.is_absolute()
        or ".." in path.parts
        or str(path) != name
    ):
        return "must be a name below LORA_DIR, as GET /loras lists them"
    if path.suffix != SUFFIX:
        return f"only {SUFFIX} files are loaded"
    return None if _inside(folder, name) else f"there is no LoRA {name}; GET /loras lists them"


def _inside(folder: Path, name: str) -> bool:
    # a link may lead out of the folder
    try:
        path = (folder / name).resolve()
        return path.is_file() and path.is_relative_to(folder.resolve())
    except OSError:
        return False
