"""Jobs in the words of seed 002 and of the older API."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Literal

from foundation.jobs.types import Job, State

Status = Literal["pending", "processing", "completed", "failed", "cancelled"]
Kind = Literal["video", "image", "batch_image", "image_transfer"]
PREFIX = "/api"
FILM = "video"
PAINTING, FILMING, FINISHING = "painting", "filming", "finishing"
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
    told: [state for state, status in STATUS.items() if status == told] for told in dict.fromkeys(STATUS.values())
}


def older_status(job: Job) -> str:
    """The status as the older API tells it: a failed job's has the kind of its error in it."""
    if job.state is not State.FAILED:
        return STATUS[job.state]
    code = str((job.error or {}).get("code", "internal"))
    return f"failed - {''.join(part.capitalize() for part in code.split('_'))}"


def working_step(job: Job) -> str:
    """The step that makes a job's pictures, or the sections of its film."""
    return FILMING if job.args["type"] == FILM else PAINTING


def percent(job: Job) -> float:
    """How far a job is, from 0 to 100."""
    return round(100 * job.progress, 1)


def prompt_of(args: Mapping[str, Any]) -> str:
    """A job's prompt; of a batch the first."""
    return args["prompts"][0] if "prompts" in args else args["prompt"]


def iso(seconds: float) -> str:
    """A moment as ISO 8601 in UTC, with its offset."""
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds")
