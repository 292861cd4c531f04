"""The seven phases as plain async functions of a context. Names of outputs are seed 003's.

1 concept ┬ 2 characters ┐
          └ 3 story ─────┴ 4 name ─ 5 images ⋯ 6 dialogue ─ 7 final      ⋯ panel by panel
"""

import json
from collections.abc import Mapping, Sequence
from itertools import accumulate
from typing import Any

from foundation.errors import InvalidInput
from foundation.graph import Context, Json
from graphs.manga.book import book_of, pages_of
from graphs.manga.drawing import draw_panel, draw_portraits, saved_panel
from graphs.manga.names import PhaseStep
from graphs.manga.repair import letterer_of, style_of
from graphs.manga.writers import cut_lines, with_lines, write

MOST_NAMED = 10


async def concept(context: Context) -> Json:
    """Phase 1: what the story is about, where and when it is. Raises InvalidInput as ``strict`` asks."""
    if context.args.get("strict"):
        await _refuse_missing_glyphs(context)
    return await write(context, "concept", PhaseStep.CONCEPT, {})


async def _refuse_missing_glyphs(context: Context) -> None:
    lost: list[str] = await letterer_of(context).missing_glyphs(context.args["text"])
    if lost:
        named = ", ".join(f"{c} (U+{ord(c[0]):04X})" for c in lost[:MOST_NAMED])
        raise InvalidInput(
            f"no lettering face has {named}{' and more' if len(lost) > MOST_NAMED else ''}; write these characters in "
            "another way, or send strict: false to have them printed as 〓"
        )


async def characters(context: Context) -> Json:
    """Phase 2: who is in it, with a sheet of drawings of each."""
    before = {"concept": context.result(PhaseStep.CONCEPT)}
    sheet = await write(context, "characters", PhaseStep.CHARACTERS, before)
    portraits = await draw_portraits(context, sheet)
    return sheet | {"portraits": portraits}


async def story(context: Context) -> Json:
    """Phase 3: scenes, pacing, the arc."""
    return await write(context, "story", PhaseStep.STORY, {"concept": context.result(PhaseStep.CONCEPT)})


async def name(context: Context) -> Json:
    """Phase 4: pages and panels (ネーム), as ``page_layouts`` and one ``panel_specifications`` entry a panel."""
    before = {
        "concept": context.result(PhaseStep.CONCEPT),
        "characters": {"cast": context.result(PhaseStep.CHARACTERS)["cast"]},
        "story": context.result(PhaseStep.STORY),
    }
    planned = await write(context, "name", PhaseStep.NAME, before)
    document = json.dumps(book_of(context, planned) | {"pages": pages_of(planned)}, ensure_ascii=False)
    key = await context.save(PhaseStep.NAME, "document.json", document.encode())
    return planned | {"document_key": key}


def panel_ids(context: Context) -> Sequence[str]:
    """The panels of all pages, in reading order."""
    return list(context.result(PhaseStep.NAME)["panel_specifications"])


def _panel(context: Context, panel_id: str) -> dict[str, Json]:
    return context.result(PhaseStep.NAME)["panel_specifications"][panel_id]


def _cast(context: Context) -> list[Json]:
    return context.result(PhaseStep.CHARACTERS)["cast"]


async def draw(context: Context, panel_id: str) -> Json:
    """Phase 5, one panel: the scene image and where its figures are."""
    takes = sum(each["action"] == "regenerate" for each in context.feedback(PhaseStep.IMAGES))
    panel = _panel(context, panel_id)
    drawn = await draw_panel(context, panel | {"seed": panel["seed"] + takes}, _cast(context))
    return await saved_panel(context, panel_id, drawn)


async def gather_images(_: Context, drawn: Mapping[str, Json]) -> Json:
    """Phase 5: all scene images, who drew them, how well the artists shared the work."""
    images = list(drawn.values())
    replicas: dict[str, int] = {}
    for image in images:
        replicas[image["replica"]] = replicas.get(image["replica"], 0) + 1
    return {
        "generated_images": images,
        "replicas": replicas,
        "parallel_efficiency_score": parallel_efficiency(images),
        "quality_analysis": _quality(images),
        "consistency_report": {"method": "each look is a parameter of the drawing", "score": 1.0},
        "engine": sorted({image["engine"] for image in images}),
    }


def _quality(images: Sequence[Mapping[str, Json]]) -> dict[str, Json]:
    failed = [image["panel_id"] for image in images if not image["success"]]
    empty = [check for image in images for check in image.get("checks", []) if not check["passed"]]
    return {
        "successful": len(images) - len(failed),
        "failed": len(failed),
        "failed_panels": failed,
        "fell_back": [image["panel_id"] for image in images if image.get("fell_back")],
        "figures_missing": [check["element"] for check in empty],
        "usage": total_usage([image.get("usage", {}) for image in images]),
    }


def total_usage(usages: Sequence[Mapping[str, Any]]) -> dict[str, float]:
    """Calls, tokens, pictures and US dollars of several answers together."""
    names = dict.fromkeys(name for usage in usages for name in usage)
    return {name: round(sum(usage.get(name, 0) for usage in usages), 5) for name in names}


def parallel_efficiency(spans: Sequence[Mapping[str, Any]]) -> float:
    """The share of the places' time, from the first start to the last end, in which they drew: 1 is ideal.

    There are as many places as drew at the same time at most.
    """
    busy = sum(span["finished_at"] - span["started_at"] for span in spans)
    wall = max(span["finished_at"] for span in spans) - min(span["started_at"] for span in spans)
    moments = sorted([(s["started_at"], 1) for s in spans] + [(s["finished_at"], -1) for s in spans])
    places = max(accumulate(change for _, change in moments))
    return round(busy / (wall * places), 4) if wall > 0 else 1.0


async def letter(context: Context, panel_id: str) -> Json:
    """Phase 6, one panel: balloons and captions, placed around what was drawn."""
    drawing = json.loads(await context.load(context.item_result(PhaseStep.IMAGES, panel_id)["drawing_key"]))
    panel = _panel(context, panel_id)
    lines, cut = await cut_lines(context, panel)
    lettered = await letterer_of(context).letter(with_lines(panel, lines), drawing, _cast(context), style_of(context))
    lettering = lettered.lettering
    raw = json.dumps(lettering, ensure_ascii=False, separators=(",", ":"))
    return {
        "panel_id": panel_id,
        "lettering_key": await context.save(PhaseStep.DIALOGUE, f"{panel_id}.lettering.json", raw.encode()),
        "lines": lines,
        "cut": cut,
        "engine": lettering["engine"],
        "text_placements": [_placement(panel_id, balloon) for balloon in lettering["balloons"]],
    }


def _placement(panel_id: str, balloon: Mapping[str, Json]) -> Json:
    box = balloon["text_box"]
    return {
        "panel_id": panel_id,
        "element_type": "caption" if balloon["kind"] == "narration" else "speech_bubble",
        "element_id": balloon["id"],
        "speaker": balloon["speaker"],
        "text_content": balloon["text"],
        "dialogue_type": balloon["kind"],
        "position": {"x": box["x"] + box["w"] / 2, "y": box["y"] + box["h"] / 2},
        "text_area": box,
        "bubble_style": balloon["kind"],
        "reading_order": balloon["order"],
        "tail_direction": balloon["tail"],
        "font": balloon["font"],
        "font_size": balloon["font_size"],
    }


async def gather_dialogue(_: Context, lettered: Mapping[str, Json]) -> Json:
    """Phase 6: all placements in reading order."""
    placements = [each for panel in lettered.values() for each in panel["text_placements"]]
    sizes = [each["font_size"] for each in placements]
    kinds = [each["dialogue_type"] for each in placements]
    return {
        "dialogue_content": [
            {"panel_id": p["panel_id"], "speaker": p["speaker"], "text": p["text_content"]} for p in placements
        ],
        "text_placements": placements,
        "typography_specifications": {"fonts": sorted({each["font"] for each in placements})},
        "bubble_designs": {kind: kinds.count(kind) for kind in sorted(set(kinds))},
        "readability_analysis": {
            "smallest_type_px": min(sizes, default=None),
            "largest_type_px": max(sizes, default=None),
        },
        "letterings": {panel_id: panel["lettering_key"] for panel_id, panel in lettered.items()},
        "lines_cut": {line: text for panel in lettered.values() for line, text in panel["lines"].items()},
        "usage": total_usage([panel["cut"].get("usage", {}) for panel in lettered.values()]),
        "engine": sorted({panel["engine"] for panel in lettered.values()}),
    }
