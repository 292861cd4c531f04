"""Phase 7: panels become pages, pages are measured and mended, the book is bound.

drawings, letterings -> compose -> checks -> repair what failed -> exports, document
"""

import asyncio
import json
from collections.abc import Mapping
from typing import Any

from foundation.graph import Context, Json
from graphs.manga.repair import Composed, compose, repaired
from graphs.manga.writers import with_lines


def book_of(context: Context, planned: Mapping[str, Json], **made_by: str) -> dict[str, Json]:
    """The document without its pages. ``made_by`` adds the engines of later phases to its provenance."""
    told = context.result("concept_analysis")
    return {
        "title": context.args["title"] or planned["title"],
        "language": planned["language"],
        "direction": planned["direction"],
        "layout": planned.get("layout", "page"),
        "genre": told["genre"],
        "themes": told["themes"],
        "seed": context.args["seed"],
        "characters": context.result("character_design")["cast"],
        "provenance": {"writer": planned["engine"]} | made_by,
    }


def pages_of(planned: Mapping[str, Json]) -> list[dict[str, Json]]:
    """The pages with their panels, without art."""
    panels = list(planned["panel_specifications"].values())
    numbers = sorted({panel["page"] for panel in panels})
    return [{"number": n, "panels": [panel for panel in panels if panel["page"] == n]} for n in numbers]


async def final(context: Context) -> Json:
    """Phase 7: pages put together, measured, mended, and bound as files."""
    planned = context.result("name_generation")
    artist, lettered = context.result("scene_imagery")["engine"], context.result("dialogue_layout")["engine"]
    book = book_of(context, planned, artist="+".join(artist), letterer="+".join(lettered))
    finished = await asyncio.gather(*[_finish(context, page, book) for page in pages_of(planned)])
    words = {**book, "pages": [_without_art(each.page) for each in finished]}
    story = context.result("concept_analysis")["story_text"]
    report = await context.models["letterer"].call("judge", [each.made["checks"] for each in finished], story, words)
    pages = [each.page | {"checks": each.made["checks"]} for each in finished]
    document = json.dumps(book | {"pages": pages}, ensure_ascii=False)
    return report | {
        "compiled_pages": [await _compiled(context, each) for each in finished],
        "repairs": [repair for each in finished for repair in each.repairs],
        "output_formats": await _bind(context, words, finished),
        "document_key": await context.save("final_composition", "document.json", document.encode()),
    }


def _without_art(page: Mapping[str, Json]) -> dict[str, Json]:
    """What books and the measures of the story need of a page: words and sounds with their places."""
    drawings = {panel_id: {**drawing, "svg": ""} for panel_id, drawing in page["drawings"].items()}
    return {**page, "drawings": drawings, "checks": []}


async def _finish(context: Context, page: dict[str, Json], book: Mapping[str, Json]) -> Composed:
    filled = await _filled(context, page)
    return await repaired(context, await compose(context, filled, book), book)


async def _bind(context: Context, words: Mapping[str, Json], finished: list[Composed]) -> Json:
    exports = await context.models["letterer"].call("export", [each.made for each in finished], words)
    return {kind: await _file(context, kind, data) for kind, data in exports.items()}


async def _filled(context: Context, page: dict[str, Json]) -> dict[str, Json]:
    """A page with the art and lettering of its panels."""
    letterings = context.result("dialogue_layout")["letterings"]
    ids = [panel["id"] for panel in page["panels"]]
    drawings = [context.item_result("scene_imagery", panel_id)["drawing_key"] for panel_id in ids]
    art = await asyncio.gather(*[context.load(key) for key in drawings])
    words = await asyncio.gather(*[context.load(letterings[panel_id]) for panel_id in ids])
    cut = context.result("dialogue_layout").get("lines_cut", {})
    return page | {
        "panels": [with_lines(panel, cut) for panel in page["panels"]],
        "drawings": {panel_id: json.loads(raw) for panel_id, raw in zip(ids, art, strict=True)},
        "letterings": {panel_id: json.loads(raw) for panel_id, raw in zip(ids, words, strict=True)},
    }


async def _compiled(context: Context, each: Composed) -> Json:
    number, spread = each.page["number"], any(panel.get("paper") == "spread" for panel in each.page["panels"])
    failed = [check for check in each.made["checks"] if not check["passed"]]
    return {
        "page_number": number,
        "last_page_number": number + spread,
        "image_key": await context.save("final_composition", f"page-{number:03}.png", each.made["png"]),
        "svg_key": await context.save("final_composition", f"page-{number:03}.svg", each.made["svg"]),
        "page_completion_status": "checks_failed" if failed else "complete",
        "checks_passed": len(each.made["checks"]) - len(failed),
        "checks_failed": failed,
        "panels": [_compiled_panel(context, each, panel) for panel in each.page["panels"]],
    }


def _compiled_panel(context: Context, each: Composed, panel: Mapping[str, Any]) -> Json:
    drawn = context.item_result("scene_imagery", panel["id"])["image_key"]
    return {
        "panel_id": panel["id"],
        "layout": {"polygon": panel["polygon"], "bleed": panel["bleed"]},
        "image_key": each.images.get(panel["id"], drawn),
        "camera_work": {"shot": panel["shot"], "camera_angle": panel["camera_angle"]},
        "text_elements": [balloon["id"] for balloon in each.page["letterings"][panel["id"]]["balloons"]],
    }


async def _file(context: Context, kind: str, data: bytes) -> Json:
    key = await context.save("final_composition", f"manga.{kind}", data)
    return {"file_key": key, "size_bytes": len(data)}
