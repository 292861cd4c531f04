"""Things that nobody holds: on a stand, on the floor, or alone and large."""

from dataclasses import replace

from engines.artist.camera import View
from engines.artist.clip import Window
from engines.artist.ink import Pen, tube
from engines.artist.things import THINGS
from engines.comic.document import Panel, PropKind
from engines.comic.tones import tone

_HALF_HEAD = 0.125
"""Metres per drawing unit."""
_LARGE = {"gun": 0.13, "sword": 0.09, "umbrella": 0.085, "bag": 0.18}
_SMALL = ("book", "letter", "lamp", "cup", "flower", "phone")


def draw_standing(panel: Panel, view: View, window: Window, lying: list[str]) -> None:
    """The things nobody holds: on the floor or a stand where the floor is seen; alone and large without persons."""
    here = {figure.character for figure in panel.figures}
    free = [prop for prop in panel.props if prop.holder not in here]
    frame = view.frame
    for prop in free:
        pen = Pen(lying, line=2.0, window=window)
        if not panel.figures and panel.shot in ("bust", "close_up", "medium"):
            unit = min(frame.w, frame.h) * _LARGE.get(prop.kind, 0.2)
            big = replace(pen.moved(frame.x + frame.w / 2, frame.y + frame.h * 0.56, 0, unit), line=0.9 + unit * 0.03)
            THINGS[prop.kind](big)
        elif panel.shot in ("full", "long", "medium"):
            _on_floor(pen, prop.kind, view, frame.x + frame.w * (0.08 + 0.84 * prop.place))


def _on_floor(pen: Pen, kind: PropKind, view: View, x: float) -> None:
    unit = view.scale * _HALF_HEAD
    floor = view.at(0, 0, view.depth + 0.3)[1]
    here = pen.moved(x, floor, 0, unit)
    if kind in _SMALL:
        for leg in (-1.6, 1.6):
            here.path(tube([(leg, -5.2), (leg, 0)], [0.18, 0.14]))
        here.path("M-2.2 -5.6L2.2 -5.6L2.2 -5.1L-2.2 -5.1Z", tone(20))
        THINGS[kind](here.moved(0, -6.2))
        return
    THINGS[kind](here.moved(0, -_FOOT.get(kind, 1.0)))


_FOOT = {"gun": 1.2, "ball": 0.7, "box": 1.0, "bag": 1.9, "umbrella": 3.4, "sword": 1.4}
