"""What stands nearer than the persons: dark grass and stones in the corners, that give a wide view its depth."""

from engines.artist.ink import INK, PAPER, lines
from engines.artist.scene import BackgroundScene

OUTDOORS = frozenset(
    {"forest", "field", "river", "mountain", "sea", "battlefield", "castle", "graveyard", "underworld"}
)


def foreground(scene: BackgroundScene) -> None:
    """Black blades or rocks in one or both lower corners."""
    rng, frame = scene.rng, scene.view.frame
    sides = ((0,), (1,), (0, 1))[rng.randrange(3)]
    for side in sides:
        reach = frame.w * rng.uniform(0.12, 0.24)
        if rng.random() < 0.3:
            _rocks(scene, side, reach)
        else:
            _blades(scene, side, reach)


def _blades(scene: BackgroundScene, side: int, reach: float) -> None:
    rng, frame = scene.rng, scene.view.frame
    edge, inward = (scene.left, 1) if side == 0 else (scene.right, -1)
    for i in range(18):
        share = i / 18
        x = edge + inward * reach * share
        high = frame.h * (0.24 * (1 - share) ** 1.4 + 0.03) * rng.uniform(0.6, 1.15)
        lean = rng.uniform(-0.2, 0.5) * high * inward
        wide = frame.h * 0.011
        base = scene.bottom + 4
        scene.pen.path(
            f"M{x - wide:.1f} {base:.1f}Q{x + lean * 0.2:.1f} {base - high * 0.6:.1f} {x + lean:.1f} {base - high:.1f}"
            f"Q{x + lean * 0.4 + wide:.1f} {base - high * 0.5:.1f} {x + wide * 2:.1f} {base:.1f}Z",
            INK,
            PAPER,
            0.4,
        )


def _rocks(scene: BackgroundScene, side: int, reach: float) -> None:
    rng, frame = scene.rng, scene.view.frame
    edge, inward = (scene.left, 1) if side == 0 else (scene.right, -1)
    high = frame.h * rng.uniform(0.12, 0.2)
    shape = [(edge, scene.bottom + 4), (edge, scene.bottom - high)]
    shape += [
        (edge + inward * reach * k, scene.bottom - high * (1 - k) * rng.uniform(0.8, 1.2)) for k in (0.25, 0.5, 0.8)
    ]
    shape.append((edge + inward * reach, scene.bottom + 4))
    scene.pen.path(lines(shape, closed=True), INK)
    a, b = shape[2], shape[3]
    for k in (0.2, 0.45, 0.7):
        x, y = a[0] + (b[0] - a[0]) * k, a[1] + (b[1] - a[1]) * k
        scene.pen.taper([(x, y + 6), (x - inward * 4, y + high * 0.2), (x, y + high * 0.36)], 2.4, PAPER)
