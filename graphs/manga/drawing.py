"""Phases 2 and 5: character sheets and panels, by whichever engine draws them.

panel -> sketch by the draft artist -> an engine's picture over it -> the same figures, other art
"""

import asyncio
import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from foundation.graph import Context, Json
from foundation.metrics import IMAGES, PANEL_TIME, count, observe
from foundation.models.manga import ArtistClient, PanelPlan, PortraitPlan
from graphs.common.choice import DRAFT
from graphs.manga.artists import ARTISTS, Attempt, DrawRequest, artists_of, draw_by_first
from graphs.manga.cleaning import cleaned
from graphs.manga.engines import requested_engines
from graphs.manga.names import ModelName, PhaseStep

APP = "manga"
PORTRAIT_SIZE = (900, 700)
# those who are small in a picture, or behind others, need no sheet; models take few
MOST_REFERENCES = 4


@dataclass(frozen=True)
class PanelArt:
    """A drawn panel: its drawing, the picture as PNG, who drew it and when, and what failed before.

    Without ``success`` no engine drew it: the panel stays blank, with room for its balloons. Times are seconds since
    1970.
    """

    drawing: Mapping[str, Json]
    image: bytes
    replica: str
    started_at: float
    finished_at: float
    success: bool = True
    failures: Sequence[Mapping[str, Json]] = ()
    model: str | None = None
    usage: Mapping[str, Json] = field(default_factory=dict[str, Json])
    prompts: str = ""
    lettering: Mapping[str, Json] = field(default_factory=dict[str, Json])
    checks: Sequence[Mapping[str, Json]] = ()


def artist_of(context: Context) -> ArtistClient:
    """The draft artist."""
    return ArtistClient(context.models[ModelName.ARTIST])


async def draw_panel(context: Context, panel: Mapping[str, Json], cast: Sequence[Json]) -> PanelArt:
    """A panel by the first engine that can draw it."""
    requested = requested_engines(context)
    engines = await artists_of(context, requested.panels.get(panel["id"], requested.artist))
    if engines == [DRAFT]:
        return await draw_drafted(context, panel, cast)
    plans: dict[str, PanelPlan] = {}

    async def plan_for(engine: str) -> DrawRequest:
        canvas = ARTISTS[engine].canvas
        plan = plans[engine] = await artist_of(context).plan(panel, cast, _notes(context), canvas.area, canvas.multiple)
        references = await _references(context, plan.references)
        return _draw_request(context, panel["id"], plan, panel["seed"], references)

    started = time.time()
    attempt = await draw_by_first(context, engines, plan_for)
    if attempt.engine == DRAFT:
        return await draw_drafted(context, panel, cast, attempt.failures)
    return await _mounted(context, panel, plans[attempt.engine], attempt, started)


async def _mounted(
    context: Context, panel: Mapping[str, Json], plan: PanelPlan, attempt: Attempt, started: float
) -> PanelArt:
    """The picture of an engine, without stray lettering, as the art of the panel."""
    picture, lettering = await cleaned(context, attempt.picture) if attempt.picture else (None, {})
    image, colour = picture.image if picture else None, panel.get("paper") == "strip"
    mounted = await artist_of(context).mount(panel, plan.drawing, image, attempt.engine, colour)
    return PanelArt(
        drawing=mounted.drawing,
        image=mounted.image,
        replica=attempt.engine,
        started_at=started,
        finished_at=time.time(),
        success=picture is not None,
        failures=attempt.failures,
        model=picture.model if picture else None,
        usage=picture.usage if picture else {},
        prompts=plan.prompts,
        lettering=lettering,
        checks=mounted.checks,
    )


async def draw_drafted(
    context: Context, panel: Mapping[str, Json], cast: Sequence[Json], failures: Sequence[Mapping[str, Json]] = ()
) -> PanelArt:
    """A panel by the draft artist."""
    drawn = await artist_of(context).draw(panel, cast)
    return PanelArt(drawn.drawing, drawn.image, drawn.replica, drawn.started_at, drawn.finished_at, failures=failures)


def _draw_request(
    context: Context, name: str, plan: PanelPlan | PortraitPlan, seed: int, references: Sequence[bytes] = ()
) -> DrawRequest:
    return DrawRequest(
        id=f"{context.job_id}-{name}",
        prompt=plan.prompt,
        negative=plan.negative,
        guide=plan.guide,
        width=plan.width,
        height=plan.height,
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
    artist = artist_of(context)

    async def plan_for(engine: str) -> DrawRequest:
        canvas = ARTISTS[engine].canvas
        plan = await artist.plan_portrait(character, note, canvas.area, canvas.multiple)
        return _draw_request(context, character["id"], plan, context.args["seed"])

    attempt = await draw_by_first(context, engines, plan_for)
    drawn = attempt.picture
    image = drawn.image if drawn else await artist.portrait(character, *PORTRAIT_SIZE)
    engine = attempt.engine if drawn else DRAFT
    count(IMAGES, app=APP, engine=engine)
    facts = {"engine": engine, "model": drawn.model if drawn else None}
    facts |= {"usage": dict(drawn.usage)} if drawn else {}
    facts |= {"failures": list(attempt.failures)} if attempt.failures else {}
    key = await context.save(PhaseStep.CHARACTERS, f"{character['id']}.png", image)
    return {"name": character["name"], "image_key": key} | facts


async def saved_panel(context: Context, panel_id: str, art: PanelArt) -> Json:
    """The result of a panel of phase 5, its art in the store."""
    engine, seconds = art.drawing["engine"], art.finished_at - art.started_at
    if art.success:
        count(IMAGES, app=APP, engine=engine)
        observe(PANEL_TIME, seconds, engine=engine)
    drawing = json.dumps(art.drawing, ensure_ascii=False, separators=(",", ":"))
    panel: dict[str, Json] = {
        "panel_id": panel_id,
        "success": art.success,
        "image_key": await context.save(PhaseStep.IMAGES, f"{panel_id}.png", art.image),
        "drawing_key": await context.save(PhaseStep.IMAGES, f"{panel_id}.drawing.json", drawing.encode()),
        "engine": engine,
        "replica": art.replica,
        "generation_time_ms": round(seconds * 1000),
        "started_at": art.started_at,
        "finished_at": art.finished_at,
    }
    if art.model:
        panel |= {"model": art.model, "usage": dict(art.usage), "prompts": art.prompts, **art.lettering}
    panel |= {"checks": list(art.checks)} if art.checks else {}
    if art.failures:
        panel |= {"fell_back": list(art.failures)} if art.success else {"error": art.failures[-1]}
    return panel
