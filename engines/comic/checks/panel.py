"""The gates of phase 7, measured on the finished geometry: path data, polygons and the painted page.

Nothing here uses the code that placed the balloons; a gate reads what was drawn.
"""

import math
import re
from collections.abc import Iterable, Iterator, Sequence

from shapely import Polygon, box, contains_xy
from shapely.geometry.base import BaseGeometry

from engines.comic.checks.measure import area_of, hull_of, measured, order_check, path_points, path_shape
from engines.comic.checks.page import page_checks
from engines.comic.checks.quality import quality
from engines.comic.document import (
    PAGE_WIDTH,
    STRIP_WIDTH,
    Balloon,
    Box,
    Check,
    Document,
    Drawing,
    Lettering,
    Page,
    Panel,
)
from engines.comic.lettering.faces import missing
from engines.comic.lettering.parts import words_of
from engines.comic.reading import reading_order

__all__ = ["check_page", "quality"]

PRINT_WIDTH_MM = 182.0
POINT_MM = 25.4 / 72
CLEARANCE = 1.5
PHONE_WIDTH = 390


def check_page(page: Page, document: Document) -> list[Check]:
    """Measure every gate on a page. Panels without art or lettering fail their gates; nothing raises for them."""
    checks = list(page_checks(page, document))
    for panel in page.panels:
        drawing = page.drawings.get(panel.id, Drawing(panel=panel.id, svg=""))
        lettering = page.letterings.get(panel.id, Lettering(panel=panel.id, svg=""))
        checks.append(Check(name="art_present", element=panel.id, passed=bool(drawing.svg.strip())))
        checks += [*_lines_lettered(panel, lettering, document), *_panel_checks(panel, drawing, lettering, document)]
    return checks


def _panel_checks(panel: Panel, drawing: Drawing, lettering: Lettering, document: Document) -> Iterator[Check]:
    frame, balloons = Polygon(panel.polygon).buffer(0), lettering.balloons
    yield from (_glyphs(sound.id, sound.text) for sound in panel.sfx)
    room = Polygon(panel.reach).buffer(0) if panel.reach else frame
    if balloons:
        yield _balloon_order(panel, balloons, document)
        yield _apart(panel, balloons)
    for number, balloon in enumerate(balloons):
        yield _text_inside(balloon)
        yield _inside_panel(balloon, room)
        yield _heads_clear(balloon, drawing)
        yield _type_size(balloon, panel)
        yield _contrast(balloon, lettering.svg)
        yield _glyphs(balloon.id, balloon.text)
        if not (number and _is_joined(balloon, balloons[number - 1])):
            yield from _tail(balloon, drawing, frame)


def _text_inside(balloon: Balloon) -> Check:
    points, hull = path_points(balloon.text_path), hull_of(balloon).buffer(-CLEARANCE)
    outside = len(points) - int(contains_xy(hull, points[:, 0], points[:, 1]).sum()) if len(points) else 1
    detail = f"{outside} points of the letters lie outside the balloon" if len(points) else "no letters are drawn"
    return measured("text_inside_balloon", balloon.id, outside, detail)


def _inside_panel(balloon: Balloon, room: BaseGeometry) -> Check:
    outside = path_shape(balloon.outline).union(hull_of(balloon)).difference(room).area
    return measured("balloon_inside_panel", balloon.id, outside, f"{outside:.0f} px² lie outside the panel")


def _heads_clear(balloon: Balloon, drawing: Drawing) -> Check:
    """The hull over any head; the whole outline over the heads of others."""
    worst, whose = 0.0, ""
    for figure in drawing.figures:
        head = area_of(figure.head)
        shape = hull_of(balloon)
        if figure.character != balloon.speaker:
            shape = shape.union(path_shape(balloon.outline))
        share = shape.intersection(head).area / max(head.area, 1.0)
        worst, whose = max((worst, whose), (share, figure.character))
    return measured("heads_clear", balloon.id, worst, f"{worst:.0%} of the head of {whose} is covered")


def _apart(panel: Panel, balloons: Sequence[Balloon]) -> Check:
    shapes = [path_shape(b.outline).union(hull_of(b)) for b in balloons]
    worst = max((a.intersection(b).area for i, a in enumerate(shapes) for b in shapes[:i]), default=0.0)
    return measured("balloons_apart", panel.id, worst, f"two balloons share {worst:.0f} px²")


def _balloon_order(panel: Panel, balloons: Sequence[Balloon], document: Document) -> Check:
    ordered = sorted(balloons, key=lambda balloon: balloon.order)
    found = reading_order([balloon.hull for balloon in ordered], document.direction)
    return order_check("balloon_order", panel.id, found)


def _is_joined(balloon: Balloon, before: Balloon) -> bool:
    """Whether a balloon goes on from the one before: half of its line, or a phrase of the same speaker on a neck."""
    if balloon.line == before.line:
        return True
    touches = path_shape(balloon.outline).distance(path_shape(before.outline)) < 1
    return balloon.speaker is not None and balloon.speaker == before.speaker and touches


def _tail(balloon: Balloon, drawing: Drawing, frame: BaseGeometry) -> Iterator[Check]:
    """A speaker in the picture needs a tail that points to the mouth and ends nearest to that head."""
    seen = [f for f in drawing.figures if area_of(f.head).intersects(frame)]
    own = next((f for f in seen if f.character == balloon.speaker), None)
    if own is None or balloon.kind in ("narration", "radio"):
        return
    if balloon.tail is None:
        yield measured("tail_to_speaker", balloon.id, 180.0, "there is no tail")
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
    yield measured("tail_to_speaker", balloon.id, angle, detail)


def _angle(origin: tuple[float, float], a: tuple[float, float], b: tuple[float, float]) -> float:
    turn = math.atan2(a[1] - origin[1], a[0] - origin[0]) - math.atan2(b[1] - origin[1], b[0] - origin[0])
    return abs((math.degrees(turn) + 180) % 360 - 180)


def _distance(point: tuple[float, float], shape: Box) -> float:
    return area_of(shape).distance(box(*point, *point).centroid)


def _type_size(balloon: Balloon, panel: Panel) -> Check:
    """In points on paper; of a webtoon in CSS pixels of a narrow phone."""
    if panel.paper == "strip":
        size = balloon.font_size * PHONE_WIDTH / STRIP_WIDTH
        return measured("screen_type_size", balloon.id, size, f"type of {size:.1f} px on a phone")
    points = balloon.font_size * PRINT_WIDTH_MM / PAGE_WIDTH / POINT_MM
    return measured("type_size", balloon.id, points, f"type of {points:.1f} pt in print")


def _glyphs(element: str, text: str) -> Check:
    """Whether some face has every character of a text."""
    lost = missing(text)
    named = ", ".join(f"{c} (U+{ord(c[0]):04X})" for c in lost)
    return measured("glyphs_present", element, len(lost), f"printed as 〓, no face has {named}")


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
    return measured("contrast", balloon.id, ratio, f"contrast {ratio:.1f} to 1")


def _luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (0, 2, 4)]
    linear = [p / 12.92 if p <= 0.03928 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _lines_lettered(panel: Panel, lettering: Lettering, document: Document) -> Iterable[Check]:
    for line in panel.lines:
        wanted = "".join(words_of(line.text, document.language).split())
        found = "".join("".join(b.text.split()) for b in lettering.balloons if b.line == line.id)
        yield measured("lines_lettered", line.id, float(wanted != found), f"lettered as “{found}”")
