"""``scripts/bench/framepack``: pictures of one frame on random weights, three ways in one process.

batched      our runs in the step batcher, all in one forward
one by one   our runs, one row in a forward
diffusers    diffusers' own transformer in the loop of its pipeline, one picture after the other

All three take the layout that diffusers needs (clean, 2x and 4x frames), the same seeds, words and levels, and begin
behind the text encoder and end before the autoencoder. Then: the time of a step for each layout beside the machine's
own matrix product, and the bytes of the weights by memory mode. Rounds are interleaved; the table has medians.
"""

import json
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Column, Table

from deployments.cluster import ROOT

OUT = ROOT / "out" / "bench" / "framepack.json"
WAYS = ("batched", "one by one", "diffusers")
LAYOUTS = ("minimal", "eichi", "musubi")
MATRIX = 4096
console = Console()


@dataclass(frozen=True)
class Together:
    """Pictures asked for at once; seconds for each, and how often the transformer was called."""

    way: str
    pictures: int
    seconds: float
    forwards: int | None


@dataclass(frozen=True)
class StepResult:
    """One step of one picture: its work in floating-point operations, and its share of the matrix product's speed."""

    layout: str
    seconds: float
    teraflop: float
    share: float


@dataclass(frozen=True)
class Mode:
    """A way to keep the transformer: bytes of its weights, the GPU's peak where there is one, and a step's time."""

    mode: str
    stored_bytes: int
    peak_bytes: int | None
    seconds: float


def timed(work: Callable[[], Any], device: Any) -> float:
    """Seconds of the wall."""
    import torch

    started = time.perf_counter()
    work()
    if device.type == "cuda":
        torch.cuda.synchronize(device)
    return time.perf_counter() - started


def compare(weights: Any, setting: Any, numbers: Sequence[int], runs: int) -> list[Together]:
    """Each way with each number of pictures at once."""
    from engines.framepack.layouts import layout_of
    from scripts.lib.bench.framepack.models import KomaTransformer, stock_picture

    layout, found = layout_of("musubi"), []
    for number in numbers:
        shared, alone = KomaTransformer(weights, number), KomaTransformer(weights, 1)

        def by_diffusers(seeds: Sequence[int]) -> None:
            for seed in seeds:
                stock_picture(weights, setting, seed)

        ways = {
            "batched": lambda seeds, n=number, o=shared: o.paint(setting, layout, seeds, n),
            "one by one": lambda seeds, o=alone: o.paint(setting, layout, seeds, 1),
            "diffusers": by_diffusers,
        }
        for work in ways.values():
            work(range(number))
        before = {"batched": shared.forwards, "one by one": alone.forwards}
        seconds: dict[str, list[float]] = {way: [] for way in ways}
        for turn in range(runs):
            for way, work in ways.items():
                seeds = range(1000 * turn, 1000 * turn + number)
                seconds[way].append(timed(lambda work=work, seeds=seeds: work(seeds), weights.place.device))
        after = {"batched": (shared.forwards - before["batched"]) // runs}
        after["one by one"] = (alone.forwards - before["one by one"]) // runs
        found += [Together(way, number, median(seconds[way]) / number, after.get(way)) for way in WAYS]
        shared.close()
        alone.close()
    return found


def matrix_speed(place: Any, runs: int) -> float:
    """Floating-point operations in a second of a large matrix product, the median of several."""
    import torch

    side = MATRIX if place.device.type == "cuda" else MATRIX // 2
    left, right = (torch.randn(side, side, device=place.device, dtype=place.dtype) for _ in range(2))
    timed(lambda: left @ right, place.device)
    return 2 * side**3 / median(timed(lambda: left @ right, place.device) for _ in range(max(runs, 5)))


def layout_steps(weights: Any, setting: Any, runs: int) -> list[StepResult]:
    """A step of each layout."""
    from torch.utils.flop_counter import FlopCounterMode

    from engines.framepack.layouts import layout_of
    from scripts.lib.bench.framepack.models import KomaTransformer

    ceiling, ours, found = matrix_speed(weights.place, runs), KomaTransformer(weights, 1), []
    for name in LAYOUTS:
        layout = layout_of(name)
        ours.paint(setting, layout, [0], 1)
        seconds = median(
            timed(lambda layout=layout, n=n: ours.paint(setting, layout, [n], 1), weights.place.device)
            for n in range(runs)
        )
        # the batcher works in a thread of its own, which the counter does not see
        flops = _counted(FlopCounterMode, weights, setting, layout)
        step = seconds / setting.steps
        found.append(StepResult(name, step, flops / 1e12, flops / step / ceiling))
    ours.close()
    return found


def _counted(counter: Any, weights: Any, setting: Any, layout: Any) -> int:
    from scripts.lib.bench.framepack.models import KomaTransformer

    ours = KomaTransformer(weights, 1)
    run = ours.run(setting, layout, 0, 1)
    ours.close()
    with counter(display=False) as mode:
        run.engine.evaluate(run.rows())
    return mode.get_total_flops()


def memory_modes(size: str, setting: Any, runs: int) -> list[Mode]:
    """A step of the leanest layout in each mode that the device has."""
    import torch

    from engines.framepack.layouts import layout_of
    from engines.framepack.models import WeightPlacement
    from scripts.lib.bench.framepack.models import KomaTransformer, Weights

    device, layout, found = setting.place.device, layout_of("minimal"), []
    on_gpu = device.type == "cuda"
    places = {
        "bfloat16": WeightPlacement(device, torch.bfloat16),
        "fp8": WeightPlacement(device, torch.bfloat16, fp8=True),
    }
    places |= (
        {"offload": WeightPlacement(device, torch.bfloat16, "offload")}
        if on_gpu
        else {"float32": WeightPlacement(device)}
    )
    for name, place in places.items():
        if on_gpu:
            torch.cuda.empty_cache()
            torch.cuda.reset_peak_memory_stats(device)
        weights = Weights(size, place)
        ours = KomaTransformer(weights, 1)
        ours.paint(setting, layout, [0], 1)
        seconds = median(timed(lambda n=n, o=ours: o.paint(setting, layout, [n], 1), device) for n in range(runs))
        ours.close()
        stored = sum(each.nelement() * each.element_size() for each in weights.ours.parameters())
        peak = torch.cuda.max_memory_allocated(device) if on_gpu else None
        found.append(Mode(name, stored, peak, seconds / setting.steps))
        del weights, ours
    return found


def show(result: dict[str, Any]) -> None:
    """The tables."""
    base = {row["pictures"]: row["seconds"] for row in result["together"] if row["way"] == "one by one"}
    table = Table(*_columns("way", "pictures", "s a picture", "of one by one", "forwards"), title=result["title"])
    for row in result["together"]:
        ratio = f"{row['seconds'] / base[row['pictures']]:.2f}"
        table.add_row(row["way"], str(row["pictures"]), f"{row['seconds']:.3f}", ratio, str(row["forwards"] or "-"))
    console.print(table)
    table = Table(*_columns("layout", "s a step", "TFLOP", "of the matrix product"))
    for row in result["steps"]:
        table.add_row(row["layout"], f"{row['seconds']:.3f}", f"{row['teraflop']:.3g}", f"{row['share']:.0%}")
    console.print(table)
    table = Table(*_columns("memory", "MiB of weights", "MiB at peak on the GPU", "s a step"))
    for row in result["modes"]:
        peak = f"{row['peak_bytes'] / 2**20:,.0f}" if row["peak_bytes"] else "-"
        table.add_row(row["mode"], f"{row['stored_bytes'] / 2**20:,.1f}", peak, f"{row['seconds']:.3f}")
    console.print(table)


def _columns(*names: str) -> list[Column]:
    return [Column(name, justify="left" if place == 0 else "right") for place, name in enumerate(names)]


def main(  # noqa: PLR0917 - options by name
    size: Annotated[str, typer.Option(help="tiny, mid or real (12.9 B, for a GPU).")] = "tiny",
    device: Annotated[str, typer.Option(help="cpu or cuda; on cuda the numbers are bfloat16.")] = "cpu",
    pixels: Annotated[str, typer.Option(help="WIDTHxHEIGHT")] = "304x176",
    steps: Annotated[int, typer.Option(help="Steps of a picture.")] = 4,
    runs: Annotated[int, typer.Option(help="Rounds; the table has medians.")] = 5,
    short: Annotated[bool, typer.Option("--short", help="Two sizes of batch, one round.")] = False,
    out: Annotated[Path, typer.Option(help="Where the JSON goes.")] = OUT,
) -> None:
    """Measure, show, and write it down."""
    import torch

    from engines.framepack.models import WeightPlacement
    from scripts.lib.bench.framepack.models import ImageSetting, Weights

    torch.set_num_threads(1)
    width, height = (int(side) for side in pixels.split("x"))
    place = WeightPlacement(torch.device(device), torch.bfloat16 if device.startswith("cuda") else torch.float32)
    features = {"tiny": 16, "mid": 196, "real": 729}[size]
    setting = ImageSetting(
        width, height, 2 if short else steps, place, words=20 if size == "tiny" else 100, features=features
    )
    numbers, runs = ((1, 2), 1) if short else ((1, 2, 4, 8), runs)
    weights = Weights(size, place)
    report: dict[str, Any] = {
        "title": f"{size}, {weights.parameters / 1e6:,.1f} M parameters, {pixels}, {setting.steps} steps, {device}",
        "together": [asdict(row) for row in compare(weights, setting, numbers, runs)],
        "steps": [asdict(row) for row in layout_steps(weights, setting, runs)],
    }
    del weights
    report["modes"] = [asdict(row) for row in memory_modes(size, setting, runs)]
    show(report)
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(json.dumps(report, indent=2) + "\n")
    console.print(f"written to {out}")


if __name__ == "__main__":
    typer.run(main)
