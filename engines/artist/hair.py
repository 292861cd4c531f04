"""Hair: the mass behind the body, then cap and fringe over the face, each by style.

All shapes are written for the front view, in head units; turning slides the fringe over the face
and shifts the mass of the skull backwards.
"""

from engines.artist.face import Head
from engines.artist.ink import INK, PAPER, Pen, smooth, tube
from engines.comic.document import Hair, Point
from engines.comic.tones import tone

# The fringe from the viewer's left to the right: tip, valley, tip, valley … tip.
_FRINGE: dict[Hair, tuple[Point, ...]] = {
    "short": ((-0.9, 0.28), (-0.66, -0.36), (-0.5, -0.1), (-0.3, -0.44), (-0.05, -0.06), (0.2, -0.46), (0.5, -0.12),
              (0.66, -0.32), (0.92, 0.3)),
    "spiky": ((-0.95, 0.36), (-0.7, -0.34), (-0.62, 0.08), (-0.36, -0.42), (-0.22, 0.16), (0.06, -0.46), (0.26, 0.1),
              (0.42, -0.4), (0.66, 0.04), (0.74, -0.3), (0.96, 0.34)),
    "bob": ((-0.9, 1.12), (-0.74, -0.06), (-0.44, 0.0), (-0.22, -0.1), (-0.02, 0.01), (0.2, -0.1), (0.42, 0.0),
            (0.74, -0.06), (0.9, 1.12)),
    "long": ((-0.98, 1.7), (-0.76, -0.16), (-0.46, 0.02), (-0.3, -0.3), (-0.08, 0.08), (0.08, -0.28), (0.4, 0.04),
             (0.74, -0.2), (0.98, 1.7)),
    "ponytail": ((-0.94, 0.62), (-0.76, -0.2), (-0.42, -0.14), (-0.06, -0.66), (0.12, -0.3), (0.5, -0.12),
                 (0.74, -0.16), (0.94, 0.62)),
    "twin_tails": ((-0.92, 0.46), (-0.72, -0.16), (-0.5, 0.04), (-0.26, -0.18), (0.0, 0.06), (0.26, -0.18),
                   (0.5, 0.04), (0.72, -0.16), (0.92, 0.46)),
    "bun": ((-0.93, 0.42), (-0.8, -0.3), (-0.2, -0.72), (0.36, -0.5), (0.78, -0.06), (0.8, -0.2), (0.94, 0.44)),
    "swept": ((-0.93, 0.3), (-0.8, -0.34), (-0.5, -0.52), (-0.2, -0.86), (0.2, -0.74), (0.62, -0.36), (0.8, -0.3),
              (0.84, -0.36), (0.94, 0.3)),
    "topknot": ((-0.92, 0.34), (-0.82, -0.44), (-0.52, -0.72), (0.0, -0.9), (0.4, -0.8), (0.8, -0.44), (0.92, 0.34)),
    "wild": ((-1.02, 0.86), (-0.78, -0.2), (-0.6, 0.2), (-0.44, -0.3), (-0.24, 0.22), (-0.06, -0.36), (0.2, 0.06),
             (0.34, -0.4), (0.6, 0.22), (0.76, -0.2), (1.02, 0.9)),
    "bald": (),
}  # fmt: skip


def hair_fill(head: Head) -> str:
    """The fill value of the hair."""
    return {"white": PAPER, "black": INK, "grey": tone(40)}[head.look.hair_tone]


def draw_back_hair(head: Head) -> None:
    """What hangs behind neck and shoulders; drawn before the body."""
    painter = _BACK.get(head.look.hair)
    if painter:
        painter(head.pen.moved(-0.2 if head.turn else 0, 0), hair_fill(head), head)


def draw_front_hair(head: Head) -> None:
    """Cap, fringe, highlight and strands; drawn after the face."""
    if head.look.hair == "bald":
        _bald(head)
        return
    if head.look.hair in _KNOTS:
        _KNOTS[head.look.hair](head)
    head.pen.cloth(_cap(head), hair_fill(head))
    _strands(head)
    _shine(head)


def _cap(head: Head) -> str:
    spiky = head.look.hair in ("spiky", "wild")
    tips = [head.slide(x, y) for x, y in _FRINGE[head.look.hair]]
    back = -1.22 if head.turn else -1.11
    (lx, ly), (rx, ry) = tips[0], tips[-1]
    side_left, side_right = (min(lx - 0.06, back + 0.12), ly - 0.1), (max(rx + 0.02, 1.04), ry - 0.12)
    crown = _spikes(back) if spiky else f"C{back - 0.08} -1.0 {back * 0.55} -1.42 0 -1.42C0.66 -1.42 1.15 -0.98 "
    right = f"{side_right[0]:.3f} {side_right[1]:.3f}"
    if head.turn and not spiky:
        crown = f"C{back - 0.16} -1.0 {back * 0.6} -1.45 -0.08 -1.43C0.6 -1.42 1.13 -0.98 "
    return (
        f"M{lx:.3f} {ly:.3f}Q{side_left[0]:.3f} {ly:.3f} {side_left[0]:.3f} {side_left[1] - 0.25:.3f}"
        f"{crown}{right}L{rx:.3f} {ry:.3f}" + _locks(tips[::-1]) + "Z"
    )


def _locks(tips: list[Point]) -> str:
    """Curves through tip, valley, tip …: each lock bends as hair does."""
    parts = []
    for i in range(1, len(tips)):
        (ax, ay), (bx, by) = tips[i - 1], tips[i]
        rising = i % 2
        cx, cy = (
            (ax * 0.35 + bx * 0.65, ay * 0.6 + by * 0.4) if rising else (ax * 0.8 + bx * 0.2, ay * 0.25 + by * 0.75)
        )
        parts.append(f"Q{cx:.3f} {cy:.3f} {bx:.3f} {by:.3f}")
    return "".join(parts)


def _spikes(back: float) -> str:
    points = (
        (back - 0.26, -0.06), (back + 0.02, -0.32), (back - 0.3, -0.62), (-0.84, -0.82), (-0.96, -1.3), (-0.48, -1.2),
        (-0.34, -1.7), (0.02, -1.3), (0.34, -1.72), (0.46, -1.22), (0.92, -1.36), (0.88, -0.84), (1.3, -0.66),
        (1.04, -0.36), (1.22, -0.08),
    )  # fmt: skip
    parts = []
    for i, (x, y) in enumerate(points):
        px, py = points[i - 1] if i else (back + 0.1, 0.2)
        cx, cy = ((px + x) / 2 * 1.04, (py + y) / 2 * 1.04)
        parts.append(f"Q{cx:.3f} {cy:.3f} {x:.3f} {y:.3f}")
    return "".join(parts) + "L"


def _strands(head: Head) -> None:
    tips = _FRINGE[head.look.hair]
    light = head.look.hair_tone == "black"
    if head.pen.unit < 16 or not tips:
        return
    for i in range(1, len(tips) - 1, 2):
        x, y = tips[i]
        top = -1.0 + 0.25 * abs(x)
        root = (x * 0.55, max(top, y - 0.55))
        head.on.taper(
            [(x, y), (x * 0.85, (y + root[1]) / 2), root],
            head.pen.line * (0.8 if light else 1.1),
            PAPER if light else INK,
        )
        if head.pen.unit > 60:
            _fine_strands(head, (x, y), root)


def _fine_strands(head: Head, tip: Point, root: Point) -> None:
    """Thin lines beside each lock, for heads that fill a page."""
    for side in (-1, 1):
        a = (tip[0] + side * 0.035, tip[1] - 0.14)
        b = (tip[0] * 0.85 + side * 0.09, (tip[1] + root[1]) / 2)
        c = (root[0] + side * 0.1, root[1] - 0.06)
        head.on.taper([a, b, c], head.pen.line * 0.45, PAPER if head.look.hair_tone == "black" else INK)


def _shine(head: Head) -> None:
    """The band of light across the crown."""
    if head.look.hair_tone == "white" or head.pen.unit < 9 or head.look.hair in ("swept", "topknot"):
        return
    pen = head.on
    parted = head.look.hair in ("bun", "ponytail")
    for left, right in ((-0.72, -0.3), (-0.22, -0.1)) if parted else ((-0.7, -0.24), (-0.14, 0.3), (0.4, 0.62)):
        pen.path(_gleam(left, right), PAPER, width=0)


def _gleam(left: float, right: float) -> str:
    """A lick of light that follows the crown, pointed at both ends and combed once in the middle."""
    middle, wide = (left + right) / 2, right - left

    def crown(x: float) -> float:
        return -0.92 + 0.4 * x * x

    return (
        f"M{left:.3f} {crown(left):.3f}Q{middle:.3f} {crown(middle) - 0.05:.3f} {right:.3f} {crown(right):.3f}"
        f"Q{right - wide * 0.1:.3f} {crown(right) + 0.12:.3f} {middle + wide * 0.16:.3f} {crown(middle) + 0.13:.3f}"
        f"L{middle + wide * 0.04:.3f} {crown(middle) + 0.24:.3f}L{middle - wide * 0.08:.3f} {crown(middle) + 0.13:.3f}"
        f"Q{left + wide * 0.1:.3f} {crown(left) + 0.12:.3f} {left:.3f} {crown(left):.3f}Z"
    )


def _bald(head: Head) -> None:
    head.on.stroke("M-0.5 -0.86C-0.4 -1.0 -0.25 -1.05 -0.1 -1.06", 0.7)
    if head.look.age != "elder":
        return
    for side in (-1, 1):
        x, _ = head.slide(0.95 * side, 0)
        pen = head.pen.moved(x, -0.1, 0, side, 1)
        pen.path("M-0.12 -0.3Q0.24 -0.3 0.2 0.02Q0.28 0.14 0.14 0.24Q0.16 0.4 -0.02 0.36Q0.04 0.1 -0.12 -0.3Z")


def _bun(head: Head) -> None:
    x = -0.5 if head.turn else 0.0
    head.pen.cloth(smooth([(x - 0.46, -1.4), (x - 0.3, -1.82), (x + 0.12, -1.88), (x + 0.46, -1.6), (x + 0.4, -1.25),
                           (x, -1.1)], closed=True), hair_fill(head))  # fmt: skip
    light = PAPER if head.look.hair_tone == "black" else INK
    for dy in (0.0, 0.18):
        head.pen.stroke(f"M{x - 0.26} {-1.5 + dy}Q{x} {-1.72 + dy} {x + 0.28} {-1.58 + dy}", 0.7, light)


def _topknot(head: Head) -> None:
    """The hair bound on the crown, as men of old wore it."""
    x = -0.34 if head.turn else 0.0
    head.pen.cloth(f"M{x - 0.2} -1.3C{x - 0.5} -1.9 {x + 0.5} -1.95 {x + 0.24} -1.3Z", hair_fill(head))
    head.pen.path(f"M{x - 0.22} -1.5L{x + 0.26} -1.5L{x + 0.24} -1.34L{x - 0.22} -1.34Z", PAPER)


_KNOTS = {"bun": _bun, "topknot": _topknot}


def _back_wild(pen: Pen, fill: str, head: Head) -> None:
    pen.cloth(
        "M-0.9 -0.8C-1.3 0.1 -1.2 0.9 -1.34 1.5L-1.02 1.36L-0.96 1.86L-0.6 1.4L-0.3 1.7L0 1.4L0.34 1.74L0.6 1.4"
        "L0.98 1.84L1.02 1.36L1.34 1.5C1.2 0.9 1.3 0.1 0.9 -0.8Z",
        fill,
    )


def _back_short(pen: Pen, fill: str, head: Head) -> None:
    pen.cloth(
        "M-0.9 -0.8C-1.08 0 -0.98 0.5 -0.84 0.78Q-0.72 0.74 -0.66 0.94Q-0.5 0.8 -0.3 0.9L0.3 0.9Q0.5 0.8 0.66 0.94"
        "Q0.72 0.74 0.84 0.78C0.98 0.5 1.08 0 0.9 -0.8Z",
        fill,
    )


def _back_close(pen: Pen, fill: str, head: Head) -> None:
    pen.cloth("M-0.8 -0.8C-0.98 -0.2 -0.92 0.3 -0.8 0.62Q-0.7 0.74 -0.5 0.66L0.5 0.66Q0.8 0.74 0.9 0.1L0.8 -0.8Z", fill)


def _back_bob(pen: Pen, fill: str, head: Head) -> None:
    pen.cloth(
        "M-0.7 -0.6C-1.2 -0.1 -1.34 0.9 -1.2 1.3C-1.0 1.46 -0.8 1.42 -0.5 1.34L0.5 1.34C0.8 1.42 1.0 1.46 1.2 1.3"
        "C1.34 0.9 1.2 -0.1 0.7 -0.6Z",
        fill,
    )


def _back_long(pen: Pen, fill: str, head: Head) -> None:
    end = head.measures.y(5.0)
    pen.cloth(
        f"M-0.7 -0.5C-1.2 0.3 -1.2 1.6 -1.5 {end * 0.6}C-1.6 {end * 0.8} -1.6 {end * 0.9} -1.5 {end}"
        f"Q-1.25 {end - 0.35} -1.1 {end - 0.1}Q-0.9 {end + 0.35} -0.72 {end + 0.3}Q-0.6 {end - 0.2} -0.3 {end}"
        f"Q0 {end + 0.4} 0.2 {end + 0.25}Q0.3 {end - 0.1} 0.6 {end}Q0.9 {end + 0.4} 1.1 {end + 0.1}"
        f"Q1.2 {end - 0.3} 1.5 {end}C1.6 {end * 0.9} 1.6 {end * 0.8} 1.5 {end * 0.6}C1.2 1.6 1.2 0.3 0.7 -0.5Z",
        fill,
    )


def _back_pony(pen: Pen, fill: str, head: Head) -> None:
    _back_short(pen, fill, head)
    end = head.measures.y(4.2)
    spine = [(-0.5, -1.1), (-1.25, -0.9), (-1.75, 0.2), (-1.7, end * 0.5), (-2.0, end * 0.8), (-1.75, end)]
    pen.cloth(tube(spine, [0.2, 0.42, 0.5, 0.46, 0.34, 0.03]), fill)
    pen.path(tube([(-0.75, -1.3), (-1.0, -0.85)], [0.14, 0.14]), PAPER)


def _back_twin(pen: Pen, fill: str, head: Head) -> None:
    _back_short(pen, fill, head)
    end = head.measures.y(4.6)
    for side in (-1, 1):
        spine = [(0.8, -0.75), (1.45, -0.75), (1.85, 0.3), (1.8, end * 0.5), (2.05, end * 0.8), (1.75, end)]
        pen.cloth(tube([(x * side, y) for x, y in spine], [0.2, 0.36, 0.46, 0.42, 0.3, 0.03]), fill)
        pen.path(tube([(0.98 * side, -1.02), (1.12 * side, -0.55)], [0.15, 0.15]), PAPER)


_BACK = {
    "short": _back_short,
    "spiky": _back_short,
    "bob": _back_bob,
    "long": _back_long,
    "ponytail": _back_pony,
    "twin_tails": _back_twin,
    "swept": _back_close,
    "topknot": _back_close,
    "wild": _back_wild,
}
