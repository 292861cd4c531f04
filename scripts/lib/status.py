"""``scripts/status``: ask a running Koma over HTTP how it is. It starts nothing and changes nothing."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import typer

from foundation.settings import get_settings
from scripts.lib.cli import run
from scripts.lib.demo import key_header
from scripts.lib.http import Client, HttpError, get
from scripts.lib.serve import DASHBOARD_PORT, TOKEN_FILE

SECONDS = 20.0
# where each application reports its engines, and the member of the answer
ENGINES = {
    "manga": ("/api/v1/manga/engines", ("writers", "artists")),
    "style": ("/health", ("engines",)),
    "framepack": ("/", ("engines",)),
}
HINT = "Start it with ./scripts/serve, name its address with --url, or set API_KEYS to one of its keys."
Json = dict[str, Any]


def applications(client: Client) -> dict[str, str]:
    """Name to URL, from the index at ``/``. Raises HttpError; one application alone has no index."""
    answer = client.get("/", headers={"accept": "application/json"}).raise_for_status().json()
    found = {each["name"]: each["url"] for each in answer.get("services", [])}
    return found or {_service(client): client.base_url}


def _service(client: Client) -> str:
    return client.get("/health/live").raise_for_status().json()["service"]


def state_of(client: Client, name: str, url: str) -> Json:
    """``status``, ``checks``, ``jobs`` and ``engines`` of one application; ``error`` where it does not answer."""
    try:
        health = client.get(f"{url}/health/detailed").json()
        found = {key: health[key] for key in ("status", "checks", "jobs")}
        return found | {"engines": _engines(client, name, url)}
    except (HttpError, ValueError, KeyError) as error:
        return {"status": "unhealthy", "error": f"{type(error).__name__}: {error}", "checks": {}, "jobs": {}}


def _engines(client: Client, name: str, url: str) -> Json:
    if name not in ENGINES:
        return {}
    path, members = ENGINES[name]
    answer = client.get(f"{url}{path}").json()
    return {engine: state for member in members for engine, state in answer.get(member, {}).items()}


def deployments(board: str, token: str) -> list[Json] | None:
    """``application``, ``deployment``, ``running``, ``wanted`` and ``message`` of each; None without a dashboard."""
    headers = {"authorization": f"Bearer {token}"} if token else {}
    try:
        answer = get(f"{board}/api/serve/applications/", SECONDS, headers).raise_for_status()
        found = answer.json()["applications"]
    except (HttpError, ValueError, KeyError):
        return None
    return [
        _deployment(app, name, each) for app, details in found.items() for name, each in details["deployments"].items()
    ]


def _deployment(app: str, name: str, details: Json) -> Json:
    running = sum(replica["state"] == "RUNNING" for replica in details["replicas"])
    wanted = details.get("target_num_replicas", len(details["replicas"]))
    return {
        "application": app,
        "deployment": name,
        "running": running,
        "wanted": wanted,
        "message": details["message"],
    }


def lines(states: dict[str, Json], replicas: list[Json] | None) -> Iterator[str]:
    """The report for people."""
    for name, state in states.items():
        jobs = ", ".join(f"{count} {each}" for each, count in state["jobs"].items())
        yield f"{name:<10}{state['status']:<11}{jobs}"
        if "error" in state:
            yield f"  no answer: {state['error']}"
        yield from (f"  {check}: {c['detail']}" for check, c in state["checks"].items() if c["status"] != "healthy")
        for engine, each in state.get("engines", {}).items():
            yield f"  engine {engine:<14}{'ready' if each['ready'] else 'not ready'}  {each.get('detail', '')}".rstrip()
    if replicas is None:
        yield "replicas  unknown: no dashboard answers; ./scripts/serve --dashboard starts one"
        return
    for each in replicas:
        name = f"{each['application']}/{each['deployment']}"
        yield f"replicas  {name:<28}{each['running']} of {each['wanted']} run  {each['message']}".rstrip()


def main(
    url: Annotated[str, typer.Option(help="Where Koma serves.")] = "http://127.0.0.1:8000",
    dashboard: Annotated[str, typer.Option(help="Ray's dashboard.")] = f"http://127.0.0.1:{DASHBOARD_PORT}",
    token_file: Annotated[
        Path | None,
        typer.Option(help="The token of Ray; by default ray_token of the data folder."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="The same as JSON.")] = False,
) -> None:
    """Report applications, jobs, engines and replicas; exit 1 when something is unhealthy or does not answer."""
    token = token_file or get_settings().koma_data_dir.expanduser() / TOKEN_FILE
    with Client(url, SECONDS, key_header()) as client:
        try:
            states = {name: state_of(client, name, each) for name, each in applications(client).items()}
        except (HttpError, ValueError, KeyError) as error:
            typer.secho(f"{url} does not answer as Koma: {error}\n{HINT}", fg="red", err=True)
            raise typer.Exit(1) from error
    replicas = deployments(dashboard, token.read_text().strip() if token.exists() else "")
    if as_json:
        typer.echo(json.dumps({"applications": states, "replicas": replicas}, ensure_ascii=False, indent=2))
    else:
        for line in lines(states, replicas):
            typer.echo(line)
    lacking = any(each["running"] < each["wanted"] for each in replicas or [])
    raise typer.Exit(lacking or any(state["status"] == "unhealthy" for state in states.values()))


if __name__ == "__main__":
    run("status", main)
