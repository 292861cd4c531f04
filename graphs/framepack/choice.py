"""What pictures and films share: the engine, the options of the sampler, its progress, and the files."""

from collections.abc import AsyncGenerator, Mapping
from typing import Any, NamedTuple

from foundation.errors import EngineNotReady
from foundation.graph import Context, Json
from graphs.common import choice
from graphs.common.choice import AUTO, DRAFT
from graphs.common.progress import ModelEvent, Reports, last_event
from graphs.framepack.names import ENGINES

LOCAL = "local"
COMMON = ("negative_prompt", "steps", "cfg", "gs", "rs", "width", "height", "loras", "sampler", "previews")


class Unit(NamedTuple):
    """One of several pictures or sections of a step, by its number."""

    step: str
    item: str
    of: int


async def choose_engine(context: Context) -> str:
    """The best engine that is ready. Raises EngineNotReady for one that is requested, or that LoRAs need."""
    requested = context.args["engine"]
    if context.args["loras"]:
        if requested == DRAFT:
            raise EngineNotReady("the engine draft is not ready: it has no LoRAs")
        requested = LOCAL if requested == AUTO else requested
    return (await choice.choose_engine(context, ENGINES, requested)).engine


def sampler_options(context: Context) -> dict[str, Json]:
    """The options that every model takes, whatever it makes."""
    return {name: context.args[name] for name in COMMON}


async def last_of(context: Context, unit: Unit, events: AsyncGenerator[ModelEvent], what: str) -> Mapping[str, Any]:
    """The result of a stream; its progress is reported meanwhile. Raises EngineNotReady when it ends without one."""
    reports = Reports(context, unit.step, unit.item, unit.of)

    async def report(event: ModelEvent) -> None:
        info = f"{what} {int(unit.item) + 1} of {unit.of}, step {event['step']} of {event['total']}"
        data = {"step_now": event["step"], "total": event["total"], "info": info, "item": unit.item}
        await reports.report(event["step"] / max(1, event["total"]), data, event.get("preview"))

    return await last_event(events, report)


async def load_files(context: Context, names: Mapping[str, str]) -> dict[str, bytes]:
    """The pictures of a request by the names that a model knows them by; ``names`` are the arguments' by those."""
    keys = {name: context.args.get(argument) for name, argument in names.items()}
    return {name: await context.load(key) for name, key in keys.items() if key}
