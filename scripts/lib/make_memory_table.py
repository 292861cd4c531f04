"""``scripts/make_memory_table``: write down what models take, computed from their configurations."""

import json

import typer

from scripts.lib.cli import run


def main() -> None:
    """Compute the table and write it."""
    from engines.memory.table import PLACE, whole_table

    PLACE.write_text(json.dumps(whole_table(typer.echo), indent=2) + "\n")
    typer.echo(f"wrote {PLACE.name}")


if __name__ == "__main__":
    run("make_memory_table", main)
