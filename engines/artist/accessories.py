"""Glasses, ribbons, hairbands, scarves and hats, in head units."""

from engines.artist.face import Head, eye_frame
from engines.artist.ink import INK, PAPER, ellipse, tube
from engines.comic.tones import tone


def draw_back_accessory(head: Head) -> None:
    """What lies behind the body: the tail of a scarf, the far brim of a hat."""
    if head.look.accessory == "scarf":
        head.pen.path(tube([(-0.5, 1.6), (-1.4, 2.1), (-2.0, 3.0), (-2.3, 4.1)], [0.3, 0.4, 0.42, 0.44]), tone(30))
    if head.look.accessory == "hat":
        head.pen.path(ellipse(0, -0.62, 1.75, 0.5), tone(50))


def draw_front_accessory(head: Head) -> None:
    """What lies over the fringe."""
    painter = {
        "glasses": _glasses,
        "ribbon": _ribbon,
        "hairband": _hairband,
        "scarf": _scarf,
        "hat": _hat,
        "crown": _crown,
    }
    if head.look.accessory != "none" and not (head.view == "back" and head.look.accessory == "glasses"):
        painter[head.look.accessory](head)


def _contrast(head: Head) -> str:
    return PAPER if head.look.hair_tone != "white" else INK


def _glasses(head: Head) -> None:
    if head.view == "profile":
        x, y, _, _ = eye_frame(head, 1)
        head.pen.path(ellipse(x + 0.14, y + 0.03, 0.24, 0.38), "none", INK, 1.15)
        head.pen.stroke(f"M{x - 0.1} {y - 0.04}L-0.3 {y - 0.02}", 1.2)
        return
    frames = [eye_frame(head, side) for side in (-1, 1)]
    for x, y, wide, _ in frames:
        rx, ry = wide * 1.3, 0.38
        head.pen.path(ellipse(x, y + 0.03, rx, ry), "none", INK, 1.15)
        head.pen.stroke(f"M{x - rx * 0.5} {y - 0.16}L{x - rx * 0.2} {y - 0.26}", 0.8)
    (lx, ly, lw, _), (rx, _, rw, _) = frames
    head.pen.stroke(f"M{lx + lw * 1.3} {ly}Q{(lx + rx) / 2} {ly - 0.1} {rx - rw * 1.3} {ly}", 1.4)
    head.pen.stroke(f"M{lx - lw * 1.3} {ly}L{-0.8 if head.turn else -0.94} {ly - 0.04}", 1.2)


def _ribbon(head: Head) -> None:
    x, y = (-0.72, -1.05) if head.turn else (0.72, -1.08)
    pen = head.pen.moved(x, y, -24 if head.turn else 24)
    fill = _contrast(head)
    for side in (-1, 1):
        half = pen.moved(0, 0, 0, side, 1)
        half.cloth("M0.06 0.04C0.2 0.4 0.4 0.66 0.6 0.72L0.42 0.36Z", fill)
        half.cloth(
            "M0.04 0C0.3 -0.46 0.8 -0.5 0.88 -0.3C0.92 0.06 0.8 0.34 0.64 0.36C0.4 0.34 0.2 0.2 0.04 0.06Z", fill
        )
        half.stroke("M0.14 -0.02Q0.36 -0.12 0.52 -0.16", 0.8, INK if fill == PAPER else PAPER)
    pen.path("M-0.14 -0.16L0.14 -0.16L0.14 0.2L-0.14 0.2Z", fill if fill == PAPER else PAPER)


def _hairband(head: Head) -> None:
    if head.view == "profile":
        head.pen.cloth(
            "M0.16 -1.46C-0.06 -1.2 -0.3 -0.8 -0.34 -0.2L-0.12 -0.16C-0.1 -0.7 0.1 -1.1 0.36 -1.36Z", _contrast(head)
        )
        return
    back = -1.14 if head.turn else -1.08
    fill = _contrast(head)
    band = f"M{back} -0.36C{back + 0.12} -1.1 -0.5 -1.3 0 -1.3C0.55 -1.3 0.98 -1.0 1.04 -0.36"
    head.pen.path(
        band + f"L0.98 -0.18C0.9 -0.86 0.5 -1.1 0 -1.1C-0.5 -1.1 {back + 0.2} -0.86 {back + 0.06} -0.18Z", fill
    )


def _scarf(head: Head) -> None:
    pen = head.pen
    pen.path(
        "M-0.94 1.24C-0.4 1.6 0.5 1.6 0.98 1.2C1.22 1.5 1.2 1.9 0.96 2.1"
        "C0.4 2.4 -0.4 2.4 -0.92 2.08C-1.16 1.86 -1.14 1.5 -0.94 1.24Z",
        tone(30),
    )
    pen.stroke("M-0.86 1.62C-0.3 1.96 0.5 1.94 1.0 1.56", 0.9)
    pen.stroke("M-0.6 2.0C-0.2 2.12 0.2 2.1 0.5 2.0", 0.7)


def _hat(head: Head) -> None:
    fill = tone(30) if head.look.hair_tone != "grey" else PAPER
    head.pen.path(
        "M-1.06 -0.7C-1.1 -1.5 -0.8 -1.84 0 -1.84C0.8 -1.84 1.1 -1.5 1.06 -0.7C0.5 -0.46 -0.5 -0.46 -1.06 -0.7Z", fill
    )
    head.pen.cloth("M-1.08 -0.98C-0.5 -0.72 0.5 -0.72 1.08 -0.98L1.06 -0.68C0.5 -0.44 -0.5 -0.44 -1.06 -0.68Z", INK)
    head.pen.path(
        "M-1.06 -0.68C-0.5 -0.42 0.5 -0.42 1.06 -0.68C1.5 -0.66 1.8 -0.56 1.76 -0.46"
        "C1.2 -0.12 -1.2 -0.12 -1.76 -0.46C-1.8 -0.56 -1.5 -0.66 -1.06 -0.68Z",
        fill,
    )


def _crown(head: Head) -> None:
    """A ring of gold with five points."""
    x = -0.14 if head.turn else 0.0
    pen = head.pen.moved(x, -0.06)
    pen.path(
        "M-0.86 -0.96L-0.98 -1.72L-0.56 -1.36L-0.44 -1.84L0 -1.4L0.44 -1.84L0.56 -1.36L0.98 -1.72L0.86 -0.96"
        "Q0 -0.72 -0.86 -0.96Z"
    )
    pen.stroke("M-0.88 -1.12Q0 -0.88 0.88 -1.12", 0.8)
    for spot in (-0.5, 0.0, 0.5):
        pen.path(ellipse(spot, -1.0 + 0.06 * (1 - abs(spot)), 0.08, 0.09), INK)
