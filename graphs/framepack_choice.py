"""What pictures and films of FramePack share: choosing the engine, seeds, and what a sampler tells meanwhile."""

import base64
import zlib
from collections.abc import Mapping
from typing import Any

from foundation.errors import EngineNotReady
from foundation.graph import Context, Json

DRAFT, LOCAL = "draft", "framepack"
SLOTS = {"draft": DRAFT, "local": LOCAL}
BEST_FIRST = ("local", "draft")
# every event is a row of the database: a sampler of a hundred steps need not write a hundred
LEAST_SHARE = 0.02


async def choose_engine(context: Context) -> str:
    """The best engine that is ready. Raises EngineNotReady for one that was asked for, or that LoRAs need."""
    asked = context.args["engine"]
    for name in BEST_FIRST if asked == "auto" else (asked,):
        told = await _described(context, name, asked)
        if told["ready"] and (name == "local" or not context.args["loras"]):
            return name
        if asked != "auto" or context.args["loras"]:
            why = "it has no LoRAs" if told["ready"] else told["detail"]
            raise EngineNotReady(f"the engine {name} is not ready: {why}")
    raise EngineNotReady("no engine is ready")


async def _described(context: Context, name: str, asked: str) -> Json:
    try:
        return await context.models[SLOTS[name]].call("describe")
    except EngineNotReady as error:
        if asked != "auto":
            raise
        # one that could not be deployed must not keep the others from working
        return {"ready": False, "detail": error.detail}


def seed_of(given: int | None, made_from: str) -> int:
    """The seed that was asked for; without one, or with -1, one that follows from a name and stays the same."""
    return zlib.crc32(made_from.encode()) if given is None or given == -1 else given


def progress_of(event: Mapping[str, Any], info: str, item: str) -> dict[str, Json]:
    """A sampler's step as the data of an event."""
    told: dict[str, Json] = {"step_now": event["step"], "total": event["total"], "info": info, "item": item}
    if preview := event.get("preview"):
        told["preview"] = f"data:image/jpeg;base64,{base64.b64encode(preview).decode()}"
    return told
