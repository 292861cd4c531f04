"""Places of old stories: a room with mats and paper doors, a graveyard, the world below."""

import math

from engines.artist.ink import INK, PAPER, ellipse, lines, smooth
from engines.artist.nature import land, tufts
from engines.artist.outdoors import tree
from engines.artist.scene import BackgroundScene, sky
from engines.comic.tones import tone


def tatami(scene: BackgroundScene) -> None:
    """Mats, sliding paper doors, an alcove with a scroll, a paper lamp."""
    back, high, half = scene.view.depth + 2.6, 2.4, 3.1
    night = scene.time == "night"
    wall, mat = (tone(20), tone(30)) if night else (tone(5), tone(10))
    scene.area(scene.top, scene.bottom, wall)
    scene.floor((-half, half), 0, (0.3, back), mat)
    scene.floor((-half, half), high, (0.3, back), tone(30) if night else tone(15))
    for x in (-half, half):
        scene.side(x, (0, high), (0.3, back), tone(30) if night else tone(15))
        for z in (back - 0.02, back - 1.8, back - 3.6):
            if z > 0.6:
                scene.side(x * 0.995, (0, high), (z - 0.12, z), INK, 0)
    for i in range(1, 5):
        z = back - i * 0.9
        if z > 0.5:
            scene.line((-half, 0, z), (half, 0, z), 1.4)
    for x in (-1.8, 0.0, 1.8):
        scene.line((x, 0, 0.3), (x, 0, back), 1.4)
    scene.wall((-half, half), (1.86, 1.98), back, INK, 0)
    scene.wall((-half, half), (0, 0.06), back, INK, 0)
    for k in range(4):
        _paper_door(scene, -1.9 + k * 0.95, back)
    _alcove(scene, back)
    _paper_lamp(scene, back)


def _paper_door(scene: BackgroundScene, x: float, back: float) -> None:
    light = {"day": PAPER, "evening": tone(5), "night": tone(15)}[scene.time]
    scene.wall((x, x + 0.93), (0.06, 1.86), back - 0.01, light, 1.2)
    scene.wall((x, x + 0.93), (0.06, 0.5), back - 0.02, tone(30), 1.0)
    for k in range(1, 4):
        scene.line((x + 0.93 * k / 4, 0.5, back - 0.02), (x + 0.93 * k / 4, 1.86, back - 0.02), 0.7)
    for k in range(1, 6):
        y = 0.5 + 1.36 * k / 6
        scene.line((x, y, back - 0.02), (x + 0.93, y, back - 0.02), 0.7)


def _alcove(scene: BackgroundScene, back: float) -> None:
    scene.wall((2.0, 3.0), (0.12, 1.86), back - 0.01, tone(50), 1)
    scene.wall((1.92, 2.02), (0, 2.4), back - 0.03, INK, 0)
    scene.wall((2.3, 2.75), (0.6, 1.75), back - 0.04, PAPER, 1)
    scene.wall((2.36, 2.69), (0.75, 1.6), back - 0.05, tone(5), 0.6)
    a, b = scene.view.at(2.5, 1.5, back - 0.06), scene.view.at(2.55, 0.9, back - 0.06)
    scene.pen.taper([a, ((a[0] + b[0]) / 2 + 5, (a[1] + b[1]) / 2), b], 5)


def _paper_lamp(scene: BackgroundScene, back: float) -> None:
    x, z = -2.5, back - 0.7
    scene.wall((x - 0.2, x + 0.2), (0.16, 0.8), z, PAPER, 1.1)
    for dx in (-0.2, 0.2):
        scene.wall((x + dx - 0.02, x + dx + 0.02), (0, 0.86), z - 0.01, INK, 0)
    scene.line((x - 0.2, 0.48, z - 0.01), (x + 0.2, 0.48, z - 0.01), 0.8)
    scene.wall((x - 0.24, x + 0.24), (0.8, 0.85), z - 0.01, INK, 0)


def graveyard(scene: BackgroundScene) -> None:
    """Leaning stones on a slope, bare trees, thin grass."""
    sky(scene, 2)
    horizon, w, h = scene.view.horizon, scene.view.frame.w, scene.view.frame.h
    hill = [(scene.left + w * i / 6, horizon - h * scene.rng.uniform(0.01, 0.07)) for i in range(7)]
    scene.pen.path(
        smooth(hill) + f"L{scene.right:.1f} {scene.bottom:.1f}L{scene.left:.1f} {scene.bottom:.1f}Z", land(scene, 10)
    )
    for x, z in ((-8.0, 18.0), (9.0, 22.0)):
        tree(scene, x, z, 5.4)
    stones = sorted(((scene.rng.uniform(-7, 7), scene.view.depth + scene.rng.uniform(1.2, 9)) for _ in range(12)),
                    key=lambda s: -s[1])  # fmt: skip
    for x, z in stones:
        _grave(scene, x, z)
    tufts(scene, 26)


def _grave(scene: BackgroundScene, x: float, z: float) -> None:
    lean, high = scene.rng.uniform(-0.12, 0.12), scene.rng.uniform(0.7, 1.2)
    scene.block((x - 0.42, x + 0.42), (0, 0.16), (z, z + 0.5), land(scene, 5), tone(40))
    scene.quad([(x - 0.24, 0.16, z), (x - 0.24 + lean, high, z), (x + lean, high + 0.14, z), (x + 0.24 + lean, high, z),
                (x + 0.24, 0.16, z)], land(scene, 0), 1.1)  # fmt: skip
    side, top = (x + 0.24, x + 0.24 + lean), (x + 0.08 + lean, high + 0.07, z)
    scene.quad([(x + 0.08, 0.16, z), top, (side[1], high, z), (side[0], 0.16, z)], tone(50), 0)


def underworld(scene: BackgroundScene) -> None:
    """Black heaven, mountains of needles, a pool that shines, fires far away."""
    horizon, w, h = scene.view.horizon, scene.view.frame.w, scene.view.frame.h
    dark = scene.top + max(horizon - scene.top, 0) * 0.24
    scene.area(scene.top, scene.bottom, INK)
    scene.gradient(dark, horizon + 2, (60, 60, 50, 50, 40, 30, 20, 10))
    for far, count, level in ((0.34, 15, 50), (0.2, 19, None)):
        peaks = [(scene.left, horizon + 6)]
        for i in range(count):
            x = scene.left + w * (i + scene.rng.uniform(0.2, 0.8)) / count
            high = h * far * scene.rng.uniform(0.4, 1.0)
            peaks += [(x, horizon - high), (x + w * 0.35 / count, horizon - high * 0.2)]
        peaks.append((scene.right, horizon + 6))
        scene.pen.path(lines(peaks, closed=True), tone(level) if level else INK, PAPER, 0.5)
    scene.area(horizon + 4, scene.bottom, INK)
    _pool(scene, horizon)
    for _ in range(5):
        _flame(scene, scene.left + w * scene.rng.random(), horizon + h * 0.02, h * scene.rng.uniform(0.05, 0.11))


def _pool(scene: BackgroundScene, horizon: float) -> None:
    """The pool: a pale sheet with rings and ripples."""
    w, deep = scene.view.frame.w, scene.bottom - horizon
    shore = [(scene.left + w * i / 8, horizon + deep * (0.2 + 0.06 * math.sin(i * 2.1))) for i in range(9)]
    scene.pen.path(
        smooth(shore) + f"L{scene.right:.1f} {scene.bottom:.1f}L{scene.left:.1f} {scene.bottom:.1f}Z",
        tone(10),
        PAPER,
        1,
    )
    for _ in range(26):
        share = scene.rng.random()
        y, x = horizon + deep * (0.28 + 0.7 * share), scene.rng.uniform(scene.left, scene.right)
        r = w * (0.015 + 0.05 * share)
        fill = PAPER if scene.rng.random() < 0.6 else INK
        scene.pen.taper([(x - r, y), (x, y - 2), (x + r, y)], 2 + 4 * share, fill)
    for _ in range(3):
        share = scene.rng.uniform(0.2, 0.7)
        x, y, r = scene.rng.uniform(scene.left, scene.right), horizon + deep * (0.3 + 0.6 * share), w * 0.05
        scene.pen.path(ellipse(x, y, r, r * 0.2), "none", PAPER, 1.4)
        scene.pen.path(ellipse(x, y, r * 0.5, r * 0.1), "none", PAPER, 1.2)


def _flame(scene: BackgroundScene, x: float, y: float, size: float) -> None:
    scene.pen.path(
        f"M{x - size * 0.4:.1f} {y:.1f}C{x - size * 0.7:.1f} {y - size * 0.6:.1f} {x:.1f} {y - size * 0.8:.1f}"
        f" {x - size * 0.1:.1f} {y - size * 1.6:.1f}C{x + size * 0.7:.1f} {y - size:.1f} {x + size * 0.6:.1f}"
        f" {y - size * 0.4:.1f} {x + size * 0.4:.1f} {y:.1f}Z",
        PAPER,
    )
