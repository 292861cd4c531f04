"""A font without shapes for words that are searched and not seen.

Codes are UTF-16 units; all of them show one empty glyph of half an em, and a ToUnicode map gives them back.
"""

import io
from typing import Any

UNITS = 1000
ADVANCE = 500
CODES = 0x10000
TO_UNICODE = b"""/CIDInit /ProcSet findresource begin 12 dict begin begincmap
/CIDSystemInfo << /Registry (Adobe) /Ordering (UCS) /Supplement 0 >> def
/CMapName /Koma-UTF16 def /CMapType 2 def
1 begincodespacerange <0000> <FFFF> endcodespacerange
%s
endcmap CMapName currentdict /CMap defineresource pop end end"""
RANGES = 100


def _ranges() -> bytes:
    """Identity in pieces: a range may only run over the last byte, and a block holds 100 of them."""
    rows = [b"<%02X00> <%02XFF> <%02X00>" % (high, high, high) for high in range(256)]
    blocks = [rows[n : n + RANGES] for n in range(0, len(rows), RANGES)]
    return b"\n".join(b"%d beginbfrange\n%s\nendbfrange" % (len(block), b"\n".join(block)) for block in blocks)


def _font_file() -> bytes:
    from fontTools.fontBuilder import FontBuilder
    from fontTools.pens.ttGlyphPen import TTGlyphPen

    empty = TTGlyphPen(None).glyph()
    builder = FontBuilder(UNITS, isTTF=True)
    builder.setupGlyphOrder([".notdef", "empty"])
    builder.setupCharacterMap({})
    builder.setupGlyf({".notdef": empty, "empty": empty})
    builder.setupHorizontalMetrics({".notdef": (ADVANCE, 0), "empty": (ADVANCE, 0)})
    builder.setupHorizontalHeader(ascent=800, descent=-200)
    builder.setupNameTable({"familyName": "KomaWords", "styleName": "Regular"})
    builder.setupOS2(sTypoAscender=800, sTypoDescender=-200)
    builder.setupPost()
    # the moment of making would make every file another
    head: Any = builder.font["head"]
    head.created = head.modified = 0
    builder.font.recalcTimestamp = False
    out = io.BytesIO()
    builder.save(out)
    return out.getvalue()


def invisible_font(pdf: Any) -> Any:
    """The font as an object of a pikepdf document."""
    from pikepdf import Array, Dictionary, Name, Stream, String

    data = _font_file()
    descriptor = Dictionary(
        Type=Name.FontDescriptor,
        FontName=Name.KomaWords,
        Flags=5,
        FontBBox=Array([0, -200, ADVANCE, 800]),
        ItalicAngle=0,
        Ascent=800,
        Descent=-200,
        CapHeight=700,
        StemV=80,
        FontFile2=pdf.make_indirect(Stream(pdf, data, Length1=len(data))),
    )
    cid = Dictionary(
        Type=Name.Font,
        Subtype=Name.CIDFontType2,
        BaseFont=Name.KomaWords,
        CIDSystemInfo=Dictionary(Registry=String("Adobe"), Ordering=String("Identity"), Supplement=0),
        FontDescriptor=pdf.make_indirect(descriptor),
        DW=ADVANCE,
        CIDToGIDMap=pdf.make_indirect(Stream(pdf, b"\x00\x01" * CODES)),
    )
    font = Dictionary(
        Type=Name.Font,
        Subtype=Name.Type0,
        BaseFont=Name.KomaWords,
        Encoding=Name("/Identity-H"),
        DescendantFonts=Array([pdf.make_indirect(cid)]),
        ToUnicode=pdf.make_indirect(Stream(pdf, TO_UNICODE % _ranges())),
    )
    return pdf.make_indirect(font)
