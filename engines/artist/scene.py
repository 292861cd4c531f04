"""A stage set in perspective: boxes and walls given in metres, drawn with a light line."""

import math
import random
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from engines.artist.camera import View
from engines.artist.ink import INK, PAPER, Pen, ellipse, lines
from engines.comic.document import Point
from engines.comic.tones import tone

Spot = tuple[float, float, float]


@dataclass(frozen=True)
class BackgroundScene:
    """What a background is drawn with. ``pen`` works in page pixels; ``rng`` is seeded by the panel."""

    pen: Pen
    view: View
    rng: random.Random
    time: str

    @property
    def left(self) -> float:
        """Left edge of the frame in pixels; top, right and bottom likewise."""
        return self.view.frame.x

    @property
    def top(self) -> float:
        """Top edge."""
        return self.view.frame.y

    @property
    def right(self) -> float:
        """Right edge."""
        return self.view.frame.x + self.view.frame.w

    @property
    def bottom(self) -> float:
        """Bottom edge."""
        return self.view.frame.y + self.view.frame.h

    def quad(self, spots: Sequence[Spot], fill: str = PAPER, width: float = 1.0) -> None:
        """A flat face through spots given in metres."""
        self.pen.polygon([self.view.at(*spot) for spot in spots], fill, width)

    def wall(
        self, x: tuple[float, float], y: tuple[float, float], z: float, fill: str = PAPER, width: float = 1.0
    ) -> None:
        """A face turned to the camera."""
        self.quad([(x[0], y[1], z), (x[1], y[1], z), (x[1], y[0], z), (x[0], y[0], z)], fill, width)

    def side(
        self, x: float, y: tuple[float, float], z: tuple[float, float], fill: str = PAPER, width: float = 1.0
    ) -> None:
        """A face that runs away from the camera."""
        self.quad([(x, y[1], z[0]), (x, y[1], z[1]), (x, y[0], z[1]), (x, y[0], z[0])], fill, width)

    def floor(
        self, x: tuple[float, float], y: float, z: tuple[float, float], fill: str = PAPER, width: float = 1.0
    ) -> None:
        """A level face at height y."""
        self.quad([(x[0], y, z[1]), (x[1], y, z[1]), (x[1], y, z[0]), (x[0], y, z[0])], fill, width)

    def line(self, a: Spot, b: Spot, width: float = 1.0) -> None:
        """A straight line in the scene."""
        self.pen.segment(self.view.at(*a), self.view.at(*b), width)

    def block(
        self,
        x: tuple[float, float],
        y: tuple[float, float],
        z: tuple[float, float],
        fill: str = PAPER,
        shade: str = PAPER,
    ) -> None:
        """A box: the faces that can be seen, the side in shade."""
        if y[1] < self.view.height:
            self.floor(x, y[1], z, fill)
        if x[0] > 0:
            self.side(x[0], y, z, shade)
        elif x[1] < 0:
            self.side(x[1], y, z, shade)
        self.wall(x, y, z[0], fill)

    def area(self, top: float, bottom: float, fill: str) -> None:
        """A level strip of the frame without a line, from and to page heights."""
        if bottom > top:
            self.pen.path(
                lines([(self.left, top), (self.right, top), (self.right, bottom), (self.left, bottom)], closed=True),
                fill,
                width=0,
            )

    def gradient(self, top: float, bottom: float, levels: Sequence[int]) -> None:
        """A gradient of tone bands between two page heights; level 0 is paper."""
        step = (bottom - top) / len(levels)
        starts = [i for i, level in enumerate(levels) if i == 0 or level != levels[i - 1]]
        for start, end in pairwise([*starts, len(levels)]):
            fill = tone(levels[start]) if levels[start] else PAPER
            low = min(top + end * step + 0.5, self.bottom)
            self.area(max(top + start * step, self.top), low, fill)


def sky(scene: BackgroundScene, clouds: int = 3) -> None:
    """The sky above the horizon at the hour of the scene."""
    horizon = max(scene.view.horizon, scene.top + 10)
    if scene.time == "night":
        scene.area(scene.top, horizon + 1, INK)
        scene.gradient(horizon - (horizon - scene.top) * 0.7, horizon + 1, (60, 50, 50, 40, 40, 30, 20, 10, 5))
        _stars(scene, horizon)
        return
    if scene.time == "evening":
        scene.gradient(scene.top, horizon + 1, (50, 40, 40, 30, 30, 20, 15, 10, 5, 2))
        radius = scene.view.frame.h * 0.1
        x = scene.left + scene.view.frame.w * scene.rng.uniform(0.2, 0.8)
        scene.pen.path(ellipse(x, horizon - radius * 0.5, radius, radius), PAPER, width=0.8)
    else:
        scene.gradient(scene.top, horizon + 1, (20, 20, 15, 15, 10, 10, 5, 5, 2, 0))
    for i in range(clouds):
        share = (i + scene.rng.uniform(0.2, 0.8)) / clouds
        y = scene.top + (horizon - scene.top) * scene.rng.uniform(0.15, 0.6)
        cloud(scene, scene.left + scene.view.frame.w * share, y, scene.view.frame.h * scene.rng.uniform(0.12, 0.22))


def _stars(scene: BackgroundScene, horizon: float) -> None:
    for _ in range(46):
        x, y = scene.rng.uniform(scene.left, scene.right), scene.rng.uniform(scene.top, horizon)
        r = scene.rng.choice((1.0, 1.2, 1.6, 2.4))
        scene.pen.path(ellipse(x, y, r, r), PAPER, width=0)
    x, y = scene.left + scene.view.frame.w * scene.rng.choice((0.2, 0.8)), scene.top + (horizon - scene.top) * 0.35
    r = scene.view.frame.h * 0.07
    scene.pen.path(
        f"M{x:.1f} {y - r:.1f}C{x + r * 1.34:.1f} {y - r:.1f} {x + r * 1.34:.1f} {y + r:.1f} {x:.1f} {y + r:.1f}"
        f"C{x + r * 0.6:.1f} {y + r * 0.6:.1f} {x + r * 0.6:.1f} {y - r * 0.6:.1f} {x:.1f} {y - r:.1f}Z",
        PAPER,
        width=0,
    )


def cloud(scene: BackgroundScene, x: float, y: float, size: float) -> None:
    """A heaped cloud with a flat foot; ``size`` is half its width in pixels."""
    bumps = [
        (-1.0, 0.0),
        (-0.86, -0.3),
        (-0.5, -0.42),
        (-0.2, -0.72),
        (0.25, -0.66),
        (0.5, -0.36),
        (0.85, -0.3),
        (1.0, 0.0),
    ]
    data = f"M{x - size:.2f} {y:.2f}"
    for (ax, ay), (bx, by) in pairwise(bumps):
        mx, my = (ax + bx) / 2 * 1.16, (ay + by) / 2 * 1.3 - 0.12
        data += f"Q{x + mx * size:.2f} {y + my * size:.2f} {x + bx * size:.2f} {y + by * size:.2f}"
    low = "".join(
        f"Q{x + a * size:.2f} {y + size * 0.16:.2f} {x + b * size:.2f} {y:.2f}"
        for a, b in ((0.78, 0.4), (0.1, -0.2), (-0.6, -1))
    )
    scene.pen.path(data + low + "Z", PAPER, PAPER, 3)
    scene.pen.stroke(data, 0.9)
    scene.pen.stroke(f"M{x + size * 0.4:.2f} {y:.2f}" + "".join(low.split("Q")[2:3] and ["Q" + low.split("Q")[2]]), 0.6)


def leaves(pen: Pen, centre: Point, rx: float, ry: float, *, fill: str, rng: random.Random) -> None:
    """A clump of foliage: a scalloped ellipse with a few inner tufts."""
    n = 13
    ring = [(math.cos(2 * math.pi * i / n), math.sin(2 * math.pi * i / n), rng.uniform(0.88, 1.08)) for i in range(n)]
    points = [(centre[0] + c * rx * k, centre[1] + s * ry * k) for c, s, k in ring]
    data = f"M{points[0][0]:.2f} {points[0][1]:.2f}"
    for (ax, ay), (bx, by) in zip(points, [*points[1:], points[0]], strict=True):
        mx, my = (ax + bx) / 2, (ay + by) / 2
        data += (
            f"Q{centre[0] + (mx - centre[0]) * 1.34:.2f} {centre[1] + (my - centre[1]) * 1.34:.2f} {bx:.2f} {by:.2f}"
        )
    pen.path(data + "Z", fill)
    for _ in range(5):
        x, y = centre[0] + rng.uniform(-0.6, 0.6) * rx, centre[1] + rng.uniform(-0.6, 0.6) * ry
        pen.stroke(
            f"M{x:.2f} {y:.2f}Q{x + rx * 0.08:.2f} {y + ry * 0.16:.2f} {x + rx * 0.18:.2f} {y:.2f}"
            f"Q{x + rx * 0.26:.2f} {y + ry * 0.14:.2f} {x + rx * 0.34:.2f} {y - ry * 0.04:.2f}",
            0.7,
        )
