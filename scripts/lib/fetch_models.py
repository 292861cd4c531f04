"""``scripts/fetch_models``: weights by name, each file whole and of the right hash or not there at all.

URL of the catalogue -> name.part (continued if it is there) -> MD5 -> name
"""

import os
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn, TransferSpeedColumn
from rich.table import Table

from engines.inpaint.models.catalogue import WeightFile, card_of, catalogue, md5_of
from foundation.errors import InvalidInput
from foundation.settings import get_settings
from scripts.lib.cli import run
from scripts.lib.http import Client, HttpError

console = Console()
MIB = 1 << 20


class FetchFailed(RuntimeError):
    """A file could not be had, or is not the right one."""


def fetch(file: WeightFile, folder: Path, client: Client, bars: Progress) -> None:
    """Download one file; a part of it that is there is continued. Raises FetchFailed."""
    part = folder / f"{file.name}.part"
    have = part.stat().st_size if part.exists() else 0
    headers = {"Range": f"bytes={have}-"} if have else {}
    try:
        with client.stream(file.url, headers) as answer:
            if answer.status == 416:
                part.unlink()
                raise FetchFailed(f"the part of {file.name} did not fit and is deleted; run it again")
            if answer.status >= 400:
                raise HttpError(f"the server answers {answer.status}")
            goes_on = answer.status == 206
            total = int(answer.headers.get("content-length", 0)) + (have if goes_on else 0)
            bar = bars.add_task(file.name, total=total or None, completed=have if goes_on else 0)
            with part.open("ab" if goes_on else "wb") as out:
                for chunk in answer.chunks:
                    out.write(chunk)
                    bars.update(bar, advance=len(chunk))
    except HttpError as error:
        raise FetchFailed(
            f"{file.url}: {error or type(error).__name__}. What has arrived is kept: run the command again. "
            f"Behind a proxy set HTTPS_PROXY; without a network copy the file to {folder / file.name} (MD5 {file.md5})"
        ) from error
    if (found := md5_of(part)) != file.md5:
        part.unlink()
        raise FetchFailed(
            f"{file.name} has the MD5 {found} instead of {file.md5} and is deleted: run the command again"
        )
    os.replace(part, folder / file.name)


def fetch_models(names: list[str], folder: Path, force: bool = False) -> list[Path]:
    """Download what is missing of these models; gives all their files. Raises FetchFailed and InvalidInput."""
    folder.mkdir(parents=True, exist_ok=True)
    files = list(dict.fromkeys(file for name in names for file in card_of(name).files))
    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TransferSpeedColumn())
    with (
        Progress(*columns, TimeRemainingColumn(), console=console) as bars,
        Client() as client,
    ):
        for file in files:
            if force or not (folder / file.name).is_file():
                fetch(file, folder, client, bars)
    return [folder / file.name for file in files]


def show(folder: Path) -> None:
    """Print the models and whether their weights are there."""
    table = Table("model", "what it is", "files", "here")
    for name, card in catalogue().items():
        missing = card.missing(folder)
        size = "" if missing or not card.files else f"{card.bytes_in(folder) / MIB:.0f} MiB"
        table.add_row(
            name, card.title, ", ".join(f.name for f in card.files) or "none needed", "no" if missing else size or "yes"
        )
    console.print(table)


def main(
    models: Annotated[list[str] | None, typer.Argument(help="Models by name; none lists them.")] = None,
    out: Annotated[Path | None, typer.Option(help="The model folder; by default Koma's own.")] = None,
    force: Annotated[bool, typer.Option("--force", help="Download again what is there.")] = False,
) -> None:
    """Download weights and check their hashes."""
    folder = out or get_settings().resolved_model_dir
    if not models:
        show(folder)
        return
    try:
        for path in fetch_models(models, folder, force):
            console.print(path, soft_wrap=True)
    except (FetchFailed, InvalidInput) as error:
        console.print(f"[red]{error}[/]")
        raise typer.Exit(1) from error


if __name__ == "__main__":
    run("fetch_models", main)
