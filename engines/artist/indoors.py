"""Rooms: classroom and living room, built in metres around the camera."""

from engines.artist.ink import INK, PAPER, ellipse
from engines.artist.scene import BackgroundScene
from engines.comic.tones import tone


def shell(scene: BackgroundScene, half: float, high: float, back: float) -> None:
    """Floor, ceiling, back wall and side walls."""
    night = scene.time == "night"
    wall, floor = (tone(20), tone(40)) if night else (PAPER, tone(15))
    scene.area(scene.top, scene.bottom, wall)
    scene.floor((-half, half), 0, (0.3, back), floor)
    scene.floor((-half, half), high, (0.3, back), tone(20) if night else PAPER)
    scene.wall((-half, half), (0, high), back, wall)
    for x in (-half, half):
        scene.side(x, (0, high), (0.3, back), tone(30) if night else (tone(20) if x > 0 else tone(5)))
        scene.side(x * 0.998, (0, 0.1), (0.3, back), INK, 0)
    scene.wall((-half, half), (0, 0.1), back - 0.01, INK, 0)


def pane(scene: BackgroundScene) -> str:
    """What a window shows at the hour of the scene."""
    return {"day": PAPER, "evening": tone(15), "night": INK}[scene.time]


def _side_window(scene: BackgroundScene, x: float, z: tuple[float, float]) -> None:
    scene.side(x, (0.95, 2.35), z, PAPER, 1.1)
    middle = (z[0] + z[1]) / 2
    for a, b in ((z[0] + 0.06, middle - 0.03), (middle + 0.03, z[1] - 0.06)):
        scene.side(x, (1.02, 2.28), (a, b), pane(scene), 0.8)
    if scene.time != "night":
        scene.line((x, 1.2, z[0] + 0.2), (x, 1.9, middle - 0.2), 0.6)
        scene.line((x, 1.1, middle + 0.2), (x, 1.7, z[1] - 0.2), 0.6)


def boards(scene: BackgroundScene, half: float, back: float, step: float) -> None:
    """The boards of a floor."""
    x = -half
    while x < half:
        scene.line((x, 0, 0.3), (x, 0, back), 0.5)
        x += step


def classroom(scene: BackgroundScene) -> None:
    """A blackboard at the back, windows to the left, rows of desks."""
    back = scene.view.depth + 4.2
    shell(scene, 4.2, 3.0, back)
    boards(scene, 4.2, back, 0.6)
    for i in range(4):
        _side_window(scene, -4.2, (back - 1.9 - i * 2.1, back - 0.2 - i * 2.1))
    scene.wall((-2.6, 2.6), (0.85, 2.15), back, PAPER, 1.2)
    scene.wall((-2.5, 2.5), (0.95, 2.05), back, tone(60), 0.8)
    scene.wall((-2.5, 2.5), (0.8, 0.85), back - 0.1)
    for x, y, w in ((-1.9, 1.75, 0.8), (-1.9, 1.5, 0.55), (0.9, 1.7, 0.9), (0.9, 1.45, 0.7)):
        (ax, ay), (bx, by) = scene.view.at(x, y, back), scene.view.at(x + w, y - 0.02, back)
        scene.pen.stroke(f"M{ax:.1f} {ay:.1f}L{bx:.1f} {by:.1f}", 1.4, PAPER)
    _clock(scene, 0, 2.55, back)
    for x in (-1.8, 1.4):
        scene.floor((x, x + 0.4), 2.98, (back - 3.4, back - 0.8), PAPER, 0.8)
    _side_door(scene, 4.2, back)
    for row in range(3):
        z = back - 1.5 - row * 1.15
        for x in (-2.9, -1.5, -0.1, 1.3, 2.7):
            if z > scene.view.depth + 0.1:
                _desk(scene, x, z)


def _clock(scene: BackgroundScene, x: float, y: float, z: float) -> None:
    cx, cy = scene.view.at(x, y, z)
    r = abs(scene.view.at(x + 0.2, y, z)[0] - cx)
    scene.pen.path(ellipse(cx, cy, r, r), PAPER)
    scene.pen.stroke(f"M{cx:.1f} {cy - r * 0.7:.1f}L{cx:.1f} {cy:.1f}L{cx + r * 0.5:.1f} {cy + r * 0.2:.1f}", 0.9)


def _side_door(scene: BackgroundScene, x: float, back: float) -> None:
    scene.side(x, (0, 2.1), (back - 2.2, back - 0.6), PAPER)
    scene.side(x, (1.1, 1.9), (back - 2.0, back - 1.5), pane(scene), 0.8)
    scene.side(x, (1.1, 1.9), (back - 1.3, back - 0.8), pane(scene), 0.8)


def _desk(scene: BackgroundScene, x: float, z: float) -> None:
    for dx in (-0.26, 0.26):
        for dz in (0.4, 0.05):
            scene.line((x + dx, 0, z + dz), (x + dx, 0.68, z + dz), 0.9)
    scene.block((x - 0.32, x + 0.32), (0.56, 0.7), (z, z + 0.45), PAPER, tone(20))
    scene.block((x - 0.2, x + 0.2), (0.5, 0.84), (z - 0.3, z - 0.27), PAPER, tone(20))


def room(scene: BackgroundScene) -> None:
    """A window with curtains, a shelf of books, a bed and a picture."""
    back = scene.view.depth + 2.4
    shell(scene, 2.9, 2.5, back)
    boards(scene, 2.9, back, 0.35)
    _curtained(scene, back)
    _bookshelf(scene, back)
    scene.wall((-2.4, -1.7), (1.3, 1.85), back, PAPER, 1.3)
    scene.wall((-2.3, -1.8), (1.4, 1.75), back, tone(15), 0.7)
    _bed(scene, back)
    _lamp(scene, back)


def _curtained(scene: BackgroundScene, back: float) -> None:
    scene.wall((-0.95, 0.95), (0.8, 2.1), back, PAPER, 1.2)
    for a, b in ((-0.9, -0.03), (0.03, 0.9)):
        scene.wall((a, b), (0.86, 2.04), back, pane(scene), 0.8)
    if scene.time == "night":
        cx, cy = scene.view.at(0.45, 1.7, back)
        r = abs(scene.view.at(0.6, 1.7, back)[0] - cx)
        scene.pen.path(ellipse(cx, cy, r, r), PAPER, width=0)
    for side in (-1, 1):
        spots = [(0.72, 2.16), (1.25, 2.16), (1.3, 0.5), (0.98, 0.5), (0.78, 1.3)]
        scene.quad([(x * side, y, back - 0.05) for x, y in spots], tone(20))
        for x in (0.92, 1.08, 1.2):
            scene.line((x * side, 2.16, back - 0.05), ((x + 0.03) * side, 0.5, back - 0.05), 0.6)
    scene.wall((-1.45, 1.45), (2.16, 2.22), back - 0.06, INK)


def _bookshelf(scene: BackgroundScene, back: float) -> None:
    scene.block((1.65, 2.75), (0, 1.95), (back - 0.35, back), PAPER, tone(30))
    for level in (0.1, 0.55, 1.0, 1.45):
        scene.wall((1.7, 2.7), (level, level + 0.4), back - 0.36, tone(40), 0.8)
        x = 1.72
        while x < 2.55:
            wide, tall = scene.rng.uniform(0.05, 0.12), scene.rng.uniform(0.22, 0.36)
            fill = scene.rng.choice((PAPER, PAPER, INK, tone(15)))
            scene.wall((x, x + wide), (level, level + tall), back - 0.37, fill, 0.6)
            x += wide + (0.12 if scene.rng.random() < 0.12 else 0)


def _bed(scene: BackgroundScene, back: float) -> None:
    scene.block((-2.88, -1.5), (0, 0.3), (back - 1.9, back - 0.05), PAPER, tone(30))
    scene.block((-2.84, -1.54), (0.3, 0.5), (back - 1.85, back - 0.1), PAPER, tone(15))
    scene.block((-2.6, -1.8), (0.5, 0.64), (back - 0.55, back - 0.15), PAPER, tone(10))
    scene.floor((-2.84, -1.54), 0.51, (back - 1.85, back - 0.8), tone(20), 0.9)


def _lamp(scene: BackgroundScene, back: float) -> None:
    cx, cy = scene.view.at(0.2, 2.1, back - 1.2)
    r = abs(scene.view.at(0.45, 2.1, back - 1.2)[0] - cx)
    scene.line((0.2, 2.5, back - 1.2), (0.2, 2.2, back - 1.2), 1)
    scene.pen.path(
        f"M{cx - r:.1f} {cy:.1f}L{cx - r * 0.5:.1f} {cy - r * 0.7:.1f}"
        f"L{cx + r * 0.5:.1f} {cy - r * 0.7:.1f}L{cx + r:.1f} {cy:.1f}Z"
    )
