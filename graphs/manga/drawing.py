"""Phases 2 and 5: character sheets and panels, by whichever engine draws them.

panel -> sketch by the draft artist -> an engine's picture over it -> the same figures, other art
"""

import asyncio
import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from foundation.graph import Context, Json
from foundation.metrics import IMAGES, PANEL_TIME, count, observe
from graphs.common.choice import DRAFT
from graphs.manga.artists import ARTISTS, Attempt, DrawRequest, artists_of, draw_by_first
from graphs.manga.cleaning import cleaned
from graphs.manga.engines import requested_engines
from graphs.manga.names import ModelName, PhaseStep

APP = "manga"
PORTRAIT_SIZE = (900, 700)
# those who are small in a picture, or behind others, need no sheet; models take few
MOST_REFERENCES = 4


async def draw_panel(context: Context, panel: Mapping[str, Json], cast: Sequence[Json]) -> dict[str, Any]:
    """A panel: ``drawing``, ``image`` (PNG), who drew it and when, in seconds since 1970, and what failed before.

    ``success`` is false where no engine drew it: the panel stays paper, with room for its balloons.
    """
    requested = requested_engines(context)
    engines = await artists_of(context, requested.panels.get(panel["id"], requested.artist))
    if engines == [DRAFT]:
        return await draw_drafted(context, panel, cast)
    plans: dict[str, Json] = {}

    async def plan_for(engine: str) -> DrawRequest:
        canvas = ARTISTS[engine].canvas
        plan = plans[engine] = await context.models[ModelName.ARTIST].call(
            "plan", panel, cast, _notes(context), canvas.area, canvas.multiple
        )
        references = await _references(context, plan["references"])
        return _draw_request(context, panel["id"], plan, panel["seed"], references)

    started = time.time()
    attempt = await draw_by_first(context, engines, plan_for)
    if attempt.engine == DRAFT:
        return await draw_drafted(context, panel, cast, attempt.failures)
    lettering: dict[str, Json] = {}
    if attempt.picture:
        picture, lettering = await cleaned(context, attempt.picture)
        attempt = replace(attempt, picture=picture)
    image = attempt.picture.image if attempt.picture else None
    colour = panel.get("paper") == "strip"
    mounted = await context.models[ModelName.ARTIST].call(
        "mount", panel, plans[attempt.engine]["drawing"], image, attempt.engine, colour
    )
    span = {"replica": attempt.engine, "started_at": started, "finished_at": time.time()}
    return mounted | span | _outcome(attempt) | lettering | {"prompts": plans[attempt.engine]["prompts"]}


async def draw_drafted(
    context: Context, panel: Mapping[str, Json], cast: Sequence[Json], failures: Sequence[Mapping[str, Json]] = ()
) -> dict[str, Any]:
    """A panel by the draft artist, in the shape of ``draw_panel``."""
    drawn = await context.models[ModelName.ARTIST].call("draw", panel, cast)
    return drawn | {"success": True, "failures": list(failures), "model": None, "usage": {}, "checks": []}


def _outcome(attempt: Attempt) -> dict[str, Any]:
    picture = attempt.picture
    return {
        "success": picture is not None,
        "failures": list(attempt.failures),
        "model": picture.model if picture else None,
        "usage": dict(picture.usage) if picture else {},
    }


def _draw_request(
    context: Context, name: str, plan: Mapping[str, Any], seed: int, references: Sequence[bytes] = ()
) -> DrawRequest:
    return DrawRequest(
        id=f"{context.job_id}-{name}",
        prompt=plan["prompt"],
        negative=plan["negative"],
        guide=plan["guide"],
        width=plan["width"],
        height=plan["height"],
        seed=seed,
        references=references,
    )


async def _references(context: Context, persons: Sequence[str]) -> list[bytes]:
    """The sheets of those who are in a panel, as they were drawn in phase 2."""
    sheet = context.result(PhaseStep.CHARACTERS)
    keys = {one["id"]: portrait["image_key"] for one, portrait in zip(sheet["cast"], sheet["portraits"], strict=True)}
    return list(await asyncio.gather(*[context.load(keys[name]) for name in persons[:MOST_REFERENCES]]))


def _notes(context: Context) -> dict[str, str]:
    """The writer's notes on how persons look, by id."""
    sheet = context.result(PhaseStep.CHARACTERS)
    return {one["id"]: _note(sheet, one["name"]) for one in sheet["cast"]}


def _note(sheet: Mapping[str, Any], name: str) -> str:
    # the rules' own words say what the look says already
    return sheet["visual_descriptions"].get(name, {}).get("base_prompt", "") if sheet["engine"] != DRAFT else ""


async def draw_portraits(context: Context, sheet: Mapping[str, Any]) -> list[Json]:
    """The sheet of each character: ``name``, ``image_key``, ``engine``; one that failed elsewhere is drafted."""
    engines = await artists_of(context, requested_engines(context).artist)
    return list(
        await asyncio.gather(*[_portrait(context, one, _note(sheet, one["name"]), engines) for one in sheet["cast"]])
    )


async def _portrait(context: Context, character: Mapping[str, Json], note: str, engines: Sequence[str]) -> Json:
    artist = context.models[ModelName.ARTIST]

    async def plan_for(engine: str) -> DrawRequest:
        canvas = ARTISTS[engine].canvas
        plan = await artist.call("plan_portrait", character, note, canvas.area, canvas.multiple)
        return _draw_request(context, character["id"], plan, context.args["seed"])

    attempt = await draw_by_first(context, engines, plan_for)
    drawn = attempt.picture
    image = drawn.image if drawn else await artist.call("portrait", character, *PORTRAIT_SIZE)
    engine = attempt.engine if drawn else DRAFT
    count(IMAGES, app=APP, engine=engine)
    facts = {"engine": engine, "model": drawn.model if drawn else None}
    facts |= {"usage": dict(drawn.usage)} if drawn else {}
    facts |= {"failures": list(attempt.failures)} if attempt.failures else {}
    key = await context.save(PhaseStep.CHARACTERS, f"{character['id']}.png", image)
    return {"name": character["name"], "image_key": key} | facts


async def saved_panel(context: Context, panel_id: str, drawn: Mapping[str, Any]) -> Json:
    """The result of a panel of phase 5, its art in the store."""
    if drawn["success"]:
        count(IMAGES, app=APP, engine=drawn["drawing"]["engine"])
        observe(PANEL_TIME, drawn["finished_at"] - drawn["started_at"], engine=drawn["drawing"]["engine"])
    drawing = json.dumps(drawn["drawing"], ensure_ascii=False, separators=(",", ":"))
    panel = {
        "panel_id": panel_id,
        "success": drawn["success"],
        "image_key": await context.save(PhaseStep.IMAGES, f"{panel_id}.png", drawn["image"]),
        "drawing_key": await context.save(PhaseStep.IMAGES, f"{panel_id}.drawing.json", drawing.encode()),
        "engine": drawn["drawing"]["engine"],
        "replica": drawn["replica"],
        "generation_time_ms": round((drawn["finished_at"] - drawn["started_at"]) * 1000),
        "started_at": drawn["started_at"],
        "finished_at": drawn["finished_at"],
    }
    panel |= {
        name: drawn[name] for name in ("model", "usage", "prompts", "lettering") if drawn.get("model") and name in drawn
    }
    panel |= {"checks": drawn["checks"]} if drawn["checks"] else {}
    if drawn["failures"]:
        panel |= {"fell_back": drawn["failures"]} if drawn["success"] else {"error": drawn["failures"][-1]}
    return panel
