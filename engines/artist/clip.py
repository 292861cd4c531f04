"""Cutting shapes to a window, so that nothing reaches far off the page: a renderer pays for all of it."""

from collections.abc import Callable, Sequence

from engines.comic.document import Point

Window = tuple[float, float, float, float]
"""Left, top, right and bottom in page pixels."""


def cut_polygon(points: Sequence[Point], window: Window) -> list[Point]:
    """The part of a polygon inside the window (Sutherland and Hodgman); empty where there is none."""
    left, top, right, bottom = window
    out = list(points)
    for axis, limit, sign in ((0, left, 1), (0, right, -1), (1, top, 1), (1, bottom, -1)):
        out = _cut(out, lambda p, a=axis, m=limit, s=sign: (p[a] - m) * s)
    return out


def _cut(points: list[Point], depth: Callable[[Point], float]) -> list[Point]:
    out: list[Point] = []
    for i, b in enumerate(points):
        a = points[i - 1]
        da, db = depth(a), depth(b)
        if (da < 0) != (db < 0):
            t = da / (da - db)
            out.append((a[0] + (b[0] - a[0]) * t, a[1] + (b[1] - a[1]) * t))
        if db >= 0:
            out.append(b)
    return out


def cut_segment(a: Point, b: Point, window: Window) -> tuple[Point, Point] | None:
    """The part of a segment inside the window (Liang and Barsky)."""
    left, top, right, bottom = window
    first, last = 0.0, 1.0
    dx, dy = b[0] - a[0], b[1] - a[1]
    for step, room in ((-dx, a[0] - left), (dx, right - a[0]), (-dy, a[1] - top), (dy, bottom - a[1])):
        if step == 0:
            if room < 0:
                return None
            continue
        share = room / step
        if step < 0:
            first = max(first, share)
        else:
            last = min(last, share)
    if first > last:
        return None
    return (a[0] + dx * first, a[1] + dy * first), (a[0] + dx * last, a[1] + dy * last)
