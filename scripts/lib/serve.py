"""``scripts/serve``: start a config on this machine and serve it until Ctrl-C."""

import signal
import threading
from pathlib import Path
from typing import Annotated, Any

import typer

from deployments.cluster import ROOT, HouseFailed, read_config, serving
from deployments.refusals import refuse_open_binding
from foundation.errors import Misconfigured
from foundation.settings import get_settings


def stop_event() -> threading.Event:
    """An event that SIGINT and SIGTERM set."""
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    return stop


def alone(config: dict[str, Any], name: str) -> dict[str, Any]:
    """The config with one application alone, at ``/`` as its seed has it. Raises Misconfigured.

    ``inpaint`` listens where ``IOPAINT_HOST`` and ``IOPAINT_PORT`` say, ``style`` where ``HOST`` and ``PORT`` do,
    ``framepack`` at ``HOST`` and ``API_PORT``.
    """
    found = [app for app in config["applications"] if app["name"] == name]
    if not found:
        names = ", ".join(app["name"] for app in config["applications"])
        raise Misconfigured(f"there is no application {name}; there are {names}")
    http = dict(config.get("http_options") or {})
    settings = get_settings()
    places = {
        "inpaint": (settings.iopaint_host, settings.iopaint_port),
        "style": (settings.host, settings.port),
        "framepack": (settings.host, settings.api_port),
    }
    if name in places:
        host, port = places[name]
        http |= {"host": host, "port": port}
    return config | {"applications": [found[0] | {"route_prefix": "/"}], "http_options": http}


def main(
    config: Annotated[Path, typer.Argument(help="A Serve config file.")] = ROOT / "serve_config.yaml",
    app: Annotated[str | None, typer.Option(help="Serve this application alone, at /.")] = None,
    host: Annotated[str | None, typer.Option(help="Listen here, whatever the file says.")] = None,
    metrics_port: Annotated[int | None, typer.Option(help="Where Prometheus finds Ray; by default any port.")] = None,
) -> None:
    """Start the house and serve until Ctrl-C."""
    try:
        whole = read_config(config)
        chosen = alone(whole, app) if app else whole
        http = dict(chosen.get("http_options") or {})
        http["host"] = host or http.get("host", "127.0.0.1")
        refuse_open_binding(http["host"], get_settings())
        ray_options = {"_metrics_export_port": metrics_port} if metrics_port else {}
        with serving(chosen | {"http_options": http}, typer.echo, **ray_options) as url:
            stop = stop_event()
            typer.echo(f"serving on {url}  (Ctrl-C ends)")
            stop.wait()
            typer.echo("stopping: running panels are finished, sessions go on at the next start")
    except (HouseFailed, Misconfigured) as error:
        typer.secho(f"the house did not start\n{error}", fg="red", err=True)
        raise typer.Exit(1) from error


if __name__ == "__main__":
    typer.run(main)
