"""``scripts/bench/inpaint``: text removal beside IOPaint's own server, the same weights, one thread each.

IOPaint's server -> Koma over HTTP -> the bare engine, for each page; then several clients at once

The weights are random and of the published architecture: they cost what real ones cost, and fill with noise.
"""

import json
import os
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Any

import typer
from rich.console import Console

from deployments.cluster import ROOT, ClusterFailed, read_config, serving
from foundation.settings import get_settings
from scripts.lib.bench.inpaint import peer
from scripts.lib.bench.inpaint.load import Load, measure_load
from scripts.lib.bench.inpaint.measure import PageResult, idle_rates, measure
from scripts.lib.bench.inpaint.pages import PAGES, small
from scripts.lib.bench.inpaint.table import aims, show
from scripts.lib.bench.inpaint.ways import MODES, KomaWay, PeerWay, Way, bare_ways
from scripts.lib.bench.memory import descendants
from scripts.lib.serve import alone

OUT = ROOT / "out" / "bench" / "inpaint.json"
PUBLISHED, TINY = (64, 18), (8, 2)
console = Console()


@dataclass(frozen=True)
class Form:
    """How long the bench is. ``loads`` are model, numbers of clients and the least requests of each."""

    pages: tuple[str, ...]
    runs: int
    architecture: tuple[int, int]
    loads: tuple[tuple[str, tuple[int, ...], int], ...]
    install: bool


def form_of(short: bool, only: Sequence[str], runs: int) -> Form:
    """The long form, or the short one: a tiny LaMa, the small page, the peer only where it is installed already."""
    if short:
        return Form(tuple(only) or ("small",), 1, TINY, (("cv2", (1, 4), 4),), install=False)
    # sixteen requests of LaMa at once would take IOPaint alone ten minutes
    loads = (("cv2", (1, 4, 16), 8), ("lama", (1, 4), 1))
    return Form(tuple(only) or tuple(PAGES), runs, PUBLISHED, loads, install=True)


def write_weights(folder: Path, architecture: tuple[int, int]) -> None:
    """A random LaMa of so many channels and blocks, named as what is expected there."""
    from scripts.lib.make_tiny_models import register
    from scripts.lib.tiny_models.inpaint import write_lama

    folder.mkdir(parents=True)
    write_lama(folder / "big-lama.pt", *architecture)
    register(["big-lama.pt"], folder)


@contextmanager
def environment_of(data: Path) -> Iterator[None]:
    """What replicas read from the environment that Ray is started in: folders, one thread, time enough."""
    options = {
        "KOMA_DATA_DIR": str(data),
        "REQUEST_TIMEOUT": "3600",
        "MODEL_DIR": str(data / "models"),
    } | peer.ONE_THREAD
    environ = os.environ  # noqa: TID251
    before = dict(environ)
    environ.update(options)
    get_settings.cache_clear()
    try:
        yield
    finally:
        environ.clear()
        environ.update(before)
        get_settings.cache_clear()


@dataclass(frozen=True)
class BenchReport:
    """Pages, load, and what each way takes in a second without requests."""

    rows: list[PageResult]
    loads: list[Load]
    idle: dict[str, float]

    def dump(self) -> dict[str, Any]:
        """As plain JSON, with the aims."""
        return {
            "pages": [row.dump() for row in self.rows],
            "load": [load.dump() for load in self.loads],
            "idle_cpu_per_s": self.idle,
            "aims": [aim.dump() for aim in aims(self.rows, self.loads)],
        }


def run(form: Form, data: Path) -> BenchReport:
    """Start everything, measure, end everything. Raises ClusterFailed."""
    write_weights(data / "models", form.architecture)
    _one_thread()
    with ExitStack() as stack:
        servers = _start(stack, form, data)
        ways, pages = [*servers, *bare_ways(data / "models")], [PAGES[name]() for name in form.pages]
        idle, keep = idle_rates(servers), OUT.parent / "inpaint"
        rows = measure(ways, pages, ("lama", "cv2"), form.runs, idle=idle, keep=keep, tell=console.print)
        loads: list[Load] = []
        for model, clients, least in form.loads:
            loads += measure_load(servers, small(), model, clients, least)
        return BenchReport(rows, loads, idle)


def _start(stack: ExitStack, form: Form, data: Path) -> list[Way]:
    """IOPaint's server where it is installed or may be, and Koma, until the stack ends."""
    servers: list[Way] = []
    others: set[int] = set()
    if form.install:
        peer.install(console.print)
    if peer.is_installed():
        iopaint = stack.enter_context(peer.serving_peer(data / "models", data / "peer", "lama"))
        others = {iopaint.pid, *descendants(iopaint.pid)}
        servers.append(PeerWay(iopaint.url, iopaint.pid))
    else:
        console.print("IOPaint's server is not installed, and left out: the long form installs it")
    config = alone(read_config(ROOT / "serve_config.yaml"), "inpaint")
    url = stack.enter_context(serving(config, lambda _: None))
    return [*servers, *(KomaWay(url, mode, lambda: others) for mode in MODES)]


def _one_thread() -> None:
    import cv2
    import torch

    torch.set_num_threads(1)
    cv2.setNumThreads(1)


def _machine() -> dict[str, Any]:
    return {"cores": os.cpu_count(), "load": [round(each, 2) for each in os.getloadavg()]}


def main(
    runs: Annotated[int, typer.Option(min=1, help="Runs of which the median is taken, fewer for what takes long.")] = 3,
    only: Annotated[list[str] | None, typer.Option(help=f"Pages: {', '.join(PAGES)}.")] = None,
    short: Annotated[bool, typer.Option(help="A tiny LaMa on the small page; a peer only if it is installed.")] = False,
    out: Annotated[Path, typer.Option(help="Where the JSON goes.")] = OUT,
) -> None:
    """Measure text removal beside IOPaint's own server."""
    if unknown := set(only or ()) - set(PAGES):
        raise typer.BadParameter(f"there is no page {', '.join(sorted(unknown))}; pages are {', '.join(PAGES)}")
    before = _machine()
    with TemporaryDirectory(prefix="koma-bench-") as data, environment_of(Path(data)):
        try:
            seen = run(form_of(short, only or (), runs), Path(data))
        except ClusterFailed as error:
            console.print(f"[red]{error}[/]")
            raise typer.Exit(1) from error
    found = {"machine": {"before": before, "after": _machine()}, "short": short} | seen.dump()
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(json.dumps(found, indent=2, ensure_ascii=False) + "\n")
    show(seen.rows, seen.loads, console)
    iopaint = ", ".join(f"{name} {rate:g}" for name, rate in seen.idle.items())
    console.print(f"CPU s in a second without requests, part of CPU s above: {iopaint}", soft_wrap=True)
    console.print(f"written to {out}", soft_wrap=True)


if __name__ == "__main__":
    typer.run(main)
