"""What a run does for one unit, and for one write: pure of the run's own state."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any, cast

from foundation.errors import StoreUnavailable
from foundation.graph import Context, ItemFunction, Json, Step, StepFunction
from foundation.runner.plan import WHOLE, Plan


async def compute(context: Context, plan: Plan, step: Step, item: str) -> Json:
    """The output of a step, of one of its items, or of all its items together."""
    if step.fan_out is None:
        return await cast(StepFunction, step.run)(context)
    if item != WHOLE:
        return await cast(ItemFunction, step.run)(context, item)
    values = plan.values_of(step.name)
    return await step.gather(context, values) if step.gather else dict(values)


async def persist(write: Callable[[], Awaitable[Any]], lease_seconds: float, poll_seconds: float) -> Any:
    """A store call, repeated while the store is away and the lease may still hold. Raises StoreUnavailable."""
    until = time.monotonic() + lease_seconds
    while True:
        try:
            return await write()
        except StoreUnavailable:
            if time.monotonic() > until:
                raise
            await asyncio.sleep(poll_seconds)
