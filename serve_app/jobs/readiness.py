"""What engines say of themselves, as far as they answer at all."""

import asyncio
from typing import Any, Protocol, runtime_checkable

from pydantic import BaseModel, ConfigDict

from foundation.errors import KomaError
from foundation.graph import Model

LOOK_SECONDS = 5.0
AT_REST = "at rest; it starts with the first request that needs it"


@runtime_checkable
class MayRest(Protocol):
    """A model whose replicas come and go."""

    async def resting(self) -> bool:
        """Whether there are none now, and asking would start one."""
        ...


class EngineState(BaseModel):
    """Whether an engine can work, and what it says of itself; the figures are those of the engine."""

    model_config = ConfigDict(extra="allow")

    ready: bool
    detail: str = ""
    servers: list[dict[str, Any]] = []


async def state_of(model: Model) -> EngineState:
    """What ``describe`` of a model tells; one that does not answer is not ready, one at rest is left there."""
    try:
        async with asyncio.timeout(LOOK_SECONDS):
            if isinstance(model, MayRest) and await model.resting():
                return EngineState(ready=True, detail=AT_REST)
            return EngineState.model_validate(await model.call("describe"))
    except TimeoutError:
        return EngineState(ready=False, detail=f"no answer within {LOOK_SECONDS:g} s; it may be starting or busy")
    except KomaError as error:
        return EngineState(ready=False, detail=error.detail)
