"""Depth by line and tone: what lies behind a near person is drawn with thin lines, light tones and fewer details."""

import re

from engines.artist.ink import number
from engines.comic.tones import tone

_TONE = re.compile(r"url\(#tone-(\d+)\)")
_WIDTH = re.compile(r'stroke-width="([\d.]+)"')


def soften(elements: list[str], night: bool) -> list[str]:
    """The elements of a background as seen out of focus; the finest lines are left out."""
    keep = 0.6 if night else 0.5
    return [_soft(element, keep) for element in elements if not _fine(element)]


def _fine(element: str) -> bool:
    """A hairline without a fill."""
    width = _WIDTH.search(element)
    return 'fill="none"' in element and 'stroke="#111"' in element and bool(width) and float(width[1]) < 0.85  # type: ignore[index]


def _soft(element: str, keep: float) -> str:
    element = _TONE.sub(lambda m: tone(round(int(m[1]) * keep)), element)
    return _WIDTH.sub(lambda m: f'stroke-width="{number(max(float(m[1]) * 0.6, 0.5))}"', element)
