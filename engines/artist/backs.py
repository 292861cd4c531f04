"""The back of each outfit, drawn last over the trunk of a person seen from behind."""

from collections.abc import Callable

from engines.artist.anatomy import Measures
from engines.artist.ink import INK, PAPER, Pen
from engines.comic.document import Look
from engines.comic.tones import tone


def _edge(fill: str) -> str:
    return PAPER if fill == INK else INK


def _seam(pen: Pen, m: Measures, fill: str, look: Look) -> None:
    """A collar and the seam down the middle; a slit for coats."""
    collar = fill if look.outfit != "shirt" else PAPER
    pen.cloth("M-0.56 1.34Q0 1.2 0.56 1.34L0.64 1.8Q0 1.66 -0.64 1.8Z", collar)
    pen.stroke(f"M0 1.74L0 {m.y(6.3)}", 0.7, _edge(fill))
    if look.outfit == "suit":
        pen.stroke(f"M0.08 {m.y(5.4)}L0.14 {m.y(6.3)}", 0.9, _edge(fill))


def _shirt(pen: Pen, m: Measures, fill: str, look: Look) -> None:
    s = m.shoulder
    pen.cloth("M-0.56 1.34Q0 1.2 0.56 1.34L0.64 1.8Q0 1.66 -0.64 1.8Z", PAPER)
    pen.stroke(f"M-{s * 0.9} {m.y(2.5)}Q0 {m.y(2.7)} {s * 0.9} {m.y(2.5)}", 0.8)
    pen.stroke(f"M0 {m.y(2.64)}L0 {m.y(4.8)}", 0.6)


def _sailor(pen: Pen, m: Measures, fill: str, look: Look) -> None:
    w, low = m.shoulder * 0.86, m.y(3.5)
    pen.cloth(
        f"M-0.44 1.36Q0 1.5 0.44 1.36L{w} 1.9L{w * 0.96} {low}Q0 {low + 0.1} -{w * 0.96} {low}L-{w} 1.9Z",
        fill if fill != PAPER else tone(20),
    )
    for step in (0.18, 0.32):
        pen.stroke(
            f"M-{w - step} 2.0L-{w * 0.96 - step} {low - step}"
            f"Q0 {low - step + 0.1} {w * 0.96 - step} {low - step}L{w - step} 2.0",
            0.9,
            PAPER,
        )


def _kimono(pen: Pen, m: Measures, fill: str, look: Look) -> None:
    w, (top, low) = m.waist, (m.y(4.0), m.y(5.6)) if m.female else (m.y(5.0), m.y(5.6))
    pen.path("M-0.5 1.3Q0 1.7 0.5 1.3L0.6 1.6Q0 2.1 -0.6 1.6Z", PAPER)
    pen.stroke(f"M0 1.9L0 {top}", 0.7, _edge(fill))
    belt = INK if fill != INK else tone(20)
    pen.cloth(f"M-{w + 0.14} {top}L{w + 0.14} {top}L{w + 0.2} {low}L-{w + 0.2} {low}Z", belt)
    if not m.female:
        pen.cloth(f"M-0.34 {top - 0.1}L0.34 {top - 0.1}L0.26 {low + 0.2}L-0.26 {low + 0.2}Z", belt)
        return
    pen.path(f"M-0.7 {top - 0.3}L0.7 {top - 0.3}L0.62 {low - 0.2}L-0.62 {low - 0.2}Z", tone(20))
    pen.path(f"M-0.8 {m.y(4.6)}L0.8 {m.y(4.6)}L0.8 {m.y(4.86)}L-0.8 {m.y(4.86)}Z", PAPER)


def _dress(pen: Pen, m: Measures, fill: str, look: Look) -> None:
    pen.path("M-0.6 1.4Q0 1.24 0.6 1.4L0.9 1.9Q0 2.3 -0.9 1.9Z", PAPER)
    y, bow = m.y(4.8), INK if fill != INK else PAPER
    for side in (-1, 1):
        half = pen.moved(0, y, 0, side, 1)
        half.cloth("M0 0C0.3 -0.5 0.9 -0.5 0.9 -0.1C0.9 0.3 0.4 0.3 0 0.1Z", bow)
        half.cloth("M0 0L0.5 1.4L0.2 1.3Z", bow)
    pen.dot(0, y, 0.14, fill=PAPER, width=0.9)


def _hoodie(pen: Pen, m: Measures, fill: str, look: Look) -> None:
    pen.cloth(f"M-1.0 1.6Q0 1.1 1.0 1.6C1.1 2.2 0.6 {m.y(3.2)} 0 {m.y(3.4)}C-0.6 {m.y(3.2)} -1.1 2.2 -1.0 1.6Z", fill)
    pen.stroke(f"M-0.7 1.8Q0 2.3 0.7 1.8M0 2.06L0 {m.y(3.2)}", 0.8, _edge(fill))
    pen.stroke(f"M-{m.hip} {m.y(6.0)}Q0 {m.y(6.1)} {m.hip} {m.y(6.0)}", 0.9, _edge(fill))


def _robe(pen: Pen, m: Measures, fill: str, look: Look) -> None:
    s = m.shoulder
    pen.cloth(
        f"M-0.6 1.36Q0 1.2 0.6 1.36C{s} 1.7 {s + 0.3} 2.2 {s + 0.44} {m.y(3.0)}"
        f"Q0 {m.y(3.9)} -{s + 0.44} {m.y(3.0)}C-{s + 0.3} 2.2 -{s} 1.7 -0.6 1.36Z",
        fill,
    )
    for x in (-0.5, 0, 0.5):
        pen.stroke(f"M{x} {m.y(3.7)}L{x * 1.8} {m.y(13.2)}", 0.7, _edge(fill))


BACKS: dict[str, Callable[[Pen, Measures, str, Look], None]] = {
    "gakuran": _seam, "suit": _seam, "shirt": _shirt, "sailor": _sailor, "kimono": _kimono, "dress": _dress,
    "hoodie": _hoodie, "robe": _robe,
}  # fmt: skip
