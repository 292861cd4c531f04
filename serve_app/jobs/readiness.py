"""Whether engines can work, as they report it themselves."""

import asyncio
from collections.abc import Mapping
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
    """Whether an engine is ready, with further figures of the engine."""

    model_config = ConfigDict(extra="allow")

    ready: bool
    detail: str = ""
    servers: list[dict[str, Any]] = []


async def states_of(models: Mapping[str, Model]) -> dict[str, EngineState]:
    """The states of several models, by the same names, queried side by side."""
    states = await asyncio.gather(*[state_of(model) for model in models.values()])
    return dict(zip(models, states, strict=True))


async def state_of(model: Model) -> EngineState:
    """The state of a model. One that does not answer is not ready; one at rest is not started by asking."""
    try:
        async with asyncio.timeout(LOOK_SECONDS):
            if isinstance(model, MayRest) and await model.resting():
                return EngineState(ready=True, detail=AT_REST)
            return EngineState.model_validate(await model.call("describe"))
    except TimeoutError:
        return EngineState(ready=False, detail=f"no answer within {LOOK_SECONDS:g} s; it may be starting or busy")
    except KomaError as error:
        return EngineState(ready=False, detail=error.detail)
