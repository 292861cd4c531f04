"""``scripts/bench/style``: different requests at once on the same weights, three ways in one process.

batcher       our executor, one thread for each request, steps in shared UNet calls
one by one    our executor, one request after the other
diffusers     StableDiffusionImg2ImgPipeline, one request after the other

All begin at the same moment; the time of a request is from then to its picture. Sizes, steps and prompts are equal.
"""

import json
import threading
import time
import warnings
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Annotated, Any

import numpy as np
import typer
from PIL import Image
from rich.console import Console
from rich.table import Column, Table

from deployments.cluster import ROOT

OUT = ROOT / "out" / "bench" / "style.json"
NUMBERS = (1, 2, 4, 8)
WARM_SEED = 999
WAYS = ("batcher", "one by one", "diffusers")
console = Console()
Work = Callable[[int], Image.Image]


@dataclass(frozen=True)
class RequestSetting:
    """What every request has: side in pixels, steps of the schedule, strength, device."""

    side: int
    steps: int
    strength: float
    device: str


@dataclass(frozen=True)
class Measured:
    """One way with so many requests at once; medians over the runs."""

    way: str
    requests: int
    per_second: float
    p95_s: float
    unet_calls: int | None


def workflow(setting: RequestSetting, checkpoint: str, seed: int) -> dict[str, Any]:
    """One request as a workflow."""

    def node(class_type: str, **inputs: Any) -> dict[str, Any]:
        return {"class_type": class_type, "inputs": inputs}

    return {
        "1": node("LoadImage", image="input.png"),
        "2": node("CLIPTextEncode", text=_prompt(seed), clip=["4", 1]),
        "3": node("CLIPTextEncode", text="bad quality", clip=["4", 1]),
        "4": node("CheckpointLoaderSimple", ckpt_name=checkpoint),
        "5": node(
            "KSampler",
            model=["4", 0],
            positive=["2", 0],
            negative=["3", 0],
            latent_image=["6", 0],
            seed=seed,
            steps=setting.steps,
            cfg=7.0,
            sampler_name="euler",
            scheduler="normal",
            denoise=setting.strength,
        ),
        "6": node("VAEEncode", pixels=["1", 0], vae=["4", 2]),
        "7": node("VAEDecode", samples=["5", 0], vae=["4", 2]),
        "8": node("SaveImage", images=["7", 0], filename_prefix="bench"),
    }


def _prompt(seed: int) -> str:
    return f"picture number {seed}, clay style"


def _picture(side: int) -> Image.Image:
    rng = np.random.default_rng(0)
    return Image.fromarray(rng.integers(0, 255, (side, side, 3), dtype=np.uint8))


class KomaExecutor:
    """The executor over one folder of models, with the batcher or without."""

    def __init__(self, models: Path, checkpoint: str, setting: RequestSetting, batched: bool) -> None:
        import torch

        from engines.batching.step_batcher import Bounds, StepBatcher
        from engines.comfy.cache import NodeCache
        from engines.comfy.context import ComfyContext
        from engines.comfy.execute import Executor
        from engines.comfy.outputs import MemoryOutputs
        from engines.diffusion.evaluate import evaluate
        from engines.diffusion.run import solo
        from engines.diffusion.weights.library import Library

        dtype = torch.float16 if setting.device.startswith("cuda") else torch.float32
        self._setting, self._checkpoint = setting, checkpoint
        self._batcher = StepBatcher(evaluate, Bounds(rows=32)) if batched else None
        sample = self._batcher.sample if self._batcher else solo
        library = Library(models, setting.device, dtype)
        # nothing of an earlier request may be taken over
        self._executor = Executor(ComfyContext(library, models, MemoryOutputs(), sample=sample), NodeCache(room=8))

    @property
    def calls(self) -> int | None:
        """UNet calls so far, where they are counted."""
        return self._batcher.counts.calls if self._batcher else None

    def work(self, seed: int) -> Image.Image:
        """The picture of one request."""
        import io

        from engines.comfy.outputs import MemoryOutputs

        outputs = MemoryOutputs()
        self._executor.run(workflow(self._setting, self._checkpoint, seed), outputs=outputs)
        return Image.open(io.BytesIO(next(iter(outputs.files.values()))))

    def close(self) -> None:
        """End the batcher."""
        if self._batcher:
            self._batcher.close()


def diffusers_work(folder: Path, setting: RequestSetting) -> Work:
    """The pipeline of diffusers over a folder in its own layout."""
    import torch
    from diffusers import EulerDiscreteScheduler, StableDiffusionImg2ImgPipeline

    half = setting.device.startswith("cuda")
    pipeline: Any = StableDiffusionImg2ImgPipeline.from_pretrained(
        folder,
        safety_checker=None,
        feature_extractor=None,
        requires_safety_checker=False,
        dtype=torch.float16 if half else torch.float32,
        local_files_only=True,
        low_cpu_mem_usage=False,
    ).to(setting.device)
    pipeline.scheduler = EulerDiscreteScheduler.from_config(pipeline.scheduler.config)
    pipeline.set_progress_bar_config(disable=True)
    picture = _picture(setting.side)

    def work(seed: int) -> Image.Image:
        with warnings.catch_warnings():
            # deprecations within the libraries
            warnings.simplefilter("ignore")
            return pipeline(
                prompt=_prompt(seed),
                negative_prompt="bad quality",
                image=picture,
                strength=1.0,
                # diffusers cuts the schedule where ComfyUI stretches it: these are the steps that ours runs
                num_inference_steps=setting.steps,
                guidance_scale=7.0,
                generator=torch.Generator("cpu").manual_seed(seed),
            ).images[0]

    return work


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
        _picture(setting.side).save(folder / "input.png")
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
