"""The seven phases as plain async functions of a context. Names of outputs are seed 003's.

1 concept ┬ 2 characters ┐
          └ 3 story ─────┴ 4 name ─ 5 images ⋯ 6 dialogue ─ 7 final      ⋯ panel by panel
"""

import asyncio
import hashlib
import json
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

from foundation.graph import Context, Json
from graphs.manga_book import book_of, pages_of
from graphs.manga_repair import style_of

ROOT = Path(__file__).parent.parent
WRITER_FILES = (
    "engines/manga/writer/*.py",
    "engines/manga/document.py",
    "engines/manga/layout.py",
    "engines/manga/strip.py",
    "engines/manga/crossing.py",
    "assets/words/*",
    "assets/templates/*",
)
PORTRAIT_SIZE = (900, 700)
BRIEF_FIELDS = ("text", "title", "genre", "style", "seed", "language")


@lru_cache(maxsize=1)
def _writer_version() -> str:
    """A hash of all that the rules are made of, so that a cached answer never outlives them."""
    digest = hashlib.sha256()
    for path in sorted(path for pattern in WRITER_FILES for path in ROOT.glob(pattern)):
        digest.update(path.name.encode() + path.read_bytes())
    return digest.hexdigest()


async def _write(context: Context, phase: str, step: str, before: Mapping[str, Json]) -> Json:
    """One phase by the writer, from the cache when the same was asked before."""
    said = context.feedback(step)
    brief = {name: context.args[name] for name in BRIEF_FIELDS}
    brief["layout"] = context.args.get("layout", "page")
    brief["feedback"] = [each["text"] for each in said if each["text"] and each["apply"]]
    brief["take"] = sum(each["action"] == "regenerate" for each in said)
    question = json.dumps([_writer_version(), phase, brief, before], sort_keys=True, ensure_ascii=False)
    key = f"writer:{hashlib.sha256(question.encode()).hexdigest()}"
    return await context.cached(key, lambda: context.models["writer"].call("write", phase, brief, before))


async def concept(context: Context) -> Json:
    """Phase 1: what the story is about, where and when it is."""
    return await _write(context, "concept", "concept_analysis", {})


async def characters(context: Context) -> Json:
    """Phase 2: who is in it, with a sheet of drawings of each."""
    before = {"concept": context.result("concept_analysis")}
    sheet = await _write(context, "characters", "character_design", before)
    artist = context.models["artist"]
    pictures = await asyncio.gather(*[artist.call("portrait", one, *PORTRAIT_SIZE) for one in sheet["cast"]])
    keys = [
        await context.save("character_design", f"{one['id']}.png", picture)
        for one, picture in zip(sheet["cast"], pictures, strict=True)
    ]
    portraits = [{"name": one["name"], "image_key": key} for one, key in zip(sheet["cast"], keys, strict=True)]
    return sheet | {"portraits": portraits}


async def story(context: Context) -> Json:
    """Phase 3: scenes, pacing, the arc."""
    return await _write(context, "story", "story_structure", {"concept": context.result("concept_analysis")})


async def name(context: Context) -> Json:
    """Phase 4: pages and panels (ネーム), as ``page_layouts`` and one ``panel_specifications`` entry a panel."""
    before = {
        "concept": context.result("concept_analysis"),
        "characters": {"cast": context.result("character_design")["cast"]},
        "story": context.result("story_structure"),
    }
    planned = await _write(context, "name", "name_generation", before)
    document = json.dumps(book_of(context, planned) | {"pages": pages_of(planned)}, ensure_ascii=False)
    key = await context.save("name_generation", "document.json", document.encode())
    return planned | {"document_key": key}


def panel_ids(context: Context) -> Sequence[str]:
    """The panels of all pages, in reading order."""
    return list(context.result("name_generation")["panel_specifications"])


def _panel(context: Context, panel_id: str) -> dict[str, Json]:
    return context.result("name_generation")["panel_specifications"][panel_id]


def _cast(context: Context) -> list[Json]:
    return context.result("character_design")["cast"]


async def draw(context: Context, panel_id: str) -> Json:
    """Phase 5, one panel: the scene image and where its figures are."""
    takes = sum(each["action"] == "regenerate" for each in context.feedback("scene_imagery"))
    panel = _panel(context, panel_id)
    drawn = await context.models["artist"].call("draw", panel | {"seed": panel["seed"] + takes}, _cast(context))
    drawing = json.dumps(drawn["drawing"], ensure_ascii=False, separators=(",", ":"))
    return {
        "panel_id": panel_id,
        "success": True,
        "image_key": await context.save("scene_imagery", f"{panel_id}.png", drawn["image"]),
        "drawing_key": await context.save("scene_imagery", f"{panel_id}.drawing.json", drawing.encode()),
        "engine": drawn["drawing"]["engine"],
        "replica": drawn["replica"],
        "generation_time_ms": round((drawn["finished_at"] - drawn["started_at"]) * 1000),
        "started_at": drawn["started_at"],
        "finished_at": drawn["finished_at"],
    }


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
        "quality_analysis": {"successful": len(images), "failed": 0},
        "consistency_report": {"method": "each look is a parameter of the drawing", "score": 1.0},
        "engine": sorted({image["engine"] for image in images}),
    }


def parallel_efficiency(spans: Sequence[Mapping[str, Any]]) -> float:
    """The share of the replicas' time, from the first start to the last end, in which they drew: 1 is ideal."""
    busy = sum(span["finished_at"] - span["started_at"] for span in spans)
    wall = max(span["finished_at"] for span in spans) - min(span["started_at"] for span in spans)
    workers = len({span["replica"] for span in spans})
    return round(busy / (wall * workers), 4) if wall > 0 else 1.0


async def letter(context: Context, panel_id: str) -> Json:
    """Phase 6, one panel: balloons and captions, placed around what was drawn."""
    drawing = json.loads(await context.load(context.item_result("scene_imagery", panel_id)["drawing_key"]))
    style = style_of(context)
    lettered = await context.models["letterer"].call(
        "letter", _panel(context, panel_id), drawing, _cast(context), style
    )
    lettering = lettered["lettering"]
    raw = json.dumps(lettering, ensure_ascii=False, separators=(",", ":"))
    return {
        "panel_id": panel_id,
        "lettering_key": await context.save("dialogue_layout", f"{panel_id}.lettering.json", raw.encode()),
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
        "engine": sorted({panel["engine"] for panel in lettered.values()}),
    }
