"""The prefix, the messages and the statuses of seed 004."""

from collections.abc import Mapping

from foundation.jobs.types import State
from serve_app.style.answers import Status

PREFIX = "/api/v1"
ACCEPTED = "任务已创建，正在处理中"
ACCEPTED_IN_BATCH = "任务已创建"
CANCELLED = "任务已取消"
STATUS: Mapping[State, Status] = {
    State.QUEUED: "pending",
    State.RUNNING: "processing",
    State.WAITING: "processing",
    State.COMPLETED: "completed",
    State.FAILED: "failed",
    State.CANCELLED: "failed",
}
