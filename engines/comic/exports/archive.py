"""Zip archives with fixed dates and rights: the same files give the same bytes."""

import io
import zipfile
from collections.abc import Sequence

from engines.comic.document import Document

EPOCH = (1980, 1, 1, 0, 0, 0)


def stored_zip(files: Sequence[tuple[str, bytes]]) -> bytes:
    """The files by name, in order, uncompressed: pictures are packed already."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as archive:
        for name, data in files:
            info = zipfile.ZipInfo(name, EPOCH)
            info.external_attr = 0o644 << 16
            info.create_system = 3
            archive.writestr(info, data)
    return out.getvalue()


def to_page_zip(pages: Sequence[bytes], ending: str, document: Document | None = None) -> bytes:
    """All pages as ``page-001.png`` and so on, for any ending; a spread of the document is ``page-002-003.png``."""
    lasts = {page.number: page.last for page in document.pages} if document else {}
    files: list[tuple[str, bytes]] = []
    number = 1
    for page in pages:
        last = lasts.get(number, number)
        name = f"page-{number:03d}" + (f"-{last:03d}" if last > number else "")
        files.append((f"{name}.{ending}", page))
        number = last + 1
    return stored_zip(files)
