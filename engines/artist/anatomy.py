"""Proportions and poses: a look becomes measures, a pose becomes joints.

The unit is half the width of the head; the origin is the middle of the face; y grows downwards.
A body is posed facing right; the pen mirrors it for the left.
"""

import math
from dataclasses import dataclass

from engines.artist.poses import FRONT, SIDE, Segment
from engines.comic.document import Look, Point

NECK = 1.5
SHOULDER = 2.02
HIP = 6.35
CROWN = -1.28
BACKSET = -0.22
"""How far the trunk stands behind the face in profile."""
_PIVOT = 1.1
_HEADS = {"child": 4.9, "teen": 6.1, "adult": 6.7, "elder": 6.2}
_CHIN = {"child": 1.16, "teen": 1.26, "adult": 1.32, "elder": 1.33}


@dataclass(frozen=True)
class Measures:
    """The body of one person in units of half a head width."""

    shoulder: float
    waist: float
    hip: float
    limb: float
    below: float
    chin: float
    female: bool
    rugged: bool
    age: str

    def y(self, standard: float) -> float:
        """A height on the standard body, moved to this body."""
        return standard if standard < NECK else NECK + (standard - NECK) * self.below

    @property
    def feet(self) -> float:
        """The height of the soles of a standing person."""
        return self.y(14.0)


def measure(look: Look) -> Measures:
    """Measures of a person from the look."""
    female, small = look.gender == "female", look.age == "child"
    total = _HEADS[look.age] * 2.45
    below = (total + CROWN - NECK) / (14.0 - NECK)
    wide = look.build * (0.8 if small else 1.0)
    chin = _CHIN[look.age] + (0.0 if female or small else 0.1)
    shoulder = (1.28 if female else 1.62) * wide
    waist = (0.86 if female else 1.14) * wide
    return Measures(
        shoulder, waist, 1.08 * wide, wide, below, chin, female, not female and look.age in ("adult", "elder"), look.age
    )


@dataclass(frozen=True)
class Joints:
    """A posed body. Arms and legs are (root, middle, end); left is the viewer's left. ``lean`` in degrees."""

    left_arm: tuple[Point, Point, Point]
    right_arm: tuple[Point, Point, Point]
    left_leg: tuple[Point, Point, Point]
    right_leg: tuple[Point, Point, Point]
    lean: float
    left_hand: str
    right_hand: str
    seated: bool
    chair: bool
    low: float = 0


def pose_joints(pose: str, m: Measures, side: bool = False) -> Joints:
    """The joints of a body in a pose; from the side, left is near the viewer and right is far."""
    stance = (SIDE if side else FRONT)[pose]
    sy, hy = m.y(SHOULDER) + 0.4, m.y(HIP)
    shoulders, hips = (-m.shoulder + 0.3, m.shoulder - 0.3), (-m.hip * 0.52, m.hip * 0.52)
    if side:
        shoulders, hips = (BACKSET - 0.06, BACKSET + 0.12), (BACKSET - 0.04, BACKSET + 0.06)
    return Joints(
        _limb((shoulders[0], sy), stance.one_arm, m.below),
        _limb((shoulders[1], sy), stance.other_arm, m.below),
        _limb((hips[0], hy), stance.one_leg, m.below),
        _limb((hips[1], hy), stance.other_leg, m.below),
        stance.lean,
        stance.one_hand,
        stance.other_hand,
        pose in ("sit", "seiza", "ground"),
        pose == "sit",
        stance.low,
    )


def _limb(root: Point, limb: Segment, scale: float) -> tuple[Point, Point, Point]:
    upper, lower, first, second = limb
    middle = _step(root, upper, first * scale)
    return root, middle, _step(middle, lower, second * scale)


def _step(start: Point, angle: float, length: float) -> Point:
    turn = math.radians(angle)
    return start[0] + math.sin(turn) * length, start[1] + math.cos(turn) * length


def lowest(joints: Joints) -> float:
    """The height of the soles in the pose, below the middle of the face."""
    lean = math.radians(joints.lean)
    ends = [*joints.left_leg[1:], *joints.right_leg[1:], joints.left_arm[2], joints.right_arm[2]]
    ends += [(joints.left_leg[0][0], joints.left_leg[0][1] + 0.45)]
    return max(_PIVOT + (y - _PIVOT) * math.cos(lean) + x * math.sin(lean) for x, y in ends) + 0.5
