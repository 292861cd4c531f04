"""How the scripts that are written in Python start: their usage names the script, not the module."""

from collections.abc import Callable
from typing import Any

import typer


def run(name: str, main: Callable[..., Any]) -> None:
    """Run ``main`` with the command line as ``./scripts/NAME``."""
    app = typer.Typer(add_completion=False)
    app.command()(main)
    app(prog_name=f"./scripts/{name}")
