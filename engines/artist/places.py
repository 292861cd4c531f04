"""More places within walls or of the town: library, kitchen, shop, bridge, temple."""

from engines.artist.indoors import boards, pane, shell
from engines.artist.ink import INK, PAPER, ellipse, lines
from engines.artist.outdoors import stone, tree
from engines.artist.scene import BackgroundScene, sky
from engines.comic.tones import tone


def _books(scene: BackgroundScene, x: tuple[float, float], y: float, z: float) -> None:
    """A row of books on a board that faces the camera."""
    at = x[0] + 0.04
    while at < x[1] - 0.1:
        wide, tall = scene.rng.uniform(0.07, 0.16), scene.rng.uniform(0.24, 0.36)
        fill = scene.rng.choice((PAPER, PAPER, PAPER, INK, tone(20)))
        scene.wall((at, at + wide), (y, y + tall), z, fill, 0.6)
        at += wide + (0.1 if scene.rng.random() < 0.1 else 0)


def library(scene: BackgroundScene) -> None:
    """High shelves on three sides, a ladder, a reading table with a lamp."""
    back = scene.view.depth + 4.0
    shell(scene, 3.6, 3.4, back)
    boards(scene, 3.6, back, 0.4)
    for x in (-2.6, -1.1, 0.4, 1.9):
        scene.wall((x, x + 1.4), (0, 3.1), back - 0.05, tone(30), 1.1)
        for level in range(6):
            y = 0.12 + level * 0.5
            scene.wall((x + 0.04, x + 1.36), (y - 0.05, y), back - 0.08, PAPER, 0.7)
            _books(scene, (x, x + 1.36), y, back - 0.08)
    for side in (-1, 1):
        for i in range(4):
            z = back - 0.2 - i * 1.3
            scene.side(3.2 * side, (0, 3.1), (z - 1.2, z), tone(20), 1)
            for level in range(6):
                y = 0.12 + level * 0.5
                scene.side(3.18 * side, (y, y + 0.34), (z - 1.12, z - 0.06), PAPER, 0.8)
                for k in range(1, 7):
                    scene.line((3.17 * side, y, z - k * 0.16), (3.17 * side, y + 0.33, z - k * 0.16), 0.5)
    for dx in (0.0, 0.34):
        scene.line((1.1 + dx, 0, back - 0.7), (1.16 + dx, 2.6, back - 0.2), 1.4)
    for k in range(7):
        scene.line((1.1, 0.3 + k * 0.34, back - 0.6), (1.46, 0.3 + k * 0.34, back - 0.6), 0.9)
    _table(scene, (-1.9, -0.4), back - 1.7)


def _table(scene: BackgroundScene, x: tuple[float, float], z: float) -> None:
    for leg in x:
        scene.line((leg, 0, z), (leg, 0.72, z), 1.4)
    scene.block(x, (0.72, 0.8), (z, z + 0.7), PAPER, tone(20))


def kitchen(scene: BackgroundScene) -> None:
    """A window over the sink, cupboards, a stove with a pot, a table."""
    back = scene.view.depth + 2.4
    shell(scene, 2.8, 2.5, back)
    for i in range(-6, 7):
        scene.line((i * 0.5, 0, 0.3), (i * 0.5, 0, back), 0.4)
    for i in range(1, 14):
        scene.line((-2.8, 0, i * 0.5), (2.8, 0, i * 0.5), 0.4)
    scene.wall((-0.8, 0.8), (1.1, 2.0), back, PAPER, 1.2)
    for a, b in ((-0.74, -0.03), (0.03, 0.74)):
        scene.wall((a, b), (1.16, 1.94), back, pane(scene), 0.8)
    for x in (-2.7, -1.75, 0.95, 1.85):
        scene.block((x, x + 0.86), (1.6, 2.3), (back - 0.35, back), PAPER, tone(20))
        scene.line((x + 0.43, 1.6, back - 0.36), (x + 0.43, 2.3, back - 0.36), 0.7)
    scene.block((-2.75, 2.75), (0, 0.86), (back - 0.6, back), tone(10), tone(30))
    scene.floor((-2.75, 2.75), 0.87, (back - 0.64, back), PAPER, 1)
    for i in range(7):
        scene.wall((-2.7 + i * 0.78, -2.0 + i * 0.78), (0.08, 0.74), back - 0.61, PAPER, 0.8)
    cx, cy = scene.view.at(1.6, 0.96, back - 0.4)
    r = abs(scene.view.at(1.82, 0.96, back - 0.4)[0] - cx)
    scene.pen.path(
        lines([(cx - r, cy - r), (cx + r, cy - r), (cx + r * 0.9, cy + r * 0.4), (cx - r * 0.9, cy + r * 0.4)], True)
    )
    scene.pen.path(ellipse(cx, cy - r, r, r * 0.26), tone(20))
    _table(scene, (-2.2, -0.6), back - 1.9)


def shop(scene: BackgroundScene) -> None:
    """A counter, shelves of jars and boxes, a hanging sign and a lamp."""
    back = scene.view.depth + 3.0
    shell(scene, 3.2, 2.8, back)
    boards(scene, 3.2, back, 0.45)
    for y in (0.95, 1.45, 1.95):
        scene.wall((-2.9, 2.9), (y - 0.06, y), back - 0.3, PAPER, 0.9)
        x = -2.8
        while x < 2.6:
            wide, tall = scene.rng.uniform(0.16, 0.34), scene.rng.uniform(0.2, 0.38)
            fill = scene.rng.choice((PAPER, PAPER, tone(15), tone(30)))
            scene.wall((x, x + wide), (y, y + tall), back - 0.28, fill, 0.7)
            scene.wall((x, x + wide), (y + tall * 0.35, y + tall * 0.65), back - 0.29, PAPER, 0.5)
            x += wide + scene.rng.uniform(0.04, 0.2)
    scene.block((-2.6, 1.2), (0, 0.95), (back - 1.5, back - 0.8), tone(10), tone(30))
    scene.floor((-2.7, 1.3), 0.96, (back - 1.6, back - 0.7), PAPER, 1)
    for k in range(5):
        scene.wall((-2.5 + k * 0.74, -1.86 + k * 0.74), (0.12, 0.8), back - 1.51, PAPER, 0.7)
    scene.side(3.18, (0, 2.2), (back - 2.6, back - 1.2), PAPER, 1.1)
    scene.side(3.17, (0.9, 2.05), (back - 2.45, back - 1.35), pane(scene), 0.8)
    scene.wall((-0.9, 0.9), (2.3, 2.65), back - 1.2, PAPER, 1.2)
    scene.wall((-0.7, 0.7), (2.42, 2.52), back - 1.21, INK, 0)


def bridge(scene: BackgroundScene) -> None:
    """A bridge that runs to the far bank, rails on both sides, water below."""
    sky(scene, 3)
    horizon = scene.view.horizon
    scene.area(horizon, scene.bottom, stone(scene, 15))
    scene.gradient(horizon, horizon + (scene.bottom - horizon) * 0.3, (30, 20, 20))
    x = -60.0
    while x < 60:
        wide = scene.rng.uniform(4, 9)
        scene.wall((x, x + wide), (-1, scene.rng.uniform(1.5, 5)), 60, stone(scene, 10), 0.6)
        x += wide
    scene.floor((-1.8, 1.8), 0, (0.3, 48), stone(scene), 1.2)
    for i in range(1, 22):
        scene.line((-1.8, 0, i * 0.9), (1.8, 0, i * 0.9), 0.4)
    for side in (-1, 1):
        rail = 1.8 * side
        scene.side(rail, (-0.5, 0), (0.3, 48), tone(30), 0.8)
        for z in range(1, 24):
            scene.line((rail, 0, z * 1.1), (rail, 1.0, z * 1.1), 1.1)
        for y, w in ((1.0, 2.0), (0.55, 0.8)):
            scene.line((rail, y, 0.3), (rail, y, 48), w)
        for z in (5.0, 13.0, 26.0):
            scene.wall((rail - 0.16, rail + 0.16), (0, 1.4), z, stone(scene, 10))
            scene.wall((rail - 0.22, rail + 0.22), (1.4, 1.55), z, stone(scene, 30))
    for _ in range(16):
        wx, wz = scene.rng.uniform(3, 16) * scene.rng.choice((-1, 1)), scene.rng.uniform(4, 26)
        scene.line((wx, -1, wz), (wx + 1.4, -1, wz), 0.8)


def temple(scene: BackgroundScene) -> None:
    """A gate of two posts, stone steps, lanterns and a hall with a wide roof."""
    sky(scene, 2)
    scene.area(scene.view.horizon, scene.bottom, stone(scene, 5))
    z = scene.view.depth + 11
    for x, depth in ((-10.0, 26.0), (-6.5, 22.0), (7.0, 22.0), (10.5, 26.0)):
        tree(scene, x, depth, 7.5)
    scene.block((-3.6, 3.6), (0, 0.7), (z, z + 5), stone(scene, 5), tone(20))
    scene.wall((-3.1, 3.1), (0.7, 3.1), z + 0.8, stone(scene), 1)
    for x in (-2.8, -1.4, 1.4, 2.8):
        scene.wall((x - 0.13, x + 0.13), (0.7, 3.1), z + 0.4, stone(scene, 30))
    scene.wall((-1.1, 1.1), (0.7, 2.7), z + 0.5, INK if scene.time != "night" else PAPER)
    scene.quad(
        [(-5.2, 3.0, z), (-4.6, 3.3, z), (-1.6, 5.2, z + 1), (1.6, 5.2, z + 1), (4.6, 3.3, z), (5.2, 3.0, z)],
        tone(50),
        1.2,
    )
    scene.wall((-1.7, 1.7), (5.2, 5.4), z + 1, INK)
    for i in range(-7, 8):
        scene.pen.segment(scene.view.at(i * 0.62, 3.25, z), scene.view.at(i * 0.22, 5.15, z + 1), 0.5)
    for k in range(5):
        scene.wall((-1.6, 1.6), (k * 0.14, k * 0.14 + 0.14), z - 1.2 + k * 0.24, stone(scene), 0.8)
    scene.floor((-1.3, 1.3), 0.001, (0.3, z - 1.2), stone(scene), 0.9)
    for i in range(2, 14):
        scene.line((-1.3, 0, i * 1.1), (1.3, 0, i * 1.1), 0.4)
    for side in (-1, 1):
        for depth in (z - 3, z - 7):
            if depth > 3:
                _lantern(scene, 2.1 * side, depth)
    _gate(scene, z - 5)


def _lantern(scene: BackgroundScene, x: float, z: float) -> None:
    scene.wall((x - 0.12, x + 0.12), (0, 0.9), z, stone(scene, 10), 0.9)
    scene.wall((x - 0.26, x + 0.26), (0.9, 1.3), z, PAPER if scene.time == "night" else stone(scene, 5), 0.9)
    scene.quad([(x - 0.42, 1.3, z), (x, 1.62, z), (x + 0.42, 1.3, z)], stone(scene, 30))


def _gate(scene: BackgroundScene, z: float) -> None:
    fill = tone(50) if scene.time != "night" else INK
    for x in (-2.5, 2.5):
        scene.wall((x - 0.2, x + 0.2), (0, 4.2), z, fill, 1.1)
    scene.wall((-3.1, 3.1), (3.3, 3.6), z - 0.05, fill, 1.1)
    scene.quad([(-3.7, 4.55, z), (0, 4.4, z), (3.7, 4.55, z), (3.5, 4.1, z), (-3.5, 4.1, z)], fill, 1.1)
    scene.wall((-0.3, 0.3), (3.5, 4.15), z - 0.1, PAPER, 1)
