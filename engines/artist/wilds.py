"""More open land, and beyond it: mountain, river, battlefield, space."""

import math

from engines.artist.ink import INK, PAPER, ellipse, lines, smooth
from engines.artist.nature import ground, land, ribbon, tufts
from engines.artist.outdoors import tree
from engines.artist.scene import BackgroundScene, sky
from engines.comic.document import Point
from engines.comic.tones import tone


def mountain(scene: BackgroundScene) -> None:
    """Peaks with snow and shade behind one another, a rocky ledge in front."""
    sky(scene, 3)
    horizon, w, h = scene.view.horizon, scene.view.frame.w, scene.view.frame.h
    scene.area(horizon, min(horizon + 24, scene.bottom), land(scene, 10))
    for share, high, wide in ((0.16, 0.3, 0.3), (0.86, 0.36, 0.34), (0.52, 0.62, 0.42)):
        x, lift = share + scene.rng.uniform(-0.13, 0.13), high * scene.rng.uniform(0.64, 0.92)
        _peak(scene, (scene.left + w * x, horizon - h * lift), wide * w, horizon)
    for lift, level in ((0.06, 20), (0.02, 10)):
        ridge = [(scene.left + w * i / 9, horizon - h * lift * scene.rng.uniform(0.3, 1.2)) for i in range(10)]
        scene.pen.path(
            lines([*ridge, (scene.right, horizon + 20), (scene.left, horizon + 20)], True),
            land(scene, level),
            width=0.8,
        )
    ground(scene, horizon + 14)
    for i in range(9):
        _rock(
            scene,
            scene.rng.uniform(-7, 7),
            scene.view.depth + scene.rng.uniform(0.5, 7) + i * 0.2,
            scene.rng.uniform(0.3, 1.0),
        )
    tufts(scene, 10)


def _peak(scene: BackgroundScene, top: Point, wide: float, base: float) -> None:
    x, y = top
    high = base - y
    rng = scene.rng
    left = [(x - wide * k * 0.5 + rng.uniform(-4, 4), y + high * k * 0.9) for k in (0.25, 0.5, 0.75, 1.1)]
    right = [(x + wide * k * 0.5 + rng.uniform(-4, 4), y + high * k * 0.9) for k in (0.25, 0.5, 0.75, 1.1)]
    scene.pen.path(lines([top, *right, *left[::-1]], True), land(scene, 5))
    middle = [(x + wide * (0.06 if k % 2 else -0.03), y + high * k * 0.22) for k in range(1, 5)]
    scene.pen.path(lines([top, *right, *middle[::-1]], True), land(scene, 30), width=0)
    snow = [
        (x + wide * dx, y + high * dy)
        for dx, dy in ((0.15, 0.3), (0.08, 0.24), (0.03, 0.36), (-0.04, 0.26), (-0.1, 0.38), (-0.17, 0.3))
    ]
    scene.pen.path(lines([top, *snow], True), PAPER, width=0.7)


def _rock(scene: BackgroundScene, x: float, z: float, size: float) -> None:
    cx, cy = scene.view.at(x, 0, z)
    r = abs(scene.view.at(x + size, 0, z)[0] - cx)
    shape = [(cx + r * dx, cy + r * dy) for dx, dy in ((-1, 0.1), (-0.7, -0.5), (-0.1, -0.8), (0.5, -0.55), (1, 0.1))]
    scene.pen.path(lines(shape, True), land(scene, 5))
    scene.pen.path(lines([shape[2], shape[3], shape[4], (cx + r * 0.3, cy + r * 0.06)], True), land(scene, 30), width=0)


def river(scene: BackgroundScene) -> None:
    """Water that winds from the hills, stones and reeds on its banks."""
    sky(scene, 3)
    horizon, w = scene.view.horizon, scene.view.frame.w
    hills = [(scene.left + w * i / 6, horizon - scene.view.frame.h * scene.rng.uniform(0.03, 0.14)) for i in range(7)]
    scene.pen.path(
        smooth(hills) + f"L{scene.right:.1f} {horizon + 8:.1f}L{scene.left:.1f} {horizon + 8:.1f}Z", land(scene, 15)
    )
    ground(scene, horizon)
    depths = [0.8 + 0.45 * 1.13**i for i in range(34)]
    ribbon(scene, [(math.sin(z / 6) * 3.4 - 1.2, z) for z in depths], 2.0, land(scene, 15))
    for _ in range(34):
        z = 1.2 + 26 * scene.rng.random() ** 2
        x = math.sin(z / 6) * 3.4 - 1.2 + scene.rng.uniform(-1.6, 1.0)
        a, b = scene.view.at(x, 0, z), scene.view.at(x + 0.8, 0, z)
        scene.pen.taper([a, ((a[0] + b[0]) / 2, a[1] - 2), b], 3.0, PAPER if scene.rng.random() < 0.7 else INK)
    for x, z in ((-8.0, 17.0), (8.0, 22.0), (6.0, 14.0)):
        tree(scene, x, z, 4.4)
    for _ in range(8):
        z = scene.rng.uniform(3, 12)
        _rock(scene, math.sin(z / 6) * 3.4 + scene.rng.choice((-3.6, 1.2)), z, scene.rng.uniform(0.2, 0.5))
    tufts(scene, 24)


def battlefield(scene: BackgroundScene) -> None:
    """Smoke, broken banners and spears in torn earth."""
    scene.gradient(scene.top, scene.view.horizon + 2, (40, 40, 30, 30, 20, 15, 10, 5))
    horizon, w, h = scene.view.horizon, scene.view.frame.w, scene.view.frame.h
    for _ in range(5):
        x, size = scene.left + w * scene.rng.random(), h * scene.rng.uniform(0.1, 0.2)
        for k in range(5):
            dot = ellipse(
                x + math.sin(k * 1.3) * size * 0.5,
                horizon - k * size * 0.62,
                size * (0.45 + 0.09 * k),
                size * (0.36 + 0.07 * k),
            )
            scene.pen.path(dot, PAPER if k % 2 else tone(10), width=0.6)
    ridge = [(scene.left + w * i / 12, horizon + h * scene.rng.uniform(-0.02, 0.02)) for i in range(13)]
    scene.pen.path(lines([*ridge, (scene.right, scene.bottom), (scene.left, scene.bottom)], True), land(scene, 10))
    for i in range(12):
        z, x = scene.view.depth + 2 + i * 1.2, scene.rng.uniform(-9, 9)
        lean = scene.rng.uniform(-0.7, 0.7)
        high = scene.rng.uniform(1.6, 3.4)
        scene.line((x, 0, z), (x + lean, high, z), 1.5)
        if i % 3 == 0:
            flag = [
                (x + lean, high, z),
                (x + lean + 1.1, high - 0.1, z),
                (x + lean + 0.8, high - 0.5, z),
                (x + lean + 1.2, high - 0.9, z),
                (x + lean * 0.7, high * 0.7, z),
            ]
            scene.quad(flag, scene.rng.choice((INK, tone(30), PAPER)))
    for _ in range(16):
        _rock(
            scene,
            scene.rng.uniform(-8, 8),
            scene.view.depth + scene.rng.uniform(-0.5, 8),
            scene.rng.uniform(0.15, 0.45),
        )


def space(scene: BackgroundScene) -> None:
    """Stars, a planet with rings and a nebula, and the ground of a small world."""
    frame = scene.view.frame
    scene.area(scene.top, scene.bottom, INK)
    scene.gradient(scene.top + frame.h * 0.4, scene.bottom, (60, 50, 50, 40, 40, 30, 20, 10))
    for _ in range(90):
        r = scene.rng.choice((0.8, 1.0, 1.3, 2.0))
        scene.pen.dot(
            scene.rng.uniform(scene.left, scene.right), scene.rng.uniform(scene.top, scene.bottom), r, fill=PAPER
        )
    right = scene.rng.random() < 0.5
    x, y, r = scene.left + frame.w * (0.8 if right else 0.2), scene.top + frame.h * 0.28, min(frame.w, frame.h) * 0.17
    scene.pen.path(ellipse(x, y, r, r), PAPER, PAPER)
    scene.pen.path(f"M{x - r:.1f} {y:.1f}"
        f"C{x - r:.1f} {y + r * 0.9:.1f} {x + r * 0.6:.1f} {y + r * 1.3:.1f} {x + r:.1f} {y:.1f}"
                   f"C{x + r * 0.6:.1f} {y + r * 0.5:.1f} {x - r * 0.4:.1f} {y + r * 0.6:.1f} {x - r:.1f} {y:.1f}"
                       f"Z", tone(30), width=0)  # fmt: skip
    ring = f"M{x - r * 1.7:.1f} {y + r * 0.3:.1f}Q{x:.1f} {y + r * 0.9:.1f} {x + r * 1.7:.1f} {y - r * 0.5:.1f}"
    scene.pen.stroke(ring, 5, INK)
    scene.pen.stroke(ring, 3, PAPER)
    ground = [
        (scene.left + frame.w * i / 8, scene.view.horizon + frame.h * 0.16 + abs(i - 4) * frame.h * 0.012)
        for i in range(9)
    ]
    scene.pen.path(
        smooth(ground) + f"L{scene.right:.1f} {scene.bottom:.1f}L{scene.left:.1f} {scene.bottom:.1f}Z", tone(10)
    )
    for _ in range(9):
        cx, cy = (
            scene.rng.uniform(scene.left, scene.right),
            scene.rng.uniform(scene.view.horizon + frame.h * 0.24, scene.bottom + 1),
        )
        size = frame.w * scene.rng.uniform(0.02, 0.06)
        scene.pen.path(ellipse(cx, cy, size, size * 0.3), tone(30), width=0.7)
        scene.pen.path(ellipse(cx, cy + size * 0.08, size * 0.85, size * 0.2), PAPER, width=0)
