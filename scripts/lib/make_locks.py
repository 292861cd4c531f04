"""``scripts/make_locks``: the packages of the image with their hashes, as pip resolves them from the pinned locks.

It runs on what the image is made of, Linux on x86-64 with Python 3.11, and downloads each package once.
"""

import json
import platform
import subprocess
import sys
import tempfile
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from scripts.lib.cli import run

ROOT = Path(__file__).parents[2]
RESOLVED = ("requirements.lock", "deploy/requirements-launcher.lock")
ALONE = ("requirements-nodeps.lock",)


class Build(StrEnum):
    """Which build of torch."""

    CUDA = "cuda"
    CPU = "cpu"


def report(locks: tuple[str, ...], *options: str) -> list[dict[str, Any]]:
    """What pip would install, from its own report. Raises CalledProcessError."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "report.json"
        pip = [sys.executable, "-m", "pip", "install", "--dry-run", "--ignore-installed", "--quiet"]
        named = [word for lock in locks for word in ("-r", lock)]
        subprocess.run([*pip, "--report", str(path), *options, *named], cwd=ROOT, check=True)
        return json.loads(path.read_text())["install"]


def line(package: dict[str, Any]) -> str:
    """One pin with its hash. Raises KeyError where pip gives none."""
    name, version = package["metadata"]["name"], package["metadata"]["version"]
    return f"{name}=={version} --hash=sha256:{package['download_info']['archive_info']['hashes']['sha256']}"


def main(
    build: Annotated[Build, typer.Argument(help="cuda: torch of the default index; cpu: its build for the CPU.")],
    torch_index: Annotated[str | None, typer.Option(help="An index of torch wheels, besides pip's own.")] = None,
) -> None:
    """Write the lock of one build."""
    if (sys.platform, platform.machine(), sys.version_info[:2]) != ("linux", "x86_64", (3, 11)):
        typer.secho("run it where the image is made for: Linux on x86-64 with Python 3.11", fg="red", err=True)
        raise typer.Exit(1)
    extra = ("--extra-index-url", torch_index) if torch_index else ()
    packages = [*report(RESOLVED, *extra), *report(ALONE, "--no-deps")]
    lines = sorted(map(line, packages), key=str.lower)
    torch = next(each for each in lines if each.startswith("torch=="))
    if ("+cpu" in torch) != (build is Build.CPU):
        typer.secho(f"pip took {torch.partition(' ')[0]}: name the right index with --torch-index", fg="red", err=True)
        raise typer.Exit(1)
    target = ROOT / "deploy" / f"requirements-{build}.lock"
    head = f"# Written by ./scripts/make_locks {build}: Linux on x86-64, Python 3.11; complete: pip install --no-deps"
    target.write_text("\n".join([head, *lines]) + "\n")
    typer.echo(target.relative_to(ROOT))


if __name__ == "__main__":
    run("make_locks", main)
