"""Eyes and brows: large manga eyes built from an upper and a lower lid, drawn in eye units.

In eye units x runs from -1 at the inner corner to 1 at the outer one, y from about -1 to 1.
"""

from dataclasses import dataclass

from engines.artist.ink import INK, PAPER, Pen, ellipse, smooth
from engines.comic.document import Expression, Point
from engines.comic.tones import FINE

_XS = [-1 + i / 6 for i in range(13)]


@dataclass(frozen=True)
class Lids:
    """How an expression shapes the eyes and brows. ``slant`` over 0 lowers the inner corner."""

    top: float = 0.95
    bottom: float = 0.85
    slant: float = 0.0
    iris: float = 1.0
    gaze: Point = (0.0, 0.0)
    closed: str = ""
    brow_inner: float = 0.0
    brow_outer: float = 0.0

    def upper(self, x: float) -> float:
        """The height of the upper lid at x."""
        return -self.top * (1 - abs(x) ** 2.6) - self.slant * x

    def lower(self, x: float) -> float:
        """The height of the lower lid at x."""
        return self.bottom * (1 - abs(x) ** 2.4) - self.slant * x * 0.5


LIDS: dict[Expression, Lids] = {
    "neutral": Lids(),
    "smile": Lids(top=0.9, bottom=0.72, brow_inner=-0.03, brow_outer=-0.02),
    "joy": Lids(closed="arch", brow_inner=-0.1, brow_outer=-0.06),
    "sad": Lids(top=0.68, bottom=0.8, slant=-0.2, gaze=(0, 0.12), brow_inner=-0.16, brow_outer=0.1),
    "cry": Lids(closed="bowl", brow_inner=-0.18, brow_outer=0.1),
    "angry": Lids(top=0.72, bottom=0.66, slant=0.3, iris=0.8, brow_inner=0.2, brow_outer=-0.1),
    "surprise": Lids(top=1.22, bottom=1.05, iris=0.7, brow_inner=-0.2, brow_outer=-0.16),
    "fear": Lids(top=1.15, bottom=0.95, slant=-0.12, iris=0.5, brow_inner=-0.2, brow_outer=0.08),
    "shy": Lids(top=0.7, bottom=0.78, slant=-0.08, gaze=(0.3, 0.18), brow_inner=-0.1, brow_outer=0.07),
    "determined": Lids(top=0.86, bottom=0.74, slant=0.08, brow_inner=0.08, brow_outer=-0.05),
}


def draw_eye(pen: Pen, lids: Lids, light: bool, lashes: bool, aside: float) -> None:
    """One eye in eye units. ``light`` eyes show their iris; ``aside`` shifts the gaze outwards."""
    if lids.closed:
        _closed(pen, lids.closed, lashes)
        return
    outline = [(x, lids.upper(x)) for x in _XS] + [(x, lids.lower(x)) for x in _XS[-2:0:-1]]
    pen.path(smooth(outline, closed=True), PAPER, width=0)
    _iris(pen, lids, light, aside)
    _lash(pen, lids, lashes)


def _iris(pen: Pen, lids: Lids, light: bool, aside: float) -> None:
    gx, gy = lids.gaze[0] * 0.4 + aside, lids.gaze[1]
    rx, ry = 0.56 * lids.iris, 0.92 * lids.iris

    def lidded(x: float, y: float) -> Point:
        return x, min(max(y, lids.upper(max(-1, min(1, x))) - 0.02), lids.lower(max(-1, min(1, x))))

    inside = pen.warped(None)
    disc = _disc(gx, gy, rx, ry, lidded)
    if pen.unit < 3.5:
        inside.path(disc, INK, width=0)
        return
    inside.path(disc, PAPER if light else INK, width=0.9)
    if light:
        inside.path(_disc(gx, gy - ry * 0.5, rx * 0.96, ry * 0.52, lidded), INK, width=0)
    else:
        inside.path(_disc(gx, gy + ry * 0.5, rx * 0.74, ry * 0.38, lidded), FINE, width=0)
    if pen.unit > 18:
        for i in range(-3, 4):
            inside.stroke(
                f"M{gx + rx * 0.1 * i:.3f} {gy + ry * 0.4:.3f}L{gx + rx * 0.2 * i:.3f} {gy + ry * 0.74:.3f}", 0.35
            )
    inside.path(_disc(gx, gy + ry * 0.02, rx * 0.5, ry * 0.5, lidded), INK, width=0)
    inside.path(ellipse(gx - rx * 0.38, gy - ry * 0.4, rx * 0.36, ry * 0.25), PAPER, width=0)
    inside.path(ellipse(gx + rx * 0.42, gy + ry * 0.46, rx * 0.19, ry * 0.13), PAPER, width=0)


def _disc(x: float, y: float, rx: float, ry: float, lidded: object) -> str:
    unit = ((0, -1), (0.5, -0.866), (0.866, -0.5), (1, 0), (0.866, 0.5), (0.5, 0.866))
    ring = [*unit, *((-a, -b) for a, b in unit)]
    return smooth([lidded(x + a * rx, y + b * ry) for a, b in ring], closed=True)  # type: ignore[operator]


def _lash(pen: Pen, lids: Lids, lashes: bool) -> None:
    thick = 0.3 if lashes else 0.2
    edge = [(x * 1.04, lids.upper(x)) for x in _XS]
    over = [(x * 1.06 + 0.02, lids.upper(x) - thick * (0.45 + 0.4 * (x + 1) / 2)) for x in _XS[::-1]]
    tip = [(1.22, lids.upper(1) - 0.2)] if lashes else [(1.1, lids.upper(1) + 0.08)]
    pen.path(smooth([*edge, *tip, *over, (-1.06, lids.upper(-1) + 0.05)], closed=True), INK, width=0)
    low = [(x, lids.lower(x)) for x in (0.82, 0.55, 0.25, -0.05)]
    pen.stroke(smooth(low), 0.7)
    if pen.unit > 9:
        fold = [(x, lids.upper(x) - thick - 0.24) for x in (-0.55, -0.1, 0.4, 0.8)]
        pen.taper(fold, pen.line * 0.8)


def _closed(pen: Pen, kind: str, lashes: bool) -> None:
    lift = -0.75 if kind == "arch" else 0.55
    arc = [(x, lift * (1 - x * x) + 0.2) for x in _XS[::2]]
    pen.taper([(-1.1, 0.3), *arc[1:-1], (1.15, 0.2)], pen.line * 2.3)
    if lashes and pen.unit > 5:
        for x in (0.62, 0.88):
            y = lift * (1 - x * x) + 0.2
            pen.stroke(f"M{x} {y:.3f}L{x + 0.3} {y + (-0.12 if kind == 'arch' else 0.3):.3f}", 0.9)


def draw_brow(pen: Pen, lids: Lids, thick: float, halo: bool) -> None:
    """One brow in head units with the origin at the eye; outer is +x. ``thick`` in pen lines.

    With a halo the brow stays readable over black hair, as manga draws brows through the fringe.
    """
    inner, outer = lids.brow_inner, lids.brow_outer
    points = [(-0.24, inner), (-0.05, (inner * 2 + outer) / 3 - 0.05), (0.16, outer - 0.04), (0.33, outer + 0.06)]
    if halo:
        pen.taper(points, pen.line * (thick + 1.3), PAPER)
    pen.taper(points, pen.line * thick)
