"""The gates of phase 7 that need the whole page: order, ink, balloons that cross a gutter, the fold of a spread."""

from collections.abc import Iterable, Iterator, Sequence

import numpy as np
from PIL import Image, ImageDraw
from shapely import Polygon, box, unary_union
from shapely.geometry.base import BaseGeometry

from engines.comic.checks.measure import area_of, hull_of, measured, order_check, path_shape
from engines.comic.compose import page_svg
from engines.comic.document import PAGE_HEIGHT, PAGE_WIDTH, Balloon, Check, Document, Page, Panel
from engines.comic.embedded_pictures import with_pictures_embedded
from engines.comic.reading import reading_order
from engines.comic.render import grey

INK_LEAST, INK_MOST = 0.005, 0.6
PROOF_SCALE = 0.5
FOLD_HALF = 24.0


def page_checks(page: Page, document: Document) -> Iterator[Check]:
    """The gates of a page as a whole."""
    found = reading_order([panel.polygon for panel in page.panels], document.direction)
    yield order_check("panel_order", f"p{page.number}", found)
    yield from _inked(page, document)
    for panel in page.panels:
        if panel.reach:
            yield from _crossing(panel, page)
        if panel.paper == "spread":
            yield from _fold(panel, page)


def _balloons(panel: Panel, page: Page) -> Sequence[Balloon]:
    lettering = page.letterings.get(panel.id)
    return lettering.balloons if lettering else []


def _crossing(panel: Panel, page: Page) -> Iterator[Check]:
    """A balloon that leaves its frame covers no head and no balloon of another panel."""
    frame = Polygon(panel.polygon).buffer(0)
    taken = unary_union([shape for other in page.panels if other is not panel for shape in _taken(other, page)])
    for balloon in _balloons(panel, page):
        shape = path_shape(balloon.outline).union(hull_of(balloon))
        if frame.covers(shape):
            continue
        covered = shape.intersection(taken).area
        yield measured("gutter_crossing", balloon.id, covered, f"{covered:.0f} px² of a neighbour are covered")


def _taken(panel: Panel, page: Page) -> Iterator[BaseGeometry]:
    frame, drawing = Polygon(panel.polygon).buffer(0), page.drawings.get(panel.id)
    yield from (area_of(figure.head).intersection(frame) for figure in (drawing.figures if drawing else []))
    yield from (path_shape(balloon.outline).union(hull_of(balloon)) for balloon in _balloons(panel, page))


def _fold(panel: Panel, page: Page) -> Iterator[Check]:
    """Nothing that matters lies on the fold: no balloon and no head."""
    fold, drawing = box(PAGE_WIDTH - FOLD_HALF, 0, PAGE_WIDTH + FOLD_HALF, PAGE_HEIGHT), page.drawings.get(panel.id)
    shapes = [(f"{panel.id}.figure.{f.character}", area_of(f.head)) for f in (drawing.figures if drawing else [])]
    shapes += [(balloon.id, hull_of(balloon)) for balloon in _balloons(panel, page)]
    for name, shape in shapes:
        lost = shape.intersection(fold).area
        yield measured("fold_clear", name, lost, f"{lost:.0f} px² lie on the fold")


def _inked(page: Page, document: Document) -> Iterable[Check]:
    """Share of ink in each panel, from the painted art without lettering, frames left out."""
    bare = page.model_copy(update={"letterings": {}})
    levels = 1.0 - grey(with_pictures_embedded(page_svg(bare, document)), round(page.size[0] * PROOF_SCALE)) / 255.0
    for panel in page.panels:
        mask = Image.new("L", levels.shape[::-1])
        inner = Polygon(panel.polygon).buffer(-6)
        if isinstance(inner, Polygon) and not inner.is_empty:
            ring = [(x * PROOF_SCALE, y * PROOF_SCALE) for x, y in inner.exterior.coords]
            ImageDraw.Draw(mask).polygon(ring, fill=255)
        inside = levels[np.asarray(mask) > 0]
        share = float(inside.mean()) if inside.size else 0.0
        passed = INK_LEAST <= share <= INK_MOST
        limit = INK_MOST if share > INK_LEAST else INK_LEAST
        detail = "" if passed else f"{share:.1%} of the panel is ink"
        yield Check(
            name="panel_inked", element=panel.id, passed=passed, measured=round(share, 4), limit=limit, detail=detail
        )
