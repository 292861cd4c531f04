"""Backgrounds without a place: tone and shapes that carry the emotion of the panel."""

import math

from engines.artist.ink import INK, PAPER, ellipse, smooth
from engines.artist.scene import BackgroundScene
from engines.comic.document import Expression
from engines.comic.tones import tone


def abstract(scene: BackgroundScene, emotion: Expression) -> None:
    """Soft light, dark weight, rays or swirls, by emotion."""
    if emotion in ("joy", "smile", "shy"):
        _bubbles(scene)
    elif emotion in ("angry", "determined", "surprise"):
        _rays(scene, emotion == "angry")
    elif emotion in ("sad", "cry"):
        scene.gradient(scene.top, scene.bottom, (50, 40, 40, 30, 20, 15, 10, 5, 2, 0))
    elif emotion == "fear":
        _swirl(scene)
    else:
        scene.gradient(scene.top, scene.bottom, (0, 2, 5, 5, 10, 10, 15, 20, 20, 30))
    if scene.time == "night" and emotion != "fear":
        scene.area(scene.top, scene.bottom, tone(20, opaque=False))


def _bubbles(scene: BackgroundScene) -> None:
    frame = scene.view.frame
    scene.gradient(scene.top, scene.bottom, (20, 15, 10, 5, 2, 2, 5, 10, 15, 20))
    for _ in range(16):
        r = min(frame.w, frame.h) * scene.rng.uniform(0.03, 0.11)
        x, y = scene.rng.uniform(scene.left, scene.right), scene.rng.uniform(scene.top, scene.bottom)
        scene.pen.path(ellipse(x, y, r, r), PAPER, width=0)
        scene.pen.path(ellipse(x, y, r * 0.82, r * 0.82), tone(5), width=0)


def _rays(scene: BackgroundScene, dark: bool) -> None:
    frame = scene.view.frame
    cx, cy = frame.x + frame.w / 2, frame.y + frame.h * 0.6
    reach = math.hypot(frame.w, frame.h)
    scene.area(scene.top, scene.bottom, tone(40) if dark else PAPER)
    for i in range(26):
        a = 2 * math.pi * (i + scene.rng.uniform(-0.3, 0.3)) / 26
        w = scene.rng.uniform(0.02, 0.08)
        ray = [
            (cx, cy),
            (cx + math.cos(a - w) * reach, cy + math.sin(a - w) * reach),
            (cx + math.cos(a + w) * reach, cy + math.sin(a + w) * reach),
        ]
        scene.pen.polygon(ray, INK if dark and i % 3 == 0 else tone(20), 0)


def _swirl(scene: BackgroundScene) -> None:
    frame = scene.view.frame
    scene.area(scene.top, scene.bottom, tone(50))
    for i in range(9):
        y = frame.y + frame.h * (i + 0.5) / 9
        points = [(frame.x + frame.w * k / 6, y + frame.h * 0.05 * math.sin(k * 1.7 + i * 0.9)) for k in range(7)]
        scene.pen.taper(points, frame.h * 0.045, INK if i % 2 else PAPER)
    scene.pen.stroke(smooth([(frame.x, frame.y), (frame.x + frame.w, frame.y)]), 0.5)
