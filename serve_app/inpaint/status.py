"""The service's name and prefix, and statuses and stages of tasks in the words of seed 000."""

from collections.abc import Mapping

from foundation.jobs.types import Job, State
from serve_app.inpaint.answers import Stage, TaskStatus

NAME = "IOPaint Text Removal Service"
VERSION = "1.0.0"
PREFIX = "/api/v1"
SHARES: Mapping[Stage, tuple[float, float]] = {
    "preparing": (0.0, 5.0),
    "masking": (5.0, 15.0),
    "inpainting": (15.0, 90.0),
    "finalizing": (90.0, 100.0),
}
MESSAGES: Mapping[TaskStatus, str] = {
    "pending": "Waiting for its turn",
    "preparing": "Preparing the image",
    "processing": "Removing text",
    "completed": "Text removal completed",
    "error": "Text removal failed",
    "cancelled": "Task cancelled",
}


def status_of(job: Job) -> TaskStatus:
    """The state of a job as a task status."""
    ends: Mapping[State, TaskStatus] = {
        State.QUEUED: "pending",
        State.COMPLETED: "completed",
        State.FAILED: "error",
        State.CANCELLED: "cancelled",
    }
    return ends.get(
        job.state, "preparing" if stage_of(job.progress * 100) in {"preparing", "masking"} else "processing"
    )


def stage_of(percent: float) -> Stage:
    """The stage of a percentage."""
    for stage, (_, high) in SHARES.items():
        if percent < high:
            return stage
    return "finalizing"
