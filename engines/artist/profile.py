"""The face from the side, facing right: contour with nose and chin, one eye, brow, mouth and ear."""

from engines.artist.anatomy import Measures
from engines.artist.eyes import LIDS, Lids
from engines.artist.face import Head, mouth_name, profile_eye
from engines.artist.ink import INK, PAPER, Pen, ellipse, smooth
from engines.comic.document import Point
from engines.comic.tones import FINE, tone

MOUTH_X = 0.82
_SKULL = "C-0.95 0.72 -1.2 0.2 -1.17 -0.3C-1.12 -1.0 -0.6 -1.33 -0.05 -1.31C0.3 -1.3 0.5 -1.14 0.6 -0.94"


def draw_profile(head: Head) -> None:
    """Skin, ear and features of a head seen from the side."""
    _contour(head)
    if head.look.hair not in ("bob", "long"):
        _ear(head.pen)
    _cheek(head)
    _eye(head)
    if head.look.age == "elder":
        _wrinkles(head)


def _contour(head: Head) -> None:
    m = head.measures
    c, nose, jaw = m.chin, _nose(m), 0.0 if m.female or m.age == "child" else 0.06
    gape = 0.07 if mouth_name(head.expression, head.talking).startswith("open") else 0.0
    head.pen.path(
        f"M0.6 -0.94C0.78 -0.7 0.84 -0.4 0.8 -0.14C0.77 0.02 0.78 0.08 0.82 0.18"
        f"C0.88 0.32 {0.84 + nose} {c - 0.78} {0.84 + nose} {c - 0.67}"
        f"C{0.86 + nose * 0.8} {c - 0.58} {0.86 + nose * 0.3} {c - 0.57} 0.83 {c - 0.55}"
        f"C0.82 {c - 0.5} 0.9 {c - 0.46} 0.88 {c - 0.4}C0.86 {c - 0.37} 0.83 {c - 0.36} 0.82 {c - 0.35}"
        f"C0.86 {c - 0.32 + gape} 0.86 {c - 0.25 + gape} 0.8 {c - 0.21 + gape}"
        f"C0.77 {c - 0.16 + gape} {0.8 + jaw} {c - 0.1 + gape} {0.75 + jaw} {c + gape - 0.04}"
        f"C{0.68 + jaw} {c + gape + 0.04} 0.5 {c + gape + 0.03} 0.36 {c + gape - 0.03}"
        f"C0.1 {c - 0.14} -0.2 {c - 0.3} -0.34 {c - 0.56}C-0.4 0.66 -0.5 0.66 -0.55 0.66{_SKULL}Z"
    )


def _nose(m: Measures) -> float:
    """How far the nose stands out."""
    if m.age == "child":
        return 0.08
    return 0.11 if m.female else 0.15


def _ear(pen: Pen) -> None:
    ear = pen.moved(-0.3, 0.26, -8, 1.15)
    ear.path(
        "M0.12 -0.1C0.1 -0.34 -0.22 -0.36 -0.24 -0.08C-0.24 0.14 -0.12 0.34 0.04 0.32C0.12 0.24 0.08 0.1 0.12 0.02"
    )
    ear.stroke("M0.04 -0.12C-0.02 -0.24 -0.16 -0.2 -0.15 -0.04C-0.13 0.06 -0.06 0.08 -0.06 0.18", 0.6)


def _cheek(head: Head) -> None:
    if head.expression not in ("shy", "joy", "cry") or head.pen.unit < 14:
        return
    if head.expression == "shy":
        head.pen.dot(0.42, 0.68, 0.24, 0.11, fill=tone(10, opaque=False))
    for i in range(3):
        head.pen.stroke(f"M{0.46 + i * 0.1} 0.6L{0.38 + i * 0.1} 0.76", 0.65)


def _eye(head: Head) -> None:
    lids = LIDS[head.expression]
    x, y, wide, tall = profile_eye(head)
    pen = head.pen.moved(x, y, 0, wide, tall)
    if lids.closed:
        lift = -0.8 if lids.closed == "arch" else 0.6
        pen.taper([(-1.1, 0.3), (-0.5, lift * 0.75 + 0.2), (0.2, lift + 0.2), (1.0, 0.3)], head.pen.line * 2.3)
        return
    top, low = (0.8, -lids.top + lids.slant * 0.9), (0.6, lids.bottom)
    white = [
        (-1.0, -0.1 - lids.slant * 0.4),
        (-0.4, top[1] * 0.82),
        top,
        (0.92, (top[1] + low[1]) / 2),
        low,
        (-0.35, 0.7 * low[1]),
    ]
    pen.path(smooth(white, closed=True), PAPER, width=0)
    _iris(pen, lids, head, top[1])
    _lash(pen, head, top)


def _iris(pen: Pen, lids: Lids, head: Head, top: float) -> None:
    ry, x = min(0.92 * lids.iris, (lids.bottom - top) / 2), 0.42
    y = (top + lids.bottom) / 2 + lids.gaze[1] * 0.4
    light, rx = head.look.hair_tone != "black", 0.36 * (0.6 + 0.4 * lids.iris)
    if pen.unit < 3.5:
        pen.dot(x, y, rx, ry)
        return
    pen.path(ellipse(x, y, rx, ry), PAPER if light else INK, width=0.9)
    pen.path(ellipse(x, y - ry * 0.42, rx * 0.9, ry * 0.56), INK, width=0)
    if not light:
        pen.path(ellipse(x, y + ry * 0.5, rx * 0.66, ry * 0.36), FINE, width=0)
    pen.path(ellipse(x + 0.04, y + 0.04, rx * 0.5, ry * 0.5), INK, width=0)
    pen.path(ellipse(x - 0.02, y - ry * 0.42, rx * 0.42, ry * 0.24), PAPER, width=0)


def _lash(pen: Pen, head: Head, top: Point) -> None:
    female = head.look.gender == "female"
    thick = 0.3 if female else 0.2
    lid = [(-1.15, -0.06), (-0.45, top[1] * 0.84), (0.3, top[1] * 1.03), (1.0, top[1] * 0.98)]
    over = [(1.2 if female else 1.02, top[1] - thick * 1.1), (0.3, top[1] - thick), (-0.5, top[1] * 0.84 - thick * 0.7)]
    pen.path(smooth([*lid, *over], closed=True), INK, width=0)
    pen.stroke(f"M-0.3 {0.78}Q0.2 0.98 0.58 0.86", 0.7)
    if pen.unit > 9:
        pen.taper(
            [(-0.7, top[1] - 0.02), (-0.1, top[1] - thick - 0.3), (0.7, top[1] - thick - 0.26)], head.pen.line * 0.8
        )


def draw_profile_brow(head: Head) -> None:
    """The brow; drawn after the fringe."""
    lids = LIDS[head.expression]
    x, y, _, tall = profile_eye(head)
    thick = 1.7 if head.look.gender == "female" else 2.7
    pen = head.pen.moved(x, y - tall - 0.2, 0)
    points = [(-0.26, lids.brow_outer + 0.06), (-0.04, lids.brow_outer - 0.05), (0.26, lids.brow_inner - 0.02)]
    if head.look.hair_tone == "black":
        pen.taper(points, pen.line * (thick + 1.3), PAPER)
    pen.taper(points, pen.line * thick)


# The back corner lies at x = 0, the lips at x = 1; y down in mouth units.
_MOUTHS: dict[str, str] = {
    "neutral": "M1 0Q0.5 0.04 0.2 0",
    "smile": "M1 0.05Q0.5 0.14 0 -0.3",
    "sad": "M1 -0.05Q0.5 -0.05 0.1 0.3",
    "angry": "M1 -0.05Q0.5 -0.12 0.05 0.34",
    "shy": "M1 0Q0.7 -0.14 0.5 0Q0.3 0.12 0.1 -0.05",
    "determined": "M1 0Q0.5 -0.05 0 0.06",
    "fear": "M1.0 -0.1Q0.7 -0.2 0.44 -0.06Q0.3 0 0.3 0.12Q0.44 0.3 0.6 0.24Q0.8 0.34 0.94 0.26Z",
    "open_joy": "M1.0 -0.06Q0.5 -0.08 0.02 -0.24Q0.16 0.34 0.5 0.42Q0.76 0.46 0.92 0.36Z",
    "open_small": "M1.0 -0.04Q0.6 -0.08 0.36 0.04Q0.56 0.26 0.94 0.26Z",
    "open_round": "M1.0 -0.08Q0.66 -0.14 0.54 0.1Q0.6 0.4 0.94 0.4Z",
    "open_shout": "M1.0 -0.1Q0.5 -0.16 0.2 -0.04Q0.3 0.44 0.6 0.5Q0.8 0.52 0.92 0.44Z",
    "open_wail": "M1.0 -0.08Q0.5 -0.1 0.2 0.2Q0.3 0.44 0.5 0.4Q0.8 0.38 0.94 0.42Z",
}  # fmt: skip


def draw_profile_mouth(head: Head) -> None:
    """The mouth; drawn after the beard."""
    pen = head.pen.moved(MOUTH_X - 0.34, head.measures.chin - 0.35, 0, 0.35, 0.34)
    shape = _MOUTHS[mouth_name(head.expression, head.talking)]
    if not shape.endswith("Z"):
        pen.stroke(shape, 1.25)
        return
    pen.path(shape, PAPER if head.expression == "fear" else INK, width=1.1)
    if mouth_name(head.expression, head.talking) in ("open_joy", "open_shout") and pen.unit > 5:
        pen.path("M0.96 0Q0.5 -0.04 0.14 -0.14L0.2 0Q0.5 0.08 0.94 0.1Z", PAPER, width=0)


def _wrinkles(head: Head) -> None:
    c = head.measures.chin
    head.pen.taper([(0.72, c - 0.62), (0.52, c - 0.46), (0.5, c - 0.22)], head.pen.line)
    head.pen.stroke("M0.2 0.46Q0.4 0.56 0.6 0.5", 0.7)
    head.pen.stroke("M0.06 0.16L-0.08 0.08M0.06 0.24L-0.1 0.24", 0.6)
