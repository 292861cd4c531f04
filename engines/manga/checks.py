"""The gates of phase 7, measured on the finished geometry: path data, polygons and the painted page.

Nothing here uses the code that placed the balloons; a gate reads what was drawn.
"""

import math
import re
from collections.abc import Iterable, Iterator, Sequence

import numpy as np
from PIL import Image, ImageDraw
from shapely import Polygon, box, contains_xy, unary_union
from shapely.geometry.base import BaseGeometry

from engines.manga.compose import page_svg
from engines.manga.document import PAGE_WIDTH, Balloon, Box, Check, Document, Drawing, Lettering, Page, Panel
from engines.manga.lettering.ruby import plain
from engines.manga.quality import quality
from engines.manga.reading import reading_order
from engines.manga.render import grey

__all__ = ["check_page", "quality"]

PRINT_WIDTH_MM = 182.0
POINT_MM = 25.4 / 72
CLEARANCE = 1.5
MOST = {
    "text_inside_balloon": 0.0,
    "balloon_inside_panel": 1.0,
    "balloons_apart": 1.0,
    "heads_clear": 0.01,
    "panel_order": 0.0,
    "balloon_order": 0.0,
    "tail_to_speaker": 40.0,
    "lines_lettered": 0.0,
}
LEAST = {"type_size": 7.0, "contrast": 7.0}
INK_LEAST, INK_MOST = 0.005, 0.6
PROOF_WIDTH = 600
FILL = re.compile(r'class="(outline|text)"[^>]*?fill="#([0-9a-f]{6})"')
NUMBER = re.compile(r"-?\d+(?:\.\d+)?")


def check_page(page: Page, document: Document) -> list[Check]:
    """Measure every gate on a page. Panels without art or lettering fail their gates; nothing raises for them."""
    checks = [_panel_order(page, document), *_inked(page, document)]
    for panel in page.panels:
        drawing = page.drawings.get(panel.id, Drawing(panel=panel.id, svg=""))
        lettering = page.letterings.get(panel.id, Lettering(panel=panel.id, svg=""))
        checks.append(Check(name="art_present", element=panel.id, passed=bool(drawing.svg.strip())))
        checks += [*_lines_lettered(panel, lettering), *_panel_checks(panel, drawing, lettering, document)]
    return checks


def _panel_checks(panel: Panel, drawing: Drawing, lettering: Lettering, document: Document) -> Iterator[Check]:
    frame, balloons = Polygon(panel.polygon).buffer(0), lettering.balloons
    if balloons:
        yield _balloon_order(panel, balloons, document)
        yield _apart(panel, balloons)
    for number, balloon in enumerate(balloons):
        yield _text_inside(balloon)
        yield _inside_panel(balloon, frame)
        yield _heads_clear(balloon, drawing)
        yield _type_size(balloon)
        yield _contrast(balloon, lettering.svg)
        if not (number and balloons[number - 1].line == balloon.line):
            yield from _tail(balloon, drawing, frame)


def _check(name: str, element: str, measured: float, detail: str) -> Check:
    """Compare a measure with its gate; the detail is kept only where it fails."""
    limit = MOST[name] if name in MOST else LEAST[name]
    passed = measured <= limit if name in MOST else measured >= limit
    kept = "" if passed else detail
    return Check(name=name, element=element, passed=passed, measured=round(measured, 4), limit=limit, detail=kept)


def path_points(path: str) -> np.ndarray:
    """All points of absolute SVG path data, control points included, shape (n, 2)."""
    numbers = [float(n) for n in NUMBER.findall(path)]
    return np.array(numbers[: len(numbers) // 2 * 2]).reshape(-1, 2)


def path_shape(path: str) -> BaseGeometry:
    """The area inside closed straight-lined SVG path data; empty for less than a triangle."""
    rings = [path_points(part) for part in path.split("M")]
    return unary_union([Polygon(ring).buffer(0) for ring in rings if len(ring) >= 3])


def hull_of(balloon: Balloon) -> BaseGeometry:
    """The area of a balloon without its tail."""
    return Polygon(balloon.hull).buffer(0)


def _area(shape: Box) -> Polygon:
    return box(shape.x, shape.y, shape.x + shape.w, shape.y + shape.h)


def _text_inside(balloon: Balloon) -> Check:
    points, hull = path_points(balloon.text_path), hull_of(balloon).buffer(-CLEARANCE)
    outside = len(points) - int(contains_xy(hull, points[:, 0], points[:, 1]).sum()) if len(points) else 1
    detail = f"{outside} points of the letters lie outside the balloon" if len(points) else "no letters are drawn"
    return _check("text_inside_balloon", balloon.id, outside, detail)


def _inside_panel(balloon: Balloon, frame: BaseGeometry) -> Check:
    outside = path_shape(balloon.outline).union(hull_of(balloon)).difference(frame).area
    return _check("balloon_inside_panel", balloon.id, outside, f"{outside:.0f} px² lie outside the panel")


def _heads_clear(balloon: Balloon, drawing: Drawing) -> Check:
    """The hull over any head; the whole outline over the heads of others."""
    worst, whose = 0.0, ""
    for figure in drawing.figures:
        head = _area(figure.head)
        shape = hull_of(balloon)
        if figure.character != balloon.speaker:
            shape = shape.union(path_shape(balloon.outline))
        share = shape.intersection(head).area / max(head.area, 1.0)
        worst, whose = max((worst, whose), (share, figure.character))
    return _check("heads_clear", balloon.id, worst, f"{worst:.0%} of the head of {whose} is covered")


def _apart(panel: Panel, balloons: Sequence[Balloon]) -> Check:
    shapes = [path_shape(b.outline).union(hull_of(b)) for b in balloons]
    worst = max((a.intersection(b).area for i, a in enumerate(shapes) for b in shapes[:i]), default=0.0)
    return _check("balloons_apart", panel.id, worst, f"two balloons share {worst:.0f} px²")


def _order_check(name: str, element: str, found: Sequence[int]) -> Check:
    wrong = sum(index != place for place, index in enumerate(found))
    return _check(name, element, wrong, f"geometry reads as {[i + 1 for i in found]}")


def _panel_order(page: Page, document: Document) -> Check:
    found = reading_order([panel.polygon for panel in page.panels], document.direction)
    return _order_check("panel_order", f"p{page.number}", found)


def _balloon_order(panel: Panel, balloons: Sequence[Balloon], document: Document) -> Check:
    ordered = sorted(balloons, key=lambda balloon: balloon.order)
    found = reading_order([balloon.hull for balloon in ordered], document.direction)
    return _order_check("balloon_order", panel.id, found)


def _tail(balloon: Balloon, drawing: Drawing, frame: BaseGeometry) -> Iterator[Check]:
    """A speaker in the picture needs a tail that points to the mouth and ends nearest to that head."""
    seen = [f for f in drawing.figures if _area(f.head).intersects(frame)]
    own = next((f for f in seen if f.character == balloon.speaker), None)
    if own is None or balloon.kind == "narration":
        return
    if balloon.tail is None:
        yield _check("tail_to_speaker", balloon.id, 180.0, "there is no tail")
        return
    tip, centre = balloon.tail, hull_of(balloon).centroid
    angle = _angle((centre.x, centre.y), tip, own.mouth)
    nearest = min(seen, key=lambda f: _distance(tip, f.head))
    strange = any(f.character != own.character and _distance(tip, f.head) == 0 for f in seen)
    drawn = path_shape(balloon.outline).buffer(4).covers(box(*tip, *tip).centroid)
    if strange or not drawn or (_distance(tip, own.head) > _distance(tip, nearest.head) + 1):
        angle = 180.0
    away = math.dist(tip, own.mouth)
    detail = f"the tail ends {away:.0f} px from the mouth of {own.character}, nearest to {nearest.character}"
    yield _check("tail_to_speaker", balloon.id, angle, detail)


def _angle(origin: tuple[float, float], a: tuple[float, float], b: tuple[float, float]) -> float:
    turn = math.atan2(a[1] - origin[1], a[0] - origin[0]) - math.atan2(b[1] - origin[1], b[0] - origin[0])
    return abs((math.degrees(turn) + 180) % 360 - 180)


def _distance(point: tuple[float, float], shape: Box) -> float:
    return _area(shape).distance(box(*point, *point).centroid)


def _type_size(balloon: Balloon) -> Check:
    points = balloon.font_size * PRINT_WIDTH_MM / PAGE_WIDTH / POINT_MM
    return _check("type_size", balloon.id, points, f"type of {points:.1f} pt in print")


def _contrast(balloon: Balloon, svg: str) -> Check:
    """Between the fill of the letters and the fill of the balloon, as written in the SVG."""
    group = re.search(rf'<g id="{re.escape(balloon.id)}".*?</g>', svg, re.DOTALL)
    fills = (
        {m[1]: m[2] for m in re.finditer(r'class="(outline|text)"[^>]*?fill="#([0-9a-f]{6})"', group[0])}
        if group
        else {}
    )
    light = sorted(_luminance(fills.get(part, "808080")) for part in ("outline", "text"))
    ratio = (light[1] + 0.05) / (light[0] + 0.05)
    return _check("contrast", balloon.id, ratio, f"contrast {ratio:.1f} to 1")


def _luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (0, 2, 4)]
    linear = [p / 12.92 if p <= 0.03928 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _lines_lettered(panel: Panel, lettering: Lettering) -> Iterable[Check]:
    for line in panel.lines:
        wanted = "".join(plain(line.text).split())
        found = "".join("".join(b.text.split()) for b in lettering.balloons if b.line == line.id)
        yield _check("lines_lettered", line.id, float(wanted != found), f"lettered as “{found}”")


def _inked(page: Page, document: Document) -> Iterable[Check]:
    """Share of ink in each panel, from the painted art without lettering, frames left out."""
    bare = page.model_copy(update={"letterings": {}})
    levels = 1.0 - grey(page_svg(bare, document), PROOF_WIDTH) / 255.0
    for panel in page.panels:
        mask = Image.new("L", levels.shape[::-1])
        inner = Polygon(panel.polygon).buffer(-6)
        if isinstance(inner, Polygon) and not inner.is_empty:
            scale = PROOF_WIDTH / PAGE_WIDTH
            ImageDraw.Draw(mask).polygon([(x * scale, y * scale) for x, y in inner.exterior.coords], fill=255)
        inside = levels[np.asarray(mask) > 0]
        share = float(inside.mean()) if inside.size else 0.0
        passed = INK_LEAST <= share <= INK_MOST
        limit = INK_MOST if share > INK_LEAST else INK_LEAST
        detail = "" if passed else f"{share:.1%} of the panel is ink"
        yield Check(
            name="panel_inked", element=panel.id, passed=passed, measured=round(share, 4), limit=limit, detail=detail
        )
