"""Who draws: the engines of phases 2 and 5 behind one call, and who comes next when one fails.

sitting (guide, prompt, references) -> an engine's own words -> one picture, with what it cost

A new engine is a function here, a slot in ``graphs.manga.app``, and a name in ``serve_app.manga.engines``.
"""

from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import Any

from foundation.errors import EngineNotReady, KomaError
from foundation.graph import Context, Json, Model
from foundation.jobs.leases import JobCancelled
from foundation.jobs.types import LeaseLost
from foundation.settings import get_settings
from graphs.common.choice import described
from graphs.manga.engines import AUTO, DRAFT, failure_of, wanted_by

SLOTS = {
    "draft": "artist",
    "diffuser": "diffuser",
    "framepack": "framepack",
    "imagen": "imagen",
    "gemini": "gemini_image",
}
# a sketch in ink is far from a finished drawing: little of it may stay where a model paints over it
STRENGTH = 0.85
SCRIBBLE = "control_v11p_sd15_scribble.safetensors"
STEPS = 25


@dataclass(frozen=True)
class Ground:
    """How large the sketch for an engine is: about ``area`` pixels, sides in multiples of ``multiple``.

    Diffuser and FramePack draw at that size too; Google's models take the proportions of it.
    """

    area: int
    multiple: int


GROUNDS = {
    "diffuser": Ground(512 * 768, 64),
    "framepack": Ground(1216 * 704, 16),
    "imagen": Ground(512 * 512, 8),
    "gemini": Ground(512 * 512, 8),
}


@dataclass(frozen=True)
class Sitting:
    """What an engine draws from: ``guide`` is a sketch as PNG of ``width`` by ``height``, ``references`` are sheets."""

    id: str
    prompt: str
    negative: str
    guide: bytes
    width: int
    height: int
    seed: int
    references: Sequence[bytes] = ()


@dataclass(frozen=True)
class Picture:
    """What an engine drew: encoded, with the model's name and its usage where it tells them."""

    image: bytes
    model: str
    usage: Mapping[str, Json] = field(default_factory=dict[str, Json])


async def _by_framepack(model: Model, sitting: Sitting) -> Picture:
    """Kisekae: from the sketch towards the first person's sheet; without persons from the sketch alone."""
    asked: dict[str, Json] = {
        "prompt": sitting.prompt,
        "negative_prompt": sitting.negative,
        "steps": STEPS,
        "cfg": 1.0,
        "gs": 10.0,
        "rs": 0.0,
        "width": sitting.width,
        "height": sitting.height,
        "seed": sitting.seed,
        "loras": [],
        "sampler": "unipc",
        "previews": False,
        "layout": "minimal",
        "target_index": None,
        "batch_size": 1,
        "parameters": None,
    }
    files = {"start": sitting.guide}
    if sitting.references:
        asked |= {"transfer_strength": STRENGTH, "control_index": 10.0}
        files = {"source": sitting.guide, "target": sitting.references[0]}
    made = await _last(model.stream("image", asked, files), "image")
    return Picture(made["image"], "framepack")


async def _by_diffuser(model: Model, sitting: Sitting) -> Picture:
    """From the sketch, which a scribble ControlNet keeps where there is one."""
    nets = (await model.call("models"))["controlnet"]
    workflow = "style_scribble" if SCRIBBLE in nets else "style_change"
    asked: dict[str, Json] = {
        "id": sitting.id,
        "workflow": workflow,
        "prompt": sitting.prompt,
        "negative": sitting.negative,
        "strength": STRENGTH,
        "seed": sitting.seed,
        "previews": False,
        "metadata": False,
    }
    made = await _last(model.stream("transform", sitting.guide, asked), "images")
    if not made["images"]:
        raise EngineNotReady(f"the workflow {workflow} gave no picture")
    return Picture(made["images"][0], workflow)


async def _last(events: AsyncGenerator[Mapping[str, Any]], kind: str) -> Mapping[str, Any]:
    async with aclosing(events) as told:
        async for event in told:
            if event["kind"] == kind:
                return event
    raise EngineNotReady("the engine ended without a picture")


async def _by_google(model: Model, sitting: Sitting) -> Picture:
    """Imagen by prompt and seed; a Gemini image model is shown the sheets of those who are in it, and the sketch."""
    aspect, sheets = sitting.width / sitting.height, list(sitting.references)
    budget_s = get_settings().manga_image_budget_s
    made = await model.call(
        "draw", sitting.prompt, sitting.negative, aspect, sitting.seed, sheets, 1, budget_s, sitting.guide
    )
    return Picture(made["images"][0], made["model"], made["usage"])


Draw = Callable[[Model, Sitting], Awaitable[Picture]]
DRAWS: Mapping[str, Draw] = {
    "diffuser": _by_diffuser,
    "framepack": _by_framepack,
    "imagen": _by_google,
    "gemini": _by_google,
}


@dataclass(frozen=True)
class Attempt:
    """Which engine drew, or none, and why those before it did not."""

    engine: str
    picture: Picture | None
    failures: Sequence[Mapping[str, Json]] = ()


async def draw_by_first(context: Context, engines: Sequence[str], sit: Callable[[str], Awaitable[Sitting]]) -> Attempt:
    """Let engines try in their order; ``draft`` needs no picture. The last failure is told when none could.

    Raises what means that the job itself must stop or be tried again elsewhere.
    """
    failures: list[Mapping[str, Json]] = []
    for engine in engines:
        if engine == DRAFT:
            return Attempt(DRAFT, None, failures)
        try:
            picture = await DRAWS[engine](context.models[SLOTS[engine]], await sit(engine))
            return Attempt(engine, picture, failures)
        except (JobCancelled, LeaseLost):
            raise
        except KomaError as error:
            failures.append(failure_of(engine, error))
    return Attempt(engines[-1], None, failures)


async def artists_of(context: Context, asked: str) -> list[str]:
    """The engines of a request, best first: the one that was asked for, or the first of MANGA_ARTISTS that is ready.

    With ``fallback`` the ready ones behind it follow, the draft last.
    """
    order = [name for name in get_settings().manga_artists if name in SLOTS]
    first = asked if asked != AUTO else await _first_ready(context, order)
    if not wanted_by(context).fallback or first == DRAFT:
        return [first]
    return list(dict.fromkeys([first, *order, DRAFT]))


async def _first_ready(context: Context, order: Sequence[str]) -> str:
    for name in order:
        if name == DRAFT or (await described(context, SLOTS[name], "auto"))["ready"]:
            return name
    return DRAFT
