"""The choice between engines, the same for every application."""

import zlib
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from foundation.errors import EngineNotReady
from foundation.graph import Context, Json, Model

AUTO, DRAFT = "auto", "draft"


@dataclass(frozen=True)
class Choice:
    """The engine that was chosen, and why."""

    engine: str
    reason: str


Describe = Callable[[Model], Awaitable[Json]]


async def describe_model(model: Model) -> Json:
    """The description that every model gives of itself: ``ready`` and ``detail`` at least."""
    return await model.call("describe")


async def choose_engine(
    context: Context, slots: Mapping[str, str], requested: str = AUTO, describe: Describe = describe_model
) -> Choice:
    """The best engine that is ready, as ``describe`` finds. ``slots`` are those of the engines, best first.

    Raises EngineNotReady for an engine that the request names, or where none is ready.
    """
    passed_over: list[str] = []
    for engine in slots if requested == AUTO else (requested,):
        state = await description_of(context, slots[engine], requested, describe)
        if state["ready"]:
            reason = (
                f"{engine} is requested by name" if requested == engine else f"{engine} has all that the task needs"
            )
            return Choice(engine, "; ".join([reason, *passed_over]))
        if requested != AUTO:
            raise EngineNotReady(f"the engine {engine} is not ready: {state['detail']}")
        passed_over.append(f"not {engine}: {state['detail']}")
    raise EngineNotReady(f"no engine is ready: {'; '.join(passed_over)}")


async def first_ready(context: Context, slots: Mapping[str, str]) -> str:
    """The first engine that is ready; the draft always is."""
    for engine, slot in slots.items():
        if engine == DRAFT or (await description_of(context, slot, AUTO))["ready"]:
            return engine
    return DRAFT


async def description_of(
    context: Context, slot: str, requested: str = AUTO, describe: Describe = describe_model
) -> Json:
    """The description of the model in a slot: ``ready`` and ``detail`` at least.

    Raises EngineNotReady when the engine was requested by name.
    """
    try:
        return await describe(context.models[slot])
    except EngineNotReady as error:
        if requested != AUTO:
            raise
        # one that could not be deployed must not keep the others from working
        return {"ready": False, "detail": error.detail}


def seed_of(seed: int | None, name: str) -> int:
    """The seed of the request. Without one, or with -1, it follows from ``name`` and stays the same."""
    return zlib.crc32(name.encode()) if seed is None or seed == -1 else seed
