"""The names of weights below a folder. No torch here: who only looks need not wait for it."""

import os
from pathlib import Path

SUFFIX = ".safetensors"
PIPELINE = "model_index.json"
DEPTH = 4


def names_in(folder: Path) -> list[str]:
    """The names of weight files and diffusers folders below ``folder``, sorted; none where there is no folder."""
    found: list[str] = []
    # links are followed, as large files are kept elsewhere; the depth is bounded because they can make circles
    for where, folders, files in os.walk(folder, followlinks=True):
        here = Path(where).relative_to(folder)
        if PIPELINE in files:
            found.append(here.as_posix())
            folders.clear()
            continue
        if len(here.parts) >= DEPTH:
            folders.clear()
        found += [(here / name).as_posix() for name in files if name.endswith(SUFFIX)]
    return sorted(found)
