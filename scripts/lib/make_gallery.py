"""``scripts/make_gallery``: a contact sheet of 24 pages from the eight stories in ``examples/stories``.

sources.json -> writer -> artist, lettering -> pages -> docs/gallery/contact_sheet.png and README.md
"""

import io
import json
from pathlib import Path
from typing import Annotated, Any

import typer
from PIL import Image, ImageOps
from rich.console import Console

from engines import artist
from engines.comic import compose, lettering, render
from engines.comic.document import PAGE_HEIGHT, PAGE_WIDTH, Character, Document, Page, Panel
from engines.writer import write
from scripts.lib.cli import run

ROOT = Path(__file__).parents[2]
STORIES = ROOT / "examples" / "stories"
GALLERY = ROOT / "docs" / "gallery"
PAGES_EACH = 3
COLUMNS = 6
DISPLAY_WIDTH = 290
GAP = 10
GREYS = 16
Row = dict[str, Any]
console = Console()


def plan(row: Row) -> tuple[Document, list[Panel]]:
    """The storyboard of a story, by the draft writer."""
    brief = {
        "text": (STORIES / row["file"]).read_text(),
        "title": row["title"],
        "genre": row["genre"],
        "style": "standard",
        "seed": 0,
        "language": row["language"],
        "feedback": [],
        "take": 0,
    }
    done = {"concept": write("concept", brief, {})}
    for phase in ("characters", "story", "name"):
        done[phase] = write(phase, brief, done)
    cast = [Character.model_validate(c) for c in done["characters"]["cast"]]
    named = done["name"]
    document = Document(
        title=row["title"], language=row["language"], direction=named["direction"], characters=cast,
        provenance={"writer": "draft", "artist": "draft"},
    )  # fmt: skip
    return document, [Panel.model_validate(panel) for panel in named["panel_specifications"].values()]


def choose(panels: list[Panel]) -> list[int]:
    """Three pages: the first, the richest of the middle, and the one with the climax or the last."""
    numbers = sorted({panel.page for panel in panels})
    climax = next((panel.page for panel in panels if "climax" in panel.rule), numbers[-1])
    middle = [number for number in numbers[1:] if number != climax]
    richest = max(
        middle, key=lambda n: (sum(p.page == n for p in panels), sum(len(p.lines) for p in panels if p.page == n))
    )
    return sorted({numbers[0], richest, climax})[:PAGES_EACH]


def draw(document: Document, panels: list[Panel], number: int) -> Image.Image:
    """One page as a grey image."""
    visible = [panel for panel in panels if panel.page == number]
    cast = document.characters
    drawings = {p.id: artist.draw_panel(p, cast) for p in visible}
    letterings = {
        p.id: lettering.letter_panel(p, drawings[p.id], cast, document.language, document.direction) for p in visible
    }
    page = Page(number=number, panels=visible, drawings=drawings, letterings=letterings)
    return Image.open(io.BytesIO(render.render_png(compose.page_svg(page, document)))).convert("L")


def paste(images: list[Image.Image]) -> Image.Image:
    """The contact sheet: pages in rows, in few greys so that it stays small."""
    height = round(DISPLAY_WIDTH * PAGE_HEIGHT / PAGE_WIDTH)
    rows = -(-len(images) // COLUMNS)
    sheet = Image.new("L", (COLUMNS * (DISPLAY_WIDTH + GAP) + GAP, rows * (height + GAP) + GAP), 140)
    for n, image in enumerate(images):
        place = (GAP + n % COLUMNS * (DISPLAY_WIDTH + GAP), GAP + n // COLUMNS * (height + GAP))
        # a spread is twice as wide as a page, and keeps its shape
        sheet.paste(ImageOps.pad(image, (DISPLAY_WIDTH, height), Image.Resampling.LANCZOS, color="white"), place)
    return sheet.quantize(GREYS)


def describe(rows: list[Row], chosen: list[list[int]]) -> str:
    """The README of the gallery: which story stands where, by whom, and from where."""
    per_row = COLUMNS // PAGES_EACH
    lines = [
        "# Gallery",
        "",
        "Pages of eight public-domain stories, drawn by the draft engines with `scripts/make_gallery`.",
        "The texts are in `examples/stories`.",
        "",
        "![Contact sheet](contact_sheet.png)",
        "",
        "The five styles of the draft engine on sample pictures, by `scripts/make_style_gallery`:",
        "[styles](styles.jpg), [strengths](styles_strength.jpg).",
        "",
        "| Row | Place | Story | Author | Genre | Language | Pages | Source |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for n, (row, pages) in enumerate(zip(rows, chosen, strict=True)):
        author = row["author"] + (f", translated by {row['translator']}" if row["translator"] else "")
        place = "left" if n % per_row == 0 else "right"
        numbers = ", ".join(str(page) for page in pages)
        lines.append(
            f"| {n // per_row + 1} | {place} | {row['title']} ({row['part']}) | {author}, {row['year']} "
            f"| {row['genre']} | {row['language']} | {numbers} | {row['source']} |"
        )
    return "\n".join(lines) + "\n"


def main(pages: Annotated[Path | None, typer.Option(help="Also write the pages at full size here.")] = None) -> None:
    """Draw the gallery."""
    rows = json.loads((STORIES / "sources.json").read_text())
    images: list[Image.Image] = []
    chosen: list[list[int]] = []
    for row in rows:
        document, panels = plan(row)
        chosen.append(choose(panels))
        for number in chosen[-1]:
            images.append(draw(document, panels, number))
            if pages is not None:
                pages.mkdir(parents=True, exist_ok=True)
                images[-1].save(pages / f"{row['file'].removesuffix('.txt')}-{number:02}.png")
        console.print(f"{row['title']}: pages {chosen[-1]}")
    GALLERY.mkdir(parents=True, exist_ok=True)
    paste(images).save(GALLERY / "contact_sheet.png", optimize=True)
    (GALLERY / "README.md").write_text(describe(rows, chosen))


if __name__ == "__main__":
    run("make_gallery", main)
