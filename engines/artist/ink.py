"""The pen: local drawing units in, SVG path elements in page pixels out.

A shape is written in local units (for a person, one unit is half the width of the head) as path
data of absolute ``M L C Q Z`` commands. The pen carries the affine map to page pixels, an optional
warp applied before it, and the extent of all that was drawn.
"""

import math
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache

from engines.artist.clip import Window, cut_polygon, cut_segment
from engines.comic.document import Box, Point

INK = "#111"
PAPER = "#fff"
Warp = Callable[[float, float], Point]
_TOKEN = re.compile(r"[MLCQZ]|-?[\d.]+")


def number(value: float) -> str:
    """A page coordinate with one decimal, as short as it can be."""
    text = f"{value:.1f}"
    if text.endswith(".0"):
        text = text[:-2]
    return "0" if text == "-0" else text


@lru_cache(maxsize=4096)
def _parsed(data: str) -> tuple[str | Point, ...]:
    out: list[str | Point] = []
    waiting: float | None = None
    for word in _TOKEN.findall(data):
        if word.isalpha():
            out.append(word)
        elif waiting is None:
            waiting = float(word)
        else:
            out.append((waiting, float(word)))
            waiting = None
    return tuple(out)


@dataclass
class Extent:
    """The bounds of drawn points in page pixels."""

    left: float = math.inf
    top: float = math.inf
    right: float = -math.inf
    bottom: float = -math.inf

    def add(self, x: float, y: float) -> None:
        """Grow to hold one point."""
        self.left, self.right = min(self.left, x), max(self.right, x)
        self.top, self.bottom = min(self.top, y), max(self.bottom, y)

    def box(self, within: Box) -> Box:
        """The bounds clipped to ``within``."""
        left, top = max(self.left, within.x), max(self.top, within.y)
        right, bottom = min(self.right, within.x + within.w), min(self.bottom, within.y + within.h)
        return Box(
            x=round(left, 1), y=round(top, 1), w=round(max(right - left, 0), 1), h=round(max(bottom - top, 0), 1)
        )


@dataclass(frozen=True)
class Pen:
    """Draws into ``out``. ``matrix`` is (a, b, c, d, e, f) as in SVG; ``line`` is the pen width in pixels."""

    out: list[str]
    matrix: tuple[float, float, float, float, float, float] = (1, 0, 0, 1, 0, 0)
    line: float = 2.0
    warp: Warp | None = None
    extent: Extent = field(default_factory=Extent)
    window: Window | None = None
    halo: list[str] | None = None

    @property
    def unit(self) -> float:
        """Pixels per local unit."""
        return math.hypot(self.matrix[0], self.matrix[1])

    def to_page(self, x: float, y: float) -> Point:
        """A local point in page pixels."""
        if self.warp:
            x, y = self.warp(x, y)
        a, b, c, d, e, f = self.matrix
        return a * x + c * y + e, b * x + d * y + f

    def moved(self, x: float, y: float, turn: float = 0, sx: float = 1, sy: float | None = None) -> "Pen":
        """A pen whose origin is local (x, y), turned clockwise by ``turn`` degrees and scaled."""
        e, f = self.to_page(x, y)
        a, b, c, d = self.matrix[:4]
        cos, sin = math.cos(math.radians(turn)), math.sin(math.radians(turn))
        sy = sx if sy is None else sy
        p, q, r, s = cos * sx, sin * sx, -sin * sy, cos * sy
        turned = (a * p + c * q, b * p + d * q, a * r + c * s, b * r + d * s, e, f)
        return replace(self, matrix=turned, warp=None)

    def warped(self, warp: Warp | None) -> "Pen":
        """The same pen with another warp."""
        return replace(self, warp=warp)

    def thin(self, factor: float) -> "Pen":
        """The same pen with another line weight."""
        return replace(self, line=self.line * factor)

    def data(self, local: str) -> str:
        """Local path data as page path data."""
        return self._mapped(local)[0]

    def _mapped(self, local: str) -> tuple[str, Extent]:
        parts: list[str] = []
        own = Extent()
        for token in _parsed(local):
            if isinstance(token, str):
                parts.append(token)
                continue
            x, y = self.to_page(*token)
            own.add(x, y)
            parts.append(f"{number(x)} {number(y)} ")
        return "".join(parts).strip(), own

    def _unseen(self, own: Extent) -> bool:
        if self.window is None:
            return False
        left, top, right, bottom = self.window
        return own.right < left or own.left > right or own.bottom < top or own.top > bottom

    def path(self, local: str, fill: str = PAPER, stroke: str = INK, width: float = 1.0) -> None:
        """One path; ``width`` is a factor of the pen's line, 0 for no stroke. What the window hides is left out."""
        data, own = self._mapped(local)
        self.extent.add(own.left, own.top)
        self.extent.add(own.right, own.bottom)
        if self._unseen(own):
            return
        if self.halo is not None and fill != "none" and own.right - own.left + own.bottom - own.top > 40:
            self.halo.append(data)
        self.raw(data, fill, stroke, width)

    def polygon(self, points: Sequence[Point], fill: str = PAPER, width: float = 1.0) -> None:
        """A closed polygon of local points, cut to the window."""
        page = [self.to_page(*point) for point in points]
        if self.window:
            page = cut_polygon(page, self.window)
        if len(page) > 2:
            self.raw("M" + "L".join(f"{number(x)} {number(y)}" for x, y in page) + "Z", fill, INK, width)

    def segment(self, a: Point, b: Point, width: float = 1.0) -> None:
        """A straight line between local points, cut to the window."""
        segment: tuple[Point, Point] | None = (self.to_page(*a), self.to_page(*b))
        if self.window and segment:
            segment = cut_segment(*segment, self.window)
        if segment:
            (ax, ay), (bx, by) = segment
            self.raw(f"M{number(ax)} {number(ay)}L{number(bx)} {number(by)}", "none", INK, width)

    def raw(self, data: str, fill: str = PAPER, stroke: str = INK, width: float = 1.0) -> None:
        """One path whose data is in page pixels already."""
        line = f' stroke="{stroke}" stroke-width="{number(max(self.line * width, 0.5))}"' if width else ""
        self.out.append(f'<path d="{data}" fill="{fill}"{line}/>')

    def stroke(self, local: str, width: float = 1.0, stroke: str = INK) -> None:
        """An open line."""
        self.path(local, "none", stroke, width)

    def cloth(self, local: str, fill: str) -> None:
        """A filled shape; black ones get a white edge so that black on black stays readable."""
        if fill == INK:
            self.path(local, INK, PAPER, 0.9)
        else:
            self.path(local, fill)

    def dot(self, x: float, y: float, rx: float, ry: float | None = None, *, fill: str = INK, width: float = 0) -> None:
        """An ellipse, four curves."""
        self.path(ellipse(x, y, rx, rx if ry is None else ry), fill, INK, width)

    def taper(self, points: Sequence[Point], width: float, fill: str = INK) -> None:
        """A brush stroke through local points: thin, thick (``width`` pixels), thin."""
        half = width / 2 / max(self.unit, 0.01)
        n = len(points) - 1
        radii = [half * math.sin(math.pi * (0.06 + 0.88 * i / n)) for i in range(n + 1)]
        self.path(tube(points, radii), fill, width=0)


def ellipse(x: float, y: float, rx: float, ry: float) -> str:
    """Path data of an ellipse in local units."""
    k, m = rx * 0.552, ry * 0.552
    return (
        f"M{x - rx:.4f} {y:.4f}C{x - rx:.4f} {y - m:.4f} {x - k:.4f} {y - ry:.4f} {x:.4f} {y - ry:.4f}"
        f"C{x + k:.4f} {y - ry:.4f} {x + rx:.4f} {y - m:.4f} {x + rx:.4f} {y:.4f}"
        f"C{x + rx:.4f} {y + m:.4f} {x + k:.4f} {y + ry:.4f} {x:.4f} {y + ry:.4f}"
        f"C{x - k:.4f} {y + ry:.4f} {x - rx:.4f} {y + m:.4f} {x - rx:.4f} {y:.4f}Z"
    )


def lines(points: Iterable[Point], closed: bool = False) -> str:
    """Path data of straight segments."""
    return "M" + "L".join(f"{x:.4f} {y:.4f}" for x, y in points) + ("Z" if closed else "")


def smooth(points: Sequence[Point], closed: bool = False) -> str:
    """Path data of a Catmull-Rom curve through the points."""
    n = len(points)
    parts = [f"M{points[0][0]:.4f} {points[0][1]:.4f}"]
    for i in range(n if closed else n - 1):
        p1, p2 = points[i], points[(i + 1) % n]
        p0 = points[i - 1] if closed or i else p1
        p3 = points[(i + 2) % n] if closed or i + 2 < n else p2
        c1 = (p1[0] + (p2[0] - p0[0]) / 6, p1[1] + (p2[1] - p0[1]) / 6)
        c2 = (p2[0] - (p3[0] - p1[0]) / 6, p2[1] - (p3[1] - p1[1]) / 6)
        parts.append(f"C{c1[0]:.4f} {c1[1]:.4f} {c2[0]:.4f} {c2[1]:.4f} {p2[0]:.4f} {p2[1]:.4f}")
    return "".join(parts) + ("Z" if closed else "")


def tube_sides(points: Sequence[Point], radii: Sequence[float]) -> tuple[list[Point], list[Point]]:
    """The two edges of a limb whose spine and half widths are given."""
    sides: tuple[list[Point], list[Point]] = ([], [])
    for i, ((x, y), r) in enumerate(zip(points, radii, strict=True)):
        (ax, ay), (bx, by) = points[max(i - 1, 0)], points[min(i + 1, len(points) - 1)]
        length = math.hypot(bx - ax, by - ay) or 1
        nx, ny = -(by - ay) / length, (bx - ax) / length
        sides[0].append((x + nx * r, y + ny * r))
        sides[1].append((x - nx * r, y - ny * r))
    return sides


def tube(points: Sequence[Point], radii: Sequence[float]) -> str:
    """Path data of a limb: the points are its spine, the radii its half widths; flat ends."""
    one, other = tube_sides(points, radii)
    return smooth(one) + "L" + smooth(other[::-1])[1:] + "Z"
