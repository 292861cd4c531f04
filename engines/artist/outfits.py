"""Outfits: how each is cut, and the details that make it recognisable.

Details are drawn last, in head units, with the origin in the middle of the face and x = 0 on the
middle of the chest.
"""

from collections.abc import Callable
from dataclasses import dataclass

from engines.artist.anatomy import Measures
from engines.artist.ink import INK, PAPER, Pen, tube
from engines.comic.document import Look
from engines.comic.tones import tone


@dataclass(frozen=True)
class Cut:
    """The build of an outfit; ``skirt`` is the standard height of its hem, 0 for none."""

    trousers: str = ""
    skirt: float = 0
    flare: float = 0
    pleats: int = 0
    sleeve: tuple[float, float, float] = (0.46, 0.4, 0.33)
    cuff: bool = False
    bare: bool = False
    blouse: bool = False


def cut_of(look: Look) -> Cut:
    """The cut of the outfit of a person; rags end at the knees and elbows."""
    if look.ragged and look.outfit in ("kimono", "robe"):
        return Cut(skirt=9.9, flare=0.35, pleats=3, sleeve=(0.5, 0.6, 0.6), bare=True)
    female = look.gender == "female"
    if look.outfit == "shirt" and female:
        return Cut(skirt=9.0, flare=0.5, pleats=3, cuff=True, blouse=True)
    return _CUTS[look.outfit]


_CUTS: dict[str, Cut] = {
    "gakuran": Cut(trousers="same", sleeve=(0.54, 0.48, 0.4)),
    "sailor": Cut(skirt=8.7, flare=0.75, pleats=7, cuff=True, blouse=True),
    "suit": Cut(trousers="same", sleeve=(0.52, 0.46, 0.38), cuff=True),
    "shirt": Cut(trousers="other", sleeve=(0.52, 0.46, 0.4), cuff=True, blouse=True),
    "kimono": Cut(skirt=13.6, flare=0.05, sleeve=(0.54, 0.62, 0.82)),
    "dress": Cut(skirt=10.2, flare=1.1, pleats=4, sleeve=(0.5, 0.58, 0.52), bare=True),
    "hoodie": Cut(trousers="other", sleeve=(0.56, 0.54, 0.46), cuff=True),
    "robe": Cut(skirt=13.7, flare=0.9, pleats=3, sleeve=(0.56, 0.64, 0.86)),
}


def _edge(fill: str) -> str:
    return PAPER if fill == INK else INK


def _gakuran(pen: Pen, m: Measures, fill: str, look: Look) -> None:
    edge, hem = _edge(fill), m.y(6.3)
    pen.cloth("M-0.58 1.36C-0.4 1.56 0.4 1.56 0.58 1.36L0.68 1.84C0.4 2.08 -0.4 2.08 -0.68 1.84Z", fill)
    pen.stroke("M0.02 1.52L0.02 2.0", 1, edge)
    pen.stroke("M-0.5 1.44C-0.3 1.6 0.3 1.6 0.5 1.44", 1.6, PAPER if fill == INK else INK)
    pen.stroke(f"M0.16 2.02L0.16 {hem}", 1, edge)
    for i in range(5):
        pen.dot(-0.02, m.y(2.5 + i * 0.82), 0.11, fill=PAPER, width=0.8)
    pen.stroke(f"M0.5 {m.y(3.3)}L1.0 {m.y(3.25)}L1.0 {m.y(3.42)}L0.5 {m.y(3.46)}", 0.8, edge)


def _sailor(pen: Pen, m: Measures, fill: str, look: Look) -> None:
    cloth = fill if fill != PAPER else tone(20)
    tip, outer = m.y(3.75), m.shoulder * 0.9
    pen.path(f"M-0.4 1.6L0 {tip - 0.5}L0.4 1.6C0.2 1.9 -0.2 1.9 -0.4 1.6Z", width=0)
    pen.stroke(f"M-0.3 {m.y(2.5)}C-0.1 {m.y(2.58)} 0.1 {m.y(2.58)} 0.3 {m.y(2.5)}", 1)
    for side in (-1, 1):
        half = pen.moved(0, 0, 0, side, 1)
        half.cloth(
            f"M0.36 1.38C0.62 1.6 {outer * 0.8} 1.72 {outer} {m.y(2.1)}"
            f"C{outer} {m.y(2.4)} {outer - 0.1} {m.y(2.7)} {outer - 0.16} {m.y(2.86)}"
            f"C{outer * 0.6} {m.y(3.0)} 0.4 {tip - 0.4} 0 {tip}C0.1 {m.y(3.0)} 0.3 {m.y(2.2)} 0.36 1.38Z",
            cloth,
        )
        inset = outer - 0.28
        for step, weight in ((0.0, 1.3), (0.14, 0.8)):
            stripe = (
                f"M{inset - step} {m.y(2.14)}"
                f"C{inset - step} {m.y(2.4)} {inset - 0.1 - step} {m.y(2.6)} "
                f"{inset - 0.16 - step} {m.y(2.72) - step * 0.6}"
            )
            half.stroke(
                stripe + f"C{outer * 0.5} {m.y(2.84) - step} 0.38 {m.y(3.1) - step} 0.14 {tip - 0.36 - step}",
                weight,
                PAPER,
            )
    _scarf_knot(pen, tip, tone(50) if fill == INK else INK)
    pen.stroke(f"M-{m.waist} {m.y(4.8)}C-0.4 {m.y(4.94)} 0.4 {m.y(4.94)} {m.waist} {m.y(4.8)}", 0.9)


def _scarf_knot(pen: Pen, y: float, fill: str) -> None:
    for side in (-1, 1):
        half = pen.moved(0, y, 0, side, 1)
        half.cloth("M0.04 0.02C0.2 0.3 0.42 0.8 0.5 1.2L0.24 1.08L0.1 1.24C0.12 0.8 0.06 0.4 0 0.1Z", fill)
        half.cloth(
            "M0.06 -0.02C0.3 -0.34 0.66 -0.36 0.72 -0.2C0.76 0.06 0.6 0.26 0.5 0.26C0.3 0.24 0.16 0.14 0.06 0.1Z", fill
        )
    pen.path(f"M-0.13 {y - 0.14}L0.13 {y - 0.14}L0.15 {y + 0.18}L-0.15 {y + 0.18}Z", PAPER)


def _suit(pen: Pen, m: Measures, fill: str, look: Look) -> None:
    low, edge = m.y(4.3), _edge(fill)
    pen.path(f"M-0.42 1.55L0 {low}L0.42 1.55C0.2 1.8 -0.2 1.8 -0.42 1.55Z", PAPER, width=0.8)
    tie = tone(50) if fill == INK else INK
    pen.cloth(f"M-0.14 1.9L0.14 1.9L0.1 2.16L0.2 {low - 0.6}L0 {low - 0.2}L-0.2 {low - 0.6}L-0.1 2.16Z", tie)
    for side in (-1, 1):
        half = pen.moved(0, 0, 0, side, 1)
        half.path("M0.34 1.36L0.5 1.74L0.24 2.1L0.02 1.82Z", PAPER)
        half.cloth(f"M0.44 1.5L0.78 1.86L0.98 {m.y(2.8)}L0.7 {m.y(2.86)}L0.84 {m.y(3.1)}L0 {low}L0.3 {m.y(2.4)}Z", fill)
    pen.stroke(f"M0 {low}L0.06 {m.y(6.3)}", 1, edge)
    for y in (4.6, 5.3):
        pen.dot(0.16, m.y(y), 0.09, fill=edge)


def _shirt(pen: Pen, m: Measures, fill: str, look: Look) -> None:
    hem = m.y(6.3)
    if look.outfit_tone != "white" and look.gender == "male":
        vest = (
            f"M-0.5 1.75L-{m.shoulder * 0.72} 1.9L-{m.waist} {m.y(4.4)}L-{m.hip} {hem}"
            f"L{m.hip} {hem}L{m.waist} {m.y(4.4)}L{m.shoulder * 0.72} 1.9L0.5 1.75L0 {m.y(3.6)}Z"
        )
        pen.cloth(vest, fill)
    elif look.gender == "female":
        pen.cloth(
            f"M-{m.waist + 0.04} {m.y(4.7)}L{m.waist + 0.04} {m.y(4.7)}"
            f"L{m.waist + 0.08} {m.y(5.2)}L-{m.waist + 0.08} {m.y(5.2)}Z",
            fill,
        )
    pen.path("M-0.42 1.5L0 2.1L0.42 1.5C0.2 1.7 -0.2 1.7 -0.42 1.5Z", PAPER, width=0)
    pen.stroke(f"M0 2.1L0 {m.y(4.7 if look.gender == 'female' else 3.5)}", 0.8)
    for side in (-1, 1):
        pen.moved(0, 0, 0, side, 1).path("M0.36 1.34L0.66 1.78L0.34 2.34L0.02 1.96Z", PAPER)
    if look.gender == "female":
        _scarf_knot(pen.moved(0, 2.2, 0, 0.62), 0, INK)
        return
    for y in (2.5, 3.0):
        pen.dot(0.1, m.y(y), 0.06)


def _kimono(pen: Pen, m: Measures, fill: str, look: Look) -> None:
    w, edge = m.waist, _edge(fill)
    top, low = (m.y(4.2), m.y(5.7)) if m.female else (m.y(5.0), m.y(5.6))
    pen.path("M-0.4 1.5L0.02 2.5L0.4 1.5C0.2 1.75 -0.2 1.75 -0.4 1.5Z", PAPER, width=0)
    pen.cloth(
        f"M0.36 1.36L0.68 1.6C0.5 2.4 0 {top - 0.6} -0.5 {top}L-0.9 {top}C-0.3 {m.y(3.3)} 0.2 2.4 0.36 1.36Z",
        fill if fill == PAPER else PAPER,
    )
    pen.cloth(
        f"M-0.36 1.36L-0.68 1.6C-0.5 2.4 0 {top - 0.6} 0.5 {top}L0.9 {top}C0.3 {m.y(3.3)} -0.2 2.4 -0.36 1.36Z",
        PAPER if fill != PAPER else tone(20),
    )
    pen.stroke(f"M-0.5 1.5C-0.36 2.4 0.2 {top - 0.7} 0.7 {top}", 0.8)
    belt = INK if fill != INK else tone(20)
    if fill != INK:
        _stripes(pen, m, top)
    pen.cloth(
        f"M-{w + 0.12} {top}C-0.3 {top + 0.12} 0.3 {top + 0.12} {w + 0.12} {top}"
        f"L{w + 0.2} {low}C0.3 {low + 0.14} -0.3 {low + 0.14} -{w + 0.2} {low}Z",
        belt,
    )
    if m.female:
        cord = (m.y(4.85), m.y(5.05))
        pen.path(f"M-{w + 0.16} {cord[0]}L{w + 0.16} {cord[0]}L{w + 0.16} {cord[1]}L-{w + 0.16} {cord[1]}Z", PAPER)
    if look.ragged:
        _patches(pen, m)
    hem = m.y(9.7 if look.ragged else 13.6)
    pen.stroke(f"M0.3 {low}C0.4 {low + (hem - low) * 0.3} 0.3 {low + (hem - low) * 0.7} 0.1 {hem}", 1, edge)


def _stripes(pen: Pen, m: Measures, low: float) -> None:
    """The woven stripes of a plain kimono, on both sides of its collar."""
    for x in (0.66, 0.9, 1.14):
        for side in (-1, 1):
            if x < m.shoulder - 0.3:
                pen.stroke(f"M{x * side} {m.y(2.3)}L{(x * 0.94) * side} {low}", 0.55)


def _patches(pen: Pen, m: Measures) -> None:
    """Mended holes and torn edges."""
    for x, y, turn in ((-0.72, m.y(3.7), -12), (0.7, m.y(2.9), 10), (0.4, m.y(7.6), 6)):
        patch = pen.moved(x, y, turn)
        patch.path("M-0.26 -0.24L0.26 -0.24L0.26 0.26L-0.26 0.26Z", tone(40), width=0.8)
        for k in (-0.2, 0.0, 0.2):
            patch.stroke(f"M{k} -0.34L{k} -0.16M{k} 0.18L{k} 0.36", 0.7)
    for x in (-0.9, -0.3, 0.35, 0.95):
        pen.path(f"M{x - 0.14} {m.y(10.0)}L{x} {m.y(9.3)}L{x + 0.12} {m.y(10.0)}Z", PAPER, PAPER, 1.5)


def _dress(pen: Pen, m: Measures, fill: str, look: Look) -> None:
    w = m.waist + 0.05
    pen.path("M-0.46 1.5C-0.4 2.2 0.4 2.2 0.46 1.5C0.2 1.75 -0.2 1.75 -0.46 1.5Z", PAPER, width=1)
    for side in (-1, 1):
        pen.moved(0, 0, 0, side, 1).path(
            "M0.4 1.42C0.7 1.6 0.92 1.8 0.96 2.1C0.8 2.42 0.3 2.46 0.02 2.2C0.28 2.1 0.42 1.8 0.4 1.42Z", PAPER
        )
    pen.cloth(f"M-{w} {m.y(4.55)}L{w} {m.y(4.55)}L{w} {m.y(5.0)}L-{w} {m.y(5.0)}Z", INK if fill != INK else PAPER)
    bow = INK if fill != INK else PAPER
    for side in (-1, 1):
        half = pen.moved(0, 2.32, 0, side, 1)
        half.cloth("M0 0L0.42 -0.22L0.44 0.24Z", bow)


def _hoodie(pen: Pen, m: Measures, fill: str, look: Look) -> None:
    edge = _edge(fill)
    for side in (-1, 1):
        half = pen.moved(0, 0, 0, side, 1)
        half.cloth(f"M0.3 1.34C0.7 1.2 1.05 1.5 1.0 1.9C0.9 2.3 0.4 2.6 0 {m.y(2.86)}C0.06 2.4 0.3 1.9 0.3 1.34Z", fill)
        half.stroke(f"M0.16 {m.y(2.6)}C0.2 {m.y(3.0)} 0.16 {m.y(3.3)} 0.2 {m.y(3.7)}", 1.4, edge)
    y1, y2 = m.y(4.7), m.y(5.9)
    pen.stroke(f"M-0.5 {y1}L0.5 {y1}L0.85 {y2}L-0.85 {y2}Z", 0.9, edge)
    pen.stroke(f"M-{m.hip} {m.y(6.0)}C-0.4 {m.y(6.12)} 0.4 {m.y(6.12)} {m.hip} {m.y(6.0)}", 0.9, edge)


def _robe(pen: Pen, m: Measures, fill: str, look: Look) -> None:
    s, edge = m.shoulder, _edge(fill)
    trim = PAPER if fill != PAPER else tone(20)
    pen.cloth(
        f"M-0.5 1.36C-0.2 1.62 0.2 1.62 0.5 1.36C0.8 1.7 {s} 1.8 {s + 0.42} {m.y(2.7)}"
        f"C{s * 0.6} {m.y(3.7)} 0.3 {m.y(3.5)} 0 {m.y(4.0)}"
        f"C-0.3 {m.y(3.5)} -{s * 0.6} {m.y(3.7)} -{s + 0.42} {m.y(2.7)}C-{s} 1.8 -0.8 1.7 -0.5 1.36Z",
        fill,
    )
    pen.stroke(
        f"M{s + 0.2} {m.y(2.66)}C{s * 0.5} {m.y(3.4)} 0.3 {m.y(3.25)} 0 {m.y(3.7)}"
        f"C-0.3 {m.y(3.25)} -{s * 0.5} {m.y(3.4)} -{s + 0.2} {m.y(2.66)}",
        0.8,
        edge,
    )
    pen.path(tube([(0, m.y(4.0)), (0, m.y(9)), (0, m.y(13.7))], [0.16, 0.22, 0.3]), trim)
    pen.dot(0, 1.86, 0.2, fill=PAPER, width=1)
    pen.dot(0, 1.86, 0.09)


DETAILS: dict[str, Callable[[Pen, Measures, str, Look], None]] = {
    "gakuran": _gakuran,
    "sailor": _sailor,
    "suit": _suit,
    "shirt": _shirt,
    "kimono": _kimono,
    "dress": _dress,
    "hoodie": _hoodie,
    "robe": _robe,
}
