"""Panels dealt out to pages, weighted, and laid out. The climax gets the room it needs.

Panel drafts -> climax -> pages (a scene begins a page where it can) -> polygons -> Panel values
"""

import hashlib
import random
from collections.abc import Sequence
from typing import Literal

from engines.comic.document import Effect, Figure, PageLayout, Panel
from engines.comic.layout import PanelSlot, Rows
from engines.writer.papers import arrange, sheets_of, with_crossings
from engines.writer.staged_scenes import PanelDraft

PAGE_WEIGHT = 6.2
MOST_PANELS = 6
LEAST_PANELS = 3
WEIGHT = {"splash": 5.0, "large": 1.7, "medium": 1.2, "small": 0.85}
ASPECT = {"long": 2.1, "full": 1.25, "medium": 1.2, "bust": 1.0, "close_up": 1.05, "over_shoulder": 1.25}
CLIMAX_FROM, CLIMAX_TO = 0.55, 0.97
SPLASH_FROM_PANELS = 16
PARTNER_WITHIN = 8
LENGTH_WEIGHT = {"ja": 0.014, "en": 0.006}


def make_panels(
    drafts: Sequence[PanelDraft],
    direction: Literal["rtl", "ltr"],
    language: str,
    seed: int,
    layout: PageLayout = "page",
) -> list[Panel]:
    """All panels of the manga with their pages and polygons, in reading order."""
    climax = find_climax(drafts)
    left = len(drafts) - climax - 1
    _raise(drafts, climax, len(drafts) >= SPLASH_FROM_PANELS and left != 1)
    panels: list[Panel] = []
    before: Rows | None = None
    for number, paper, page in sheets_of(drafts, deal(drafts, language), drafts[climax], direction, layout):
        rng = random.Random(f"{seed}/{number}")
        slots = [_slot(each, language, last=each is page[-1], page=number) for each in page]
        placed, before = arrange(paper, page, slots, direction, before, rng=rng)
        for index, (each, place) in enumerate(zip(page, placed, strict=True), 1):
            panel_id = f"p{number}.panel{index}"
            panels.append(
                Panel(
                    id=panel_id,
                    page=number,
                    number=index,
                    scene=each.scene.number,
                    size=each.size,
                    shot=each.shot,
                    camera_angle=_camera(each),
                    polygon=place.polygon,
                    bleed=place.bleed,
                    paper=paper,
                    background=each.scene.place,
                    time_of_day=each.scene.time,
                    effects=_effects(each),
                    figures=each.figures,
                    props=each.props,
                    lines=each.line_values(panel_id),
                    sfx=each.sfx_values(panel_id),
                    emotion=each.emotion,
                    weight=round(weigh(each, language), 3),
                    sources=each.sources,
                    rule=each.rule if each is not drafts[climax] else f"{each.rule}+climax",
                    seed=_seed(panel_id, seed),
                )
            )
    return with_crossings(panels)


def find_climax(drafts: Sequence[PanelDraft]) -> int:
    """The panel with the most heat in the second half; the later one of equals."""
    low = int(len(drafts) * CLIMAX_FROM)
    span = range(low, max(low + 1, int(len(drafts) * CLIMAX_TO)))
    return max(span, key=lambda n: (bool(drafts[n].figures), drafts[n].heat + 1.5 * drafts[n].speaks, n))


def _raise(drafts: Sequence[PanelDraft], number: int, splash: bool) -> None:
    """Give the climax its room. A page-high face says less than whole persons in their place."""
    climax = drafts[number]
    climax.size = "splash" if splash else "large"
    if not splash:
        return
    climax.shot = "full"
    if len(climax.figures) == 1:
        climax.figures = [*climax.figures, *_partner(drafts[:number], climax)]


def _partner(before: Sequence[PanelDraft], climax: PanelDraft) -> list[Figure]:
    """The other one of the scene, seen shortly before, who is there to see it."""
    own = climax.figures[0]
    recent = [panel for panel in before[-PARTNER_WITHIN:] if panel.scene is climax.scene]
    seen = [f for panel in reversed(recent) for f in panel.figures if f.character != own.character]
    if not seen:
        return []
    pose = "sit" if own.pose == "lie" else "lie" if seen[0].pose == "lie" else "stand"
    place, facing = (0.24, "right") if own.place >= 0.5 else (0.76, "left")
    climax.rule += "+partner"
    return [seen[0].model_copy(update={"place": place, "pose": pose, "facing": facing, "view": "auto"})]


def weigh(each: PanelDraft, language: str) -> float:
    """The importance of a panel; words need room too."""
    return WEIGHT[each.size] + LENGTH_WEIGHT[language] * each.length + 0.12 * max(len(each.figures) - 1, 0)


def deal(drafts: Sequence[PanelDraft], language: str) -> list[list[PanelDraft]]:
    """Pages of panels. A splash stands alone or ends its page; no page is nearly empty."""
    pages: list[list[PanelDraft]] = [[]]
    for each in drafts:
        page = pages[-1]
        weight = sum(weigh(p, language) for p in page)
        full = len(page) >= MOST_PANELS or weight + weigh(each, language) > PAGE_WEIGHT + 0.6
        turns = each.rule == "establishing" and len(page) >= LEAST_PANELS + 1
        # a question or a shout at the foot of an even page makes the reader turn it
        hook = bool(page) and len(pages) % 2 == 0 and len(page) >= LEAST_PANELS + 1 and page[-1].hook
        turns = turns or (hook and not each.hook and weight > PAGE_WEIGHT * 0.75)
        after_splash = any(p.size == "splash" for p in page)
        if page and (full or turns or after_splash or each.size == "splash"):
            pages.append([])
        pages[-1].append(each)
    return _balanced(pages)


def _balanced(pages: list[list[PanelDraft]]) -> list[list[PanelDraft]]:
    """A page with too few panels takes some from the page before it."""
    for index in range(1, len(pages)):
        page, before = pages[index], pages[index - 1]
        splash = any(p.size == "splash" for p in (*page, *before))
        while not splash and len(page) < LEAST_PANELS and len(before) > LEAST_PANELS:
            page.insert(0, before.pop())
        if not splash and len(page) == 1 and len(before) > 1:
            page[:0] = [before.pop()] if len(before) > LEAST_PANELS - 1 else [*before]
            before[:] = before if page[0] not in before else []
    return [page for page in pages if page]


def _slot(each: PanelDraft, language: str, last: bool, page: int) -> PanelSlot:
    aspect = ASPECT[each.shot] * (1.25 if len(each.figures) > 1 else 1.0)
    opens = each.rule == "establishing" and page == 1
    return PanelSlot(weigh(each, language), aspect, bleed=each.size == "splash" or opens or (last and page % 2 == 0))


def _effects(each: PanelDraft) -> list[Effect]:
    """The effects once each; a gloom at night would leave only black."""
    dark = each.scene.time == "night"
    return [effect for effect in dict.fromkeys(each.effects) if not (dark and effect == "gloom")]


def _camera(each: PanelDraft) -> Literal["eye_level", "high", "low", "dutch"]:
    if each.size == "splash":
        return "low"
    if each.rule == "establishing":
        return "high" if each.scene.number % 2 == 0 else "eye_level"
    return "dutch" if "speed_lines" in each.effects and each.figures else "eye_level"


def _seed(panel_id: str, seed: int) -> int:
    return int.from_bytes(hashlib.sha256(f"{panel_id}/{seed}".encode()).digest()[:4]) >> 1
