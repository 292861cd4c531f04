"""``scripts/make_tiny_models``: stand-ins of weights, and their hashes in ``md5s.json``."""

import json
from pathlib import Path
from typing import Annotated

import typer

from engines.inpaint.models.catalogue import OWN_MD5S, catalogue, md5_of
from foundation.settings import get_settings
from scripts.lib.tiny_models.inpaint import LARGE, write_weights


def make(models: list[str], folder: Path) -> list[str]:
    """Write the stand-ins of these models; gives the names of the files."""
    folder.mkdir(parents=True, exist_ok=True)
    names = [file.name for model in models for file in catalogue()[model].files]
    for name in names:
        write_weights(name, folder)
    register(names, folder)
    return names


def register(names: list[str], folder: Path) -> None:
    """Name the hashes of these files as the ones that are expected in this folder."""
    listed = folder / OWN_MD5S
    known = json.loads(listed.read_text()) if listed.is_file() else {}
    known |= {name: md5_of(folder / name) for name in names}
    listed.write_text(json.dumps(known, indent=2, sort_keys=True) + "\n")


def main(
    models: Annotated[list[str] | None, typer.Argument(help="All but the large ones by default.")] = None,
    out: Annotated[Path | None, typer.Option(help="The model folder; by default the house's own.")] = None,
) -> None:
    """Write random stand-ins of weights. They fill holes with noise: for tests and trials of the loading alone."""
    if unknown := set(models or ()) - set(catalogue()):
        raise typer.BadParameter(f"there is no model {', '.join(sorted(unknown))}; models are {', '.join(catalogue())}")
    folder = out or get_settings().resolved_model_dir
    for name in make(models or [name for name in catalogue() if name not in LARGE], folder):
        print(folder / name)


if __name__ == "__main__":
    typer.run(main)
