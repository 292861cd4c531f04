"""Pictures of image models as the art of a panel, over the geometry of the sketch that guided them.

plan -> sketched: figures, and a guide at the model's size -> a model's picture -> mount: the same figures, other art
"""

import io
import math
from collections.abc import Sequence

import numpy as np
from PIL import Image, ImageOps

from engines.artist import draw_panel, draw_sounds
from engines.comic.compose import panel_svg
from engines.comic.document import Box, Character, Check, Drawing, Panel
from engines.comic.embedded_pictures import picture_svg
from engines.comic.render import paint

QUALITY = 90
FLATTEST = 6.0
# enough to tell a head from paper
LOOK_WIDTH = 480


def frame_of(panel: Panel) -> Box:
    """The bounds of a panel."""
    xs, ys = [x for x, _ in panel.polygon], [y for _, y in panel.polygon]
    return Box(x=min(xs), y=min(ys), w=max(xs) - min(xs), h=max(ys) - min(ys))


def size_for(panel: Panel, area: int, multiple: int) -> tuple[int, int]:
    """Width and height of about ``area`` pixels in the panel's proportions, in whole multiples."""
    frame = frame_of(panel)
    return sides(frame.w / max(frame.h, 1.0), area, multiple)


def sides(ratio: float, area: int, multiple: int) -> tuple[int, int]:
    """Width and height of about ``area`` pixels, in whole multiples; no model draws what is narrower than 2:5."""
    ratio = min(max(ratio, 0.4), 2.5)
    width = math.sqrt(area * ratio)
    return _whole(width, multiple), _whole(width / ratio, multiple)


def _whole(length: float, multiple: int) -> int:
    return max(multiple, round(length / multiple) * multiple)


def sketched(panel: Panel, cast: Sequence[Character], width: int, height: int) -> tuple[Drawing, bytes]:
    """The sketch that guides a model, and the same as PNG in RGB at the model's size: no frame, no words, no sounds."""
    silent = panel.model_copy(update={"sfx": [], "bleed": True})
    sketch = draw_panel(silent, cast)
    frame = frame_of(panel)
    # wide enough to be cut to the model's proportions
    whole = paint(panel_svg(silent, sketch), math.ceil(max(width, height * frame.w / max(frame.h, 1.0))))
    out = io.BytesIO()
    fitted = ImageOps.fit(whole, (width, height), Image.Resampling.LANCZOS)
    fitted.convert("RGB").save(out, "PNG", compress_level=3)
    return sketch, out.getvalue()


def mount(panel: Panel, sketch: Drawing, picture: bytes, engine: str, colour: bool) -> Drawing:
    """The picture as the panel's art: it covers the frame, and the sounds of the plan are drawn over it."""
    frame = frame_of(panel)
    with Image.open(io.BytesIO(picture)) as image:
        plain = image.convert("RGB" if colour else "L")
    out = io.BytesIO()
    plain.save(out, "JPEG", quality=QUALITY)
    art = picture_svg(panel.id, frame, out.getvalue())
    sounds, boxes = draw_sounds(panel, sketch.figures)
    svg = f'<g id="{panel.id}.drawing">{art}<g stroke-linejoin="round" stroke-linecap="round">{sounds}</g></g>'
    return Drawing(panel=panel.id, svg=svg, figures=sketch.figures, sfx=boxes, engine=engine)


def blank(panel: Panel, sketch: Drawing, engine: str) -> Drawing:
    """A panel whose picture could not be had: paper, with the places of its figures kept free of balloons."""
    return Drawing(panel=panel.id, svg="", figures=sketch.figures, sfx=[], engine=engine)


def check_figures(panel: Panel, sketch: Drawing, picture: bytes) -> list[Check]:
    """Whether a picture that covers the panel shows something where heads should be: the spread of grey there."""
    frame = frame_of(panel)
    size = (LOOK_WIDTH, max(1, round(LOOK_WIDTH * frame.h / max(frame.w, 1.0))))
    with Image.open(io.BytesIO(picture)) as image:
        levels = np.asarray(ImageOps.fit(image.convert("L"), size, Image.Resampling.BOX), float)
    return [_figure_check(panel, levels, frame, figure.character, figure.head) for figure in sketch.figures]


def _figure_check(panel: Panel, levels: np.ndarray, frame: Box, character: str, head: Box) -> Check:
    scale = levels.shape[1] / frame.w
    left, top = max(0, int((head.x - frame.x) * scale)), max(0, int((head.y - frame.y) * scale))
    right, bottom = int((head.x + head.w - frame.x) * scale), int((head.y + head.h - frame.y) * scale)
    part = levels[top:bottom, left:right]
    spread = float(part.std()) if part.size else FLATTEST
    return Check(
        name="figure_drawn",
        element=f"{panel.id}.{character}",
        passed=spread >= FLATTEST,
        measured=round(spread, 1),
        limit=FLATTEST,
        detail="" if spread >= FLATTEST else "the picture is empty where the plan has a head",
    )
