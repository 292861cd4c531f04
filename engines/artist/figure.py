"""One person: back hair, body, head, fringe, accessory and marks, with true boxes."""

from dataclasses import dataclass, replace

from engines.artist.accessories import draw_back_accessory, draw_front_accessory
from engines.artist.anatomy import Joints, measure, pose_joints
from engines.artist.animals import draw_animal
from engines.artist.beards import draw_beard, draw_side_beard
from engines.artist.body import Body, draw_body
from engines.artist.clip import Window
from engines.artist.face import TURN, Head, draw_brows, draw_face, draw_mouth, mouth_at
from engines.artist.hair import draw_back_hair, draw_front_hair
from engines.artist.hair_rear import draw_rear
from engines.artist.hair_side import draw_side_back_hair, draw_side_hair
from engines.artist.ink import INK, PAPER, Extent, Pen, number
from engines.artist.marks import draw_marks
from engines.artist.outline import head_outline
from engines.artist.poses import CROSSED
from engines.artist.profile import draw_profile, draw_profile_brow, draw_profile_mouth
from engines.artist.side import draw_side
from engines.comic.document import Box, Character, Expression, FigureBoxes, Point
from engines.comic.tones import tone

_ON_BACK = -90.0
_TILT: dict[Expression, float] = {"sad": 5, "shy": 6, "joy": -4, "cry": 4, "surprise": -3, "fear": 3, "angry": 3}


@dataclass(frozen=True)
class Staged:
    """A person placed on a page: ``head`` is the middle of the face and ``unit`` half a head width, in pixels.

    ``stance`` is the pose as drawn (a way of standing, for instance) and ``tilt`` turns the head on its neck.
    """

    character: Character
    expression: Expression
    stance: str
    facing: str
    head: Point
    unit: float
    talking: bool = False
    view: str = "front"
    tilt: float = 0.0
    held: str | None = None
    shade: bool = False

    @property
    def side(self) -> int:
        """1 where the figure looks right, -1 where it looks left."""
        return -1 if self.facing == "left" else 1


def draw_figure(
    staged: Staged, frame: Box, lean: float = 0.0, window: Window | None = None
) -> tuple[list[str], FigureBoxes]:
    """The SVG elements of a person and the boxes clipped to ``frame``, in page pixels.

    ``lean`` turns the person clockwise by degrees, for a tilted camera; nothing outside ``window`` is drawn.
    """
    out: list[str] = []
    extent = Extent()
    pen = Pen(out, (staged.unit * staged.side, 0, 0, staged.unit, *staged.head), weight(staged.unit), None, extent)
    down = _ON_BACK if staged.stance == "lie" and staged.character.look.species == "human" else 0.0
    pen = replace(pen, window=window, halo=[]).moved(0, 0, lean * staged.side + down)
    head, body = _parts(staged, pen)
    if staged.character.look.species != "human":
        draw_animal(head, staged.stance)
    else:
        _PAINTERS.get(staged.view, _facing)(head, body)
        draw_front_accessory(head)
    _halo(pen)
    boxes = _boxes(staged, head, extent, frame)
    if staged.shade:
        _shade(pen)
    else:
        draw_marks(head)
    return out, boxes


def _shade(pen: Pen) -> None:
    """The dark of a person between the light and the camera; dots of one tile may lie on each other."""
    pen.out[1:] = [piece.replace(f'stroke="{PAPER}"', f'stroke="{INK}"') for piece in pen.out[1:]]
    pieces = "".join(f'<path d="{data}"/>' for data in pen.halo or [])
    pen.out.append(f'<g fill="{tone(30, opaque=False)}">{pieces}</g>')


def weight(unit: float) -> float:
    """The width of the pen for a figure of this size: bold where it is near."""
    return min(9.0, max(1.3, 0.9 + unit * 0.026))


def _facing(head: Head, body: Body) -> None:
    draw_back_hair(head)
    draw_back_accessory(head)
    draw_body(body)
    draw_face(head)
    draw_beard(head)
    draw_mouth(head)
    draw_front_hair(head)
    draw_brows(head)


def _profile(head: Head, body: Body) -> None:
    draw_side_back_hair(head)
    draw_back_accessory(head)
    draw_side(body)
    draw_profile(head)
    draw_side_beard(head)
    draw_profile_mouth(head)
    draw_side_hair(head)
    draw_profile_brow(head)


def _back(head: Head, body: Body) -> None:
    draw_back_accessory(head)
    draw_body(body)
    draw_rear(head)


_PAINTERS = {"profile": _profile, "back": _back}


def _halo(pen: Pen) -> None:
    """A rim of paper around the whole person sets it off from the background."""
    data = "".join(pen.halo or [])
    pen.out.insert(0, f'<path d="{data}" fill="{PAPER}" stroke="{PAPER}" stroke-width="{number(pen.line * 2 + 4)}"/>')


def joints_of(staged: Staged) -> Joints:
    """The joints of a staged person."""
    return pose_joints(staged.stance, measure(staged.character.look), staged.view == "profile")


def _parts(staged: Staged, pen: Pen) -> tuple[Head, Body]:
    look = staged.character.look
    m, joints, view = measure(look), joints_of(staged), staged.view
    tilt = _TILT.get(staged.expression, 0) + joints.lean * 0.4 + joints.low + staged.tilt
    if look.species != "human":
        tilt = 0.0
    turn = TURN if view in ("three_quarter", "profile") else 0.0
    face = pen.moved(0, 1.0).moved(0, 0, tilt).moved(0, -1.0)
    head = Head(face, look, m, staged.expression, turn, staged.talking, view)
    neck = pen.moved(0, 1.1).moved(0, 0, joints.lean).moved(0, -1.1, 0, 0.94 if view == "three_quarter" else 1, 1)
    return head, Body(neck, look, m, joints, view, staged.stance in CROSSED, staged.held)


def _boxes(staged: Staged, head: Head, extent: Extent, frame: Box) -> FigureBoxes:
    skull = Extent()
    for x, y in head_outline(head.look, staged.view):
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
