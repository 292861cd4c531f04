"""Webtoon strips: the scroll as pictures of ``STRIP_WIDTH``, cut where it is white."""

from collections.abc import Sequence

from engines.comic.document import Document
from engines.comic.exports.archive import stored_zip
from engines.comic.exports.sheets import sheets


def to_webtoon_zip(pngs: Sequence[bytes], document: Document) -> bytes:
    """All strips as ``strip-001.png`` and so on. Raises ValueError for a document that is no webtoon."""
    if document.layout != "webtoon":
        raise ValueError("strips are made of a webtoon, not of pages")
    return stored_zip([(f"strip-{sheet.number:03d}.png", sheet.png) for sheet in sheets(pngs, document)])
