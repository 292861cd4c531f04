"""``scripts/serve``: start a config on this machine and serve it until Ctrl-C."""

import os
import signal
import threading
from pathlib import Path
from typing import Annotated, Any

import typer

from deployments.cluster import ROOT, ClusterFailed, free_port, ray_token, read_config, serving
from deployments.refusals import refuse_open_binding
from foundation.errors import Misconfigured
from foundation.settings import get_settings
from scripts.lib.cli import run

DASHBOARD_PORT = 8265
# its name in the data folder
TOKEN_FILE = "ray_token"  # noqa: S105


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


def _checked(port: int) -> int:
    if free_port(port) != port:
        raise Misconfigured(f"port {port} is taken; end the program that holds it, or choose another --port")
    return port


def _with_dashboard(port: int) -> str:
    """Write the token of the dashboard for its owner alone; gives the line for the user."""
    place = f"dashboard on http://127.0.0.1:{port}"
    token = ray_token()
    if token is None:
        return place
    path = get_settings().koma_data_dir.expanduser() / TOKEN_FILE
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(token)
    return f"{place}; its token is in {path}"


def main(
    config: Annotated[Path, typer.Argument(help="A Serve config file.")] = ROOT / "serve_config.yaml",
    *,
    app: Annotated[str | None, typer.Option(help="Serve this application alone, at /.")] = None,
    host: Annotated[str | None, typer.Option(help="Listen here, whatever the file says.")] = None,
    port: Annotated[int | None, typer.Option(min=1, max=65535, help="The port; an error when it is taken.")] = None,
    metrics_port: Annotated[int | None, typer.Option(help="Where Prometheus finds Ray; by default any port.")] = None,
    dashboard: Annotated[bool, typer.Option("--dashboard", help="With Ray's dashboard, which `serve status` asks.")] = (
        False
    ),
) -> None:
    """Start Koma and serve until Ctrl-C."""
    try:
        whole = read_config(config)
        chosen = alone(whole, app) if app else whole
        http = dict(chosen.get("http_options") or {})
        http["host"] = host or http.get("host", "127.0.0.1")
        http["port"] = _checked(port) if port else http.get("port", 8000)
        refuse_open_binding(http["host"], get_settings())
        ray_options: dict[str, Any] = {"_metrics_export_port": metrics_port} if metrics_port else {}
        board = free_port(DASHBOARD_PORT) if dashboard else None
        if board:
            ray_options |= {"include_dashboard": True, "dashboard_host": "127.0.0.1", "dashboard_port": board}
        with serving(chosen | {"http_options": http}, typer.echo, **ray_options) as url:
            stop = stop_event()
            if board:
                typer.echo(_with_dashboard(board))
            typer.echo(f"serving on {url}  (Ctrl-C ends)")
            stop.wait()
            typer.echo("stopping: running panels are finished, sessions go on at the next start")
    except (ClusterFailed, Misconfigured) as error:
        typer.secho(f"Koma did not start\n{error}", fg="red", err=True)
        raise typer.Exit(1) from error


if __name__ == "__main__":
    run("serve", main)
