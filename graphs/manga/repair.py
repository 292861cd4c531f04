"""A panel that fails a check is tried again: its balloons kept inside it, seen from farther away, given more room.

What got better is kept; what stays wrong is reported, never hidden.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

from engines.comic.document import Panel
from engines.comic.relayout import with_more_room
from foundation.graph import Context, Json
from foundation.models.manga import ComposedPage, LettererClient, LetteringStyle
from graphs.common.choice import DRAFT
from graphs.manga.drawing import draw_drafted
from graphs.manga.names import ModelName, PhaseStep

WIDER = {"close_up": "bust", "bust": "medium", "over_shoulder": "medium", "medium": "full", "full": "long"}
MOST_REPAIRS = 4
# no other place for a balloon repairs these
NOT_OF_PLACE = frozenset({"glyphs_present"})


@dataclass(frozen=True)
class Composed:
    """A page with the letterer's output for it. ``images`` are the keys of panels that were drawn anew."""

    page: dict[str, Json]
    output: ComposedPage
    repairs: list[Json] = field(default_factory=list[Json])
    images: Mapping[str, str] = field(default_factory=dict[str, str])

    def failed(self) -> list[Json]:
        """The checks that did not pass."""
        return [check for check in self.output.checks if not check["passed"]]


def style_of(context: Context) -> LetteringStyle:
    """How this manga is lettered."""
    planned = context.result(PhaseStep.NAME)
    return LetteringStyle(planned["language"], planned["direction"], context.args.get("ruby", "auto"))


def letterer_of(context: Context) -> LettererClient:
    """The letterer."""
    return LettererClient(context.models[ModelName.LETTERER])


async def compose(context: Context, page: dict[str, Json], book: Mapping[str, Json]) -> Composed:
    """Put a page together and measure it."""
    for_print = context.args["quality_level"] == "ultra_high"
    return Composed(page, await letterer_of(context).compose(page, book, for_print))


async def repaired(context: Context, composed: Composed, book: Mapping[str, Json]) -> Composed:
    """The page after at most ``MOST_REPAIRS`` panels were tried again, each kept only if fewer checks fail."""
    for panel_id in _panels_that_failed(composed)[:MOST_REPAIRS]:
        composed = await _repaired_panel(context, composed, panel_id, book)
    return composed


async def _repaired_panel(context: Context, composed: Composed, panel_id: str, book: Mapping[str, Json]) -> Composed:
    """The page after the first way that made it better, with what was tried."""
    before = [check["name"] for check in composed.failed() if panel_of(check["element"]) == panel_id]
    report: dict[str, Json] = {"panel_id": panel_id, "checks": before, "repaired": False, "by": None}
    best = composed
    for way, changed in _ways(composed.page["panels"], panel_id, book["direction"], _painted(composed)):
        tried = await _tried(context, composed, changed, book)
        if len(tried.failed()) < len(composed.failed()):
            best, report = tried, report | {"repaired": True, "by": way}
            break
    return replace(best, repairs=[*composed.repairs, report])


def panel_of(element: str) -> str:
    """The panel that an element belongs to: ``p1.panel3`` for ``p1.panel3.balloon1``."""
    return ".".join(element.split(".")[:2])


def _panels_that_failed(composed: Composed) -> list[str]:
    known = {panel["id"] for panel in composed.page["panels"]}
    repairable = [check for check in composed.failed() if check["name"] not in NOT_OF_PLACE]
    return [p for p in dict.fromkeys(panel_of(check["element"]) for check in repairable) if p in known]


def _painted(composed: Composed) -> bool:
    return not all(_is_drafted(drawing) for drawing in composed.page["drawings"].values())


def _is_drafted(drawing: Mapping[str, Json] | None) -> bool:
    return drawing is None or drawing.get("engine", DRAFT) == DRAFT


def _ways(
    panels: list[Json], panel_id: str, direction: Literal["rtl", "ltr"], painted: bool
) -> Iterator[tuple[str, list[Json]]]:
    """What may help, the smallest change first, as the panels of the page after it."""
    panel = next(panel for panel in panels if panel["id"] == panel_id)
    if panel.get("reach") and panel.get("paper") != "strip":
        yield "no_crossing", [each | {"reach": [], "reserved": []} for each in panels]
    if painted:
        # another framing is another picture: it would be paid for, and would look different
        return
    if panel["shot"] in WIDER:
        wider = panel | {"shot": WIDER[panel["shot"]], "rule": f"{panel['rule']}+wider"}
        yield "wider", [wider if each is panel else each for each in panels]
    roomy = with_more_room([Panel.model_validate(each) for each in panels], panel_id, direction)
    if roomy is not None:
        yield "more_room", [each.model_dump(mode="json") for each in roomy]


async def _tried(context: Context, composed: Composed, panels: list[Json], book: Mapping[str, Json]) -> Composed:
    """The page with these panels; those that changed are drawn and lettered anew."""
    drawings, letterings = dict(composed.page["drawings"]), dict(composed.page["letterings"])
    images = dict(composed.images)
    for old, panel in zip(composed.page["panels"], panels, strict=True):
        if panel == old:
            continue
        if _is_drafted(drawings.get(panel["id"])):
            drawn = await draw_drafted(context, panel, book["characters"])
            drawings[panel["id"]] = drawn.drawing
            images[panel["id"]] = await context.save(PhaseStep.FINAL, f"{panel['id']}.png", drawn.image)
        lettered = await letterer_of(context).letter(
            panel, drawings[panel["id"]], book["characters"], style_of(context)
        )
        letterings[panel["id"]] = lettered.lettering
    page = composed.page | {"panels": panels, "drawings": drawings, "letterings": letterings}
    return replace(await compose(context, page, book), images=images, repairs=composed.repairs)
