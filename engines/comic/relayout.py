"""A page laid out again with more room for one of its panels, in the rows that it has."""

import random
from collections.abc import Sequence
from typing import Literal

from engines.comic.crossing import plan_crossings
from engines.comic.document import Panel, Point
from engines.comic.layout import PanelSlot, place_rows, rows_of

GROWTH = 1.6
STRIP_GROWTH = 1.3


def with_more_room(panels: Sequence[Panel], panel_id: str, direction: Literal["rtl", "ltr"]) -> list[Panel] | None:
    """The panels of a sheet with new polygons; None where one panel already has all of it.

    Balloons no longer cross the gutters of the page. Raises StopIteration for a panel that is not on the sheet.
    """
    panel = next(each for each in panels if each.id == panel_id)
    if panel.paper == "strip":
        return _stretched(panels, panel)
    if len(panels) < 2 or panel.paper == "spread":
        return None
    slots = [_slot(each, GROWTH if each is panel else 1.0) for each in panels]
    rows = rows_of([each.polygon for each in panels])
    placed = place_rows(slots, rows, direction, random.Random(f"{panel.seed}/room"))
    return [
        each.model_copy(update={"polygon": new.polygon, "bleed": new.bleed, "reach": [], "reserved": []})
        for each, new in zip(panels, placed, strict=True)
    ]


def _slot(panel: Panel, growth: float) -> PanelSlot:
    xs, ys = [x for x, _ in panel.polygon], [y for _, y in panel.polygon]
    return PanelSlot(panel.weight * growth, (max(xs) - min(xs)) / (max(ys) - min(ys)), panel.bleed)


def _stretched(panels: Sequence[Panel], panel: Panel) -> list[Panel]:
    """The panel grows downwards and the strip below it moves with its foot."""
    top = min(y for _, y in panel.polygon)
    foot = max(y for _, y in panel.polygon)
    grown = round((foot - top) * (STRIP_GROWTH - 1))

    def moved(point: Point) -> Point:
        return point[0], round(point[1] + (grown if point[1] > (top + foot) / 2 else 0), 1)

    moved_panels = [each.model_copy(update={"polygon": [moved(p) for p in each.polygon]}) for each in panels]
    return plan_crossings(moved_panels)
