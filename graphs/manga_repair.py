"""A panel that fails a check is staged again from farther away, drawn and lettered anew.

What got better is kept; what stays wrong is reported, never hidden.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from foundation.graph import Context, Json

WIDER = {"close_up": "bust", "bust": "medium", "over_shoulder": "medium", "medium": "full", "full": "long"}
MOST_REPAIRS = 4


@dataclass(frozen=True)
class Composed:
    """A page with what the letterer made of it. ``images`` are the keys of panels that were drawn anew."""

    page: dict[str, Json]
    made: Mapping[str, Any]
    repairs: list[Json] = field(default_factory=list[Json])
    images: Mapping[str, str] = field(default_factory=dict[str, str])

    def failed(self) -> list[Json]:
        """The checks that did not pass."""
        return [check for check in self.made["checks"] if not check["passed"]]


def style_of(context: Context) -> dict[str, Json]:
    """How this manga is lettered."""
    planned = context.result("name_generation")
    return {
        "language": planned["language"],
        "direction": planned["direction"],
        "ruby_mode": context.args.get("ruby", "auto"),
    }


async def compose(context: Context, page: dict[str, Json], book: Mapping[str, Json]) -> Composed:
    """Put a page together and measure it."""
    for_print = context.args["quality_level"] == "ultra_high"
    return Composed(page, await context.models["letterer"].call("compose", page, book, for_print))


async def repaired(context: Context, composed: Composed, book: Mapping[str, Json]) -> Composed:
    """The page after at most ``MOST_REPAIRS`` panels were staged again, each kept only if fewer checks fail."""
    for panel_id in _panels_that_failed(composed)[:MOST_REPAIRS]:
        before = [check["name"] for check in composed.failed() if panel_of(check["element"]) == panel_id]
        tried = await _staged_again(context, composed, panel_id, book)
        better = tried is not None and len(tried.failed()) < len(composed.failed())
        told = {"panel_id": panel_id, "checks": before, "repaired": better}
        kept = tried if tried is not None and better else composed
        composed = replace(kept, repairs=[*composed.repairs, told])
    return composed


def panel_of(element: str) -> str:
    """The panel that an element belongs to: ``p1.panel3`` for ``p1.panel3.balloon1``."""
    return ".".join(element.split(".")[:2])


def _panels_that_failed(composed: Composed) -> list[str]:
    known = {panel["id"] for panel in composed.page["panels"]}
    return [p for p in dict.fromkeys(panel_of(check["element"]) for check in composed.failed()) if p in known]


async def _staged_again(
    context: Context, composed: Composed, panel_id: str, book: Mapping[str, Json]
) -> Composed | None:
    panel = next(panel for panel in composed.page["panels"] if panel["id"] == panel_id)
    if panel["shot"] not in WIDER:
        return None
    wider = panel | {"shot": WIDER[panel["shot"]], "rule": f"{panel['rule']}+wider"}
    drawn = await context.models["artist"].call("draw", wider, book["characters"])
    cast, style = book["characters"], style_of(context)
    lettered = await context.models["letterer"].call("letter", wider, drawn["drawing"], cast, style)
    page = composed.page | {
        "panels": [wider if each["id"] == panel_id else each for each in composed.page["panels"]],
        "drawings": composed.page["drawings"] | {panel_id: drawn["drawing"]},
        "letterings": composed.page["letterings"] | {panel_id: lettered["lettering"]},
    }
    tried = await compose(context, page, book)
    image = await context.save("final_composition", f"{panel_id}.png", drawn["image"])
    return replace(tried, images=dict(composed.images) | {panel_id: image})
