"""Balloons that may leave their frame: across one gutter of a page, and into the white of a strip.

Where a balloon may go is planned here, before anything is drawn; the letterer keeps to it and the checks measure it.
"""

from collections.abc import Sequence
from itertools import pairwise

from engines.comic.document import STRIP_FOOT, STRIP_WIDTH, Box, Panel, Point

DEPTH = 46.0
WIDEST_GUTTER = 60.0
LEAST_WIDTH = 360.0
INSET = 10.0
STRIP_PART, STRIP_MOST = 0.46, 150.0
CROSSING = frozenset({"speech", "shout"})


def plan_crossings(panels: Sequence[Panel]) -> list[Panel]:
    """The panels of one page with their ``reach`` and ``reserved``; of one strip likewise."""
    if panels and panels[0].paper == "strip":
        return _strip(panels)
    for number, (above, below) in enumerate(pairwise(panels)):
        if _may_cross(above, below):
            planned = list(panels)
            planned[number], planned[number + 1] = _crossed(above, below)
            return planned
    return list(panels)


def _ends(panel: Panel) -> tuple[float, float, float, float]:
    xs, ys = [x for x, _ in panel.polygon], [y for _, y in panel.polygon]
    return min(xs), min(ys), max(xs), max(ys)


def _common(above: Panel, below: Panel) -> tuple[float, float]:
    """The stretch over which one panel stands straight above another."""
    (_, _, right, foot), (x, _, far, _) = _ends(above), _ends(below)
    left = max(_ends(above)[0], x, *(px for px, py in above.polygon if py == foot and px < (x + right) / 2))
    return left + INSET, min(right, far) - INSET


def _may_cross(above: Panel, below: Panel) -> bool:
    """One voice alone in its panel goes on into the one below: same scene, a gutter between two frames."""
    spoken = len(above.lines) == 1 and above.lines[0].kind in CROSSING
    left, right = _common(above, below)
    gutter = _ends(below)[1] - _ends(above)[3]
    straight = len({y for _, y in above.polygon}) == 2 and len({y for _, y in below.polygon}) == 2
    near = 0 < gutter <= WIDEST_GUTTER and right - left >= LEAST_WIDTH
    quiet = not below.lines or below.lines[0].kind != "narration"
    return spoken and near and straight and quiet and above.scene == below.scene and not (above.bleed or below.bleed)


def _crossed(above: Panel, below: Panel) -> tuple[Panel, Panel]:
    left, right = _common(above, below)
    foot, deep = _ends(above)[3], _ends(below)[1] + DEPTH
    a, b, c, d = above.polygon
    reach: list[Point] = [a, b, c, (right, foot), (right, deep), (left, deep), (left, foot), d]
    zone = Box(x=left, y=_ends(below)[1], w=right - left, h=DEPTH)
    return above.model_copy(update={"reach": reach}), below.model_copy(update={"reserved": [zone]})


def _strip(panels: Sequence[Panel]) -> list[Panel]:
    """Each panel may use nearly half of the white above and below it, over the whole width of the strip."""
    tops = [_ends(panel)[1] for panel in panels] + [_ends(panels[-1])[3] + STRIP_FOOT]
    found: list[Panel] = []
    before = 0.0
    for panel, following in zip(panels, tops[1:], strict=True):
        _, top, _, foot = _ends(panel)
        high = max(top - min((top - before) * STRIP_PART, STRIP_MOST), 2.0)
        low = foot + min((following - foot) * STRIP_PART, STRIP_MOST)
        box = [(0.0, high), (float(STRIP_WIDTH), high), (float(STRIP_WIDTH), low), (0.0, low)]
        found.append(panel.model_copy(update={"reach": [(x, round(y, 1)) for x, y in box]}))
        before = foot
    return found
