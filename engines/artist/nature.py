"""Open land: forest, sea, field and castle."""

import math
from collections.abc import Sequence
from itertools import pairwise

from engines.artist.ink import INK, PAPER, lines, smooth
from engines.artist.outdoors import tree
from engines.artist.scene import BackgroundScene, leaves, sky
from engines.comic.document import Point
from engines.comic.tones import tone


def land(scene: BackgroundScene, level: int) -> str:
    """The fill of open land at the hour of the scene."""
    return tone(min(level + 20, 50)) if scene.time == "night" else (tone(level) if level else PAPER)


def ground(scene: BackgroundScene, top: float) -> None:
    """Open ground: darker towards the horizon, never bare paper."""
    if scene.time == "night":
        scene.area(top, scene.bottom, land(scene, 0))
        return
    scene.gradient(top, scene.bottom, (10, 10, 5, 5, 5, 5, 5, 5))


def forest(scene: BackgroundScene) -> None:
    """Trunks in three depths, a canopy and tufts of grass."""
    scene.area(scene.top, scene.bottom, land(scene, 20))
    scene.area(scene.view.horizon, scene.bottom, land(scene, 5))
    for z, count, level in ((22.0, 15, 15), (13.0, 8, 5), (scene.view.depth + 2.2, 5, 0)):
        for i in range(count):
            reach = z * 0.9
            x = (i + scene.rng.uniform(0.1, 0.9)) / count * 2 * reach - reach
            _trunk(scene, x, z + scene.rng.uniform(-0.6, 0.6), level)
    for i in range(7):
        share = (i + 0.5) / 7
        centre = (
            scene.left + scene.view.frame.w * share,
            scene.top + scene.rng.uniform(-0.02, 0.05) * scene.view.frame.h,
        )
        leaves(
            scene.pen,
            centre,
            scene.view.frame.w * 0.13,
            scene.view.frame.h * 0.13,
            fill=land(scene, 30),
            rng=scene.rng,
        )
    tufts(scene, 26)


def _trunk(scene: BackgroundScene, x: float, z: float, level: int) -> None:
    cx, base = scene.view.at(x, 0, z)
    metre = abs(scene.view.at(x + 1, 0, z)[0] - cx)
    w, bend, top = metre * scene.rng.uniform(0.18, 0.32), metre * scene.rng.uniform(-0.3, 0.3), scene.top - 20
    scene.pen.path(
        f"M{cx - w * 1.9:.1f} {base:.1f}"
        f"Q{cx - w:.1f} {base - metre * 0.4:.1f} {cx - w + bend * 0.4:.1f} {(base + top) / 2:.1f}"
        f"L{cx - w * 0.8 + bend:.1f} {top:.1f}L{cx + w * 0.8 + bend:.1f} {top:.1f}"
        f"L{cx + w + bend * 0.4:.1f} {(base + top) / 2:.1f}"
        f"Q{cx + w:.1f} {base - metre * 0.4:.1f} {cx + w * 1.9:.1f} {base:.1f}"
        f"Q{cx:.1f} {base + metre * 0.12:.1f} {cx - w * 1.9:.1f} {base:.1f}Z",
        land(scene, level),
    )
    for _ in range(3):
        y = base - (base - top) * scene.rng.uniform(0.1, 0.8)
        dx = w * scene.rng.uniform(-0.5, 0.5) + bend * 0.3
        scene.pen.stroke(
            f"M{cx + dx:.1f} {y:.1f}Q{cx + dx + w * 0.2:.1f} {y - metre * 0.3:.1f} {cx + dx:.1f} {y - metre * 0.6:.1f}",
            0.6,
        )


def tufts(scene: BackgroundScene, count: int) -> None:
    """Grass, larger towards the camera."""
    for _ in range(count):
        y = scene.view.horizon + (scene.bottom - scene.view.horizon) * scene.rng.uniform(0.08, 1) ** 1.2
        x = scene.rng.uniform(scene.left, scene.right)
        h = 5 + (y - scene.view.horizon) / max(scene.bottom - scene.view.horizon, 1) * scene.view.frame.h * 0.05
        for dx in (-0.5, 0, 0.5):
            scene.pen.taper([(x + dx * h * 0.4, y), (x + dx * h * 0.7, y - h * 0.6), (x + dx * h * 1.5, y - h)], 2.0)


def sea(scene: BackgroundScene) -> None:
    """The horizon, waves, their glitter and a beach."""
    sky(scene, 4)
    horizon = scene.view.horizon
    shore = horizon + (scene.bottom - horizon) * 0.55
    scene.area(horizon, scene.bottom, land(scene, 15))
    scene.gradient(horizon, horizon + (shore - horizon) * 0.5, (40, 30, 20) if scene.time != "night" else (60, 60, 50))
    scene.pen.stroke(lines([(scene.left, horizon), (scene.right, horizon)]), 1.2)
    for _ in range(30):
        share = scene.rng.random() ** 1.5
        y, x = horizon + 4 + (shore - horizon) * share, scene.rng.uniform(scene.left, scene.right)
        w = (0.03 + 0.08 * share) * scene.view.frame.w
        scene.pen.taper(
            [(x - w, y), (x - w * 0.4, y - 3 * share - 1), (x, y + 1), (x + w * 0.5, y - 3 * share), (x + w, y)],
            2.5 + 2 * share,
            PAPER,
        )
    waves = [(scene.left + scene.view.frame.w * i / 8, shore + (9 if i % 2 else -9) + i * 2) for i in range(9)]
    scene.pen.path(
        smooth(waves) + f"L{scene.right:.1f} {scene.bottom:.1f}L{scene.left:.1f} {scene.bottom:.1f}Z", land(scene, 0)
    )
    scene.pen.stroke(smooth([(x, y + 14) for x, y in waves]), 0.7)
    for _ in range(40):
        x, y = scene.rng.uniform(scene.left, scene.right), scene.rng.uniform(shore + 24, max(scene.bottom, shore + 25))
        scene.pen.dot(x, y, 1.3)


def field(scene: BackgroundScene) -> None:
    """Mountains, hills, a path, a few trees and grass."""
    sky(scene, 4)
    horizon, w, h = scene.view.horizon, scene.view.frame.w, scene.view.frame.h
    _range(scene, horizon)
    scene.area(horizon, min(horizon + 8, scene.bottom), land(scene, 5))
    for lift, level in ((0.07, 15), (0.035, 10)):
        points = [(scene.left + w * i / 5, horizon - h * lift * scene.rng.uniform(0.2, 1.0)) for i in range(6)]
        scene.pen.path(
            smooth(points) + f"L{scene.right:.1f} {horizon + 6:.1f}L{scene.left:.1f} {horizon + 6:.1f}Z",
            land(scene, level),
        )
    ground(scene, horizon + 5)
    for z in (30.0, 24.0, 19.0):
        tree(scene, scene.rng.choice((-1, 1)) * scene.rng.uniform(4, 13), z, scene.rng.uniform(3.8, 5.2))
    _path(scene)
    tufts(scene, 34)


def _path(scene: BackgroundScene) -> None:
    """A way that winds to the horizon."""
    start, turn = scene.rng.uniform(-1.5, 1.5), scene.rng.choice((-1, 1))
    depths = [0.9 * 1.13**i for i in range(33)]
    ribbon(scene, [(start + turn * math.sin(z / 11) * 3.0, z) for z in depths], 0.9, land(scene, 10))


def ribbon(scene: BackgroundScene, middle: Sequence[Point], half: float, fill: str) -> None:
    """A way or a water on the ground along points (x, z) in metres; cut at the frame, however near it comes."""
    edges = [[scene.view.at(x + side, 0.0, z) for x, z in middle] for side in (-half, half)]
    scene.pen.polygon([*edges[0], *edges[1][::-1]], fill, 0)
    for edge in edges:
        for a, b in pairwise(edge):
            scene.pen.segment(a, b, 0.7)


def _range(scene: BackgroundScene, horizon: float) -> None:
    w, h = scene.view.frame.w, scene.view.frame.h
    peaks = [(scene.left, horizon)]
    for i in range(7):
        peaks.append(
            (
                scene.left + w * (i + scene.rng.uniform(0.1, 0.9)) / 7,
                horizon - h * (0.2 if i % 2 else 0.09) * scene.rng.uniform(0.7, 1.1),
            )
        )
    peaks.append((scene.right, horizon))
    scene.pen.path(lines(peaks, closed=True), land(scene, 10), width=0.9)
    for x, y in peaks[2:-1:2]:
        drop = (horizon - y) * 0.4
        scene.pen.path(
            lines(
                [
                    (x, y),
                    (x + drop * 0.9, y + drop),
                    (x + drop * 0.3, y + drop * 0.7),
                    (x, y + drop * 1.1),
                    (x - drop * 0.3, y + drop * 0.7),
                    (x - drop * 0.7, y + drop),
                ],
                closed=True,
            ),
            PAPER,
            width=0.7,
        )


def castle(scene: BackgroundScene) -> None:
    """Towers on a hill, a wall with a gate and a way up to it."""
    sky(scene, 3)
    scene.area(scene.view.horizon, scene.bottom, land(scene, 5))
    fitting = scene.view.scale * scene.view.depth * 17 / max(scene.view.horizon - scene.top, 60)
    z = max(scene.view.depth + 12, fitting)
    hill = [
        scene.view.at(x, y, z)
        for x, y in ((-30, -0.5), (-16, 0.6), (-8, 1.6), (0, 2.0), (8, 1.6), (16, 0.6), (30, -0.5))
    ]
    scene.pen.path(
        smooth(hill) + f"L{scene.right + 50:.1f} {scene.bottom:.1f}L{scene.left - 50:.1f} {scene.bottom:.1f}Z",
        land(scene, 10),
    )
    for x, wide, high in ((-3.0, 1.5, 12.5), (3.2, 1.3, 10.5), (0.2, 2.4, 8.6), (-6.9, 1.3, 7.6), (7.0, 1.4, 8.0)):
        _tower(scene, x, wide, high, z)
    _rampart(scene, z - 0.3)
    a, b = scene.view.at(-1, 1.9, z), scene.view.at(1, 1.9, z)
    c, d = scene.view.at(3.4, 0, 2.0), scene.view.at(-2.0, 0, 2.0)
    scene.pen.path(
        f"M{a[0]:.1f} {a[1]:.1f}L{b[0]:.1f} {b[1]:.1f}"
        f"Q{b[0] + 30:.1f} {b[1] + 60:.1f} {c[0]:.1f} {c[1]:.1f}"
        f"L{d[0]:.1f} {d[1]:.1f}"
        f"Q{a[0] + 10:.1f} {a[1] + 70:.1f} {a[0]:.1f} {a[1]:.1f}Z",
        land(scene, 0),
        width=0.8,
    )
    tufts(scene, 20)


def _tower(scene: BackgroundScene, x: float, wide: float, high: float, z: float) -> None:
    scene.wall((x - wide * 0.8, x + wide * 0.8), (0.6, high * 0.72), z, land(scene, 0))
    scene.wall((x + wide * 0.3, x + wide * 0.8), (0.6, high * 0.72), z, tone(30), 0)
    scene.wall((x - wide, x + wide), (high * 0.72, high * 0.8), z - 0.1, land(scene, 0))
    scene.quad([(x - wide * 1.05, high * 0.8, z), (x, high * 1.12, z), (x + wide * 1.05, high * 0.8, z)], tone(50))
    for y in (0.42, 0.58):
        scene.wall(
            (x - 0.22, x + 0.1), (high * y, high * y + 0.8), z - 0.1, PAPER if scene.time == "night" else INK, 0.6
        )
    scene.line((x, high * 1.12, z), (x, high * 1.12 + 1.2, z), 1)
    scene.quad([(x, high * 1.12 + 1.2, z), (x + 1.1, high * 1.12 + 0.9, z), (x, high * 1.12 + 0.6, z)], INK)


def _rampart(scene: BackgroundScene, z: float) -> None:
    scene.wall((-8.5, 8.5), (0.4, 4.2), z, land(scene, 0))
    for i in range(12):
        x = -8.5 + i * 1.48
        scene.wall((x, x + 0.75), (4.2, 4.8), z, land(scene, 0))
    (cx, cy), (rx, top) = scene.view.at(0, 1.6, z), scene.view.at(1.1, 3.6, z)
    r = rx - cx
    scene.pen.path(
        f"M{cx - r:.1f} {cy:.1f}L{cx - r:.1f} {top + r * 0.7:.1f}"
        f"Q{cx:.1f} {top - r * 0.5:.1f} {cx + r:.1f} {top + r * 0.7:.1f}L{cx + r:.1f} {cy:.1f}Z",
        INK,
    )
    for _ in range(16):
        x, y = scene.rng.uniform(-8, 7), scene.rng.uniform(1.2, 3.8)
        if abs(x) > 1.6:
            scene.line((x, y, z), (x + 0.6, y, z), 0.6)
