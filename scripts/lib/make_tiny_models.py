"""``scripts/make_tiny_models``: stand-ins of weights, and their hashes in ``md5s.json``."""

import json
from pathlib import Path
from typing import Annotated

import typer

from engines.inpaint.models.catalogue import OWN_MD5S, catalogue, md5_of
from foundation.settings import get_settings
from scripts.lib.cli import run
from scripts.lib.tiny_models.diffusion_configs import SHAPES
from scripts.lib.tiny_models.inpaint import LARGE, write_weights

FRAMEPACK = "framepack"


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
    models: Annotated[
        list[str] | None, typer.Argument(help="By default all for inpainting but the large ones.")
    ] = None,
    out: Annotated[Path | None, typer.Option(help="The model folder; by default Koma's own.")] = None,
) -> None:
    """Write random stand-ins of weights. They make noise: for tests and trials of the loading alone."""
    known = [*catalogue(), *SHAPES, FRAMEPACK]
    if unknown := set(models or ()) - set(known):
        raise typer.BadParameter(f"there is no model {', '.join(sorted(unknown))}; models are {', '.join(known)}")
    folder = out or get_settings().resolved_model_dir
    chosen = models or [name for name in catalogue() if name not in LARGE]
    for name in make([model for model in chosen if model in catalogue()], folder):
        print(folder / name)
    for path in make_diffusion([model for model in chosen if model in SHAPES], folder):
        print(path)
    if FRAMEPACK in chosen:
        from scripts.lib.tiny_models.framepack import write_framepack

        print(write_framepack(folder))


def make_diffusion(models: list[str], folder: Path) -> list[Path]:
    """Write checkpoints and ControlNets below ``checkpoints`` and ``controlnet``; gives their paths."""
    if not models:
        return []
    from scripts.lib.tiny_models.diffusion import write_checkpoint

    return [path for model in models for path in write_checkpoint(model, folder)]


if __name__ == "__main__":
    run("make_tiny_models", main)
