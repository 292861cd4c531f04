"""EPUB 3.3 with fixed layout: one page, one picture, in the direction in which the story is read."""

import io
import uuid
from collections.abc import Sequence
from html import escape

from PIL import Image

from engines.comic.document import Document
from engines.comic.exports.archive import stored_zip
from engines.comic.exports.sheets import Sheet, sheets

MODIFIED = "2020-01-01T00:00:00Z"
CONTAINER = """<?xml version="1.0" encoding="utf-8"?>
<container version="1.0" xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles>
<rootfile full-path="book/package.opf" media-type="application/oebps-package+xml"/></rootfiles></container>
"""


def to_epub(pngs: Sequence[bytes], document: Document) -> bytes:
    """A fixed-layout EPUB. Raises ValueError without pages."""
    if not pngs:
        raise ValueError("an EPUB needs at least one page")
    bound = sheets(pngs, document)
    files = [
        ("mimetype", b"application/epub+zip"),
        ("META-INF/container.xml", CONTAINER.encode()),
        ("book/package.opf", _package(bound, document).encode()),
        ("book/nav.xhtml", _nav(len(bound), document).encode()),
    ]
    for number, sheet in enumerate(bound, 1):
        size = Image.open(io.BytesIO(sheet.png)).size
        files.append((f"book/page-{number:03d}.xhtml", _page(number, size, sheet.text, document).encode()))
        files.append((f"book/page-{number:03d}.png", sheet.png))
    return stored_zip(files)


def _package(bound: Sequence[Sheet], document: Document) -> str:
    title, language = escape(document.title), document.language
    identity = uuid.uuid5(uuid.NAMESPACE_URL, document.title + "".join(str(len(sheet.png)) for sheet in bound))
    numbers = range(1, len(bound) + 1)
    items = "".join(
        f'<item id="page{n}" href="page-{n:03d}.xhtml" media-type="application/xhtml+xml"/>'
        f'<item id="image{n}" href="page-{n:03d}.png" media-type="image/png"'
        f"{' properties=' + chr(34) + 'cover-image' + chr(34) if n == 1 else ''}/>"
        for n in numbers
    )
    spine = "".join(f'<itemref idref="page{n}"{_side(sheet)}/>' for n, sheet in enumerate(bound, 1))
    spread = "none" if document.layout == "webtoon" else "landscape"
    return f"""<?xml version="1.0" encoding="utf-8"?>
<package xmlns="http://www.idpf.org/2007/opf" version="3.0" unique-identifier="id" xml:lang="{language}"
 prefix="rendition: http://www.idpf.org/vocab/rendition/#">
<metadata xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:identifier id="id">urn:uuid:{identity}</dc:identifier>
<dc:title>{title}</dc:title><dc:language>{language}</dc:language>
<meta property="dcterms:modified">{MODIFIED}</meta><meta property="rendition:layout">pre-paginated</meta>
<meta property="rendition:spread">{spread}</meta>
{_for_kindle(bound, document)}</metadata>
<manifest><item id="nav" href="nav.xhtml" media-type="application/xhtml+xml" properties="nav"/>{items}</manifest>
<spine page-progression-direction="{_progression(document)}">{spine}</spine></package>
"""


def _progression(document: Document) -> str:
    """A webtoon scrolls down, and its strips follow one another as in a Western book."""
    return "ltr" if document.layout == "webtoon" else document.direction


def _for_kindle(bound: Sequence[Sheet], document: Document) -> str:
    """What the readers of Amazon want to know, in the form of EPUB 2."""
    width, height = Image.open(io.BytesIO(bound[0].png)).size
    facts = {
        "cover": "image1",
        "fixed-layout": "true",
        "original-resolution": f"{width}x{height}",
        "book-type": "comic",
        "primary-writing-mode": "horizontal-rl" if _progression(document) == "rtl" else "horizontal-lr",
        "zero-gutter": "true",
        "zero-margin": "true",
    }
    return "".join(f'<meta name="{name}" content="{value}"/>' for name, value in facts.items())


def _side(sheet: Sheet) -> str:
    """Where a page lies in the open book; the strips of a webtoon lie nowhere."""
    return "" if sheet.side == "center" else f' properties="page-spread-{sheet.side}"'


def _nav(count: int, document: Document) -> str:
    entries = "".join(f'<li><a href="page-{n:03d}.xhtml">{n}</a></li>' for n in range(1, count + 1))
    body = (
        f'<nav epub:type="toc"><ol><li><a href="page-001.xhtml">{escape(document.title)}</a></li></ol></nav>'
        f'<nav epub:type="page-list" hidden="hidden"><ol>{entries}</ol></nav>'
    )
    return _xhtml(document, document.title, "", body)


def _page(number: int, size: tuple[int, int], words: str, document: Document) -> str:
    width, height = size
    head = (
        f'<meta name="viewport" content="width={width}, height={height}"/>'
        "<style>html, body { margin: 0; padding: 0 } img { display: block; width: 100%; height: 100% }</style>"
    )
    alt = escape(words or f"{document.title} {number}", quote=True)
    body = f'<div><img src="page-{number:03d}.png" alt="{alt}"/></div>'
    return _xhtml(document, f"{document.title} {number}", head, body)


def _xhtml(document: Document, title: str, head: str, body: str) -> str:
    spaces = 'xmlns="http://www.w3.org/1999/xhtml" xmlns:epub="http://www.idpf.org/2007/ops"'
    return (
        '<?xml version="1.0" encoding="utf-8"?>\n<!DOCTYPE html>\n'
        f'<html {spaces} lang="{document.language}" xml:lang="{document.language}">'
        f'<head><meta charset="utf-8"/><title>{escape(title)}</title>{head}</head>'
        f"<body>{body}</body></html>\n"
    )
