"""``scripts/bench/manga``: what the manga service costs, as ratios and medians of several runs.

bare engines -> single pages -> fan-out of sleepers -> the seed's times replayed -> the same through Google's
protocols -> start and memory of Koma
"""

import json
import os
import platform
import tempfile
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from deployments.cluster import ROOT, ClusterFailed, local_ray, prepare_environment
from foundation.settings import get_settings

STORIES = sorted((ROOT / "examples").glob("*.txt"))
PARTS = ("engines", "pages", "fan-out", "replay", "google", "start")
# items and the seconds of each: as short as a draft panel, and longer
FAN_OUTS = ((50, 0.2), (50, 0.5), (25, 1.0), (25, 2.0))
OUT = ROOT / "out" / "bench" / "manga.json"
console = Console()


def measure(parts: list[str], scale: float, runs: int) -> dict[str, Any]:
    """The figures of the chosen parts."""
    # before these imports, which bring Ray with them
    prepare_environment()
    from scripts.lib.bench.manga.engines import measure_engines
    from scripts.lib.bench.manga.jobs import measure_fan_out, measure_replay
    from scripts.lib.bench.manga.pages import measure_pages
    from scripts.lib.bench.manga.start import measure_start

    found: dict[str, Any] = {"machine": {"cores": os.cpu_count(), "python": platform.python_version()}}
    if "engines" in parts:
        found["engines"] = measure_engines({story.name: story.read_text() for story in STORIES}, runs)
    if "pages" in parts:
        found["pages"] = measure_pages({story.name: story.read_text() for story in STORIES}, runs)
    if {"fan-out", "replay"} & set(parts):
        with local_ray():
            from ray import serve

            serve.start(proxy_location="Disabled")
            try:
                if "fan-out" in parts:
                    found["fan_out"] = [measure_fan_out(items, seconds, runs) for items, seconds in FAN_OUTS]
                if "replay" in parts:
                    found["replay"] = measure_replay(scale, runs)
            finally:
                serve.shutdown()
    if "google" in parts:
        from scripts.lib.bench.manga.google import measure_google

        found["google"] = measure_google(scale, runs)
    if "start" in parts:
        found["start"] = measure_start(STORIES[-1].read_text())
    return found


def _row(table: Table, what: str, value: Any, aim: str = "") -> None:
    table.add_row(what, str(value), aim)


def show(found: dict[str, Any]) -> None:
    """Print the figures beside what they should be."""
    table = Table("what", "measured", "aim", title="scripts/bench/manga")
    for story in found.get("engines", []):
        for phase, seconds in story["cpu_s_by_phase"].items():
            _row(table, f"{story['story']}: CPU s, {phase}", seconds)
        pages = f"{story['pages']} pages, {story['panels']} panels"
        _row(table, f"{story['story']}: CPU s per page ({pages})", story["cpu_s_per_page"])
    for story in found.get("pages", []):
        for key, what, aim in (("page", "lettered page of 1200×1700", "≤ 2"), ("print", "page at 600 dpi", "≤ 12")):
            _row(table, f"{story['story']}: CPU s, {what}, median", story[f"{key}_cpu_s"], aim)
            _row(table, f"{story['story']}: CPU s, {what}, worst", story[f"{key}_cpu_s_worst"], aim)
    for each in found.get("fan_out", []):
        what = f"fan-out efficiency, {each['items']} items of {each['sleep_s']:g} s on five"
        _row(table, what, each["efficiency"], "≥ 0.95")
    if replay := found.get("replay"):
        _row(table, f"seed's times at scale {replay['scale']:g}, s", replay["wall_s"], "≤ 85 at scale 1")
        _row(table, "one after the other, s", replay["sum_of_phases_s"])
        _row(table, "critical path, s", replay["critical_path_s"])
        _row(table, "orchestration overhead, %", replay["overhead_percent"], "≤ 2 at scale 1")
    if google := found.get("google"):
        _row(
            table, f"seed's times through Google's protocols at scale {google['scale']:g}, s", google["wall_s"], "≤ 80"
        )
        _row(table, "critical path, s", google["critical_path_s"])
        _row(
            table,
            f"{google['pictures_at_once']} pictures at once over the slowest",
            google["pictures_over_slowest"],
            "≤ 1.1",
        )
    if system := found.get("start"):
        _row(table, "start to READY, s", system["start_to_ready_s"], "≤ 90")
        _row(table, "memory at READY, MiB PSS", system["memory_at_ready"]["pss_mib"], "≤ 4096")
        _row(table, "memory after a session, MiB PSS", system["memory_after_a_session"]["pss_mib"], "≤ 4096")
    console.print(table)


def main(
    scale: Annotated[float, typer.Option(help="Replay the seed's times at this scale; 0.1 for a short run.")] = 1.0,
    runs: Annotated[int, typer.Option(min=1, help="Runs of which the median is taken.")] = 3,
    only: Annotated[list[str] | None, typer.Option(help=f"Parts: {', '.join(PARTS)}.")] = None,
    out: Annotated[Path, typer.Option(help="Where the JSON goes.")] = OUT,
) -> None:
    """Measure the manga service on this machine, in a data folder of its own."""
    if unknown := set(only or ()) - set(PARTS):
        raise typer.BadParameter(f"there is no part {', '.join(sorted(unknown))}; parts are {', '.join(PARTS)}")
    with tempfile.TemporaryDirectory(prefix="koma-bench-") as data:
        # replicas read it from the environment that Ray is started in
        os.environ["KOMA_DATA_DIR"] = data  # noqa: TID251
        get_settings.cache_clear()
        try:
            found = measure(only or list(PARTS), scale, runs)
        except ClusterFailed as error:
            console.print(f"[red]{error}[/]")
            raise typer.Exit(1) from error
    show(found)
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(json.dumps(found, indent=2, ensure_ascii=False) + "\n")
    console.print(f"written to {out}", soft_wrap=True)


if __name__ == "__main__":
    typer.run(main)
