"""The body from the side, facing right: far arm, legs, garment, trunk, details, near arm."""

from engines.artist.anatomy import BACKSET
from engines.artist.body import Body, along, draw_arm, draw_leg, trousers
from engines.artist.ink import INK, PAPER, ellipse, lines, smooth, tube
from engines.artist.limbs import Limb
from engines.artist.outfits import Cut, cut_of
from engines.comic.document import Point
from engines.comic.tones import tone


def draw_side(body: Body) -> None:
    """Everything between chin and soles of a person in profile."""
    cut = cut_of(body.look)
    top = PAPER if cut.blouse else body.fill
    j = body.joints
    if j.chair:
        _seat(body)
    draw_arm(body, cut, top, 1)
    draw_leg(body, cut, j.right_leg, 1.0)
    draw_leg(body, cut, j.left_leg, 1.0)
    if cut.skirt:
        _skirt(body, cut)
    else:
        _hips(body, cut)
    _neck(body)
    body.pen.cloth(_trunk(body, bool(cut.skirt)), top)
    _details(body, cut, top)
    r = cut.sleeve[0] * body.m.limb
    body.pen.path(ellipse(*j.left_arm[0], r, r), top, width=0)
    draw_arm(body, cut, top, -1)


def _depth(body: Body) -> tuple[float, float, float]:
    """How far chest, belly and seat lie from the middle of the trunk."""
    m = body.m
    wide = m.limb
    if m.female and m.age not in ("child",):
        return 0.92 * wide, 0.56 * wide, 0.86 * wide
    return 0.86 * wide, (0.66 if m.age != "elder" else 0.76) * wide, 0.76 * wide


def _trunk(body: Body, tucked: bool) -> str:
    y, (chest, belly, seat), x = body.m.y, _depth(body), BACKSET
    low = y(5.0) if tucked else y(6.3)
    end = (belly + 0.04, seat * 0.78) if tucked else (belly + 0.12, seat)
    front = [(x + 0.34, 1.5), (x + 0.5, y(2.2)), (x + chest, y(3.0)), (x + chest * 0.92, y(3.5)), (x + belly, y(4.6)),
             (x + end[0], low)]  # fmt: skip
    back = [(x - end[1], low), (x - belly, y(4.5)), (x - chest * 0.94, y(3.0)), (x - chest * 0.8, y(2.3)),
            (x - 0.42, 1.66)]  # fmt: skip
    return smooth(front) + "L" + smooth(back)[1:] + "Z"


def _neck(body: Body) -> None:
    m = body.m
    wide = (0.34 if m.female or m.age == "child" else 0.44) * min(1.1, m.limb + 0.1)
    body.pen.path(tube([(-0.28, 0.6), (-0.2, 1.4), (BACKSET, 2.3)], [wide, wide, wide * 1.2]))
    shade = (
        f"M-0.2 {m.chin - 0.5}L{wide - 0.1} {m.chin - 0.16}L{wide - 0.14} {m.chin + 0.22}"
        f"Q0 {m.chin + 0.1} -0.2 {m.chin - 0.5}"
        f"Z"
    )
    body.pen.path(shade, tone(40), width=0)


def _hips(body: Body, cut: Cut) -> None:
    """The seat of the trousers, joining the trunk to the nearer thigh."""
    (_, _, seat), j = _depth(body), body.joints
    fill = trousers(body, cut)
    hip, knee = j.left_leg[0], j.left_leg[1]
    body.pen.path(ellipse(hip[0] - 0.02, hip[1] - 0.12, seat * 0.94, 0.86 * body.m.limb), fill, width=0)
    body.pen.path(tube([hip, along(hip, knee, 0.3)], [0.78 * body.m.limb, 0.72 * body.m.limb]), fill, width=0)


def _skirt(body: Body, cut: Cut) -> None:
    """A skirt falls from the waist over both thighs; a seated or striding one follows them."""
    m, j = body.m, body.joints
    _, belly, seat = _depth(body)
    near, far = j.left_leg, j.right_leg
    if abs(near[1][1] - near[0][1]) < 2.2 and j.seated:
        _lap(body, cut, near)
        return
    long = cut.skirt > 11
    if j.lean > 30:
        _hanging(body, cut, near)
        return
    ends = [near[2], far[2]] if long else [near[1], far[1]]
    hem = min(m.y(cut.skirt), max(p[1] for p in ends) + (0.1 if long else 0.3))
    flare = cut.flare * m.limb * 0.8
    shift = (j.left_leg[1][0] + j.right_leg[1][0]) / 2 - j.left_leg[0][0] if not long else 0.0
    lx = min(BACKSET - seat - flare + shift, *(p[0] - 0.45 for p in ends))
    rx = max(BACKSET + belly + flare + shift, *(p[0] + 0.45 for p in ends))
    top, x = m.y(4.8), BACKSET
    body.pen.cloth(
        f"M{x - belly - 0.06} {top}C{x - seat - 0.2} {top + 0.7} {lx - 0.05} {hem - 1.4} {lx} {hem}"
        f"C{lx * 0.5 + rx * 0.1} {hem + 0.3} {rx * 0.6} {hem + 0.3} {rx} {hem}"
        f"C{rx} {hem - 1.4} {x + belly + 0.24} {top + 0.9} {x + belly + 0.06} {top}Z",
        body.fill,
    )
    _pleats(body, cut, (x - belly, x + belly, top), (lx, rx, hem))


def _hanging(body: Body, cut: Cut, leg: Limb) -> None:
    """A skirt under a bent back hangs along the legs."""
    hip, knee, foot = leg
    wide, end = 0.95 * body.m.limb, along(knee, foot, 0.95) if cut.skirt > 11 else along(knee, foot, 0.2)
    waist = (BACKSET, body.m.y(4.7))
    seat = (hip[0] - 0.1, hip[1] + 0.1)
    spine = [waist, along(waist, seat, 0.6), along(seat, knee, 0.16), along(hip, knee, 0.5), knee, end]
    body.pen.cloth(
        tube(spine, [wide * 0.7, wide * 0.92, wide, wide, wide + cut.flare * 0.3, wide + cut.flare * 0.5]), body.fill
    )


def _pleats(body: Body, cut: Cut, top: tuple[float, float, float], hem: tuple[float, float, float]) -> None:
    edge = PAPER if body.fill == INK else INK
    for i in range(1, max(cut.pleats, 2) + 1):
        share = i / (max(cut.pleats, 2) + 1)
        a = (top[0] + (top[1] - top[0]) * share, top[2] + 0.5)
        b = (hem[0] + (hem[1] - hem[0]) * share, hem[2] + 0.12)
        body.pen.stroke(f"M{a[0]} {a[1]}Q{a[0] * 0.6 + b[0] * 0.4} {(a[1] + b[1]) / 2} {b[0]} {b[1]}", 0.75, edge)


def _lap(body: Body, cut: Cut, leg: Limb) -> None:
    hip, knee, foot = leg
    wide = (0.9 + cut.flare * 0.2) * body.m.limb
    spine: list[Point] = [along(hip, knee, -0.22), along(hip, knee, 0.5), along(hip, knee, 1.04)]
    radii = [wide * 1.08, wide, wide * 0.8]
    if cut.skirt > 11:
        body.pen.cloth(
            tube([along(knee, foot, -0.1), along(knee, foot, 0.5), along(knee, foot, 0.98)], [0.74, 0.8, 0.84]),
            body.fill,
        )
    body.pen.cloth(tube(spine, radii), body.fill)
    body.pen.path(ellipse(hip[0], hip[1] - 0.8, wide * 0.8, 1.0), body.fill, width=0)


def _seat(body: Body) -> None:
    """The chair a person in profile sits on."""
    hip, foot = body.joints.left_leg[0], body.joints.left_leg[2]
    seat, floor = hip[1] + 0.8 * body.m.limb, foot[1] + 0.5
    back, front = hip[0] - 1.1, hip[0] + 2.0
    for x in (back + 0.2, front - 0.2):
        body.pen.path(tube([(x, seat), (x, floor)], [0.13, 0.1]))
    body.pen.path(tube([(back + 0.1, seat), (back - 0.2, seat - 3.2)], [0.13, 0.12]))
    body.pen.path(
        lines([(back - 0.1, seat - 0.16), (front, seat - 0.16), (front, seat + 0.18), (back - 0.1, seat + 0.18)], True),
        tone(20),
    )


def _details(body: Body, cut: Cut, top: str) -> None:
    """The front of the outfit, foreshortened at the breast, and what runs around the body."""
    m, (chest, belly, _) = body.m, _depth(body)
    x, edge = BACKSET, PAPER if body.fill == INK else INK
    outfit = body.look.outfit
    if outfit in ("suit", "shirt", "kimono", "gakuran", "dress", "robe"):
        if outfit == "suit":
            _lapel(body, edge, chest)
        if outfit in ("gakuran", "shirt"):
            for k in range(5 if outfit == "gakuran" else 2):
                body.pen.dot(
                    x + chest * 0.84 - abs(k - 1) * 0.05, m.y(2.7 + k * 0.8), 0.06, 0.11, fill=PAPER, width=0.8
                )
        elif outfit == "robe":
            body.pen.stroke(f"M{x + 0.3} 1.9Q{x + chest} {m.y(2.6)} {x + chest * 0.9} {m.y(4.6)}", 0.9, edge)
    _AROUND.get(outfit, _collar)(body, edge, belly, chest)


def _lapel(body: Body, edge: str, chest: float) -> None:
    """The open front of a coat from the side: shirt, tie and the edge of the lapel."""
    m, x = body.m, BACKSET
    body.pen.path(
        f"M0.1 1.6L{x + 0.52} {m.y(2.2)}L{x + chest * 1.0} {m.y(3.2)}L{x + chest * 0.62} {m.y(3.4)}L-0.06 1.9Z", PAPER
    )
    tie = tone(50) if body.fill == INK else INK
    body.pen.cloth(f"M{x + 0.42} {m.y(2.06)}L{x + chest} {m.y(3.2)}L{x + chest * 0.8} {m.y(3.3)}Z", tie)
    notch = f"L{x + chest * 0.3} {m.y(2.7)}L{x + chest * 0.2} {m.y(2.9)}"
    body.pen.stroke(f"M-0.06 1.9{notch}L{x + chest * 0.7} {m.y(3.5)}", 1.0, edge)
    body.pen.stroke(f"M{x + chest * 0.7} {m.y(3.5)}L{x + chest * 0.66} {m.y(6.2)}", 0.9, edge)


def _collar(body: Body, edge: str, belly: float, chest: float) -> None:
    fill = body.fill if body.look.outfit in ("gakuran", "hoodie") else PAPER
    body.pen.cloth(f"M-0.6 1.36Q-0.2 1.6 0.22 1.62L0.3 {1.9}Q-0.2 2.1 -0.72 1.86Z", fill)
    if body.look.outfit in ("dress", "shirt"):
        y, x = body.m.y(4.6), BACKSET
        body.pen.cloth(f"M{x - belly - 0.06} {y}L{x + belly + 0.06} {y}"
            f"L{x + belly + 0.06} {y + 0.44}L{x - belly - 0.06} {y + 0.44}Z",
                       INK if body.fill != INK else PAPER)  # fmt: skip


def _sailor(body: Body, edge: str, belly: float, chest: float) -> None:
    m, x = body.m, BACKSET
    cloth = body.fill if body.fill != PAPER else tone(20)
    body.pen.cloth(
        f"M-0.62 1.4Q-0.2 1.6 0.2 1.5L{x + chest * 0.95} {m.y(3.3)}Q{x + 0.2} {m.y(2.5)} {x - 0.1} {m.y(2.3)}"
        f"L{x - chest * 0.5} {m.y(3.5)}L{x - chest - 0.12} {m.y(3.4)}Q{x - chest} {m.y(2.4)} -0.62 1.4Z",
        cloth,
    )
    body.pen.stroke(
        f"M0.08 1.7L{x + chest * 0.8} {m.y(3.06)}M{x - chest * 0.5} {m.y(3.3)}L{x - chest} {m.y(3.22)}", 0.9, PAPER
    )
    knot = body.pen.moved(x + chest * 0.96, m.y(3.3), -10)
    knot.cloth("M-0.1 -0.1L0.3 0.1L0.34 0.9L0.1 0.8L-0.04 1.0Z", tone(50) if body.fill == INK else INK)


def _kimono(body: Body, edge: str, belly: float, chest: float) -> None:
    m, x = body.m, BACKSET
    body.pen.path("M-0.66 1.4Q-0.3 1.5 0.1 1.56L0.36 1.9Q0 2.1 -0.3 1.9Q-0.6 1.8 -0.66 1.4Z", PAPER)
    top, low = (m.y(4.0), m.y(5.5)) if m.female else (m.y(5.0), m.y(5.6))
    body.pen.cloth(
        f"M{x - belly - 0.16} {top}L{x + belly + 0.2} {top + 0.1}L{x + belly + 0.2} {low}L{x - belly - 0.2} {low}Z",
        INK if body.fill != INK else tone(20),
    )
    body.pen.stroke(f"M{x + 0.3} 1.9L{x + chest * 0.9} {m.y(3.4)}", 0.9, edge)
    if not m.female:
        return
    body.pen.path(
        f"M{x - belly - 0.2} {m.y(4.0)}L{x - belly - 0.75} {m.y(4.1)}"
        f"L{x - belly - 0.7} {m.y(5.2)}L{x - belly - 0.2} {m.y(5.2)}Z",
        tone(20),
    )
    body.pen.stroke(f"M{x - belly - 0.16} {m.y(4.75)}L{x + belly + 0.2} {m.y(4.8)}", 1.6, PAPER)


def _hoodie(body: Body, edge: str, belly: float, chest: float) -> None:
    body.pen.cloth(
        "M0.3 1.3C0.5 1.7 0.2 2.3 -0.1 2.3C-0.7 2.4 -1.5 2.2 -1.4 1.6"
        "C-1.2 1.2 -0.7 1.5 -0.4 1.4C-0.1 1.6 0.1 1.5 0.3 1.3Z",
        body.fill,
    )
    y = body.m.y(6.0)
    body.pen.stroke(f"M{BACKSET - 0.8} {y}L{BACKSET + belly} {y}", 0.9, edge)


_AROUND = {"sailor": _sailor, "kimono": _kimono, "hoodie": _hoodie}
