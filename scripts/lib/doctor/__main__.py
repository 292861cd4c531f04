"""``scripts/doctor``: look at everything, and name the fixes."""

from typing import Annotated

import typer
from rich.console import Console

from scripts.lib.cli import run
from scripts.lib.doctor.look import look_at_all
from scripts.lib.doctor.show import as_json, is_broken, show


def main(as_data: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False) -> None:
    """Show what is ready, what is missing and which command fixes it. Exits with 1 when something is broken."""
    found = look_at_all()
    if as_data:
        typer.echo(as_json(found))
    else:
        show(found, Console())
    raise typer.Exit(is_broken(found))


if __name__ == "__main__":
    run("doctor", main)
