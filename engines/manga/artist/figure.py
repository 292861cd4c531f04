"""One person: back hair, body, head, fringe, accessory and marks, with true boxes."""

from dataclasses import dataclass, replace

from engines.manga.artist.accessories import draw_back_accessory, draw_front_accessory
from engines.manga.artist.anatomy import CROWN, measure, pose_joints
from engines.manga.artist.body import Body, draw_body
from engines.manga.artist.clip import Window
from engines.manga.artist.face import TURN, Head, draw_brows, draw_face, mouth_at
from engines.manga.artist.hair import draw_back_hair, draw_front_hair
from engines.manga.artist.ink import PAPER, Extent, Pen, number
from engines.manga.artist.marks import draw_marks
from engines.manga.document import Box, Character, Expression, FigureBoxes, Point, Pose

_TILT: dict[Expression, float] = {"sad": 5, "shy": 6, "joy": -4, "cry": 4, "surprise": -3, "fear": 3, "angry": 3}


@dataclass(frozen=True)
class Staged:
    """A person placed on a page: ``head`` is the middle of the face and ``unit`` half a head width, in pixels."""

    character: Character
    expression: Expression
    pose: Pose
    facing: str
    head: Point
    unit: float
    talking: bool = False


def draw_figure(
    staged: Staged, frame: Box, lean: float = 0.0, window: Window | None = None
) -> tuple[list[str], FigureBoxes]:
    """The SVG elements of a person and the boxes clipped to ``frame``, in page pixels.

    ``lean`` turns the person clockwise by degrees, for a tilted camera; nothing outside ``window`` is drawn.
    """
    out: list[str] = []
    side = -1 if staged.facing == "left" else 1
    extent = Extent()
    line = min(5.2, max(1.3, 0.9 + staged.unit * 0.022))
    pen = Pen(out, (staged.unit * side, 0, 0, staged.unit, *staged.head), line, None, extent, window, [])
    pen = pen.moved(0, 0, lean * side)
    head, body = _parts(staged, pen)
    draw_back_hair(head)
    draw_back_accessory(head)
    draw_body(body)
    draw_face(head)
    draw_front_hair(head)
    draw_brows(head)
    draw_front_accessory(head)
    _halo(pen)
    boxes = _boxes(staged, head, extent, frame)
    draw_marks(head)
    return out, boxes


def _halo(pen: Pen) -> None:
    """A rim of paper around the whole person sets it off from the background."""
    data = "".join(pen.halo or [])
    pen.out.insert(0, f'<path d="{data}" fill="{PAPER}" stroke="{PAPER}" stroke-width="{number(pen.line * 2 + 4)}"/>')


def _parts(staged: Staged, pen: Pen) -> tuple[Head, Body]:
    look = staged.character.look
    m = measure(look)
    joints = pose_joints(staged.pose, m)
    turned = staged.facing != "front"
    tilt = _TILT.get(staged.expression, 0) + joints.lean * 0.4
    head = Head(pen.moved(0, 0, tilt), look, m, staged.expression, TURN if turned else 0.0, staged.talking)
    neck = pen.moved(0, 1.1).moved(0, 0, joints.lean).moved(0, -1.1)
    return head, Body(neck, look, m, joints, turned)


def _boxes(staged: Staged, head: Head, extent: Extent, frame: Box) -> FigureBoxes:
    skull = Extent()
    back = -1.24 if head.turn else -1.12
    for x, y in (
        (back, CROWN),
        (1.12, CROWN),
        (back, 0.3),
        (0.98, 0.4),
        (-0.4, head.measures.chin),
        (0.5, head.measures.chin),
    ):
        skull.add(*head.pen.to_page(x, y))
    mx, my = head.pen.to_page(*mouth_at(head))
    head_box, body_box = skull.box(frame), replace(extent).box(frame)
    mouth = (
        float(number(min(max(mx, head_box.x), head_box.x + head_box.w))),
        float(number(min(max(my, head_box.y), head_box.y + head_box.h))),
    )
    return FigureBoxes(character=staged.character.id, head=head_box, body=_union(head_box, body_box), mouth=mouth)


def _union(a: Box, b: Box) -> Box:
    x, y = min(a.x, b.x), min(a.y, b.y)
    right, bottom = max(a.x + a.w, b.x + b.w), max(a.y + a.h, b.y + b.h)
    return Box(x=x, y=y, w=round(right - x, 1), h=round(bottom - y, 1))
