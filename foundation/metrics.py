"""The metrics of Koma as data, and the functions by which every part reports them.

count(IMAGES, app="style", engine="draft") -> the meter of this process: none, or that of Serve in a replica

As with logging, nobody is handed a meter: a process has one. One that fails never fails the work.
"""

import logging
from dataclasses import dataclass
from typing import Literal, Protocol

logger = logging.getLogger("ray.serve")

SECONDS = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 60.0, 120.0, 300.0, 600.0, 1800.0)
"""From a filter on a small picture to a film."""
STEP_SECONDS = (0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0)
"""One step of a sampler: a GPU's milliseconds, a CPU's seconds."""
ROWS = (1.0, 2.0, 4.0, 6.0, 8.0, 12.0, 16.0, 24.0, 32.0)
"""Rows of one model call."""


@dataclass(frozen=True)
class Metric:
    """A thing that is measured. ``buckets`` are the upper bounds of a histogram, in ``unit``.

    Tags take few values: never a prompt, an id or a text of a client. Ray keeps the counts of the buckets and takes the
    sum from their middles, so quantiles are as fine as the buckets, and averages are rough.
    """

    name: str
    kind: Literal["counter", "gauge", "histogram"]
    unit: str
    description: str
    tags: tuple[str, ...] = ()
    buckets: tuple[float, ...] = ()


JOBS_ENDED = Metric("koma_jobs_ended_total", "counter", "jobs", "Jobs that have ended, by state.", ("app", "state"))
JOBS_QUEUED = Metric(
    "koma_jobs_queued", "gauge", "jobs", "Jobs that wait for a worker; all workers tell the same.", ("app",)
)
JOBS_RUNNING = Metric("koma_jobs_running", "gauge", "jobs", "Jobs that this worker drives.", ("app",))
QUEUE_AGE = Metric(
    "koma_queue_age_seconds",
    "gauge",
    "seconds",
    "How long the first job of the queue has waited; 0 when it is empty.",
    ("app",),
)
JOB_WAIT = Metric(
    "koma_job_wait_seconds", "histogram", "seconds", "From acceptance to the first worker.", ("app",), SECONDS
)
JOB_SECONDS = Metric(
    "koma_job_seconds",
    "histogram",
    "seconds",
    "From acceptance to the end, waits for a person included.",
    ("app", "state"),
    SECONDS,
)
STEP_TIME = Metric(
    "koma_step_seconds",
    "histogram",
    "seconds",
    "A step of a job, or one item of a step that has several, with what was tried again.",
    ("app", "step"),
    SECONDS,
)
STEP_RETRIES = Metric(
    "koma_step_retries_total",
    "counter",
    "retries",
    "Steps and items tried again, by the error's code.",
    ("app", "step", "reason"),
)
LEASES_LOST = Metric("koma_leases_lost_total", "counter", "leases", "Jobs that another worker took over.", ("app",))
CALL_TIME = Metric(
    "koma_model_call_seconds",
    "histogram",
    "seconds",
    "A call of a model's replica, from when it may go out to its last answer; outcome is ok or the error's code.",
    ("model", "method", "outcome"),
    SECONDS,
)
PANEL_TIME = Metric(
    "koma_panel_seconds", "histogram", "seconds", "A manga panel, from its plan to its picture.", ("engine",), SECONDS
)
IMAGES = Metric("koma_images_total", "counter", "images", "Pictures made.", ("app", "engine"))
FRAMES = Metric("koma_video_frames_total", "counter", "frames", "Frames of films made.", ("engine",))
SAMPLER_STEP = Metric(
    "koma_sampler_step_seconds",
    "histogram",
    "seconds",
    "A round of the step batcher: one step of every run that is active.",
    ("engine",),
    STEP_SECONDS,
)
BATCH_ROWS = Metric("koma_batch_rows", "histogram", "rows", "Rows that shared one model call.", ("engine",), ROWS)
RUNS_ACTIVE = Metric("koma_sampler_runs_active", "gauge", "runs", "Runs that share rounds now.", ("engine",))
RUNS_WAITING = Metric("koma_sampler_runs_waiting", "gauge", "runs", "Runs that wait for a place.", ("engine",))
MODEL_CALLS = Metric("koma_google_calls_total", "counter", "calls", "Calls that Google answered.", ("model",))
TOKENS = Metric(
    "koma_tokens_total", "counter", "tokens", "Tokens of Google's models, in and out.", ("model", "direction")
)
COST = Metric(
    "koma_cost_dollars_total", "counter", "US dollars", "What Google's models cost, by VERTEX_PRICES.", ("model",)
)
RATE_LIMITS = Metric("koma_rate_limits_total", "counter", "refusals", "Calls that Google refused with 429.", ("model",))

CATALOGUE = (
    JOBS_ENDED,
    JOBS_QUEUED,
    JOBS_RUNNING,
    QUEUE_AGE,
    JOB_WAIT,
    JOB_SECONDS,
    STEP_TIME,
    STEP_RETRIES,
    LEASES_LOST,
    CALL_TIME,
    PANEL_TIME,
    IMAGES,
    FRAMES,
    SAMPLER_STEP,
    BATCH_ROWS,
    RUNS_ACTIVE,
    RUNS_WAITING,
    MODEL_CALLS,
    TOKENS,
    COST,
    RATE_LIMITS,
)


class Meter(Protocol):
    """Where measurements go. Called from any thread."""

    def record(self, metric: Metric, value: float, tags: dict[str, str]) -> None:
        """Add to a counter, set a gauge, or put a value into a histogram."""
        ...


_meters: list[Meter] = []
_failed: set[str] = set()


def report_to(meter: Meter | None) -> None:
    """From now on this process reports to ``meter``; to nobody with None."""
    _meters[:] = [meter] if meter is not None else []
    _failed.clear()


def count(metric: Metric, value: float = 1.0, **tags: str) -> None:
    """Add to a counter."""
    _record(metric, value, tags)


def level(metric: Metric, value: float, **tags: str) -> None:
    """Set a gauge."""
    _record(metric, value, tags)


def observe(metric: Metric, value: float, **tags: str) -> None:
    """Put a value into a histogram."""
    _record(metric, value, tags)


def _record(metric: Metric, value: float, tags: dict[str, str]) -> None:
    for meter in _meters:
        try:
            meter.record(metric, value, tags)
        except Exception:
            # work goes on unmeasured; once is enough to say so
            if metric.name not in _failed:
                _failed.add(metric.name)
                logger.exception("%s cannot be measured", metric.name)
