"""CPU seconds, peak memory and changed pixels of each way, page by page."""

import io
import math
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
from PIL import Image

from engines.inpaint.picture import Mask
from scripts.lib.bench.inpaint.pages import BenchPage, warm_up
from scripts.lib.bench.inpaint.processes import Spent, Watch
from scripts.lib.bench.inpaint.ways import Way

# a way that has taken so long on a page is not asked for that page again
ENOUGH_CPU_S = 100.0


@dataclass(frozen=True)
class PageResult:
    """Medians of one way on one page; ``cpu_s`` holds all, ``idle_cpu_s`` is the share of it that no request asked for.

    ``psnr_outside_db`` is None where no pixel changed.
    """

    page: str
    model: str
    way: str
    runs_cpu_s: tuple[float, ...]
    cpu_s: float
    idle_cpu_s: float
    wall_s: float
    peak_mib: float
    largest_process_mib: float
    changed_outside: int
    psnr_outside_db: float | None

    def dump(self) -> dict[str, Any]:
        """As plain JSON."""
        return asdict(self)


def measure(
    ways: Sequence[Way],
    pages: Sequence[BenchPage],
    models: Sequence[str],
    runs: int,
    *,
    idle: Mapping[str, float] | None = None,
    keep: Path | None = None,
    tell: Callable[[str], None] = lambda _: None,
) -> list[PageResult]:
    """One row for each model, page and way; ``idle`` is what ``idle_rates`` gave, ``keep`` gets the last pictures."""
    rows: list[PageResult] = []
    for model in models:
        for way in ways:
            way.use(model)
            # loading is no part of a request
            way.ask(warm_up(), model)
        for page in pages:
            for way in ways:
                rows.append(_row(way, page, model, runs, (idle or {}).get(way.name, 0.0), keep=keep))
                tell(f"{model}, {page.name}, {way.name}: {rows[-1].cpu_s:g} CPU s")
    return rows


def idle_rates(ways: Sequence[Way], seconds: float = 5.0) -> dict[str, float]:
    """CPU seconds that each way's processes take in a second without requests."""
    watches = {way.name: Watch(way.pids()) for way in ways}
    time.sleep(seconds)
    return {name: round(watch.spent().cpu_s / seconds, 3) for name, watch in watches.items()}


def _row(way: Way, page: BenchPage, model: str, runs: int, idle: float, *, keep: Path | None) -> PageResult:
    spent: list[Spent] = []
    walls: list[float] = []
    answer = b""
    while len(spent) < runs and sum(each.cpu_s for each in spent) < ENOUGH_CPU_S:
        watch, started = Watch(way.pids()), time.monotonic()
        answer = way.ask(page, model)
        walls.append(time.monotonic() - started)
        spent.append(watch.spent())
    if keep is not None:
        keep.mkdir(parents=True, exist_ok=True)
        (keep / f"{page.name}-{model}-{way.name}.png".replace(" ", "-")).write_bytes(answer)
    changed, psnr = outside(page, answer)
    return PageResult(
        page=page.name,
        model=model,
        way=way.name,
        runs_cpu_s=tuple(round(each.cpu_s, 2) for each in spent),
        cpu_s=round(median(each.cpu_s for each in spent), 2),
        idle_cpu_s=round(idle * median(walls), 2),
        wall_s=round(median(walls), 2),
        peak_mib=round(max(each.peak_mib for each in spent)),
        largest_process_mib=round(max(each.largest_mib for each in spent)),
        changed_outside=changed,
        psnr_outside_db=psnr,
    )


def outside(page: BenchPage, answer: bytes) -> tuple[int, float | None]:
    """How many pixels outside the regions an answer changes, and their PSNR in dB; None means infinite."""
    after = np.asarray(Image.open(io.BytesIO(answer)).convert("RGB"))
    if after.shape != page.rgb.shape:
        raise ValueError(f"the answer is {after.shape[1]}x{after.shape[0]}, which is not the size of the page")
    return changes(page.rgb, after, ~page.mask)


def changes(before: np.ndarray, after: np.ndarray, where: Mask, most: int = 255) -> tuple[int, float | None]:
    """How many pixels of ``where`` differ, and their PSNR in dB for values up to ``most``; None means infinite."""
    difference = (after.astype(np.float64) - before)[where].reshape(int(where.sum()), -1)
    changed = int(difference.any(axis=1).sum())
    if not changed:
        return 0, None
    return changed, round(10 * math.log10(most**2 / float((difference**2).mean())), 2)
