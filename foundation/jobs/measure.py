"""What is measured and logged where jobs change their state."""

import logging
import time

from foundation.jobs.types import Job, Lease, State
from foundation.metrics import JOB_SECONDS, JOB_WAIT, JOBS_ENDED, count, observe
from foundation.tracing import annotate

logger = logging.getLogger("ray.serve")
FIRST_FENCE = 1


def measure_end(ended: Job, state: State) -> None:
    """A job has ended."""
    logger.info("job %s ended: %s", ended.id, state.value)
    annotate(state=state.value)
    count(JOBS_ENDED, app=ended.app, state=state.value)
    observe(JOB_SECONDS, max(time.time() - ended.created_at, 0.0), app=ended.app, state=state.value)


def measure_wait(lease: Lease) -> None:
    """A job was claimed; its wait is measured the first time only."""
    if lease.fence == FIRST_FENCE:
        observe(JOB_WAIT, max(time.time() - lease.job.created_at, 0.0), app=lease.job.app)
