"""The body below the head: legs, lower garment, torso, arms, then the details of the outfit."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from engines.artist.anatomy import Joints, Measures
from engines.artist.backs import BACKS
from engines.artist.ink import INK, PAPER, Pen, ellipse, tube
from engines.artist.limbs import Limb, along, bare_leg, draw_hand, draw_shoe, draw_sleeve, folds, limb_path
from engines.artist.outfits import DETAILS, Cut, cut_of
from engines.artist.things import THINGS
from engines.comic.document import Look, Point
from engines.comic.tones import tone


@dataclass(frozen=True)
class Body:
    """A body to be drawn: ``pen`` in head units facing right, origin in the middle of the face."""

    pen: Pen
    look: Look
    m: Measures
    joints: Joints
    view: str
    crossed: bool = False
    held: str | None = None

    @property
    def turned(self) -> bool:
        """Whether the chest looks aside."""
        return self.view == "three_quarter"

    @property
    def fill(self) -> str:
        """The fill value of the main cloth."""
        return {"white": PAPER, "black": INK, "grey": tone(20)}[self.look.outfit_tone]

    @property
    def shift(self) -> float:
        """How far the middle of the chest lies towards the facing side."""
        return 0.3 if self.turned else 0.0


def draw_body(body: Body) -> None:
    """Everything between chin and soles."""
    cut = cut_of(body.look)
    top = PAPER if cut.blouse else body.fill
    if body.joints.chair:
        _stool(body)
    hidden = (-1, 1) if body.view == "back" and body.crossed else (1,) if body.turned and not body.crossed else ()
    for side in hidden:
        draw_arm(body, cut, top, side)
    for leg, toward in _legs(body):
        draw_leg(body, cut, leg, toward)
    if cut.skirt:
        _skirt(body, cut)
    else:
        _pelvis(body, cut)
    for arm in _shoulders(body, hidden):
        r = cut.sleeve[0] * body.m.limb
        body.pen.cloth(ellipse(*arm[0], r, r), top)
    _neck(body)
    body.pen.cloth(_torso(body, bool(cut.skirt)), top)
    _joined(body, cut, top, hidden)
    _creases(body, top)
    if body.view == "back":
        BACKS[body.look.outfit](body.pen, body.m, body.fill, body.look)
    elif body.joints.left_hand == "none" or body.crossed:
        _details(body)
    for side in (-1, 1):
        if side not in hidden:
            draw_arm(body, cut, top, side)
    if body.view != "back" and not (body.joints.left_hand == "none" or body.crossed):
        _details(body)


def _joined(body: Body, cut: Cut, fill: str, hidden: Sequence[int]) -> None:
    """The edge of the trunk fades where a sleeve grows out of it."""
    r = cut.sleeve[0] * body.m.limb * 0.93
    for arm in _shoulders(body, hidden):
        body.pen.path(ellipse(*arm[0], r, r), fill, width=0)


def _creases(body: Body, fill: str) -> None:
    """Wrinkles that run from the armpits and to the waist, on large figures."""
    if body.pen.unit < 20:
        return
    m, edge = body.m, PAPER if fill == INK else INK
    for side in (-1, 1):
        x = (m.shoulder - 0.34) * side + body.shift * 0.5
        for k, (dx, dy) in enumerate(((0.42, 0.5), (0.56, 0.24), (0.3, 0.78))):
            start, end = (x, m.y(2.95 + k * 0.16)), (x - dx * side, m.y(3.0 + k * 0.2) + dy)
            middle = ((start[0] + end[0]) / 2 - 0.06 * side, (start[1] + end[1]) / 2 + 0.08)
            body.pen.taper([start, middle, end], body.pen.line * 0.9, edge)
        low = (m.waist * 0.96 * side, m.y(4.6))
        body.pen.taper([low, (low[0] - 0.3 * side, low[1] - 0.2), (low[0] - 0.52 * side, low[1] - 0.16)],
                       body.pen.line * 0.8, edge)  # fmt: skip


def _shoulders(body: Body, hidden: Sequence[int]) -> list[Limb]:
    arms = {-1: body.joints.left_arm, 1: body.joints.right_arm}
    return [arm for side, arm in arms.items() if side not in hidden or body.view == "back"]


def _details(body: Body) -> None:
    narrow = 0.9 if body.turned else 1.0
    DETAILS[body.look.outfit](body.pen.moved(body.shift, 0, 0, narrow, 1), body.m, body.fill, body.look)


def _legs(body: Body) -> list[tuple[Limb, float]]:
    j = body.joints
    toward = 1.0 if body.turned else 0.0
    spread = abs(j.left_leg[2][0] - j.right_leg[2][0]) > 3
    front = [(j.left_leg, toward or (-1.0 if spread else 0.0)), (j.right_leg, toward or (1.0 if spread else 0.0))]
    return front


def draw_leg(body: Body, cut: Cut, leg: Limb, toward: float) -> None:
    """A leg with its shoe, in trousers or bare."""
    size = 1.0 * body.m.limb
    if cut.trousers:
        draw_shoe(body.pen, leg[2], toward, size, turn=_tread(body, leg))
        radii = (0.74 * size, 0.52 * size, 0.42 * size)
        body.pen.cloth(limb_path((leg[0], leg[1], along(leg[1], leg[2], 1.03)), radii), trousers(body, cut))
        folds(body.pen, leg[1], leg[0], 0.3)
        return
    draw_shoe(body.pen, leg[2], toward, size * 0.9, turn=_tread(body, leg))
    if cut.skirt > 11:
        return
    bare_leg(body.pen, leg, INK if body.look.outfit == "sailor" else None)


def _tread(body: Body, leg: Limb) -> float:
    """How far a shoe in profile is turned: flat on the ground unless the shin lies back."""
    if body.view != "profile":
        return 0.0
    shin = math.degrees(math.atan2(leg[2][0] - leg[1][0], leg[2][1] - leg[1][1]))
    return -body.joints.lean + (-(shin + 20) if shin < -20 else 0.0) * -0.8


def _stool(body: Body) -> None:
    seat, floor, w = body.joints.left_leg[0][1] + 0.6, body.joints.left_leg[2][1] + 0.2, body.m.hip * 1.95
    for x in (-w * 0.86, w * 0.86):
        body.pen.path(tube([(x, seat), (x, floor)], [0.12, 0.1]))
    body.pen.stroke(f"M-{w * 0.86} {(seat + floor) / 2}L{w * 0.86} {(seat + floor) / 2}")
    body.pen.path(f"M-{w} {seat - 0.2}L{w} {seat - 0.2}L{w} {seat + 0.22}L-{w} {seat + 0.22}Z", tone(30))


def trousers(body: Body, cut: Cut) -> str:
    """The fill of the trousers."""
    if cut.trousers == "same":
        return body.fill
    return INK if body.look.outfit_tone != "black" else tone(40)


def _pelvis(body: Body, cut: Cut) -> None:
    h, y = body.m.hip, body.m.y
    fill = trousers(body, cut)
    seat = (
        f"M-{h} {y(5.9)}L{h} {y(5.9)}C{h + 0.1} {y(6.4)} {h} {y(6.8)} {h * 0.9} {y(6.9)}"
        f"C0.5 {y(7.3)} -0.5 {y(7.3)} -{h * 0.9} {y(6.9)}C-{h} {y(6.8)} -{h + 0.1} {y(6.4)} -{h} {y(5.9)}Z"
    )
    body.pen.path(seat, fill, width=0)
    body.pen.stroke(f"M0 {y(6.2)}L0 {y(7.1)}", 0.9, PAPER if fill == INK else INK)


def _skirt(body: Body, cut: Cut) -> None:
    m, j = body.m, body.joints
    top, hem = m.y(4.8), m.y(cut.skirt)
    left, right = (leg[1][0] for leg in (j.left_leg, j.right_leg))
    flare = cut.flare * m.limb
    lx, rx = min(-m.hip - flare, left - 0.35), max(m.hip + flare, right + 0.35)
    if j.seated:
        hem = min(hem, j.left_leg[1][1] + 0.5) if cut.skirt < 11 else hem
    middle = (lx + rx) / 2
    body.pen.cloth(
        f"M-{m.waist} {top}C-{m.hip} {top + 0.8} {lx * 0.9} {hem - 1.4} {lx} {hem}"
        f"C{lx * 0.5} {hem + 0.34} {rx * 0.5} {hem + 0.34} {rx} {hem}"
        f"C{rx * 0.9} {hem - 1.4} {m.hip} {top + 0.8} {m.waist} {top}Z",
        body.fill,
    )
    edge = PAPER if body.fill == INK else INK
    for i in range(1, cut.pleats + 1):
        share = i / (cut.pleats + 1)
        end = (lx + (rx - lx) * share, hem + 0.22 - abs(share - 0.5) * 0.3)
        start = (-m.waist + 2 * m.waist * share, top + 0.5)
        body.pen.stroke(
            f"M{start[0]} {start[1]}Q{(start[0] + end[0]) / 2 + (middle - end[0]) * 0.06} {hem - 1} {end[0]} {end[1]}",
            0.75,
            edge,
        )


def _neck(body: Body) -> None:
    wide = (0.36 if body.m.female or body.m.age == "child" else 0.47) * min(1.1, body.m.limb + 0.1)
    x = 0.06 if body.turned else 0
    body.pen.path(tube([(x, 0.8), (x, 1.5), (x * 2, 2.3)], [wide, wide, wide * 1.3]))
    chin = body.m.chin
    shade = (
        f"M{x - wide} {chin - 0.16}L{x + wide} {chin - 0.16}"
        f"L{x + wide} {chin + 0.1}Q{x} {chin + 0.42} {x - wide} {chin + 0.1}Z"
    )
    body.pen.path(shade, tone(40), width=0)


def _torso(body: Body, tucked: bool) -> str:
    """The trunk from the neck to the hips, or to the waist where a skirt begins."""
    m, s, y = body.m, body.m.shoulder, body.m.y
    chest = s - 0.16 - (0 if m.female and m.age != "child" else 0.06)
    low = y(5.0) if tucked else y(6.3)
    edge = [(0.42, 1.5), (0.5, 1.86), (s * 0.7, 1.84), (s, y(2.06))]
    edge += [
        (s + 0.06, y(2.4)),
        (chest, y(2.9)),
        (chest, y(3.3)),
        (chest, y(3.8)),
        (m.waist, y(4.2)),
        (m.waist, y(4.8)),
    ]
    hips = (m.waist, low) if tucked else (m.hip, low)
    edge += [(m.waist, y(4.9)), (hips[0], low - 0.2), hips]
    mirrored = [(-x, h) for x, h in edge[::-1]]
    return f"M{_pairs(edge[:1])}{_curves(edge[1:])}L{_pairs(mirrored[:1])}{_curves(mirrored[1:])}Z"


def _pairs(points: list[Point]) -> str:
    return " ".join(f"{x:.3f} {y:.3f}" for x, y in points)


def _curves(points: list[Point]) -> str:
    return "".join("C" + _pairs(points[i : i + 3]) for i in range(0, len(points), 3))


def draw_arm(body: Body, cut: Cut, fill: str, side: int) -> None:
    """An arm with its hand: -1 the left or near one, 1 the right or far one."""
    j, scale = body.joints, body.m.limb
    arm = j.left_arm if side < 0 else j.right_arm
    hand = j.left_hand if side < 0 else j.right_hand
    r = tuple(value * scale for value in cut.sleeve)
    towards = (arm[2][0] - arm[1][0], arm[2][1] - arm[1][1])
    thumb = -side if hand in ("rest", "fist") else side
    raised = math.cos(math.atan2(towards[0], towards[1])) < -0.3
    if body.held and hand == "hold" and _carries(j, arm):
        grip = along(arm[1], arm[2], 1.24)
        THINGS[body.held](body.pen.moved(*grip, -body.joints.lean))
    draw_hand(body.pen, hand, arm[2], towards, thumb=-thumb if raised else thumb, size=0.95 * scale)
    if cut.bare:
        body.pen.path(tube([arm[1], along(arm[1], arm[2], 0.5), arm[2]], [0.33 * scale, 0.3 * scale, 0.22 * scale]))
        arm = (arm[0], along(arm[0], arm[1], 0.55), along(arm[0], arm[1], 1.02))
    draw_sleeve(body.pen, arm, (r[0], r[1], r[2]), fill)
    _cuff(body, cut, arm, r[2], fill)


def _carries(joints: Joints, arm: Limb) -> bool:
    """Whether this arm carries the thing: of two hands that could, the lower one."""
    both = joints.left_hand == joints.right_hand == "hold"
    return not both or arm[2][1] >= max(joints.left_arm[2][1], joints.right_arm[2][1])


def _cuff(body: Body, cut: Cut, arm: Limb, r: float, fill: str) -> None:
    if cut.cuff:
        start = along(arm[1], arm[2], 0.84)
        cloth = body.fill if cut.blouse else PAPER if fill != PAPER else tone(20)
        body.pen.cloth(tube([start, along(start, arm[2], 0.5), arm[2]], [r * 1.12, r * 1.12, r * 1.12]), cloth)
    if not cut.bare and not body.joints.seated and cut.skirt < 11:
        folds(body.pen, arm[1], arm[0], r * 0.8)
