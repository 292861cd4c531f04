"""CBZ: the pages with a ComicInfo.xml after the schema 2.1 of the Anansi project."""

import io
from collections.abc import Sequence
from xml.sax.saxutils import escape, quoteattr

from PIL import Image

from engines.manga.document import Document
from engines.manga.exports.archive import stored_zip


def to_cbz(pngs: Sequence[bytes], document: Document) -> bytes:
    """A comic archive: the pages stored in order, and what readers want to know of them."""
    files = [(f"{number:03d}.png", png) for number, png in enumerate(pngs, 1)]
    return stored_zip([*files, ("ComicInfo.xml", _comic_info(pngs, document).encode())])


def _comic_info(pngs: Sequence[bytes], document: Document) -> str:
    made_by = ", ".join(sorted(set(document.provenance.values())))
    # the schema wants this order
    fields = {
        "Title": document.title,
        "Notes": f"engine: {made_by}" if made_by else "",
        "Writer": document.provenance.get("writer", ""),
        "Penciller": document.provenance.get("artist", ""),
        "Letterer": document.provenance.get("letterer", ""),
        "PageCount": str(len(pngs)),
        "LanguageISO": document.language,
        "Format": "Digital",
        "BlackAndWhite": "Yes",
        "Manga": "YesAndRightToLeft" if document.direction == "rtl" else "Yes",
        "Characters": ", ".join(character.name for character in document.characters),
    }
    body = "".join(f"<{key}>{escape(value)}</{key}>" for key, value in fields.items() if value)
    pages = "".join(_page(index, png) for index, png in enumerate(pngs))
    return f'<?xml version="1.0" encoding="utf-8"?><ComicInfo>{body}<Pages>{pages}</Pages></ComicInfo>'


def _page(index: int, png: bytes) -> str:
    width, height = Image.open(io.BytesIO(png)).size
    facts = {"Image": index, "ImageSize": len(png), "ImageWidth": width, "ImageHeight": height}
    told = " ".join(f"{name}={quoteattr(str(value))}" for name, value in facts.items())
    return f"<Page {told}{' Type=' + quoteattr('FrontCover') if index == 0 else ''}/>"
