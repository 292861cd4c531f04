"""What pictures and films share: the engine, the options of the sampler, its progress, and the files."""

from collections.abc import AsyncGenerator
from typing import Any, NamedTuple, TypeVar

from foundation.errors import EngineNotReady
from foundation.graph import Context
from foundation.models.framepack import FramePackClient
from foundation.models.progress import SamplerProgress
from graphs.common import choice
from graphs.common.choice import AUTO, DRAFT
from graphs.common.progress import Reports, last_event
from graphs.framepack.names import ENGINES

Result = TypeVar("Result")
LOCAL = "local"
COMMON = ("negative_prompt", "steps", "cfg", "gs", "rs", "width", "height", "sampler", "previews")


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


def client_of(context: Context, engine: str) -> FramePackClient:
    """The model of an engine."""
    return FramePackClient(context.models[ENGINES[engine]])


def sampler_options(context: Context) -> dict[str, Any]:
    """The arguments of ``SamplerOptions`` that all pictures of a job share."""
    loras = tuple((name, scale) for name, scale in context.args["loras"])
    return {name: context.args[name] for name in COMMON} | {"loras": loras}


async def last_of(context: Context, unit: Unit, events: AsyncGenerator[SamplerProgress | Result], what: str) -> Result:
    """The result of a stream; its progress is reported meanwhile. Raises EngineNotReady when it ends without one."""
    reports = Reports(context, unit.step, unit.item, unit.of)

    async def report(event: SamplerProgress) -> None:
        info = f"{what} {int(unit.item) + 1} of {unit.of}, step {event.step} of {event.total}"
        data = {"step_now": event.step, "total": event.total, "info": info, "item": unit.item}
        await reports.report(event.step / max(1, event.total), data, event.preview)

    return await last_event(events, report)


async def load_file(context: Context, argument: str) -> bytes | None:
    """The picture whose key is an argument of the job; None without one."""
    key = context.args.get(argument)
    return await context.load(key) if key else None
