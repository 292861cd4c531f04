"""``scripts/demo``: start Koma, turn a story into pages, show where they are.

POST generate -> WebSocket progress -> GET pages, exports -> files in out/
"""

from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from deployments.cluster import ROOT, ClusterFailed, read_config, serving
from foundation.errors import Misconfigured
from foundation.settings import get_settings
from scripts.lib.cli import run
from scripts.lib.http import Client
from scripts.lib.serve import stop_event

STORY = ROOT / "examples" / "rooftop.txt"
OUT = ROOT / "out"
TERMINAL = {"pipeline_completed", "pipeline_cancelled", "error"}
console = Console()


class DemoFailed(RuntimeError):
    """The story did not become pages."""


def key_header() -> dict[str, str]:
    """Koma's own key as a header, if it asks for one."""
    keys = get_settings().api_keys
    return {"X-API-Key": keys[0].get_secret_value()} if keys else {}


def draw(client: Client, story: Path) -> dict[str, Any]:
    """Post the story and follow it to its end; gives the finished session."""
    body = {"text": story.read_text(), "title": story.stem.replace("_", " ").title(), "hitl_enabled": False}
    response = client.post("manga/api/v1/manga/generate", body)
    if response.status != 202:
        raise DemoFailed(f"the story was refused: {response.text}")
    accepted = response.json()
    follow(client, accepted["websocket_url"])
    session = client.get(accepted["status_url"]).json()
    if session["status"] != "completed":
        raise DemoFailed(f"the session ended as {session['status']}: {session['error_message']}")
    return session


def follow(client: Client, url: str) -> None:
    """Show a session's progress until it ends."""
    columns = (SpinnerColumn(), TextColumn("{task.description}", style="bold"), BarColumn(32), TimeElapsedColumn())
    with Progress(*columns, console=console) as bars, client.messages(url) as messages:
        tasks: dict[int, Any] = {}
        for message in messages:
            data = message.get("data", {})
            number = data.get("phase_number")
            if message["type"] == "phase_started":
                label = f"{number} {data['phase_name']}"
                tasks[number] = bars.add_task(label, total=data["items"] or None)
            elif message["type"] == "progress" and number in tasks:
                bars.update(tasks[number], completed=data["done"], total=data["items"])
            elif message["type"] == "phase_completed" and number in tasks:
                bars.update(tasks[number], total=1, completed=1)
            elif message["type"] in TERMINAL:
                return


def fetch(client: Client, session: dict[str, Any], folder: Path) -> list[Path]:
    """Download pages and exports."""
    folder.mkdir(parents=True, exist_ok=True)
    urls = {f"page-{url.rpartition('/')[2]:>07}": url for url in session["page_urls"]}
    urls |= {f"manga.{kind}": url for kind, url in session["export_urls"].items()}
    for name, url in urls.items():
        (folder / name).write_bytes(client.get(url).raise_for_status().content)
    return [folder / name for name in urls]


def report(client: Client, session: dict[str, Any], files: list[Path]) -> None:
    """Say what was made, by whom, and what the checks found."""
    base = f"manga/api/v1/manga/sessions/{session['id']}"
    images = client.get(f"{base}/phase/5").json()["output_data"]
    final = client.get(f"{base}/phase/7").json()["output_data"]
    failed = [check for page in final["compiled_pages"] for check in page["checks_failed"]]
    passed = sum(page["checks_passed"] for page in final["compiled_pages"])
    console.print(
        f"\n[bold]{len(session['page_urls'])} pages[/], {len(images['generated_images'])} panels by "
        f"{len(images['replicas'])} artists (engine: {', '.join(images['engine'])}); "
        f"{passed} checks passed, {len(failed)} failed"
    )
    for check in failed:
        console.print(f"  [red]{check['element']}: {check['name']} {check['detail']}[/]")
    for path in files:
        console.print(f"  {path.relative_to(ROOT)}")
    for url in (session["page_urls"][0], session["download_url"], f"{client.base_url}/manga/docs"):
        console.print(f"  {url}", soft_wrap=True)


def main(
    story: Annotated[
        Path, typer.Argument(help="A text file, Japanese or English.", exists=True, dir_okay=False)
    ] = STORY,
    once: Annotated[bool, typer.Option("--once", help="End when the pages are there.")] = False,
) -> None:
    """Turn a story into manga pages on this machine."""
    try:
        with serving(read_config(ROOT / "serve_config.yaml"), console.print) as url:
            with Client(url, 120.0, key_header()) as client:
                session = draw(client, story)
                report(client, session, fetch(client, session, OUT / story.stem))
            if not once:
                stop = stop_event()
                console.print(f"serving on {url}  (Ctrl-C ends)")
                stop.wait()
    except KeyboardInterrupt:
        raise typer.Exit(130) from None
    except (ClusterFailed, DemoFailed, Misconfigured) as error:
        console.print(f"[red]{error}[/]")
        raise typer.Exit(1) from error


if __name__ == "__main__":
    run("demo", main)
