"""The version of the rules: a hash of the code and the data that an answer of ``write`` follows from."""

import ast
import hashlib
from collections.abc import Iterator
from functools import lru_cache
from importlib.metadata import version as version_of
from pathlib import Path

ROOT = Path(__file__).parents[2]
ENTRY = "engines.writer"
DATA = ("assets/words", "assets/templates")
LIBRARIES = ("budoux", "sudachidict-core", "sudachipy")
OWN = ("engines", "foundation")


@lru_cache(maxsize=1)
def version() -> str:
    """A hash of every module that the rules import, of their word lists and templates, and of their libraries.

    It is made once per process. Raises FileNotFoundError when a folder of data is gone.
    """
    digest = hashlib.sha256()
    for path in (*sorted(modules()), *data_files()):
        digest.update(path.relative_to(ROOT).as_posix().encode() + b"\0" + path.read_bytes())
    for name in LIBRARIES:
        digest.update(f"{name} {version_of(name)}\n".encode())
    return digest.hexdigest()


def data_files() -> list[Path]:
    """The word lists and templates, in order. Raises FileNotFoundError for a folder without any."""
    found: list[Path] = []
    for folder in DATA:
        files = sorted(path for path in (ROOT / folder).rglob("*") if path.is_file())
        if not files:
            raise FileNotFoundError(f"{folder} holds no file; the writer's rules would be hashed without it")
        found += files
    return found


def modules() -> set[Path]:
    """The files of this project that ``write`` is made of: its own module and all that is imported from there.

    Raises FileNotFoundError when its own module is gone.
    """
    found: set[Path] = set()
    waiting = [ENTRY]
    if _file_of(ENTRY) is None:
        raise FileNotFoundError(f"there is no module {ENTRY}; the writer's rules would be hashed without their code")
    while waiting:
        path = _file_of(waiting.pop())
        if path is None or path in found:
            continue
        found.add(path)
        waiting += _imports(path)
    return found


def _file_of(module: str) -> Path | None:
    base = ROOT.joinpath(*module.split("."))
    return next((path for path in (base.with_suffix(".py"), base / "__init__.py") if path.is_file()), None)


def _imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_bytes())):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            # what is imported from a package may be one of its modules
            names = [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
        else:
            continue
        yield from (name for name in names if name.partition(".")[0] in OWN)
