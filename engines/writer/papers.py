"""Which panels share a sheet, and on what paper: pages, a spread for a great climax, stretches of a webtoon.

A spread takes an even page and the odd one after it, which face each other in a book of either direction.
"""

import random
from collections.abc import Sequence
from typing import Literal

from engines.comic.crossing import plan_crossings
from engines.comic.document import Figure, PageLayout, Panel, Paper
from engines.comic.layout import PanelSlot, PlacedPanel, Rows, lay_out, spread_panel
from engines.comic.strip import Beat, Transition, lay_out_strip
from engines.writer.staged_scenes import PanelDraft

SPREAD_FROM_PANELS = 28
MOST_ON_A_PAGE, LEAST_TO_PART = 6, 4
MOST_ON_A_STRIP, LEAST_ON_A_STRIP = 7, 3
# where the persons of a spread stand, from the side where reading begins, off the fold
PLACES = {1: (0.27,), 2: (0.27, 0.74), 3: (0.2, 0.38, 0.76)}

Page = list[PanelDraft]


def number_pages(pages: Sequence[Page], climax: PanelDraft) -> list[tuple[int, Paper, Page]]:
    """Pages with their numbers; a climax alone on its page becomes a spread where the story is long enough."""
    found = [list(page) for page in pages]
    if [climax] in found and climax.figures and sum(map(len, found)) >= SPREAD_FROM_PANELS:
        found = _evened(found, found.index([climax]))
    spread = _is_even(found, climax) and len(climax.figures) in PLACES and sum(map(len, found)) >= SPREAD_FROM_PANELS
    numbered: list[tuple[int, Paper, Page]] = []
    number = 1
    for page in found:
        wide = spread and page == [climax]
        numbered.append((number, "spread" if wide else "page", page))
        number += 2 if wide else 1
    return numbered


def _is_even(pages: Sequence[Page], climax: PanelDraft) -> bool:
    return [climax] in pages and list(pages).index([climax]) % 2 == 1


def _evened(pages: list[Page], at: int) -> list[Page]:
    """One page more, or one less, before the spread, so that it begins on an even page; unchanged if neither goes."""
    if at % 2 == 1:
        return pages
    rich = [n for n in range(1, at) if len(pages[n]) >= LEAST_TO_PART]
    if rich:
        n = max(rich, key=lambda each: (len(pages[each]), each))
        cut = _cut(pages[n])
        return [*pages[:n], pages[n][:cut], pages[n][cut:], *pages[n + 1 :]]
    few = [n for n in range(at - 1) if len(pages[n]) + len(pages[n + 1]) <= MOST_ON_A_PAGE]
    return [*pages[: few[-1]], pages[few[-1]] + pages[few[-1] + 1], *pages[few[-1] + 2 :]] if few else pages


def _cut(page: Page) -> int:
    """Where a page may be parted: where a scene begins, else in the middle; two panels at least on both sides."""
    starts = [n for n in range(2, len(page) - 1) if page[n].rule.startswith("establishing")]
    return starts[0] if starts else (len(page) + 1) // 2


def take_sides(climax: PanelDraft, direction: Literal["rtl", "ltr"]) -> None:
    """Move the persons of a spread off the fold; one alone looks over to the other page."""
    places = [round(1 - place, 2) if direction == "rtl" else place for place in PLACES[len(climax.figures)]]
    moved = [figure.model_copy(update={"place": place}) for figure, place in zip(climax.figures, places, strict=True)]
    if len(moved) == 1:
        moved[0] = moved[0].model_copy(update={"facing": "left" if direction == "rtl" else "right"})
    climax.figures = [_head_outside(figure) for figure in moved]


def _head_outside(figure: Figure) -> Figure:
    """One who lies is as long as half a spread, and has the feet on the fold rather than the head."""
    if figure.pose != "lie":
        return figure
    return figure.model_copy(update={"facing": "left" if figure.place > 0.5 else "right"})


def number_strips(drafts: Sequence[PanelDraft]) -> list[tuple[int, Paper, Page]]:
    """Stretches of a webtoon: a new one where a scene begins, or where one has grown long."""
    strips: list[Page] = [[]]
    for each in drafts:
        turns = each.rule.startswith("establishing") and len(strips[-1]) >= LEAST_ON_A_STRIP
        if strips[-1] and (turns or len(strips[-1]) >= MOST_ON_A_STRIP):
            strips.append([])
        strips[-1].append(each)
    return [(number, "strip", page) for number, page in enumerate(strips, 1)]


def arrange(
    paper: Paper,
    page: Page,
    slots: Sequence[PanelSlot],
    direction: Literal["rtl", "ltr"],
    before: Rows | None,
    *,
    rng: random.Random,
) -> tuple[list[PlacedPanel], Rows | None]:
    """The polygons of the panels of a sheet, and its rows for the page that follows."""
    if paper == "spread":
        return [spread_panel()], None
    if paper == "strip":
        return lay_out_strip([_beat(each, slot) for each, slot in zip(page, slots, strict=True)], rng), None
    return lay_out(slots, direction, before, rng)


def _beat(each: PanelDraft, slot: PanelSlot) -> Beat:
    large = each.size in {"splash", "large"}
    return Beat(slot.weight, slot.aspect, _follows(each), bleed=each.size == "splash" or (large and not each.lines))


def _follows(each: PanelDraft) -> Transition:
    """How a panel follows the one before: the white above it is its pause."""
    if each.rule.startswith("establishing"):
        return "begin" if each.scene.number == 1 else "scene"
    if each.size == "splash":
        return "climax"
    if each.rule.startswith("reaction"):
        return "reaction"
    return "moment" if each.speaks else "action"


def with_crossings(panels: Sequence[Panel]) -> list[Panel]:
    """All panels with what their balloons may cross, sheet by sheet."""
    numbers = dict.fromkeys(panel.page for panel in panels)
    return [panel for n in numbers for panel in plan_crossings([p for p in panels if p.page == n])]


def sheets_of(
    drafts: Sequence[PanelDraft],
    pages: Sequence[Page],
    climax: PanelDraft,
    direction: Literal["rtl", "ltr"],
    layout: PageLayout,
) -> list[tuple[int, Paper, Page]]:
    """All sheets of the manga with their numbers; the persons of a spread have taken their sides."""
    if layout == "webtoon":
        # the end of a scroll is seen alone, and wants the whole width
        drafts[-1].size = "large" if drafts[-1].size in ("small", "medium") else drafts[-1].size
        return number_strips(drafts)
    sheets = number_pages(pages, climax)
    if any(paper == "spread" for _, paper, _ in sheets):
        take_sides(climax, direction)
    return sheets
