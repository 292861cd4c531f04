"""What is known of each model before it is loaded: its files, their hashes, the shapes it wants."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from engines.inpaint.windows import SIZES, Geometry
from foundation.errors import EngineNotReady, InvalidInput

CATALOGUE = Path(__file__).parents[3] / "assets" / "models" / "inpaint.json"
DRAFT = "cv2"
OWN_MD5S = "md5s.json"
CHUNK = 1 << 20


@dataclass(frozen=True)
class WeightFile:
    """A file of weights. ``constant`` is the prefix of IOPaint's ``…_MODEL_URL`` that names it."""

    constant: str
    name: str
    url: str
    md5: str


@dataclass(frozen=True)
class ModelCard:
    """One model: ``path`` is ``module:Class`` below ``iopaint.model``."""

    name: str
    path: str
    title: str
    files: tuple[WeightFile, ...]
    geometry: Geometry

    def missing(self, folder: Path) -> list[str]:
        """The names of its files that are not in the folder."""
        return [file.name for file in self.files if not (folder / file.name).is_file()]

    def bytes_in(self, folder: Path) -> int:
        """The size of its files, which is about what it takes in memory."""
        return sum((folder / file.name).stat().st_size for file in self.files)


@lru_cache(maxsize=1)
def catalogue() -> Mapping[str, ModelCard]:
    """All models by name."""
    return {name: _card(name, entry) for name, entry in json.loads(CATALOGUE.read_text()).items()}


def _card(name: str, entry: Mapping[str, object]) -> ModelCard:
    files = tuple(WeightFile(**file) for file in entry["files"])  # type: ignore[attr-defined]
    sizes = tuple(size for size in SIZES if size % int(entry["multiple"]) == 0)  # type: ignore[call-overload]
    geometry = Geometry(sizes, bool(entry["square"]))
    return ModelCard(name, str(entry["path"]), str(entry["title"]), files, geometry)


def card_of(name: str) -> ModelCard:
    """The card of a model. Raises InvalidInput for an unknown name."""
    found = catalogue().get(name)
    if found is None:
        raise InvalidInput(f"there is no model {name!r}; models are {', '.join(catalogue())}")
    return found


def check_files(card: ModelCard, folder: Path) -> None:
    """Raises EngineNotReady when a file is missing or is not the one that is expected.

    ``md5s.json`` in the folder replaces the catalogue's hashes by file name, for weights of one's own.
    """
    if missing := card.missing(folder):
        raise EngineNotReady(f"{card.name} lacks {', '.join(missing)}: ./scripts/fetch_models {card.name}")
    own = _own_md5s(folder)
    for file in card.files:
        wanted = own.get(file.name, file.md5)
        if (found := md5_of(folder / file.name)) != wanted:
            raise EngineNotReady(
                f"{file.name} has the MD5 {found} instead of {wanted}: ./scripts/fetch_models --force {card.name}, "
                f"or name it in {OWN_MD5S} of the model folder"
            )


def _own_md5s(folder: Path) -> Mapping[str, str]:
    path = folder / OWN_MD5S
    return json.loads(path.read_text()) if path.is_file() else {}


def md5_of(path: Path) -> str:
    """The MD5 of a file, read once for each version of it."""
    stat = path.stat()
    return _md5(path, stat.st_size, stat.st_mtime_ns)


@lru_cache(maxsize=64)
def _md5(path: Path, size: int, mtime: int) -> str:
    digest = hashlib.md5()
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            digest.update(chunk)
    return digest.hexdigest()
