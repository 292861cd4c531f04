"""Poses as angles: how each limb lies from the front and from the side.

A limb is (upper angle, lower angle, upper length, lower length); 0 is straight down, 90 to the facing side.
From the front the limbs are left and right of the viewer; from the side they are near and far.
"""

import random
from dataclasses import dataclass

from engines.comic.document import Expression, Look

Segment = tuple[float, float, float, float]


@dataclass(frozen=True)
class Stance:
    """Arms, legs, lean of the body in degrees, hands; ``low`` hangs the head by that many degrees more."""

    one_arm: Segment
    other_arm: Segment
    one_leg: Segment
    other_leg: Segment
    lean: float = 0
    one_hand: str = "rest"
    other_hand: str = "rest"
    low: float = 0


def _arm(upper: float, lower: float, a: float = 2.1, b: float = 1.9) -> Segment:
    return upper, lower, a, b


def _leg(upper: float, lower: float, a: float = 3.6, b: float = 3.7) -> Segment:
    return upper, lower, a, b


_L, _R = _leg(-3, -2), _leg(3, 2)
FRONT: dict[str, Stance] = {
    "stand": Stance(_arm(-13, 2), _arm(13, -2), _L, _R),
    "walk": Stance(_arm(-30, -10), _arm(22, 40), _leg(-14, -20, 3.5, 3.3), _leg(16, 4), 2),
    "run": Stance(_arm(-72, 22), _arm(38, 128), _leg(-24, -92, 3.4, 3.3), _leg(66, -8, 3.4, 3.4), 13, "fist", "fist"),
    "sit": Stance(_arm(-20, 24, 2.0, 1.7), _arm(20, -24, 2.0, 1.7), _leg(-20, -3, 1.7, 3.5), _leg(20, 3, 1.7, 3.5)),
    "point": Stance(_arm(-38, 46, 2.1, 1.7), _arm(64, 92), _leg(-4, -3), _leg(5, 4), 2, "fist", "point"),
    "point_near": Stance(
        _arm(-38, 46, 2.1, 1.7), _arm(34, 140, 2.0, 1.8), _leg(-4, -3), _leg(5, 4), 0, "fist", "point"
    ),
    "arms_up": Stance(_arm(-142, -168, 2.2), _arm(142, 168, 2.2), _leg(-8, -5), _leg(8, 5), 0, "open", "open"),
    "fall": Stance(
        _arm(-112, -138, 2.2), _arm(98, 142, 2.2), _leg(-8, -60, 3.4, 3.2), _leg(58, 18, 3.4, 3.4), 24, "open", "open"
    ),
    "hug": Stance(_arm(-40, 58, 2.1, 1.9), _arm(40, -58, 2.1, 1.9), _L, _R),
    "fight": Stance(_arm(-40, 130, 2.0, 1.8), _arm(44, -118, 2.0, 1.8), _leg(-16, -8), _leg(16, 8), 3, "fist", "fist"),
    "bow": Stance(_arm(-8, 20), _arm(8, -20), _L, _R, 0, low=16),
    "eat": Stance(_arm(-28, 62, 2.0, 1.7), _arm(34, -128, 2.0, 1.8), _L, _R, 0, "hold", "hold"),
    "kneel": Stance(_arm(-20, 24, 2.0, 1.7), _arm(20, -24, 2.0, 1.7), _leg(-16, -4, 2.6, 0.9), _leg(16, 4, 2.6, 0.9)),
    "lie": Stance(_arm(-13, 2), _arm(13, -2), _L, _R),
    "climb": Stance(
        _arm(-150, 168, 2.2),
        _arm(160, -172, 2.0, 1.6),
        _leg(-34, 30, 3.2, 3.2),
        _leg(28, -34, 3.2, 3.2),
        0,
        "fist",
        "hold",
    ),
    "ground": Stance(
        _arm(-20, 30, 2.0, 1.7), _arm(20, -30, 2.0, 1.7), _leg(-75, 82, 2.6, 2.4), _leg(75, -82, 2.6, 2.4)
    ),
    "seiza": Stance(_arm(-16, 26, 2.0, 1.7), _arm(16, -26, 2.0, 1.7), _leg(-30, 40, 1.2, 0.6), _leg(30, -40, 1.2, 0.6)),
    "rage": Stance(_arm(-58, -152, 2.0, 1.8), _arm(58, 152, 2.0, 1.8), _leg(-14, -8), _leg(14, 8), 0, "fist", "fist"),
    "cower": Stance(_arm(-70, 140, 2.0, 2.1), _arm(70, -140, 2.0, 2.1), _leg(-2, 4), _leg(2, -4), 0, "open", "open"),
    "weep": Stance(_arm(-40, 150, 1.7, 2.3), _arm(40, -150, 1.7, 2.3), _L, _R, 0, low=6),
    "reach": Stance(_arm(-30, -10), _arm(70, 100), _leg(-8, -5), _leg(12, 6), 3, "rest", "open"),
    "hold": Stance(_arm(-13, 2), _arm(26, -112, 2.0, 1.7), _L, _R, 0, "rest", "hold"),
    "folded": Stance(_arm(-22, 78, 1.9, 2.0), _arm(22, -78, 1.9, 2.0), _L, _leg(6, 3), 0, "none", "none"),
    "hip": Stance(_arm(-13, 2), _arm(52, -40, 2.0, 1.7), _leg(-2, -2), _leg(8, 3), 0, "rest", "fist"),
    "behind_head": Stance(_arm(-14, 3), _arm(128, 222, 2.0, 1.9), _L, _R, 0, "rest", "none"),
    "clasped": Stance(_arm(-12, 33, 2.1, 1.9), _arm(12, -33, 2.1, 1.9), _leg(-1, 0), _leg(1, 0), 0, "rest", "rest"),
    "chin": Stance(_arm(-18, 74, 1.9, 1.9), _arm(20, -152, 1.9, 2.0), _L, _R, 0, "none", "fist"),
}
_S = _leg(1, -3), _leg(3, -1)
SIDE: dict[str, Stance] = {
    "stand": Stance(_arm(-7, 10), _arm(4, 18), *_S),
    "walk": Stance(_arm(-34, -12), _arm(28, 48), _leg(26, 4), _leg(-16, -40, 3.5, 3.5), 3),
    "run": Stance(_arm(-68, 30), _arm(42, 128), _leg(74, -14, 3.5, 3.4), _leg(-26, -78), 16, "fist", "fist"),
    "sit": Stance(_arm(10, 62, 2.0, 1.7), _arm(18, 66, 2.0, 1.7), _leg(84, 2, 3.1), _leg(80, -6, 3.1), -2),
    "point": Stance(_arm(84, 90, 2.1, 2.0), _arm(-4, 16), *_S, 1, "point"),
    "point_near": Stance(_arm(36, 128, 2.0, 1.8), _arm(-4, 16), *_S, 1, "point"),
    "arms_up": Stance(_arm(152, 172, 2.2), _arm(134, 160, 2.2), _leg(4, -2), _leg(-6, -10), 0, "open", "open"),
    "fall": Stance(_arm(104, 112), _arm(74, 92), _leg(34, -24), _leg(-2, -46), 42, "open", "open"),
    "hug": Stance(_arm(58, 86, 2.1, 2.0), _arm(36, 60, 2.1, 2.0), *_S, 3, low=4),
    "fight": Stance(_arm(30, 118, 2.0, 1.8), _arm(86, 90), _leg(36, -6), _leg(-22, -44), 8, "fist", "fist"),
    "bow": Stance(_arm(46, 50), _arm(50, 54), _leg(50, 46), _leg(52, 48), 48, low=24),
    "eat": Stance(_arm(22, 132, 2.0, 1.8), _arm(30, 84, 2.0, 1.7), *_S, 4, "hold", "hold"),
    "kneel": Stance(_arm(14, 50, 2.0, 1.7), _arm(20, 56, 2.0, 1.7), _leg(82, 2), _leg(4, -84, 3.4, 3.4), 4, low=6),
    "lie": Stance(_arm(16, 60, 2.0, 1.8), _arm(4, 10), _leg(2, 0), _leg(4, 3)),
    "climb": Stance(
        _arm(158, 170, 2.2),
        _arm(140, 176, 1.9, 1.7),
        _leg(60, -50, 3.2, 3.2),
        _leg(20, -60, 3.2, 3.2),
        4,
        "hold",
        "fist",
    ),
    "ground": Stance(
        _arm(30, 74, 2.0, 1.8), _arm(36, 78, 2.0, 1.8), _leg(124, 16, 3.0, 3.1), _leg(116, 10, 3.0, 3.0), -4
    ),
    "seiza": Stance(_arm(14, 60, 2.0, 1.7), _arm(20, 64, 2.0, 1.7), _leg(86, -93, 3.0, 3.1), _leg(84, -91, 3.0, 3.1)),
    "rage": Stance(_arm(66, 150, 2.0, 1.8), _arm(-34, 40, 2.0, 1.7), _leg(22, 2), _leg(-16, -22), 6, "fist", "fist"),
    "cower": Stance(_arm(64, 150, 2.0, 2.0), _arm(50, 140, 2.0, 2.0), _leg(10, -16), _leg(-4, -22), -6, "open", "open"),
    "weep": Stance(_arm(30, 146, 1.9, 2.2), _arm(20, 140, 1.9, 2.2), *_S, 8, low=12),
    "reach": Stance(_arm(80, 94), _arm(-16, 10), _leg(16, 4), _leg(-12, -18), 6, "open"),
    "hold": Stance(_arm(14, 96, 2.0, 1.7), _arm(4, 18), *_S, 0, "hold"),
    "folded": Stance(_arm(-2, 84, 1.9, 1.7), _arm(10, 92, 1.9, 1.7), *_S, -1, "none", "none"),
    "hip": Stance(_arm(-44, 46, 2.0, 1.7), _arm(4, 18), *_S, 0, "fist"),
    "behind_head": Stance(_arm(104, 224, 1.9, 1.9), _arm(4, 18), *_S, -3, "none"),
    "clasped": Stance(_arm(6, 44, 2.0, 1.8), _arm(10, 48, 2.0, 1.8), *_S, 1),
    "chin": Stance(_arm(16, 136, 1.9, 1.9), _arm(12, 84, 1.9, 1.7), *_S, 1, "fist", "none"),
}
CROSSED = ("weep", "folded", "clasped", "hug", "eat", "hold", "chin", "fight")
"""Poses whose far arm lies before the trunk."""
_MOODS: dict[Expression, tuple[str, ...]] = {
    "angry": ("hip", "folded", "stand"),
    "determined": ("hip", "folded", "stand"),
    "shy": ("behind_head", "clasped"),
    "joy": ("stand", "hip", "clasped"),
    "fear": ("clasped", "stand"),
    "sad": ("clasped", "stand"),
    "cry": ("clasped", "stand"),
    "smile": ("stand", "clasped", "hip", "behind_head"),
    "surprise": ("stand", "clasped"),
    "neutral": ("hip", "folded", "chin", "stand", "clasped"),
}


_STRONG: dict[Expression, tuple[str, ...]] = {
    "angry": ("rage", "reach", "hip"),
    "fear": ("cower", "cower", "clasped"),
    "cry": ("weep",),
    "joy": ("arms_up", "rage", "clasped"),
    "surprise": ("reach", "cower", "clasped"),
    "sad": ("weep", "clasped"),
}
"""How the whole body plays a feeling where it is seen from head to foot."""


def standing(look: Look, expression: Expression, rng: random.Random, view: str, whole: bool) -> str:
    """How a person stands who does nothing else: by mood, dress and lot; ``whole`` where the feet are seen."""
    if whole and expression in _STRONG:
        return rng.choice(_STRONG[expression])
    choices = _MOODS[expression]
    if look.outfit in ("kimono", "robe") or look.age == "elder":
        choices = (*(c for c in choices if c not in ("hip", "behind_head")), "clasped")
    if view == "profile":
        choices = tuple(c for c in choices if c not in ("folded", "chin")) or ("stand",)
    return rng.choice(choices)
