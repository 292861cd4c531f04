"""Beards, moustaches and scars: what tells a robber, a king or an old man at a glance, in head units."""

from engines.artist.face import Head
from engines.artist.hair import hair_fill
from engines.artist.ink import INK, PAPER, ellipse
from engines.comic.tones import tone


def draw_beard(head: Head) -> None:
    """The beard from the front or in three quarters; drawn after the face, before the fringe."""
    if head.look.scar:
        _scar(head)
    beard, c = head.look.beard, head.measures.chin
    if beard == "stubble":
        _stubble(head)
    elif beard != "none":
        if beard in ("full", "long"):
            _whiskers(head, c, 2.5 if beard == "long" else c + 0.24)
        _moustache(head, c)


def _whiskers(head: Head, c: float, low: float) -> None:
    """From ear to ear around the mouth, down to ``low``."""
    tip = 0.14 if low > c + 0.6 else 0.4
    data = (
        f"M-0.94 0.1C-0.98 0.6 -0.9 {c - 0.1} -0.66 {(c + low) / 2}Q-0.5 {low - 0.1} -{tip} {low}"
        f"L0 {low - 0.1}L{tip} {low}Q0.5 {low - 0.1} 0.66 {(c + low) / 2}C0.9 {c - 0.1} 0.98 0.6 0.94 0.1"
        f"Q0.84 0.56 0.6 {c - 0.52}Q0.3 {c - 0.66} 0 {c - 0.56}Q-0.3 {c - 0.66} -0.6 {c - 0.52}Q-0.84 0.56 -0.94 0.1Z"
    )
    head.on.cloth(data, hair_fill(head))
    x, _ = head.slide(0.0, 0.0)
    head.pen.path(ellipse(x, c - 0.3, 0.3, 0.14), PAPER, width=0)
    light = PAPER if head.look.hair_tone == "black" else INK
    for dx in (-0.5, -0.24, 0.0, 0.24, 0.5):
        head.on.taper([(dx, c + 0.02), (dx * 0.9, (c + low) / 2), (dx * 0.5, low - 0.12)], head.pen.line * 0.8, light)


def _moustache(head: Head, c: float) -> None:
    for side in (-1, 1):
        head.on.cloth(
            f"M0 {c - 0.56}C{0.2 * side} {c - 0.62} {0.4 * side} {c - 0.5} {0.56 * side} {c - 0.3}"
            f"C{0.36 * side} {c - 0.36} {0.16 * side} {c - 0.4} 0 {c - 0.44}Z",
            hair_fill(head),
        )


def _stubble(head: Head) -> None:
    c = head.measures.chin
    head.on.path(
        f"M-0.86 0.56C-0.8 {c - 0.2} -0.4 {c - 0.02} 0 {c - 0.02}C0.4 {c - 0.02} 0.8 {c - 0.2} 0.86 0.56"
        f"Q0.5 {c - 0.36} 0.3 {c - 0.56}Q0 {c - 0.5} -0.3 {c - 0.56}Q-0.5 {c - 0.36} -0.86 0.56Z",
        tone(10, opaque=False),
        width=0,
    )
    for x, y in ((-0.5, -0.2), (-0.3, -0.12), (-0.1, -0.08), (0.1, -0.07), (0.3, -0.12), (0.5, -0.22), (0.62, -0.4)):
        head.on.stroke(f"M{x} {c + y}L{x + 0.03} {c + y + 0.07}", 0.7)


def _scar(head: Head) -> None:
    """A seam across one cheek."""
    head.on.taper([(-0.66, 0.36), (-0.5, 0.6), (-0.32, 0.78)], head.pen.line * 1.6)
    for x, y in ((-0.6, 0.46), (-0.5, 0.6), (-0.4, 0.7)):
        head.on.stroke(f"M{x - 0.09} {y + 0.04}L{x + 0.09} {y - 0.05}", 0.8)


def draw_side_beard(head: Head) -> None:
    """The same from the side, facing right."""
    pen, c, beard = head.pen, head.measures.chin, head.look.beard
    if head.look.scar:
        pen.taper([(0.2, 0.4), (0.34, 0.62), (0.5, 0.78)], pen.line * 1.6)
        pen.stroke("M0.18 0.56L0.36 0.46M0.3 0.7L0.46 0.6", 0.8)
    if beard == "stubble":
        pen.path(
            f"M-0.3 0.5Q0.2 0.6 0.5 {c - 0.5}L0.82 {c - 0.5}L0.78 {c - 0.04}Q0.3 {c} -0.3 0.5Z",
            tone(10, opaque=False),
            width=0,
        )
    if beard in ("full", "long"):
        low = 2.5 if beard == "long" else c + 0.26
        pen.cloth(
            f"M-0.36 0.1C-0.3 0.5 0.1 {c - 0.6} 0.4 {c - 0.56}L0.86 {c - 0.52}L0.7 {c - 0.32}L0.92 {c - 0.2}"
            f"C1.06 {c + 0.2} 0.9 {low - 0.3} 0.66 {low}L0.5 {low - 0.2}Q0.1 {c + 0.3} -0.36 0.76Z",
            hair_fill(head),
        )
    if beard not in ("none", "stubble"):
        pen.cloth(f"M0.9 {c - 0.56}Q0.5 {c - 0.6} 0.36 {c - 0.26}Q0.6 {c - 0.4} 0.9 {c - 0.46}Z", hair_fill(head))
