"""The town: street, rooftop and station, built in metres around the camera."""

from itertools import pairwise

from engines.artist.ink import INK, PAPER
from engines.artist.scene import BackgroundScene, leaves, sky
from engines.comic.tones import tone


def _lit(scene: BackgroundScene) -> str:
    """Window panes: dark by day, bright by night."""
    return PAPER if scene.time == "night" else tone(30)


def stone(scene: BackgroundScene, level: int = 0) -> str:
    """The fill of a surface at the hour of the scene."""
    night = scene.time == "night"
    return tone(min(level + 20, 50)) if night else (tone(level) if level else PAPER)


def street(scene: BackgroundScene) -> None:
    """A road between houses, with poles, wires and a tree."""
    sky(scene, 2)
    scene.area(scene.view.horizon, scene.bottom, stone(scene, 5))
    scene.floor((-2.2, 2.2), 0, (0.3, 60), stone(scene, 10), 1)
    for z in range(0, 40, 4):
        scene.floor((-0.08, 0.08), 0.001, (max(z, 0.3), z + 2), PAPER, 0.5)
    for side in (-1, 1):
        scene.line((2.5 * side, 0, 0.3), (2.5 * side, 0, 60), 0.8)
        scene.line((3.7 * side, 0, 0.3), (3.7 * side, 0, 60), 0.6)
    z = 46.0
    while z > 3:
        deep = scene.rng.uniform(4, 7)
        for side in (-1, 1):
            _cottage(scene, side, z - deep, deep, scene.rng.uniform(3.2, 8.5))
        z -= deep + 0.3
    _poles(scene)


def _cottage(scene: BackgroundScene, side: int, z: float, deep: float, high: float) -> None:
    if z < 1.2:
        return
    near, far = 3.8 * side, 11.0 * side
    x = (min(near, far), max(near, far))
    fill = scene.rng.choice((stone(scene), stone(scene), stone(scene, 10)))
    scene.block(x, (0, high), (z, z + deep), fill, stone(scene, 5))
    floors = max(1, int(high / 2.6))
    for level in range(floors):
        y = 0.9 + level * 2.6
        for i in range(2):
            a = z + 0.5 + i * deep * 0.48
            scene.side(near, (y, y + 1.2), (a, a + deep * 0.3), _lit(scene), 0.8)
        for i in range(2):
            wx = near + (0.6 + i * 2.2) * side
            scene.wall((min(wx, wx + 1.2 * side), max(wx, wx + 1.2 * side)), (y, y + 1.2), z, _lit(scene), 0.8)
    if high < 5:
        scene.quad(
            [
                (near - 0.2 * side, high, z - 0.2),
                (near - 0.2 * side, high, z + deep),
                (near + 1.6 * side, high + 1.3, z + deep),
                (near + 1.6 * side, high + 1.3, z - 0.2),
            ],
            stone(scene, 40),
            1,
        )
        scene.quad(
            [
                (near - 0.2 * side, high, z - 0.2),
                (near + 1.6 * side, high + 1.3, z - 0.2),
                (near + 3.4 * side, high, z - 0.2),
            ],
            stone(scene),
            1,
        )


def _poles(scene: BackgroundScene) -> None:
    tops = []
    for z in (32.0, 22.0, 14.0, 8.0):
        x = 2.75
        scene.wall((x - 0.09, x + 0.09), (0, 6.4), z, stone(scene), 0.9)
        for y in (6.0, 5.5):
            scene.wall((x - 0.7, x + 0.7), (y, y + 0.1), z - 0.05, INK if scene.time == "night" else PAPER, 0.7)
        tops.append([scene.view.at(x + dx, y + 0.1, z) for dx in (-0.6, 0.6) for y in (6.0, 5.5)])
    tops.append([scene.view.at(2.75 + dx, y + 0.1, 3.2) for dx in (-0.6, 0.6) for y in (6.0, 5.5)])
    for one, other in pairwise(tops):
        for (ax, ay), (bx, by) in zip(one, other, strict=True):
            sag = abs(bx - ax) * 0.12 + 3
            scene.pen.stroke(f"M{ax:.1f} {ay:.1f}Q{(ax + bx) / 2:.1f} {(ay + by) / 2 + sag:.1f} {bx:.1f} {by:.1f}", 0.6)


def rooftop(scene: BackgroundScene) -> None:
    """Tiles, a wire fence and the town behind it."""
    sky(scene, 3)
    back = scene.view.depth + 4.5
    _skyline(scene)
    scene.floor((-40, 40), 0, (0.3, back), stone(scene), 0.8)
    for i in range(-18, 19):
        scene.line((i * 1.0, 0, 0.3), (i * 1.0, 0, back), 0.45)
    z = back
    while z > 0.6:
        scene.line((-40, 0, z), (40, 0, z), 0.45)
        z -= 1.0
    scene.wall((-40, 40), (0, 0.3), back, stone(scene, 5), 1)
    _fence(scene, back)
    scene.block((4.2, 8), (0, 2.9), (back - 2.6, back - 0.2), stone(scene), stone(scene, 20))
    scene.wall((4.9, 5.8), (0, 2.1), back - 2.62, stone(scene, 10), 1)
    scene.block((4.0, 8.2), (2.9, 3.1), (back - 2.8, back), stone(scene), stone(scene, 30))


def _skyline(scene: BackgroundScene) -> None:
    for z, low, high, level in ((120, 2, 13, 15), (70, -6, 7, 5)):
        x = -95.0
        while x < 95:
            wide, top = scene.rng.uniform(5, 12), scene.rng.uniform(low, high)
            scene.wall((x, x + wide), (-30, top), z, stone(scene, level), 0.7)
            for row in range(4):
                for column in range(3):
                    wx, wy = x + wide * (0.15 + column * 0.28), top - 2 - row * 2.4
                    if scene.rng.random() < 0.6 and z < 100:
                        scene.wall((wx, wx + wide * 0.14), (wy - 1, wy), z, _lit(scene), 0.3)
            x += wide * scene.rng.uniform(0.85, 1.2)


def _fence(scene: BackgroundScene, z: float) -> None:
    for i in range(-16, 17):
        scene.line((i * 1.6, 0.3, z), (i * 1.6, 2.0, z), 1.3)
    for y, weight in ((2.0, 1.5), (1.15, 0.7), (0.4, 0.9)):
        scene.line((-30, y, z), (30, y, z), weight)
    span = 30
    for i in range(-span, span):
        scene.line((i * 0.8, 0.4, z), (i * 0.8 + 1.6, 2.0, z), 0.3)
        scene.line((i * 0.8 + 1.6, 0.4, z), (i * 0.8, 2.0, z), 0.3)


def station(scene: BackgroundScene) -> None:
    """A platform under a roof, a waiting train, a name board and a clock."""
    sky(scene, 2)
    scene.area(scene.view.horizon, scene.bottom, stone(scene, 15))
    scene.floor((-1.9, 4.4), 0, (0.3, 60), stone(scene), 1)
    scene.floor((-1.5, -1.25), 0.001, (0.3, 60), tone(30), 0.6)
    scene.line((-1.75, 0, 0.3), (-1.75, 0, 60), 0.7)
    for i in range(1, 16):
        scene.line((-1.9, 0, i * 1.6), (4.4, 0, i * 1.6), 0.4)
    _train(scene)
    scene.side(4.4, (0, 3.4), (0.3, 60), stone(scene, 10), 1)
    scene.line((4.4, 1.1, 0.3), (4.4, 1.1, 60), 0.7)
    scene.floor((-1.6, 4.4), 3.4, (0.3, 60), stone(scene, 30), 1)
    for i in range(1, 14):
        scene.line((-1.6, 3.4, i * 2), (4.4, 3.4, i * 2), 0.7)
    for z in (24, 17, 11, 6):
        if z > scene.view.depth * 0.7:
            scene.block((2.3, 2.6), (0, 3.4), (z, z + 0.3), stone(scene), tone(40))
    z = scene.view.depth + 4
    scene.wall((-0.2, 1.6), (2.35, 2.85), z, PAPER, 1.2)
    scene.wall((-0.2, 1.6), (2.5, 2.6), z, INK, 0)
    for x in (0.0, 1.4):
        scene.line((x, 2.85, z), (x, 3.4, z), 0.9)
    _bench(scene, z)


def _train(scene: BackgroundScene) -> None:
    scene.side(-2.0, (0.1, 2.9), (2.2, 40), PAPER, 1.1)
    scene.side(-2.0, (0.75, 0.95), (2.2, 40), tone(50), 0.5)
    for car in range(4):
        start = 2.4 + car * 9.2
        for i in range(4):
            z = start + i * 2.2
            scene.side(-2.0, (0.15, 2.1), (z, z + 0.9), PAPER, 0.9)
            scene.side(-2.0, (1.15, 1.95), (z + 0.12, z + 0.4), tone(40), 0.5)
            scene.side(-2.0, (1.15, 1.95), (z + 0.5, z + 0.78), tone(40), 0.5)
            scene.side(-2.0, (1.15, 1.95), (z + 1.1, z + 2.0), tone(30), 0.7)
        scene.line((-2.0, 0.1, start + 8.95), (-2.0, 2.9, start + 8.95), 1.6)


def _bench(scene: BackgroundScene, z: float) -> None:
    scene.block((2.9, 4.1), (0.38, 0.46), (z, z + 0.5), PAPER, tone(20))
    scene.wall((2.9, 4.1), (0.5, 0.9), z + 0.5, PAPER, 0.9)
    for x in (3.0, 4.0):
        scene.line((x, 0, z), (x, 0.4, z), 1.2)


def tree(scene: BackgroundScene, x: float, z: float, high: float) -> None:
    """A broad-leaved tree at (x, z), ``high`` metres tall."""
    (cx, base), (_, crown) = scene.view.at(x, 0, z), scene.view.at(x, high * 0.68, z)
    size = abs(scene.view.at(x + 1, 0, z)[0] - cx)
    scene.pen.path(
        f"M{cx - size * 0.16:.1f} {base:.1f}L{cx - size * 0.1:.1f} {crown:.1f}"
        f"L{cx + size * 0.1:.1f} {crown:.1f}L{cx + size * 0.16:.1f} {base:.1f}Z",
        stone(scene, 20),
    )
    leaves(scene.pen, (cx, crown), size * high * 0.28, size * high * 0.34, fill=stone(scene, 15), rng=scene.rng)
