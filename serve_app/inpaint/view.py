"""Jobs as tasks: their stages, percentages and messages.

preparing 0-5 %   masking 5-15   inpainting 15-90, window by window   finalizing 90-100
"""

import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import Any

from fastapi import Request, WebSocket

from foundation.jobs.types import Event, Job, State
from serve_app.inpaint.answers import Stage, TaskAnswer
from serve_app.inpaint.status import MESSAGES, PREFIX, SHARES, stage_of, status_of
from serve_app.jobs.stores import http_base
from serve_app.jobs.times import iso
from serve_app.jobs.warnings import RequestWarning

MESSAGE_TYPES = {"completed": "task_completed", "failed": "task_failed", "cancelled": "task_cancelled"}
# an estimate from less than this share of the work would jump about
LEAST_SHARE = 0.05


def region_count(job: Job) -> int:
    """The regions of all pictures of a task; a mask counts as one."""
    return sum(len(image["regions"]) or 1 for image in job.args["images"])


def result_url(connection: Request | WebSocket, task_id: str) -> str:
    """Where the finished picture is."""
    return f"{http_base(connection)}{PREFIX}/task-result/{task_id}"


class Progress:
    """How far a task is. ``percent`` may be that of an event, older than the job's own."""

    def __init__(self, job: Job, percent: float | None = None) -> None:
        self.job = job
        self.percent = round(job.progress * 100 if percent is None else percent, 1)
        self.stage: Stage = stage_of(self.percent)
        low, high = SHARES[self.stage]
        self.stage_percent = round(100 * (self.percent - low) / (high - low), 1)
        self.regions = region_count(job)
        share = (self.percent - SHARES["inpainting"][0]) / (SHARES["inpainting"][1] - SHARES["inpainting"][0])
        self.region = round(self.regions * min(1.0, max(0.0, share)))

    def elapsed(self, now: float | None = None) -> float:
        """Seconds since the task was accepted, until its end."""
        return round(max(0.0, (self.job.finished_at or now or time.time()) - self.job.created_at), 3)

    def remaining(self) -> float | None:
        """An estimate in seconds; None while there is nothing to go by, and at the end."""
        share = self.percent / 100
        if self.job.state.terminal or share < LEAST_SHARE:
            return None
        return round(self.elapsed() * (1 - share) / share, 1)

    def answer(
        self, connection: Request | WebSocket, events: Sequence[Event], outcome: Mapping[str, Any]
    ) -> TaskAnswer:
        """The task as ``task-status`` has it; ``events`` are its first ones, ``outcome`` is its result."""
        job, started = self.job, next((e.at for e in events if e.kind == "step_started"), None)
        return TaskAnswer(
            task_id=job.id,
            status=status_of(job),
            stage=self.stage,
            overall_progress=self.percent,
            stage_progress=self.stage_percent,
            current_region=self.region,
            total_regions=self.regions,
            message=self.message(outcome),
            elapsed_time=self.elapsed(),
            estimated_remaining=self.remaining(),
            created_at=iso(job.created_at),
            started_at=iso(started) if started else None,
            completed_at=iso(job.finished_at) if job.finished_at else None,
            error_message=job.error["detail"] if job.error and job.state is State.FAILED else None,
            result_url=result_url(connection, job.id) if job.state is State.COMPLETED else None,
            warnings=[RequestWarning(**warning) for warning in warnings_of_task(job, outcome)],
        )

    def message(self, outcome: Mapping[str, Any] = MappingProxyType({})) -> str:
        """One line for a person."""
        status = status_of(self.job)
        failed = sum("error" in result for result in outcome.get("results", ()))
        if failed:
            return f"{MESSAGES[status]}; {failed} of {len(outcome['results'])} images failed"
        if status == "processing":
            return f"Removing text: region {self.region} of {self.regions}"
        return MESSAGES[status]

    def update(self) -> dict[str, Any]:
        """The task as a ``progress_update``."""
        return {
            "type": "progress_update",
            "task_id": self.job.id,
            "session_id": None,
            "status": status_of(self.job),
            "stage": self.stage,
            "progress": self.percent,
            "stage_progress": self.stage_percent,
            "message": self.message(),
            "timestamp": iso(),
            "current_region": self.region,
            "total_regions": self.regions,
            "elapsed_time": self.elapsed(),
            "estimated_remaining": self.remaining(),
        }


def warnings_of_task(job: Job, outcome: Mapping[str, Any]) -> list[dict[str, Any]]:
    """What was ignored of the request, what removed nothing, and which pictures failed."""
    failed = [
        {"pointer": f"/images/{number}", "code": result["error"]["code"], "detail": result["error"]["detail"]}
        for number, result in enumerate(outcome.get("results", ()))
        if "error" in result
    ]
    return [*job.args.get("warnings", ()), *outcome.get("warnings", ()), *failed]


def message_of(connection: WebSocket, job: Job, event: Event, outcome: Mapping[str, Any]) -> dict[str, Any] | None:
    """An event of a job as a message of the socket; None for those without one. ``outcome`` is what it gave."""
    if event.kind in MESSAGE_TYPES:
        message = {"type": MESSAGE_TYPES[event.kind], "task_id": job.id, "session_id": None, "timestamp": iso(event.at)}
        progress = Progress(job)
        if event.kind == "completed":
            result = {
                "processed_image_path": result_url(connection, job.id),
                "processing_time": progress.elapsed(),
                "regions_processed": progress.regions,
            }
            return message | {"result": result, "warnings": warnings_of_task(job, outcome)}
        if event.kind == "failed":
            return message | {"error_message": event.data.get("detail", ""), "code": event.data.get("code", "")}
        return message
    if "progress" in event.data:
        running = job if not job.state.terminal else _as_running(job)
        return Progress(running, float(event.data["progress"]) * 100).update()
    return None


def _as_running(job: Job) -> Job:
    """The job as it was before its end, for an event that is replayed after it."""
    return replace(job, state=State.RUNNING)
