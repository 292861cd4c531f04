"""The character sheet: the whole figure at the left, a large head and three expressions at the right."""

from engines.artist.anatomy import CROWN, measure
from engines.artist.figure import Staged, draw_figure
from engines.artist.ink import PAPER, Pen, lines
from engines.comic.document import Box, Character, Expression
from engines.comic.tones import TONE_DEFS, tone

_MINOR: tuple[tuple[Expression, str], ...] = (("joy", "front"), ("angry", "right"), ("surprise", "left"))


def draw_portrait(character: Character, width: int, height: int) -> str:
    """A complete SVG document of ``width`` by ``height`` pixels: whole figure, bust and three expressions."""
    out: list[str] = []
    pen = Pen(out, line=max(1.2, height / 500))
    _area(pen, 0, 0, width, height, fill=PAPER)
    split = width * 0.4
    _whole(character, out, pen, split, height)
    _bust(character, out, pen, Box(x=split, y=0, w=width - split, h=height * 0.62))
    for i, (expression, facing) in enumerate(_MINOR):
        cell = Box(x=split + (width - split) * i / 3, y=height * 0.62, w=(width - split) / 3, h=height * 0.38)
        _small(character, out, pen, cell, expression=expression, facing=facing)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}">'
        f'<defs>{TONE_DEFS}</defs><g stroke-linejoin="round" stroke-linecap="round">{"".join(out)}</g></svg>'
    )


def _area(pen: Pen, x: float, y: float, w: float, h: float, *, fill: str, width: float = 0) -> None:
    pen.path(lines([(x, y), (x + w, y), (x + w, y + h), (x, y + h)], closed=True), fill, width=width)


def _whole(character: Character, out: list[str], pen: Pen, wide: float, high: float) -> None:
    m = measure(character.look)
    unit = min(high * 0.84 / (m.feet + 0.35 - CROWN), wide / 6.0)
    feet = high * 0.94
    _area(pen, 0, feet - unit * 1.1, wide, high - feet + unit * 1.1, fill=tone(10))
    head = (wide / 2, feet - (m.feet + 0.2) * unit)
    out += draw_figure(Staged(character, "smile", "stand", "front", head, unit), Box(x=0, y=0, w=wide, h=high))[0]


def _bust(character: Character, out: list[str], pen: Pen, cell: Box) -> None:
    _area(pen, cell.x, cell.y, cell.w, cell.h, fill=tone(5))
    unit = min(cell.h / 5.0, cell.w / 4.4)
    staged = Staged(
        character,
        "neutral",
        "stand",
        "right",
        (cell.x + cell.w / 2, cell.y + cell.h * 0.44),
        unit,
        view="three_quarter",
    )
    out += draw_figure(staged, cell)[0]


def _small(character: Character, out: list[str], pen: Pen, cell: Box, *, expression: Expression, facing: str) -> None:
    _area(pen, cell.x, cell.y, cell.w, cell.h, fill=PAPER, width=1)
    unit = min(cell.h / 4.6, cell.w / 4.0)
    staged = Staged(
        character,
        expression,
        "stand",
        facing,
        (cell.x + cell.w / 2, cell.y + cell.h * 0.52),
        unit,
        view="front" if facing == "front" else "three_quarter" if facing == "right" else "profile",
    )
    clip = f"{character.id}.portrait.{expression}"
    pen.out.append(f'<clipPath id="{clip}">')
    _area(pen, cell.x, cell.y, cell.w, cell.h, fill=PAPER)
    pen.out.append(f'</clipPath><g clip-path="url(#{clip})">')
    out += draw_figure(staged, cell)[0]
    pen.out.append("</g>")
    _area(pen, cell.x, cell.y, cell.w, cell.h, fill="none", width=1)
