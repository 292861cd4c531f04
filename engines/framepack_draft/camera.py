"""Moves of the camera over a picture: chosen by the words of a prompt, else by lot."""

import math
import random
from dataclasses import dataclass

from engines.framepack_draft.reading import first_of
from engines.framepack_draft.words import MOVES

FPS = 30
# the shortest film moves least; a long one has the time to go further
LEAST, PER_SECOND, MOST = 0.18, 0.03, 0.6
ANY = ("zoom_in", "zoom_out", "left", "right", "up", "down")
OPPOSITE = {"left": "right", "right": "left", "up": "down", "down": "up"}
STEPS_A_SECOND = 1.8
MOST_ROLL = 4.0
# angular speeds and phases of a hand that shakes, across and up and down
_WAVES = (((31.0, 0.0), (47.0, 1.3), (23.0, 2.1)), ((29.0, 0.7), (41.0, 2.9), (53.0, 0.4)))


@dataclass(frozen=True)
class View:
    """What the camera sees: all at a ``zoom`` of 1; its middle in shares of width and height; its roll in degrees."""

    zoom: float = 1.0
    x: float = 0.5
    y: float = 0.5
    roll: float = 0.0


@dataclass(frozen=True)
class CameraMove:
    """A move through a film of ``total`` frames."""

    kind: str
    total: int

    @property
    def reach(self) -> float:
        """How much nearer than the whole picture the camera gets."""
        return min(LEAST + PER_SECOND * self.total / FPS, MOST)

    def at(self, number: int) -> View:
        """The view of a frame; the first sees the whole picture, unless the camera moves away from it."""
        t = ease(number / max(self.total - 1, 1))
        return self._view(self.kind, 1 - t if self.kind == "zoom_out" else t, number / FPS)

    def back(self, number: int) -> View:
        """The view of the end picture at a frame: the camera goes on as over the start, and at last sees all of it."""
        t = ease((self.total - 1 - number) / max(self.total - 1, 1))
        return self._view(OPPOSITE.get(self.kind, self.kind), t, number / FPS)

    def _view(self, kind: str, t: float, seconds: float) -> View:
        """The view when the share ``t`` of a move away from the whole picture is done."""
        near = 1 + self.reach * t
        # the middle can go so far before the edge is seen
        free = (1 - 1 / near) / 2
        match kind:
            case "left" | "right":
                return View(near, 0.5 + free * (1 if kind == "right" else -1))
            case "up" | "down":
                return View(near, 0.5, 0.5 + free * (1 if kind == "down" else -1))
            case "roll":
                # the corners need room to turn in
                roll = MOST_ROLL * t
                return View(near + 2 * math.sin(math.radians(roll)), roll=roll)
            case "walk" | "shake":
                return self._walk(near, free, t, seconds) if kind == "walk" else self._shake(t, seconds)
            case _:
                return View(near if kind != "still" else 1 + 0.1 * self.reach * t)

    def _walk(self, near: float, free: float, t: float, seconds: float) -> View:
        """Steps: up and down twice as often as to the sides."""
        phase = 2 * math.pi * STEPS_A_SECOND * seconds
        bob = 0.35 * free * min(1.0, 4 * t)
        return View(near, 0.5 + bob * 0.7 * math.sin(phase / 2), 0.5 + bob * math.sin(phase))

    def _shake(self, t: float, seconds: float) -> View:
        strong = min(1.0, 8 * t)
        zoom = 1 + 0.06 * strong
        free = (1 - 1 / zoom) / 2 * 0.9
        waves = [sum(math.sin(seconds * f + p) for f, p in pairs) / 3 for pairs in _WAVES]
        return View(zoom, 0.5 + free * waves[0], 0.5 + free * waves[1])


def ease(t: float) -> float:
    """From 0 to 1 with a soft start and stop."""
    return t * t * t * (t * (6 * t - 15) + 10)


def move_of(prompt: str, seed: int, total: int) -> CameraMove:
    """The move that a prompt names; else one by lot, the same for the same seed."""
    return CameraMove(first_of(MOVES, prompt) or random.Random(f"{seed}/move").choice(ANY), total)
