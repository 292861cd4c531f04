"""Statuses in the words of seed 002 and of the older API."""

from collections.abc import Mapping
from functools import partial
from typing import Any, Literal

from foundation.jobs.types import Job, State
from serve_app.jobs.times import iso as iso_of

Status = Literal["pending", "processing", "completed", "failed", "cancelled"]
Kind = Literal["video", "image", "batch_image", "image_transfer"]
PREFIX = "/api"
FILM = "video"
PICTURE_FAILED = "picture_failed"
STATUS: Mapping[State, Status] = {
    State.QUEUED: "pending",
    State.RUNNING: "processing",
    State.WAITING: "processing",
    State.COMPLETED: "completed",
    State.FAILED: "failed",
    State.CANCELLED: "cancelled",
}
STATES: Mapping[str, list[State]] = {
    status: [state for state, of in STATUS.items() if of == status] for status in dict.fromkeys(STATUS.values())
}


def older_status(job: Job) -> str:
    """The status in the words of the older API: of a failed job it names the kind of error."""
    if job.state is not State.FAILED:
        return STATUS[job.state]
    code = str((job.error or {}).get("code", "internal"))
    return f"failed - {''.join(part.capitalize() for part in code.split('_'))}"


def percent(job: Job) -> float:
    """How far a job is, from 0 to 100."""
    return round(100 * job.progress, 1)


def prompt_of(args: Mapping[str, Any]) -> str:
    """A job's prompt; of a batch the first."""
    return args["prompts"][0] if "prompts" in args else args["prompt"]


iso = partial(iso_of, zone="+00:00")
