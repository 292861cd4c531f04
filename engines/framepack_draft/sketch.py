"""A picture from a prompt without any weights: a storyboard sketch by the manga artist, in washes of colour."""

import io
import random
from collections.abc import Mapping
from dataclasses import dataclass

import resvg_py
from PIL import Image

from engines.artist import draw_panel
from engines.comic.document import Drawing, Panel
from engines.framepack_draft.pictures import load
from engines.framepack_draft.reading import read
from engines.framepack_draft.staging import stage
from engines.framepack_draft.transfer import in_colours_of
from engines.framepack_draft.wash import Wash, figure_washes, paint, paint_persons, wash_of

# the artist draws no picture that is narrower; the sketch is cut to size
NARROWEST, WIDEST = 0.45, 2.6
LIFT = 0.2
START_STRENGTH = 0.7


@dataclass(frozen=True)
class Sketch:
    """A picture as SVG, ``width`` by ``height`` units."""

    svg: str
    width: float
    height: float


def draw(prompt: str, seed: int, width: int, height: int) -> Sketch:
    """The sketch of a prompt for a picture of these sides. The same values give the same drawing."""
    reading = read(prompt)
    ratio = min(max(width / height, NARROWEST), WIDEST)
    panel, characters = stage(reading, seed, prompt, ratio)
    wash = wash_of(reading, panel.background)
    lot = random.Random(f"{seed}/{prompt}/colour")
    washes = figure_washes(reading, [each.name for each in characters], wash, lot)
    figures = {each.id: own for each, own in zip(characters, washes, strict=True)}
    drawing = draw_panel(panel, characters)
    (_, _), (wide, _), (_, high), _ = panel.polygon
    body = _body(panel, drawing, reading.perch, wash, figures)
    svg = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {wide:.1f} {high:.1f}">{_light(wash)}'
        f'<rect width="{wide:.1f}" height="{high:.1f}" fill="{wash.paper}"/>{body}</svg>'
    )
    return Sketch(svg, wide, high)


def render(sketch: Sketch, width: int, height: int) -> Image.Image:
    """The sketch in pixels: it fills the picture, and what does not fit is cut on both sides."""
    scale = max(width / sketch.width, height / sketch.height)
    wide, high = max(round(sketch.width * scale), width), max(round(sketch.height * scale), height)
    svg = sketch.svg.replace("<svg ", f'<svg width="{wide}" height="{high}" preserveAspectRatio="xMidYMid slice" ', 1)
    data = bytes(resvg_py.svg_to_bytes(svg_string=svg, skip_system_fonts=True))
    picture = Image.open(io.BytesIO(data)).convert("RGB")
    left, top = (picture.width - width) // 2, (picture.height - height) // 2
    return picture.crop((left, top, left + width, top + height))


def _light(wash: Wash) -> str:
    return (
        '<defs><linearGradient id="light" x1="0" y1="0" x2="0" y2="1">'
        f'<stop offset="0" stop-color="{wash.glow or wash.full}" stop-opacity="0.05"/>'
        f'<stop offset="0.62" stop-color="{wash.glow or wash.full}" stop-opacity="0.42"/>'
        f'<stop offset="1" stop-color="{wash.ink}" stop-opacity="0.22"/></linearGradient></defs>'
    )


def _body(panel: Panel, drawing: Drawing, perch: bool, wash: Wash, figures: Mapping[str, Wash]) -> str:
    """The drawing from the back to the front, with light between the place and the persons."""
    place, persons, front = _layers(panel, drawing.svg)
    (_, _), (wide, _), (_, high), _ = panel.polygon
    light = f'<rect width="{wide:.1f}" height="{high:.1f}" fill="url(#light)"/>'
    persons = paint_persons(persons, figures, wash)
    if perch and drawing.figures:
        foot = max(box.body.y + box.body.h for box in drawing.figures)
        persons = (
            _wall(wide, high, foot - high * LIFT, wash)
            + f'<g transform="translate(0 {-high * LIFT:.1f})">{persons}</g>'
        )
    layers = f"{paint(place, wash)}{light}{persons}{paint(front, wash)}"
    return f'<g stroke-linejoin="round" stroke-linecap="round">{layers}</g>'


def _layers(panel: Panel, svg: str) -> tuple[str, str, str]:
    """The place with the effects behind, the persons, the effects before; each is a run of whole elements."""
    inner = svg[svg.index(">") + 1 : svg.rindex("</g>")]
    behind = inner.index(f'<g id="{panel.id}.effects.behind">')
    end = inner.index("</g>", behind) + len("</g>")
    before = inner.index(f'<g id="{panel.id}.effects">')
    return inner[:end], inner[end:before], inner[before:]


def _wall(wide: float, high: float, top: float, wash: Wash) -> str:
    """A wall of stones with a coping, from ``top`` to the foot of the picture."""
    row, step = high * 0.075, wide / 7

    def slab(y: float, tall: float, fill: str) -> str:
        box = f'x="-9" y="{y:.1f}" width="{wide + 18:.1f}" height="{tall:.1f}"'
        return f'<rect {box} fill="{fill}" stroke="#111" stroke-width="2"/>'

    rows = [top + n * row for n in range(1, int((high - top) / row) + 1)]
    joints = "".join(
        f"M-9 {y:.1f}H{wide + 9:.1f}" + "".join(f"M{(k + n % 2 / 2) * step:.1f} {y:.1f}v{row:.1f}" for k in range(8))
        for n, y in enumerate(rows)
    )
    courses = f'<path d="{joints}" fill="none" stroke="#111" stroke-width="1.4"/>'
    return paint(slab(top, high, "url(#tone-20)") + courses + slab(top - row * 0.1, row * 0.5, "#fff"), wash)


def sketch(prompt: str, seed: int, width: int, height: int, start: bytes | None = None) -> Image.Image:
    """The picture of a prompt in RGB; with a ``start`` picture it has its palette. The same values, the same pixels.

    Raises BadImage for a start that is no picture.
    """
    picture = render(draw(prompt, seed, width, height), width, height)
    if start is None:
        return picture
    return in_colours_of(picture, load(start), START_STRENGTH)
