"""CBZ: the pages with a ComicInfo.xml after the schema 2.1 of the Anansi project."""

import io
from collections.abc import Sequence
from xml.sax.saxutils import escape, quoteattr

from PIL import Image

from engines.comic.document import Document
from engines.comic.exports.archive import stored_zip
from engines.comic.exports.sheets import Sheet, sheets

GENRES = {
    "fantasy": "Fantasy", "romance": "Romance", "action": "Action", "mystery": "Mystery", "horror": "Horror",
    "slice_of_life": "Slice of Life", "sci_fi": "Science Fiction",
}  # fmt: skip


def to_cbz(pngs: Sequence[bytes], document: Document) -> bytes:
    """A comic archive: the pages stored in order, and what readers want to know of them. A spread is one picture."""
    bound = sheets(pngs, document, halve=False)
    files = [(f"{number:03d}.png", sheet.png) for number, sheet in enumerate(bound, 1)]
    return stored_zip([*files, ("ComicInfo.xml", _comic_info(bound, document).encode())])


def _comic_info(bound: Sequence[Sheet], document: Document) -> str:
    engines = ", ".join(sorted(set(document.provenance.values())))
    names = [character.name for character in document.characters]
    # the schema wants this order; Writer and its like are for persons, and the engines are none
    fields = {
        "Title": document.title,
        "Series": document.title,
        "Number": "1",
        "Count": "1",
        "Notes": f"engine: {engines}" if engines else "",
        "Genre": GENRES.get(document.genre, ""),
        "Tags": ", ".join(document.themes),
        "PageCount": str(len(bound)),
        "LanguageISO": document.language,
        "Format": "Web Comic" if document.layout == "webtoon" else "Digital",
        "BlackAndWhite": "Yes",
        "Manga": _manga(document),
        "Characters": ", ".join(names),
        "AgeRating": "Unknown",
    }
    body = "".join(f"<{key}>{escape(value)}</{key}>" for key, value in fields.items() if value)
    pages = "".join(_page(index, sheet) for index, sheet in enumerate(bound))
    hero = f"<MainCharacterOrTeam>{escape(names[0])}</MainCharacterOrTeam>" if names else ""
    return f'<?xml version="1.0" encoding="utf-8"?><ComicInfo>{body}<Pages>{pages}</Pages>{hero}</ComicInfo>'


def _manga(document: Document) -> str:
    if document.layout == "webtoon":
        return "No"
    return "YesAndRightToLeft" if document.direction == "rtl" else "Yes"


def _page(index: int, sheet: Sheet) -> str:
    width, height = Image.open(io.BytesIO(sheet.png)).size
    facts: dict[str, object] = {"Image": index, "Type": "FrontCover" if index == 0 else "Story"}
    facts |= {"DoublePage": "true"} if sheet.wide else {}
    facts |= {"ImageSize": len(sheet.png), "ImageWidth": width, "ImageHeight": height}
    facts |= {"Bookmark": f"Scene {sheet.scene}"} if sheet.scene is not None else {}
    return "<Page " + " ".join(f"{name}={quoteattr(str(value))}" for name, value in facts.items()) + "/>"
