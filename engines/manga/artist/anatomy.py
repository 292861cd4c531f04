"""Proportions and poses: a look becomes measures, a pose becomes joints.

The unit is half the width of the head; the origin is the middle of the face; y grows downwards.
A body is posed facing right; the pen mirrors it for the left.
"""

import math
from dataclasses import dataclass

from engines.manga.document import Look, Point, Pose

NECK = 1.5
SHOULDER = 2.02
HIP = 6.35
CROWN = -1.28
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
    chin = _CHIN[look.age] + (0.0 if female or small else 0.06)
    shoulder = (1.28 if female else 1.62) * wide
    waist = (0.86 if female else 1.14) * wide
    return Measures(shoulder, waist, 1.08 * wide, wide, below, chin, female, look.age)


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


_Limb = tuple[float, float, float, float]
# Arm and leg as (upper angle, lower angle, upper length, lower length); 0 is straight down, 90 to the right.
_POSES: dict[str, tuple[_Limb, _Limb, _Limb, _Limb, float, str, str]] = {
    "stand": ((-15, 3, 2.1, 1.9), (15, -3, 2.1, 1.9), (-3, -2, 3.6, 3.7), (3, 2, 3.6, 3.7), 0, "rest", "rest"),
    "walk": ((-34, -12, 2.1, 1.8), (22, 48, 2.1, 1.8), (-20, -34, 3.5, 3.5), (24, 4, 3.6, 3.6), 3, "rest", "rest"),
    "run": ((-72, 22, 2.1, 1.8), (38, 128, 2.1, 1.8), (-24, -92, 3.4, 3.3), (66, -8, 3.4, 3.4), 13, "fist", "fist"),
    "sit": ((-22, 30, 2.1, 1.6), (22, -30, 2.1, 1.6), (-22, -4, 1.7, 3.5), (22, 4, 1.7, 3.5), 0, "rest", "rest"),
    "point": ((-34, 42, 2.1, 1.6), (72, 100, 2.1, 1.9), (-4, -3, 3.6, 3.7), (5, 4, 3.6, 3.7), 2, "fist", "point"),
    "arms_up": ((-138, -168, 2.2, 1.9), (138, 168, 2.2, 1.9), (-6, -4, 3.6, 3.7), (6, 4, 3.6, 3.7), 0, "open", "open"),
    "fall": ((-112, -138, 2.2, 1.9), (98, 142, 2.2, 1.9), (-8, -60, 3.4, 3.2), (58, 18, 3.4, 3.4), 24, "open", "open"),
}


def pose_joints(pose: Pose, m: Measures) -> Joints:
    """The joints of a body in a pose."""
    left_arm, right_arm, left_leg, right_leg, lean, left_hand, right_hand = _POSES[pose]
    sy, hy = m.y(SHOULDER) + 0.4, m.y(HIP)
    return Joints(
        _limb((-m.shoulder + 0.3, sy), left_arm, m.below),
        _limb((m.shoulder - 0.3, sy), right_arm, m.below),
        _limb((-m.hip * 0.52, hy), left_leg, m.below),
        _limb((m.hip * 0.52, hy), right_leg, m.below),
        lean,
        left_hand,
        right_hand,
        pose == "sit",
    )


def _limb(root: Point, limb: _Limb, scale: float) -> tuple[Point, Point, Point]:
    upper, lower, first, second = limb
    middle = _step(root, upper, first * scale)
    return root, middle, _step(middle, lower, second * scale)


def _step(start: Point, angle: float, length: float) -> Point:
    turn = math.radians(angle)
    return start[0] + math.sin(turn) * length, start[1] + math.cos(turn) * length


def lowest(joints: Joints) -> float:
    """The height of the soles in the pose."""
    lean = math.radians(joints.lean)
    ends = [joints.left_leg[2], joints.right_leg[2]]
    return max(NECK + (y - NECK) * math.cos(lean) + x * math.sin(lean) for x, y in ends) + 0.35
