"""Writes the lettering faces of assets/fonts from the full faces of their packages.

Every character and every variation sequence of a face stays; hinting, and the features that lettering does not use,
go. Letters are drawn as outlines, so no export embeds a face. Same input, same bytes.
"""

import shutil
from pathlib import Path
from typing import Annotated

import typer
from fontTools import subset
from fontTools.ttLib import TTFont

from scripts.lib.cli import run

ROOT = Path(__file__).parents[2]
FACES = {
    "ShipporiAntique_400Regular.ttf": "shippori-antique.ttf",
    "DelaGothicOne_400Regular.ttf": "dela-gothic-one.ttf",
    "ComicNeue_700Bold.ttf": "comic-neue-bold.ttf",
    "ComicNeue_700Bold_Italic.ttf": "comic-neue-bold-italic.ttf",
    "Bangers_400Regular.ttf": "bangers.ttf",
    "NotoSansJP_600SemiBold.ttf": "noto-sans-jp.ttf",
    "NotoSans_500Medium.ttf": "noto-sans.ttf",
    "NotoEmoji_700Bold.ttf": "noto-emoji.ttf",
    "NotoSansSymbols_700Bold.ttf": "noto-sans-symbols.ttf",
    "NotoSansSymbols2_400Regular.ttf": "noto-sans-symbols-2.ttf",
}
FEATURES = ["vert", "ccmp", "kern", "mark", "mkmk", "liga"]
LICENCE_NAMES = ("LICENSE_FONT", "OFL.txt")
VARIATIONS = 14


def characters(font: TTFont) -> set[int]:
    """All code points of a face, the variation selectors that it knows included."""
    tables = [table for table in font["cmap"].tables if table.format == VARIATIONS]
    return set(font.getBestCmap() or {}) | {selector for table in tables for selector in table.uvsDict}


def make(source: Path, target: Path) -> None:
    """Write ``source`` without what lettering does not use to ``target``. Raises OSError if either cannot be used."""
    options = subset.Options()
    options.layout_features = FEATURES
    options.hinting = False
    options.notdef_outline = True
    options.name_IDs = [0, 1, 2, 3, 4, 5, 6, 7, 13, 14]
    options.recalc_timestamp = False
    font = TTFont(source, recalcTimestamp=False)
    subsetter = subset.Subsetter(options)
    subsetter.populate(unicodes=characters(font))
    subsetter.subset(font)
    font.save(target)


def licence_of(face: Path) -> Path:
    """Find the licence text that belongs to a face. Raises SystemExit if there is none."""
    places = [folder / name for folder in (face.parent, face.parent.parent) for name in LICENCE_NAMES]
    for place in places:
        if place.exists():
            return place
    raise SystemExit(f"no licence text beside {face.name}")


def main(
    source: Annotated[Path, typer.Argument(help="holds the full faces in any sub-folder, each with its licence text")],
    out: Annotated[Path, typer.Option(help="where the faces are written")] = ROOT / "assets" / "fonts",
) -> None:
    """Write the faces of assets/fonts. A licence text is LICENSE_FONT or OFL.txt beside its face or one folder up."""
    for name, short in FACES.items():
        faces = sorted(source.rglob(name))
        if not faces:
            typer.echo(f"missing: {name}", err=True)
            raise typer.Exit(1)
        target = out / short
        make(faces[0], target)
        shutil.copyfile(licence_of(faces[0]), target.with_suffix(".OFL.txt"))
        typer.echo(f"{short}: {target.stat().st_size // 1024} KiB")


if __name__ == "__main__":
    run("make_fonts", main)
