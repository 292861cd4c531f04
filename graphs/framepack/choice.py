"""What pictures and films of FramePack share: choosing the engine, and what a sampler tells meanwhile."""

import base64
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from typing import Any, NamedTuple

from foundation.errors import EngineNotReady
from foundation.graph import Context, Json
from graphs.common.choice import described

DRAFT, LOCAL = "draft", "framepack"
SLOTS = {"draft": DRAFT, "local": LOCAL}
BEST_FIRST = ("local", "draft")
# every event is a row of the database: a sampler of a hundred steps need not write a hundred, nor a batch of them more
LEAST_SHARE = 0.02
LARGEST_STEP = 0.25
COMMON = ("negative_prompt", "steps", "cfg", "gs", "rs", "width", "height", "loras", "sampler", "previews")


class Unit(NamedTuple):
    """One of several pictures or sections of a step, by its number."""

    step: str
    item: str
    of: int


async def choose_engine(context: Context) -> str:
    """The best engine that is ready. Raises EngineNotReady for one that was asked for, or that LoRAs need."""
    asked = context.args["engine"]
    for name in BEST_FIRST if asked == "auto" else (asked,):
        told = await described(context, SLOTS[name], asked)
        if told["ready"] and (name == "local" or not context.args["loras"]):
            return name
        if asked != "auto" or context.args["loras"]:
            why = "it has no LoRAs" if told["ready"] else told["detail"]
            raise EngineNotReady(f"the engine {name} is not ready: {why}")
    raise EngineNotReady("no engine is ready")


def progress_of(event: Mapping[str, Any], info: str, item: str) -> dict[str, Json]:
    """A sampler's step as the data of an event."""
    told: dict[str, Json] = {"step_now": event["step"], "total": event["total"], "info": info, "item": item}
    if preview := event.get("preview"):
        told["preview"] = f"data:image/jpeg;base64,{base64.b64encode(preview).decode()}"
    return told


def asked_of(context: Context) -> dict[str, Json]:
    """What every model is asked, whatever it makes."""
    return {name: context.args[name] for name in COMMON}


async def last_of(
    context: Context, unit: Unit, events: AsyncGenerator[Mapping[str, Any]], what: str
) -> Mapping[str, Any]:
    """What a model gives at last; its progress is told meanwhile. Raises EngineNotReady when it ends without."""
    told, least = 0.0, min(LARGEST_STEP, LEAST_SHARE * unit.of)
    preview: bytes | None = None
    async with aclosing(events):
        async for event in events:
            if event["kind"] != "progress":
                return event
            share, preview = event["step"] / max(1, event["total"]), event.get("preview") or preview
            # a single picture is watched; of many, the next event shows what has come since the last one
            if share - told >= least or share >= 1 or (preview and unit.of == 1):
                info = f"{what} {int(unit.item) + 1} of {unit.of}, step {event['step']} of {event['total']}"
                data = progress_of({**event, "preview": preview}, info, unit.item)
                told, preview = share, None
                await context.report(unit.step, share, data, unit.item)
    raise EngineNotReady("the engine ended without a result")


async def load_files(context: Context, names: Mapping[str, str]) -> dict[str, bytes]:
    """The pictures of a request by the names that a model knows them by; ``names`` are the arguments' by those."""
    keys = {name: context.args.get(argument) for name, argument in names.items()}
    return {name: await context.load(key) for name, key in keys.items() if key}
