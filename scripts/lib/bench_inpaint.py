"""``scripts/bench/inpaint``: text removal beside IOPaint's class, the same weights, one thread, one process.

The weights are random and of the published architecture: they cost what real ones cost, and fill with noise.
"""

import json
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Annotated, Any

import numpy as np
import typer
from PIL import Image, ImageDraw, ImageFont
from rich.console import Console
from rich.table import Table

from deployments.cluster import ROOT
from engines.inpaint.iopaint import load_class, to_request, undisturbed
from engines.inpaint.masks import region_mask
from engines.inpaint.models.catalogue import card_of
from engines.inpaint.models.loader import load_model
from engines.inpaint.options import Options, Region
from engines.inpaint.picture import Picture
from engines.inpaint.plan import make_plan
from scripts.lib.make_tiny_models import register
from scripts.lib.tiny_models.inpaint import write_lama

OUT = ROOT / "out" / "bench" / "inpaint.json"
console = Console()
Page = tuple[np.ndarray, list[Region]]


def sparse(width: int = 1456, height: int = 2048) -> Page:
    """Ten regions of words: six in white balloons, four on tone."""
    rng = np.random.default_rng(0)
    image = Image.fromarray(np.clip(rng.normal(150, 30, (height, width, 3)), 0, 255).astype(np.uint8))
    draw, regions = ImageDraw.Draw(image), []
    for n in range(10):
        x, y = round(width * (0.08 + 0.5 * (n % 2))), round(height * (0.05 + 0.19 * (n // 2)))
        w, h = round(width * 0.22), round(height * 0.07)
        if n % 5 < 3:
            draw.ellipse((x - w * 0.3, y - h * 0.4, x + w * 1.3, y + h * 1.4), fill="white", outline="black", width=4)
        regions.append(_words(draw, (x, y, w, h), lines=3))
    return np.asarray(image), regions


def dense(width: int = 1456, height: int = 2048) -> Page:
    """Forty lines of words on tone, ten pixels apart."""
    rng = np.random.default_rng(1)
    image = Image.fromarray(np.clip(rng.normal(200, 20, (height, width, 3)), 0, 255).astype(np.uint8))
    draw = ImageDraw.Draw(image)
    return np.asarray(image), [_words(draw, (250, 100 + 40 * n, 900, 30), lines=1) for n in range(40)]


def small() -> Page:
    """The sparse page, its longer side 1024."""
    return sparse(728, 1024)


def _words(draw: ImageDraw.ImageDraw, box: tuple[int, int, int, int], lines: int) -> Region:
    x, y, w, h = box
    font = ImageFont.load_default(size=h / lines * 0.7)
    text = "words to remove from the page " * 3
    while font.getlength(text) > w - 20:
        text = text[:-1]
    for n in range(lines):
        draw.text((x + 10, y + 4 + n * h / lines), text, fill="black", font=font)
    return Region(x=x, y=y, width=w, height=h)


def iopaint_crop(folder: Path, rgb: np.ndarray, regions: list[Region]) -> Callable[[], np.ndarray]:
    """IOPaint's class with its server's defaults: Crop above 800 pixels, margin 128."""
    import torch

    with undisturbed():
        model = load_class("lama:LaMa")
        made = model.__new__(model)
        made.device, made.model = torch.device("cpu"), torch.jit.load(str(folder / "big-lama.pt")).eval()
    mask = np.where(region_mask(rgb, regions, "rect"), 255, 0).astype(np.uint8)

    def run() -> np.ndarray:
        request = to_request(Options(hd_strategy_crop_trigger_size=800, hd_strategy_crop_margin=128))
        request.hd_strategy = "Crop"
        return made(rgb.copy(), mask, request).astype(np.uint8)[:, :, ::-1]

    return run


def ours(filler: Any, rgb: np.ndarray, regions: list[Region], mode: str) -> Callable[[], np.ndarray]:
    """The house's own strategy."""
    options, geometry = Options(model="lama", mask_mode=mode), card_of("lama").geometry  # type: ignore[arg-type]

    def run() -> np.ndarray:
        picture = Picture(rgb)
        plan = make_plan(picture, region_mask(rgb, regions, options.mask_mode), geometry, options)
        for window, filled in zip(plan.windows, filler.fill(plan.windows, options), strict=True):
            plan.paste(window, filled)
        return plan.finish(picture).pixels

    return run


def measure(folder: Path, runs: int) -> list[dict[str, Any]]:
    """Rows of page, way, median CPU seconds, and pixels changed outside the regions."""
    write_lama(folder / "big-lama.pt", 64, 18)
    register(["big-lama.pt"], folder)
    fast, exact = load_model("lama", folder), load_model("lama", folder, precision="fp32")
    rows = []
    for make in (sparse, dense, small):
        rgb, regions = make()
        outside = ~region_mask(rgb, regions, "rect")
        ways = {
            "IOPaint, Crop": iopaint_crop(folder, rgb, regions),
            "Auto, fp32": ours(exact, rgb, regions, "rect"),
            "Auto": ours(fast, rgb, regions, "rect"),
            "Auto, mask_mode auto": ours(fast, rgb, regions, "auto"),
        }
        rows += [_row(make.__name__, way, run, rgb, outside, runs=runs) for way, run in ways.items()]
    return rows


def _row(
    page: str, way: str, run: Callable[[], np.ndarray], rgb: np.ndarray, outside: np.ndarray, *, runs: int
) -> dict[str, Any]:
    spent, changed = [], 0
    for _ in range(runs):
        started = time.process_time()
        after = run()
        spent.append(time.process_time() - started)
        changed = int((after != rgb).any(axis=2)[outside].sum())
    return {"page": page, "way": way, "cpu_s": round(median(spent), 2), "changed_outside": changed}


def show(rows: list[dict[str, Any]]) -> None:
    """Print each way beside IOPaint's on the same page."""
    table = Table("page", "way", "CPU s", "times less than IOPaint", "pixels changed outside")
    base = {row["page"]: row["cpu_s"] for row in rows if row["way"] == "IOPaint, Crop"}
    for row in rows:
        times = f"{base[row['page']] / max(row['cpu_s'], 1e-9):.1f}"
        table.add_row(row["page"], row["way"], str(row["cpu_s"]), times, str(row["changed_outside"]))
    console.print(table)


def main(
    runs: Annotated[int, typer.Option(min=1, help="Runs of which the median is taken.")] = 3,
    out: Annotated[Path, typer.Option(help="Where the JSON goes.")] = OUT,
) -> None:
    """Measure the engine of text removal beside IOPaint's class."""
    import torch

    torch.set_num_threads(1)
    with TemporaryDirectory(prefix="koma-bench-") as folder:
        rows = measure(Path(folder), runs)
    show(rows)
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(json.dumps(rows, indent=2) + "\n")
    console.print(f"written to {out}", soft_wrap=True)


if __name__ == "__main__":
    typer.run(main)
