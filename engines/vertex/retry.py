"""The one retry layer: Google's clients are set to one attempt.

A 429 waits at the gate, with all others, for the seconds that Google names (RetryInfo), and counts against the time
only. Other passing errors are tried again a few times after a growing wait with jitter. All tries and waits share one
budget in seconds.
"""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeVar

from tenacity import AsyncRetrying, RetryCallState, retry_if_exception, stop_after_attempt, stop_before_delay
from tenacity.wait import wait_exponential_jitter

from engines.vertex.errors import BudgetSpent, RateLimited, Unreachable, is_passing
from engines.vertex.gate import FIRST_WAIT_S, MOST_WAIT_S, Gate, Kind, place
from foundation.metrics import RATE_LIMITS, count

T = TypeVar("T")
logger = logging.getLogger("ray.serve")
# one try that hangs leaves time for another
TRY_SHARE = 0.6


@dataclass(frozen=True)
class Caller:
    """Calls of one kind, through the gate, tried up to ``attempts`` times."""

    gate: Gate
    kind: Kind
    attempts: int

    async def call(self, model: str, work: Callable[[], Awaitable[T]], budget_s: float) -> T:
        """What ``work`` returns. Raises its last error, or BudgetSpent."""
        until = time.monotonic() + budget_s
        retrying = AsyncRetrying(
            retry=retry_if_exception(is_passing),
            stop=stop_after_attempt(self.attempts) | stop_before_delay(budget_s),
            wait=wait_exponential_jitter(initial=FIRST_WAIT_S, max=MOST_WAIT_S, jitter=FIRST_WAIT_S),
            before_sleep=_log,
            reraise=True,
        )
        try:
            async with asyncio.timeout(budget_s):
                return await retrying(self._unlimited, model, work, budget_s, until)
        except TimeoutError:
            raise BudgetSpent(f"{model} gave no answer within {budget_s:.0f} s") from None

    async def _unlimited(self, model: str, work: Callable[[], Awaitable[T]], budget_s: float, until: float) -> T:
        """One try that meets no limit. Raises RateLimited when the limit lasts longer than the time."""
        while True:
            try:
                async with place(self.gate, self.kind, budget_s):
                    return await _once(model, work, TRY_SHARE * budget_s)
            except RateLimited as error:
                count(RATE_LIMITS, model=model)
                logger.warning("%s is limited for %.1f s", model, error.retry_after)
                if (error.retry_after or 0.0) >= until - time.monotonic():
                    raise


async def _once(model: str, work: Callable[[], Awaitable[T]], limit_s: float) -> T:
    started = time.monotonic()
    try:
        async with asyncio.timeout(limit_s):
            result = await work()
    except TimeoutError:
        raise Unreachable(f"{model} gave no answer within {limit_s:.0f} s") from None
    logger.info("%s answered in %.2f s", model, time.monotonic() - started)
    return result


def _log(state: RetryCallState) -> None:
    error = state.outcome.exception() if state.outcome else None
    logger.warning("%s; next try in %.1f s", getattr(error, "detail", "a call failed"), state.upcoming_sleep)
