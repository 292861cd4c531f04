"""Pages as one SVG: every element is a group with its own id, so that it can be found, replaced or exported alone."""

import math
from collections.abc import Iterator
from html import escape

from engines.comic.document import PAGE_WIDTH, Document, Drawing, Lettering, Page, Panel
from engines.comic.lettering import text_outline
from engines.comic.tones import TONE_DEFS

FRAME = 4.5
INK, PAPER, SOFT = "#111111", "#ffffff", "#777777"
View = tuple[float, float, float, float]
FOOTER_SIZE = 13.0
FOOTER_RISE = 14.0


def _points(panel: Panel) -> str:
    return " ".join(f"{x:.1f},{y:.1f}" for x, y in panel.polygon)


def _panel_group(panel: Panel, drawing: Drawing | None, lettering: Lettering | None) -> str:
    """The group of a panel: its art clipped by the polygon, its frame unless it bleeds, its balloons on top."""
    name = escape(panel.id)
    art = (
        f'<clipPath id="{name}.clip"><polygon points="{_points(panel)}"/></clipPath>'
        f'<g id="{name}.art" clip-path="url(#{name}.clip)">{_art(panel, drawing)}</g>'
    )
    return _group(panel, art + _over(panel, lettering))


def _group(panel: Panel, content: str) -> str:
    return f'<g id="{escape(panel.id)}" data-number="{panel.number}" data-scene="{panel.scene}">{content}</g>'


def _art(panel: Panel, drawing: Drawing | None) -> str:
    return f'<polygon points="{_points(panel)}" fill="{PAPER}"/>{drawing.svg if drawing else ""}'


def _over(panel: Panel, lettering: Lettering | None) -> str:
    """What lies over the art: the frame and the balloons."""
    name, points = escape(panel.id), _points(panel)
    frame = "" if panel.bleed else f'<polygon points="{points}" fill="none" stroke="{INK}" stroke-width="{FRAME}"/>'
    return f'<g id="{name}.frame">{frame}</g><g id="{name}.lettering">{lettering.svg if lettering else ""}</g>'


def _footer(page: Page, document: Document, credits: bool = True) -> str:
    """Page numbers and who made the page, small, at the foot; a webtoon tells it once, at the foot of its beginning."""
    engines = ", ".join(sorted(set(document.provenance.values()))) or "unknown"
    notes = [("engine", f"engine: {engines}", 60.0, 0.0)] if credits else []
    if document.layout == "webtoon":
        notes = notes if page.number == 1 else []
    else:
        notes += _folios(page, document)
    return f'<g id="p{page.number}.footer">{"".join(_note(page, *note) for note in notes)}</g>'


def _folios(page: Page, document: Document) -> list[tuple[str, str, float, float]]:
    """The number in the middle of each page; the first of a spread is on the side where reading begins."""
    numbers = list(range(page.number, page.last + 1))
    middles = [PAGE_WIDTH * (n + 0.5) for n in range(len(numbers))]
    middles = middles if document.direction == "ltr" else middles[::-1]
    names = ["folio", *(f"folio{n}" for n in numbers[1:])]
    return [(name, str(n), x, 0.5) for name, n, x in zip(names, numbers, middles, strict=True)]


def _note(page: Page, key: str, text: str, x: float, anchor: float) -> str:
    path, box = text_outline(text, "latin", FOOTER_SIZE)
    left, top = x - box.w * anchor, page.size[1] - FOOTER_RISE - box.h
    return (
        f'<path id="p{page.number}.{key}" data-text="{escape(text)}" transform="translate({left:.1f} {top:.1f})" '
        f'd="{path}" fill="{SOFT}" stroke="{PAPER}" stroke-width="3" paint-order="stroke"/>'
    )


def _svg(view: View, body: str, paper: str = PAPER, title: str = "") -> str:
    x, y, w, h = view
    name = f"<title>{escape(title)}</title>" if title else ""
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{x:g} {y:g} {w:g} {h:g}" width="{w:g}" height="{h:g}">'
        f"{name}<defs>{TONE_DEFS}</defs>"
        f'<rect x="{x:g}" y="{y:g}" width="{w:g}" height="{h:g}" fill="{paper}"/>{body}</svg>'
    )


def page_svg(page: Page, document: Document) -> str:
    """A whole page as SVG at its size; panels that bleed lie below the framed ones, and crossing balloons on top.

    Panels without art or lettering yet are drawn empty.
    """
    body = "".join(_panel_group(p, page.drawings.get(p.id), page.letterings.get(p.id)) for p in _ordered(page))
    name = f"p{page.number}"
    content = f'<g id="{name}" data-direction="{document.direction}">{body}</g>{_footer(page, document)}'
    return _svg((0, 0, *page.size), content, title=f"{document.title} {page.number}")


def _ordered(page: Page) -> list[Panel]:
    return sorted(page.panels, key=lambda panel: (not panel.bleed, bool(panel.reach)))


def art_svgs(page: Page) -> Iterator[tuple[Panel, View, str]]:
    """The art of each panel alone, unclipped, with the part of the page that it shows: whole pixels of the page."""
    for panel in _ordered(page):
        xs, ys = [x for x, _ in panel.polygon], [y for _, y in panel.polygon]
        left, top = math.floor(min(xs)), math.floor(min(ys))
        view = (left, top, math.ceil(max(xs)) - left, math.ceil(max(ys)) - top)
        yield panel, view, _svg(view, _art(panel, page.drawings.get(panel.id)))


def over_svg(page: Page, document: Document, credits: bool = True) -> str:
    """A whole page without its art, over nothing: frames, balloons, footer; ``credits`` names the engines in it."""
    body = "".join(_group(panel, _over(panel, page.letterings.get(panel.id))) for panel in _ordered(page))
    return _svg((0, 0, *page.size), body + _footer(page, document, credits), "none")


def panel_svg(panel: Panel, drawing: Drawing, lettering: Lettering | None = None) -> str:
    """One panel alone as SVG, cropped to the bounds of its polygon and half its frame."""
    xs, ys = [x for x, _ in panel.polygon], [y for _, y in panel.polygon]
    rim = 0.0 if panel.bleed else FRAME / 2
    view = (min(xs) - rim, min(ys) - rim, max(xs) - min(xs) + 2 * rim, max(ys) - min(ys) + 2 * rim)
    return _svg(view, _panel_group(panel, drawing, lettering))
