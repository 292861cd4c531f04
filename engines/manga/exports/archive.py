"""Zip archives with fixed dates and rights: the same files give the same bytes."""

import io
import zipfile
from collections.abc import Sequence

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


def to_page_zip(pages: Sequence[bytes], ending: str) -> bytes:
    """All pages as ``page-001.png`` and so on, for any ending."""
    return stored_zip([(f"page-{number:03d}.{ending}", page) for number, page in enumerate(pages, 1)])
