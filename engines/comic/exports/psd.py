"""PSD: a page in named layers, each panel's art, the frames and each balloon on a layer of its own."""

import io
import math
from collections.abc import Iterator
from dataclasses import dataclass

from engines.comic.compose import FRAME, INK
from engines.comic.document import Balloon, Document, Page, Panel, Point
from engines.comic.lettering import balloon_svg
from engines.comic.render import render_clear
from engines.comic.tones import TONE_DEFS

RIM = 8.0
# pixels of a layer to one of the page: 335 dpi, as grey manuscripts are delivered
SCALE = 2
View = tuple[int, int, int, int]


@dataclass(frozen=True)
class Layer:
    """A named picture at its place on the page: ``x``, ``y``, width and height in page pixels."""

    name: str
    view: View
    body: str


def to_psd(page: Page, document: Document) -> bytes:
    """One page as PSD at ``SCALE`` times the page, the paper at the bottom and the balloons on top, 8 bits a channel.

    It is grey, or RGB where a picture of an image model lies in it.
    """
    from PIL import Image
    from psd_tools import PSDImage

    size = (page.size[0] * SCALE, page.size[1] * SCALE)
    mode = "RGB" if any("<image" in drawing.svg for drawing in page.drawings.values()) else "L"
    psd = PSDImage.new(mode, size, color=255)
    paper = Image.new(f"{mode}A", size, "white")
    psd.create_pixel_layer(paper, name="paper", top=0, left=0)
    for number, layer in enumerate(layers(page, document), 1):
        x, y, width, _ = layer.view
        picture = render_clear(_svg(layer), width * SCALE).convert(f"{mode}A")
        pixel_layer = psd.create_pixel_layer(picture, name=f"layer {number}", top=y * SCALE, left=x * SCALE)
        # the short name of old readers knows no Japanese; this sets the long one beside it
        pixel_layer.name = layer.name
    out = io.BytesIO()
    psd.save(out)
    return out.getvalue()


def layers(page: Page, document: Document) -> Iterator[Layer]:
    """The layers of a page from the bottom to the top."""
    panels = sorted(page.panels, key=lambda panel: not panel.bleed)
    names = {character.id: character.name for character in document.characters}
    for panel in panels:
        drawing = page.drawings.get(panel.id)
        if drawing is not None:
            clip = f'<clipPath id="clip"><polygon points="{_points(panel)}"/></clipPath>'
            yield Layer(
                f"{panel.id} art", _view(panel.polygon, page.size), f'{clip}<g clip-path="url(#clip)">{drawing.svg}</g>'
            )
    yield Layer(f"p{page.number} frames", (0, 0, *page.size), "".join(map(_frame, panels)))
    for panel in panels:
        lettering = page.letterings.get(panel.id)
        for balloon in lettering.balloons if lettering else []:
            speaker = names.get(balloon.speaker or "", "")
            yield Layer(_label(balloon, speaker), _around(balloon, page.size), balloon_svg(balloon, speaker))


def _label(balloon: Balloon, speaker: str) -> str:
    return f"{balloon.id} {speaker} {balloon.text}".replace("  ", " ")[:80]


def _points(panel: Panel) -> str:
    return " ".join(f"{x:.1f},{y:.1f}" for x, y in panel.polygon)


def _frame(panel: Panel) -> str:
    if panel.bleed:
        return ""
    return f'<polygon points="{_points(panel)}" fill="none" stroke="{INK}" stroke-width="{FRAME}"/>'


def _around(balloon: Balloon, paper: tuple[int, int]) -> View:
    box = balloon.text_box
    corners = [(box.x, box.y), (box.x + box.w, box.y + box.h), *balloon.hull, *([balloon.tail] if balloon.tail else [])]
    return _view([(x + dx, y + dy) for x, y in corners for dx in (-RIM, RIM) for dy in (-RIM, RIM)], paper)


def _view(points: list[Point], paper: tuple[int, int]) -> View:
    """The whole pixels of the page that points span."""
    xs, ys = [x for x, _ in points], [y for _, y in points]
    left, top = max(0, math.floor(min(xs))), max(0, math.floor(min(ys)))
    right, bottom = min(paper[0], math.ceil(max(xs))), min(paper[1], math.ceil(max(ys)))
    return left, top, max(1, right - left), max(1, bottom - top)


def _svg(layer: Layer) -> str:
    x, y, w, h = layer.view
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{x} {y} {w} {h}" width="{w}" height="{h}">'
        f"<defs>{TONE_DEFS}</defs>{layer.body}</svg>"
    )
