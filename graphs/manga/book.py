"""Phase 7: panels become pages, pages are measured and mended, the book is bound.

drawings, letterings -> compose -> checks -> repair what failed -> exports, document
"""

import asyncio
import json
from collections.abc import Mapping
from typing import Any

from foundation.graph import Context, Json
from graphs.manga.names import PhaseStep
from graphs.manga.repair import Composed, compose, letterer_of, repaired
from graphs.manga.writers import with_lines


def book_of(context: Context, planned: Mapping[str, Json], **engines: str) -> dict[str, Json]:
    """The document without its pages. ``engines`` adds the engines of later phases to its provenance."""
    concept = context.result(PhaseStep.CONCEPT)
    return {
        "title": context.args["title"] or planned["title"],
        "language": planned["language"],
        "direction": planned["direction"],
        "layout": planned.get("layout", "page"),
        "genre": concept["genre"],
        "themes": concept["themes"],
        "seed": context.args["seed"],
        "characters": context.result(PhaseStep.CHARACTERS)["cast"],
        "provenance": {"writer": planned["engine"]} | engines,
    }


def pages_of(planned: Mapping[str, Json]) -> list[dict[str, Json]]:
    """The pages with their panels, without art."""
    panels = list(planned["panel_specifications"].values())
    numbers = sorted({panel["page"] for panel in panels})
    return [{"number": n, "panels": [panel for panel in panels if panel["page"] == n]} for n in numbers]


async def final(context: Context) -> Json:
    """Phase 7: pages put together, measured, mended, and bound as files."""
    planned = context.result(PhaseStep.NAME)
    artist, lettered = context.result(PhaseStep.IMAGES)["engine"], context.result(PhaseStep.DIALOGUE)["engine"]
    book = book_of(context, planned, artist="+".join(artist), letterer="+".join(lettered))
    finished = await asyncio.gather(*[_finish(context, page, book) for page in pages_of(planned)])
    words = {**book, "pages": [_without_art(each.page) for each in finished]}
    story = context.result(PhaseStep.CONCEPT)["story_text"]
    report = await letterer_of(context).judge([each.output.checks for each in finished], story, words)
    pages = [each.page | {"checks": each.output.checks} for each in finished]
    document = json.dumps(book | {"pages": pages}, ensure_ascii=False)
    return report | {
        "compiled_pages": [await _compiled(context, each) for each in finished],
        "repairs": [repair for each in finished for repair in each.repairs],
        "output_formats": await _bind(context, words, finished),
        "document_key": await context.save(PhaseStep.FINAL, "document.json", document.encode()),
    }


def _without_art(page: Mapping[str, Json]) -> dict[str, Json]:
    """What books and the measures of the story need of a page: words and sounds with their places."""
    drawings = {panel_id: {**drawing, "svg": ""} for panel_id, drawing in page["drawings"].items()}
    return {**page, "drawings": drawings, "checks": []}


async def _finish(context: Context, page: dict[str, Json], book: Mapping[str, Json]) -> Composed:
    filled = await _filled(context, page)
    return await repaired(context, await compose(context, filled, book), book)


async def _bind(context: Context, words: Mapping[str, Json], finished: list[Composed]) -> Json:
    exports = await letterer_of(context).export([each.output for each in finished], words)
    return {kind: await _file(context, kind, data) for kind, data in exports.items()}


async def _filled(context: Context, page: dict[str, Json]) -> dict[str, Json]:
    """A page with the art and lettering of its panels."""
    letterings = context.result(PhaseStep.DIALOGUE)["letterings"]
    ids = [panel["id"] for panel in page["panels"]]
    drawings = [context.item_result(PhaseStep.IMAGES, panel_id)["drawing_key"] for panel_id in ids]
    art = await asyncio.gather(*[context.load(key) for key in drawings])
    words = await asyncio.gather(*[context.load(letterings[panel_id]) for panel_id in ids])
    cut = context.result(PhaseStep.DIALOGUE).get("lines_cut", {})
    return page | {
        "panels": [with_lines(panel, cut) for panel in page["panels"]],
        "drawings": {panel_id: json.loads(raw) for panel_id, raw in zip(ids, art, strict=True)},
        "letterings": {panel_id: json.loads(raw) for panel_id, raw in zip(ids, words, strict=True)},
    }


async def _compiled(context: Context, each: Composed) -> Json:
    number, spread = each.page["number"], any(panel.get("paper") == "spread" for panel in each.page["panels"])
    failed = [check for check in each.output.checks if not check["passed"]]
    return {
        "page_number": number,
        "last_page_number": number + spread,
        "image_key": await context.save(PhaseStep.FINAL, f"page-{number:03}.png", each.output.png),
        "svg_key": await context.save(PhaseStep.FINAL, f"page-{number:03}.svg", each.output.svg),
        "page_completion_status": "checks_failed" if failed else "complete",
        "checks_passed": len(each.output.checks) - len(failed),
        "checks_failed": failed,
        "panels": [_compiled_panel(context, each, panel) for panel in each.page["panels"]],
    }


def _compiled_panel(context: Context, each: Composed, panel: Mapping[str, Any]) -> Json:
    drawn = context.item_result(PhaseStep.IMAGES, panel["id"])["image_key"]
    return {
        "panel_id": panel["id"],
        "layout": {"polygon": panel["polygon"], "bleed": panel["bleed"]},
        "image_key": each.images.get(panel["id"], drawn),
        "camera_work": {"shot": panel["shot"], "camera_angle": panel["camera_angle"]},
        "text_elements": [balloon["id"] for balloon in each.page["letterings"][panel["id"]]["balloons"]],
    }


async def _file(context: Context, kind: str, data: bytes) -> Json:
    key = await context.save(PhaseStep.FINAL, f"manga.{kind}", data)
    return {"file_key": key, "size_bytes": len(data)}
