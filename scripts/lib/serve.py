"""``scripts/serve``: start a config on this machine and serve it until Ctrl-C."""

import signal
import threading
from pathlib import Path
from typing import Annotated

import typer

from deployments.cluster import ROOT, HouseFailed, read_config, serving
from foundation.errors import Misconfigured


def stop_event() -> threading.Event:
    """An event that SIGINT and SIGTERM set."""
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    return stop


def main(config: Annotated[Path, typer.Argument(help="A Serve config file.")] = ROOT / "serve_config.yaml") -> None:
    """Start the house and serve until Ctrl-C."""
    try:
        with serving(read_config(config), typer.echo) as url:
            stop = stop_event()
            typer.echo(f"serving on {url}  (Ctrl-C ends)")
            stop.wait()
            typer.echo("stopping: running panels are finished, sessions go on at the next start")
    except (HouseFailed, Misconfigured) as error:
        typer.secho(f"the house did not start\n{error}", fg="red", err=True)
        raise typer.Exit(1) from error


if __name__ == "__main__":
    typer.run(main)
