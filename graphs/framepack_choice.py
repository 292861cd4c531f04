"""What pictures and films of FramePack share: choosing the engine, and what a sampler tells meanwhile."""

import base64
from collections.abc import Mapping
from typing import Any

from foundation.errors import EngineNotReady
from foundation.graph import Context, Json
from graphs.choice import described

DRAFT, LOCAL = "draft", "framepack"
SLOTS = {"draft": DRAFT, "local": LOCAL}
BEST_FIRST = ("local", "draft")


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
