"""One panel: the set, the effects and the persons, put together in the order of depth."""

import random
from collections.abc import Callable, Sequence

from engines.artist.camera import View, bounds, ground_of, view_of
from engines.artist.clip import Window
from engines.artist.crowd import companions
from engines.artist.depth import soften
from engines.artist.effects import draw_before, draw_behind
from engines.artist.figure import Staged, draw_figure
from engines.artist.foreground import OUTDOORS, foreground
from engines.artist.indoors import classroom, room
from engines.artist.ink import PAPER, Pen, ellipse, lines
from engines.artist.moods import abstract
from engines.artist.nature import castle, field, forest, sea
from engines.artist.old import graveyard, tatami, underworld
from engines.artist.outdoors import rooftop, station, street
from engines.artist.places import bridge, kitchen, library, shop, temple
from engines.artist.props import draw_standing
from engines.artist.scene import BackgroundScene
from engines.artist.sfx import draw_sfx, font_outline
from engines.artist.species import BEASTS
from engines.artist.stage import stage
from engines.artist.wilds import battlefield, mountain, river, space
from engines.comic.document import Box, Character, Drawing, FigureBoxes, Panel, Point
from engines.comic.tones import tone

_SETS: dict[str, Callable[[BackgroundScene], None]] = {
    "classroom": classroom,
    "room": room,
    "street": street,
    "rooftop": rooftop,
    "station": station,
    "forest": forest,
    "sea": sea,
    "field": field,
    "castle": castle,
    "library": library,
    "kitchen": kitchen,
    "shop": shop,
    "bridge": bridge,
    "temple": temple,
    "mountain": mountain,
    "river": river,
    "battlefield": battlefield,
    "space": space,
    "tatami": tatami,
    "underworld": underworld,
    "graveyard": graveyard,
}
_DUTCH = 6.0
_SHADOWS = {"lie": (6.6, 6.4), "run": (2.8, 0.2), "walk": (2.2, 0.2), "seiza": (2.6, 0.6), "ground": (2.6, 1.0)}
"""Half the width of a shadow and how far it lies ahead of the face, in head units."""
_NEAR = ("bust", "close_up", "over_shoulder")
_LINE = {"long": 1.5, "full": 1.5, "medium": 1.3}


def draw_panel(panel: Panel, characters: Sequence[Character]) -> Drawing:
    """The art of a panel as SVG elements in page pixels, unclipped, with the true boxes of persons and sounds.

    Same input, same bytes. Fills refer to the patterns of ``TONE_DEFS``.
    """
    frame = bounds(panel.polygon)
    lean = _DUTCH if panel.camera_angle == "dutch" else 0.0
    staged = stage(panel, characters)
    view = view_of(panel, staged, lean)
    set_ = _background(panel, view, lean)
    persons, boxes = _persons(panel, staged, frame, lean)
    heads = [box.head for box in boxes]
    behind, before = _effects(panel, frame, heads)
    sounds, sound_boxes = draw_sounds(panel, boxes)
    svg = (
        f'<g id="{panel.id}.drawing" stroke-linejoin="round" stroke-linecap="round">'
        f'<g id="{panel.id}.background">{set_}</g>'
        f'<g id="{panel.id}.effects.behind">{behind}</g>{persons}<g id="{panel.id}.effects">{before}</g>{sounds}</g>'
    )
    return Drawing(panel=panel.id, svg=svg, figures=boxes, sfx=sound_boxes)


def draw_sounds(panel: Panel, figures: Sequence[FigureBoxes]) -> tuple[str, list[Box]]:
    """The drawn sounds of a panel as SVG elements, clear of its figures, and their boxes."""
    if not panel.sfx:
        return "", []
    rng = random.Random(f"{panel.seed}.sfx")
    heads, bodies = [each.head for each in figures], [each.body for each in figures]
    return draw_sfx(panel, heads, bodies, font_outline(), rng)


def _background(panel: Panel, view: View, lean: float) -> str:
    out: list[str] = []
    pen = Pen(out, line=_LINE.get(panel.shot, 1.3), window=_window(bounds(panel.polygon)))
    middle = (view.frame.x + view.frame.w / 2, view.frame.y + view.frame.h / 2)
    if lean:
        pen = pen.moved(*middle, lean).moved(-middle[0], -middle[1])
    rng = random.Random(f"{panel.scene}.{panel.background}.{panel.seed}")
    scene = BackgroundScene(pen, view, rng, panel.time_of_day)
    _paper(scene)
    if _bare(panel):
        pass
    elif panel.background == "abstract" or _inward(panel, rng) or _insert(panel):
        abstract(scene, panel.emotion)
    else:
        _SETS[panel.background](scene)
        if panel.shot in ("long", "full") and panel.background in OUTDOORS:
            foreground(scene)
        if panel.shot in _NEAR:
            out = soften(out, panel.time_of_day == "night")
    draw_standing(panel, view, _window(bounds(panel.polygon)), out)
    return "".join(out)


def _insert(panel: Panel) -> bool:
    """A thing alone, close to the camera, needs no place."""
    return bool(panel.props) and not panel.figures and panel.shot in ("bust", "close_up")


def _inward(panel: Panel, rng: random.Random) -> bool:
    """Close to a face, strong feeling often takes the place of the place."""
    share = {"close_up": 0.6, "bust": 0.25}.get(panel.shot, 0.0) if panel.emotion != "neutral" else 0.0
    return rng.random() < share and panel.time_of_day != "night"


def _bare(panel: Panel) -> bool:
    """Close persons within focus lines or a flash stand on paper, as manga does."""
    return panel.shot in ("bust", "close_up") and bool({"focus_lines", "flash"} & set(panel.effects))


def _window(frame: Box) -> Window:
    """A little more than the frame, so that cut edges stay out of sight."""
    return frame.x - 8, frame.y - 8, frame.x + frame.w + 8, frame.y + frame.h + 8


def _paper(scene: BackgroundScene) -> None:
    corners: list[Point] = [
        (scene.left, scene.top),
        (scene.right, scene.top),
        (scene.right, scene.bottom),
        (scene.left, scene.bottom),
    ]
    scene.pen.path(lines(corners, closed=True), PAPER, width=0)


def _persons(panel: Panel, staged: Sequence[Staged], frame: Box, lean: float) -> tuple[str, list[FigureBoxes]]:
    drawn = {}
    parts = []
    grounded = panel.shot in ("full", "long") and not lean
    for person in staged:
        around = companions(person, staged, frame) if person.character.look.crowd and not person.shade else ()
        if grounded and person.stance != "climb":
            parts.append(_shadow(person, _window(frame)))
        parts += ["".join(draw_figure(fellow, frame, lean, _window(frame))[0]) for fellow in around]
        elements, box = draw_figure(person, frame, lean, _window(frame))
        drawn[person.character.id] = box
        parts.append(f'<g id="{panel.id}.figure.{person.character.id}">{"".join(elements)}</g>')
    order = [figure.character for figure in panel.figures if figure.character in drawn]
    return "".join(parts), [drawn[name] for name in dict.fromkeys(order)]


def _shadow(person: Staged, window: Window) -> str:
    """The shadow that a person casts on the ground."""
    out: list[str] = []
    look = person.character.look
    wide, ahead = _SHADOWS.get(person.stance, (1.9, 0.2))
    if look.species != "human":
        wide, ahead = BEASTS[look.species].long * 0.72, -0.5 * BEASTS[look.species].long
    x = person.head[0] + person.unit * person.side * ahead
    shape = ellipse(
        x + person.unit * 0.5, ground_of(person) - person.unit * 0.06, wide * person.unit, person.unit * 0.34
    )
    Pen(out, window=window).path(shape, tone(50), width=0)
    return "".join(out)


def _effects(panel: Panel, frame: Box, heads: Sequence[Box]) -> tuple[str, str]:
    behind: list[str] = []
    before: list[str] = []
    rng = random.Random(f"{panel.seed}.effects")
    focus = (frame.x + frame.w / 2, frame.y + frame.h / 2)
    if heads:
        focus = (sum(h.x + h.w / 2 for h in heads) / len(heads), sum(h.y + h.h * 0.6 for h in heads) / len(heads))
    window = _window(frame)
    draw_behind(panel, Pen(behind, line=2, window=window), frame, focus, rng)
    draw_before(panel.effects, Pen(before, line=1.6, window=window), frame, heads, rng)
    return "".join(behind), "".join(before)
