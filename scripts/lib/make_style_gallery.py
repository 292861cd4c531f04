"""``scripts/make_style_gallery``: samples in the five styles, and in four strengths, as docs/gallery/styles.jpg."""

from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from engines.filters.recipe import apply_recipe
from engines.style.presets import load_presets
from scripts.lib.cli import run
from scripts.lib.gallery.portrait import portrait
from scripts.lib.gallery.samples import drawing, landscape, still_life

ROOT = Path(__file__).parents[2]
OUT = ROOT / "docs" / "gallery"
FONT = ROOT / "assets" / "fonts" / "comic-neue-bold.ttf"
ORDER = ("clay", "anime", "realistic", "cartoon", "oil_painting")
STRENGTHS = (0.1, 0.3, 0.6, 1.0)
CELL = (420, 315)
GAP, LABEL = 8, 34
Rgb = NDArray[np.uint8]


def samples() -> list[Rgb]:
    """The pictures that are shown, each 4:3."""
    page = Image.open(ROOT / "examples" / "page.png").convert("RGB").crop((0, 0, 1200, 900))
    return [landscape(), still_life(), portrait(), drawing(), np.asarray(page)]


def sheet(rows: list[list[Rgb]], labels: list[str]) -> Image.Image:
    """Pictures in rows under the labels of their columns."""
    size = (GAP + len(labels) * (CELL[0] + GAP), LABEL + len(rows) * (CELL[1] + GAP))
    sheet = Image.new("RGB", size, "white")
    draw, font = ImageDraw.Draw(sheet), ImageFont.truetype(FONT, 24)
    for column, label in enumerate(labels):
        x = GAP + column * (CELL[0] + GAP)
        draw.text((x + CELL[0] / 2, LABEL / 2), label, fill="black", font=font, anchor="mm")
        for row, pictures in enumerate(rows):
            thumbnail = Image.fromarray(pictures[column]).resize(CELL, Image.Resampling.LANCZOS)
            sheet.paste(thumbnail, (x, LABEL + row * (CELL[1] + GAP)))
    return sheet


def main() -> None:
    """Draw the sheets."""
    cv2.setNumThreads(1)
    presets, originals = load_presets([ROOT / "assets" / "styles"]), samples()
    rows = [[rgb, *(apply_recipe(rgb, presets[name].filter, 1.0, 1) for name in ORDER)] for rgb in originals]
    titles = [presets[name].title for name in ORDER]
    sheet(rows, ["Input", *titles]).save(OUT / "styles.jpg", quality=82, optimize=True)
    strengths = [[apply_recipe(originals[1], presets[name].filter, s, 1) for s in STRENGTHS] for name in ORDER]
    labels = [f"strength {s}" for s in STRENGTHS]
    sheet(strengths, labels).save(OUT / "styles_strength.jpg", quality=80, optimize=True)


if __name__ == "__main__":
    run("make_style_gallery", main)
