"""Screentones: square tiles with dots at the centre and the corners (a 45 degree screen, never rotated).

All tiles have the same side, so neighbouring levels line up and bands of them make a gradient.
"""

import math

TILE = 8
LEVELS = (2, 5, 10, 15, 20, 30, 40, 50, 60)


def tone(level: int, opaque: bool = True) -> str:
    """The fill value of the tone nearest to ``level`` percent of black; ``opaque`` ones hide what is below."""
    nearest = min(LEVELS, key=lambda known: abs(known - level))
    return f"url(#tone-{'' if opaque else 'clear-'}{nearest})"


def _tile(level: int, opaque: bool) -> str:
    radius = math.sqrt(level / 100 * TILE * TILE / (2 * math.pi))
    half = TILE / 2
    spots = ((0, 0), (TILE, 0), (0, TILE), (TILE, TILE), (half, half))
    dots = "".join(f'<circle cx="{x:g}" cy="{y:g}" r="{radius:.2f}"/>' for x, y in spots)
    paper = f'<rect width="{TILE}" height="{TILE}" fill="#fff"/>' if opaque else ""
    name = f"tone-{'' if opaque else 'clear-'}{level}"
    return (
        f'<pattern id="{name}" width="{TILE}" height="{TILE}" patternUnits="userSpaceOnUse">'
        f'{paper}<g fill="#111">{dots}</g></pattern>'
    )


FINE = "url(#tone-fine)"
"""A grey too fine to show its dots, for irises and blushes."""

_FINE_TILE = (
    '<pattern id="tone-fine" width="4" height="4" patternUnits="userSpaceOnUse">'
    '<rect width="4" height="4" fill="#fff"/>'
    '<g fill="#111"><circle cx="0" cy="0" r="0.9"/><circle cx="4" cy="0" r="0.9"/><circle cx="0" cy="4" r="0.9"/>'
    '<circle cx="4" cy="4" r="0.9"/><circle cx="2" cy="2" r="0.9"/></g></pattern>'
)
TONE_DEFS: str = _FINE_TILE + "".join(_tile(level, opaque) for level in LEVELS for opaque in (True, False))
"""The content of ``<defs>`` every drawing leans on; place it once per SVG."""
