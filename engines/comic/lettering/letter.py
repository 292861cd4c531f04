"""The letterer: the lines of a panel into balloons with tails, in type as large as the panel allows."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from html import escape
from typing import Literal, cast

from shapely import Polygon, box
from shapely.geometry.base import BaseGeometry

from engines.comic.document import (
    Balloon,
    Character,
    Drawing,
    FigureBoxes,
    Language,
    Lettering,
    Panel,
    Paper,
    Point,
    SpeechKind,
)
from engines.comic.lettering import shapes
from engines.comic.lettering.furigana import RubyMode
from engines.comic.lettering.glyphs import ink_box, path_of
from engines.comic.lettering.parts import TextPart, halves, parts_of
from engines.comic.lettering.place import BalloonLayout, place
from engines.comic.lettering.shapes import Envelope, envelope
from engines.comic.lettering.space import FOLD, TRIMS, BalloonRequest, BalloonStage, PlacedBalloon
from engines.comic.lettering.tails import speaker, with_tail

SIZES: dict[SpeechKind, float] = {"speech": 31, "thought": 30, "whisper": 27, "narration": 27, "shout": 39, "radio": 30}
SMALLEST: dict[Paper, float] = {"page": 17.0, "spread": 17.0, "strip": 20.0}
# a climax over two pages is read from farther away
TYPE_SCALE: dict[Paper, float] = {"page": 1.0, "spread": 1.4, "strip": 1.0}
SCALES = (1.0, 0.92, 0.85, 0.78, 0.72, 0.66, 0.6, 0.55)
CROWDED = 0.4
MOST_SHAPES = 5
BROKEN, TIGHT_BELOW, BLOCKED_BELOW = 0.9, 0.9, 0.75
CLOSE = 1.0
INK, PAPER = "#111111", "#ffffff"


def letter_panel(
    panel: Panel,
    drawing: Drawing,
    characters: Sequence[Character],
    language: Language,
    direction: Literal["rtl", "ltr"] = "rtl",
    *,
    ruby_mode: RubyMode = "marked",
) -> Lettering:
    """Letter the lines of a panel over its drawing; the same input gives the same bytes.

    ``ruby_mode`` says which readings a dictionary adds to those marked in the text. Lines without words are
    left out. What cannot be placed well is placed as well as possible, for the checks to report. Never raises
    on text or geometry of a valid document.
    """
    parts = parts_of(panel.lines, language, ruby_mode)
    if not parts:
        return Lettering(panel=panel.id, svg="")
    stage = _stage(panel, drawing, direction)
    cut = [half for part in parts for half in halves(part, language, ruby_mode)]
    chosen, layout = _layout(parts, cut, stage)
    return _assemble(panel, chosen, layout.placed, stage, characters)


def _stage(panel: Panel, drawing: Drawing, direction: str) -> BalloonStage:
    frame = _polygon(panel.polygon)
    seen = [f for f in drawing.figures if frame.intersects(box(*_corners(f)))]
    return BalloonStage(
        _polygon(panel.reach) if panel.reach else frame,
        heads=tuple(f.head for f in seen),
        bodies=tuple(f.body for f in seen),
        sfx=tuple(drawing.sfx),
        blocked=(*panel.reserved, *([FOLD] if panel.paper == "spread" else [])),
        side=-1.0 if direction == "rtl" else 1.0,
        speakers={f.character: (f.mouth, i) for i, f in reversed(list(enumerate(seen)))},
        frame=frame,
        trim=TRIMS[panel.paper],
        smallest=SMALLEST[panel.paper],
        type_scale=TYPE_SCALE[panel.paper],
        seed=panel.seed,
    )


def _polygon(points: Sequence[Point]) -> Polygon:
    polygon = Polygon(points).buffer(0)
    if isinstance(polygon, Polygon) and not polygon.is_empty:
        return polygon
    return cast(Polygon, Polygon(points).convex_hull)


def _corners(figure: FigureBoxes) -> tuple[float, float, float, float]:
    h = figure.head
    return h.x, h.y, h.x + h.w, h.y + h.h


@dataclass(frozen=True, slots=True)
class _Attempt:
    """One way to try: which parts, at what share of the full size, in which shapes, phrases broken inside or not."""

    parts: list[TextPart]
    scale: float
    tight: bool
    broken: bool


def _attempts(parts: list[TextPart], cut: list[TextPart]) -> Iterator[_Attempt]:
    """What to try in turn: whole phrases, then split lines, then broken phrases; last, type near the smallest.

    A break inside a phrase comes after all sizes down to two thirds: it costs more than that loss of size.
    """
    fair, small = SCALES[:6], SCALES[6:]
    sets = [parts] if len(cut) == len(parts) else [parts, cut]
    for scales, broken in ((fair, False), (fair[2:], True), (small, True)):
        for chosen in sets:
            for scale in scales:
                for tight in (False, True) if scale < TIGHT_BELOW else (False,):
                    yield _Attempt(chosen, scale, tight, broken)


def _layout(parts: list[TextPart], cut: list[TextPart], stage: BalloonStage) -> tuple[list[TextPart], BalloonLayout]:
    """The first attempt that works with all tails clear; one with a blocked tail is the fallback.

    Then balloons may come close to the hair; at last each stands where it does the least harm.
    """
    fallback: tuple[list[TextPart], BalloonLayout] | None = None
    for attempt in _attempts(parts, cut):
        if fallback and (attempt.broken or attempt.scale < BLOCKED_BELOW):
            return fallback
        layout = _search(attempt, stage)
        if layout and layout.clear:
            return attempt.parts, layout
        if layout and not fallback:
            fallback = attempt.parts, layout
    close = replace(stage, head_gap=CLOSE)
    for attempt in _attempts(parts, cut):
        layout = _search(attempt, close) if attempt.tight and attempt.scale < BLOCKED_BELOW else None
        if layout:
            return attempt.parts, layout
    last = _Attempt(parts, 0.0, tight=True, broken=True)
    return parts, place([_request(part, last, stage) for part in parts], stage, force=True) or BalloonLayout([], False)


def _search(attempt: _Attempt, stage: BalloonStage) -> BalloonLayout | None:
    """Places for an attempt, or None; large balloons may not crowd the panel."""
    requests = [_request(part, attempt, stage) for part in attempt.parts]
    least = sum(min((shape.area for _, shape in request.shapes), default=math.inf) for request in requests)
    if least * 0.8 > stage.polygon.area * (CROWDED if attempt.scale > 0.7 else 0.85):
        return None
    return place(requests, stage)


def _request(part: TextPart, attempt: _Attempt, stage: BalloonStage) -> BalloonRequest:
    size = max(stage.smallest, SIZES[part.line.kind] * stage.type_scale * attempt.scale)
    left, top, right, bottom = stage.polygon.bounds
    blocks = [b for b in part.blocks if attempt.broken or b.penalty < BROKEN]
    envelopes = [envelope(block, part.line.kind, size, attempt.tight) for block in blocks]
    fitting = [s for s in envelopes if 2 * s.a < right - left and 2 * s.b < bottom - top]
    if not fitting and not attempt.scale:
        fitting = sorted(envelopes, key=lambda s: max(2 * s.a / (right - left), 2 * s.b / (bottom - top)))[:1]
    least = min((s.area for s in fitting), default=1.0)
    ranked = sorted(((_shape_cost(s, least), s) for s in fitting), key=lambda pair: pair[0])
    chosen = ranked[:MOST_SHAPES]
    for extreme in (lambda pair: pair[1].a, lambda pair: pair[1].b):
        chosen += sorted(ranked[MOST_SHAPES:], key=extreme)[:1]
    mouth, own = speaker(part, stage)
    return BalloonRequest(
        tuple(chosen), mouth, own, part.joined, outside=mouth is None and part.line.kind not in ("narration", "thought")
    )


def _shape_cost(shape: Envelope, least: float) -> float:
    """Prefer unbroken phrases, small areas and the proportions of a balloon."""
    aspect = math.log(shape.b / shape.a)
    wanted = 0.3 if shape.block.font in ("dialogue", "shout") else -0.35
    if shape.kind == "narration":
        wanted *= 1.6
    return 1.2 * shape.block.penalty + 1.1 * (shape.area / least - 1) + 0.9 * abs(aspect - wanted) ** 1.5


def _assemble(
    panel: Panel,
    parts: Sequence[TextPart],
    placed: Sequence[PlacedBalloon],
    stage: BalloonStage,
    characters: Sequence[Character],
) -> Lettering:
    names = {character.id: character.name for character in characters}
    hulls = [shapes.hull(p.shape, p.centre, panel.seed + i) for i, p in enumerate(placed)]
    balloons: list[Balloon] = []
    bodies: list[BaseGeometry] = []
    for i, (part, spot) in enumerate(zip(parts, placed, strict=False)):
        body, tip = with_tail(part, spot, (hulls, bodies), stage)
        bodies.append(body)
        shape, hull = spot.shape, hulls[i]
        x, y = spot.centre[0] + shape.shift[0], spot.centre[1] + shape.shift[1]
        balloons.append(
            Balloon(
                id=f"{panel.id}.balloon{i + 1}",
                line=part.line.id,
                kind=part.line.kind,
                speaker=part.line.speaker,
                text=part.words,
                order=i + 1,
                font=shape.block.font,
                font_size=round(shape.size, 2),
                outline=shapes.path(body),
                text_path=path_of(shape.block.glyphs, shape.size, x, y),
                hull=[(round(px, 2), round(py, 2)) for px, py in list(hull.exterior.coords)[:-1]],
                text_box=ink_box(shape.block.glyphs, shape.size, x, y),
                tail=tip and (round(tip[0], 2), round(tip[1], 2)),
            )
        )
    svg = "".join(balloon_svg(balloon, names.get(balloon.speaker or "", "")) for balloon in balloons)
    return Lettering(panel=panel.id, svg=svg, balloons=balloons)


def balloon_svg(balloon: Balloon, speaker_name: str = "") -> str:
    """One balloon as an SVG group that carries its speaker and words as data attributes."""
    dash = ' stroke-dasharray="11 7"' if balloon.kind == "whisper" else ""
    return (
        f'<g id="{escape(balloon.id)}" class="balloon {balloon.kind}" data-speaker="{escape(balloon.speaker or "")}" '
        f'data-name="{escape(speaker_name)}" data-line="{escape(balloon.line)}" data-text="{escape(balloon.text)}">'
        f'<path class="outline" d="{balloon.outline}" fill="{PAPER}" stroke="{INK}" '
        f'stroke-width="{shapes.STROKE[balloon.kind]}" stroke-linejoin="round"{dash}/>'
        f'<path class="text" d="{balloon.text_path}" fill="{INK}"/></g>'
    )
