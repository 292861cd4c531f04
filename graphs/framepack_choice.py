"""What pictures and films of FramePack share: choosing the engine, and what a sampler tells meanwhile."""

import base64
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from typing import Any

from foundation.errors import EngineNotReady
from foundation.graph import Context, Json
from graphs.choice import described

DRAFT, LOCAL = "draft", "framepack"
SLOTS = {"draft": DRAFT, "local": LOCAL}
BEST_FIRST = ("local", "draft")
# every event is a row of the database: a sampler of a hundred steps need not write a hundred
LEAST_SHARE = 0.02
COMMON = ("negative_prompt", "steps", "cfg", "gs", "rs", "width", "height", "loras", "sampler", "previews")


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
    context: Context, step: str, item: str, events: AsyncGenerator[Mapping[str, Any]], info: str
) -> Mapping[str, Any]:
    """What a model gives at last; its progress is told meanwhile. Raises EngineNotReady when it ends without."""
    told = 0.0
    async with aclosing(events):
        async for event in events:
            if event["kind"] != "progress":
                return event
            share = event["step"] / max(1, event["total"])
            if share - told >= LEAST_SHARE or event.get("preview"):
                told = share
                words = f"{info}, step {event['step']} of {event['total']}"
                await context.report(step, share, progress_of(event, words, item), item)
    raise EngineNotReady("the engine ended without a result")


async def load_files(context: Context, names: Mapping[str, str]) -> dict[str, bytes]:
    """The pictures of a request by the names that a model knows them by; ``names`` are the arguments' by those."""
    keys = {name: context.args.get(argument) for name, argument in names.items()}
    return {name: await context.load(key) for name, key in keys.items() if key}
