"""Finished pages as files for readers and for print. The same pages give the same bytes.

to_pdf      pictures with searchable words      to_cbz     comic archive
to_epub     fixed layout                        to_page_zip
to_print_png  1 bit, 600 dpi, bleed             to_psd     named layers
to_webtoon_zip  strips for a phone
"""

from engines.comic.exports.archive import to_page_zip
from engines.comic.exports.comic import to_cbz
from engines.comic.exports.epub import to_epub
from engines.comic.exports.pdf import PRINT_BLEED, to_pdf
from engines.comic.exports.printing import to_print_png
from engines.comic.exports.psd import to_psd
from engines.comic.exports.webtoon import to_webtoon_zip

__all__ = ["PRINT_BLEED", "to_cbz", "to_epub", "to_page_zip", "to_pdf", "to_print_png", "to_psd", "to_webtoon_zip"]
