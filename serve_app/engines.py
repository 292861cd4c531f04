"""What engines say of themselves, as far as they answer at all."""

import asyncio
from typing import Any

from pydantic import BaseModel, ConfigDict

from foundation.errors import KomaError
from foundation.graph import Model

LOOK_SECONDS = 5.0


class EngineState(BaseModel):
    """Whether an engine can work, and what it says of itself; the figures are those of the engine."""

    model_config = ConfigDict(extra="allow")

    ready: bool
    detail: str = ""
    servers: list[dict[str, Any]] = []


async def state_of(model: Model) -> EngineState:
    """What ``describe`` of a model tells; one that does not answer is not ready."""
    try:
        async with asyncio.timeout(LOOK_SECONDS):
            return EngineState.model_validate(await model.call("describe"))
    except TimeoutError:
        return EngineState(ready=False, detail=f"no answer within {LOOK_SECONDS:g} s; it may be starting or busy")
    except KomaError as error:
        return EngineState(ready=False, detail=error.detail)
