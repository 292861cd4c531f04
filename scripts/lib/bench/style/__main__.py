"""``scripts/bench/style``: different requests at once on the same weights, three ways in one process.

batcher       our executor, one thread for each request, steps in shared UNet calls
one by one    our executor, one request after the other
diffusers     StableDiffusionImg2ImgPipeline, one request after the other

All begin at the same moment; the time of a request is from then to its picture. Sizes, steps and prompts are equal.
"""

import json
import threading
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Annotated, Any

import numpy as np
import typer
from rich.console import Console
from rich.table import Column, Table

from deployments.cluster import ROOT
from scripts.lib.bench.style.ways import KomaExecutor, RequestSetting, Work, diffusers_work, noise_picture

OUT = ROOT / "out" / "bench" / "style.json"
NUMBERS = (1, 2, 4, 8)
WARM_SEED = 999
WAYS = ("batcher", "one by one", "diffusers")
console = Console()


@dataclass(frozen=True)
class Measured:
    """One way with so many requests at once; medians over the runs."""

    way: str
    requests: int
    per_second: float
    p95_s: float
    unet_calls: int | None


def at_once(work: Work, seeds: Sequence[int], threads: bool) -> tuple[float, list[float]]:
    """Seconds for all, and for each, of requests that begin at the same moment."""
    started, ends = time.perf_counter(), dict[int, float]()

    def one(seed: int) -> None:
        work(seed)
        ends[seed] = time.perf_counter() - started

    if threads:
        running = [threading.Thread(target=one, args=(seed,)) for seed in seeds]
        for thread in running:
            thread.start()
        for thread in running:
            thread.join()
    else:
        for seed in seeds:
            one(seed)
    if len(ends) != len(seeds):
        raise RuntimeError("a request of the bench failed; its error is above")
    return time.perf_counter() - started, list(ends.values())


def measure(ways: dict[str, Any], numbers: Sequence[int], runs: int) -> list[Measured]:
    """Every way with each number of requests, the ways by turns in each run."""
    found: dict[tuple[str, int], list[tuple[float, float, int | None]]] = {}
    for run in range(runs):
        for number in numbers:
            for way, runner in ways.items():
                work = runner.work if isinstance(runner, KomaExecutor) else runner
                before = runner.calls if isinstance(runner, KomaExecutor) else None
                # seeds of their own, so that no cache knows them
                seeds = [1000 * run + 10 * number + n + 17 * WAYS.index(way) * 1000 for n in range(number)]
                seconds, each = at_once(work, seeds, threads=way == "batcher")
                after = runner.calls if isinstance(runner, KomaExecutor) else None
                calls = after - before if before is not None and after is not None else None
                found.setdefault((way, number), []).append((number / seconds, float(np.percentile(each, 95)), calls))
    return [
        Measured(
            way,
            number,
            round(median(rate for rate, _, _ in each), 4),
            round(median(p95 for _, p95, _ in each), 3),
            each[-1][2],
        )
        for (way, number), each in found.items()
    ]


def show(rows: Sequence[Measured], setting: RequestSetting) -> None:
    """Print each way beside ours one by one, and beside diffusers."""
    title = f"{setting.side} pixels, {setting.steps} steps, {setting.device}; ratios: more is better for us"
    ratios = ("× one by one", "× diffusers", "p95 shorter")
    columns = ("at once", Column("way", no_wrap=True), "per s", "p95 s", "UNet calls", *ratios)
    table = Table(*columns, title=title)
    by = {(row.way, row.requests): row for row in rows}
    for row in sorted(rows, key=lambda row: (row.requests, WAYS.index(row.way))):
        alone, plain = by["one by one", row.requests], by["diffusers", row.requests]
        times = [row.per_second / alone.per_second, row.per_second / plain.per_second, alone.p95_s / row.p95_s]
        counts = "" if row.unet_calls is None else str(row.unet_calls)
        entries = (f"{row.per_second:.3g}", f"{row.p95_s:.3g}", counts, *[f"{ratio:.2f}" for ratio in times])
        table.add_row(str(row.requests), row.way, *entries)
    console.print(table)


def run_bench(model: str, setting: RequestSetting, numbers: Sequence[int], runs: int) -> list[Measured]:
    """Make the weights, warm every way up, and measure."""
    from scripts.lib.make_tiny_models import make_diffusion

    with TemporaryDirectory(prefix="koma-bench-") as name:
        folder = Path(name)
        result = make_diffusion([model], folder)
        single = next(path for path in result if path.parent.name == "checkpoints" and path.suffix == ".safetensors")
        layout = next(path for path in result if path.parent.name == "checkpoints" and path.is_dir())
        noise_picture(setting.side).save(folder / "input.png")
        ways = {
            "batcher": KomaExecutor(folder, single.name, setting, batched=True),
            "one by one": KomaExecutor(folder, single.name, setting, batched=False),
            "diffusers": diffusers_work(layout, setting),
        }
        for each in ways.values():
            (each.work if isinstance(each, KomaExecutor) else each)(WARM_SEED)
        rows = measure(ways, numbers, runs)
        for each in (ways["batcher"], ways["one by one"]):
            each.close()
    return rows


def main(  # noqa: PLR0917 - options by name
    model: Annotated[str, typer.Option(help="A stand-in of SD 1.5: tiny-sd15 or golden-sd15.")] = "golden-sd15",
    side: Annotated[int, typer.Option(min=64, help="Width and height of the pictures.")] = 128,
    steps: Annotated[int, typer.Option(min=1, help="Sampler steps of each picture.")] = 8,
    runs: Annotated[int, typer.Option(min=1, help="Runs of which the median is taken.")] = 3,
    threads: Annotated[int, typer.Option(min=1, help="Threads of torch on a CPU.")] = 1,
    device: Annotated[str, typer.Option(help="cpu or cuda.")] = "cpu",
    short: Annotated[bool, typer.Option(help="A tiny model, one and two requests, one run.")] = False,
    out: Annotated[Path, typer.Option(help="Where the JSON goes.")] = OUT,
) -> None:
    """Measure requests at once: batcher, one by one, diffusers."""
    import torch

    torch.set_num_threads(threads)
    setting = RequestSetting(64 if short else side, 3 if short else steps, 1.0, device)
    rows = run_bench("tiny-sd15" if short else model, setting, (1, 2) if short else NUMBERS, 1 if short else runs)
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(json.dumps({"setting": asdict(setting), "rows": [asdict(row) for row in rows]}, indent=2) + "\n")
    show(rows, setting)
    console.print(f"written to {out}", soft_wrap=True)


if __name__ == "__main__":
    typer.run(main)
