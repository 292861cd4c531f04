"""A job's events in order, each once, as they arrive: the base of every progress stream."""

import contextlib
from collections.abc import AsyncGenerator

from foundation.errors import StoreUnavailable
from foundation.jobs.types import Event, Job, State
from serve_app.jobs.stores import Stores

TERMINAL_EVENTS = frozenset({State.COMPLETED.value, State.FAILED.value, State.CANCELLED.value})


async def follow(
    stores: Stores, job: Job, after: int = 0, tick_s: float | None = None
) -> AsyncGenerator[tuple[Job, Event] | None]:
    """The job and its next event, from ``after`` on until its end. None every ``tick_s`` seconds without one.

    A store that is away is waited for. Raises NotFound when the job is swept meanwhile.
    """
    quiet = 0.0
    while not (job.state.terminal and after >= job.last_seq):
        with contextlib.suppress(StoreUnavailable):
            events = await stores.jobs.events(job, after)
            if events:
                job, quiet = await stores.jobs.get(job.id, job.app), 0.0
            for event in events:
                yield job, event
                after = event.seq
                if event.kind in TERMINAL_EVENTS:
                    return
        await stores.jobs.hints.wait(f"job:{job.tenant}:{job.id}", stores.settings.job_poll_seconds)
        quiet += stores.settings.job_poll_seconds
        if tick_s is not None and quiet >= tick_s:
            quiet = 0.0
            yield None
