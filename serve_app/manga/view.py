"""Jobs as sessions: states, phases and events in the words of the manga API."""

from collections.abc import Mapping
from functools import partial
from typing import Any, Literal

from foundation.jobs.types import Event, Job, State
from serve_app.jobs.times import iso
from serve_app.manga.phases import Phases

APP = "manga"
SessionStatus = Literal["pending", "processing", "waiting_feedback", "completed", "failed", "cancelled"]
STATUS_OF_STATE: Mapping[State, SessionStatus] = {
    State.QUEUED: "pending",
    State.RUNNING: "processing",
    State.WAITING: "waiting_feedback",
    State.COMPLETED: "completed",
    State.FAILED: "failed",
    State.CANCELLED: "cancelled",
}
STATE_OF_STATUS = {status: state for state, status in STATUS_OF_STATE.items()}
MESSAGE_OF_EVENT = {
    "accepted": "pipeline_started",
    "step_started": "phase_started",
    "item_completed": "progress",
    "step_completed": "phase_completed",
    "steps_reset": "phase_regeneration",
    "completed": "pipeline_completed",
    "failed": "error",
    "cancelled": "pipeline_cancelled",
}


def message_of(phases: Phases, job: Job, event: Event, final: Mapping[str, Any]) -> dict[str, Any]:
    """An event as a WebSocket message; ``seq`` orders them and is the cursor of ``?after=``.

    ``final`` is the result of the last phase, or empty before there is one.
    """
    data = dict(event.data)
    if event.kind == State.COMPLETED.value:
        data["warnings"] = [*job.args.get("warnings", ()), *final.get("warnings", ())]
    phase = phases.of_step(data.pop("step", None))
    if phase is not None:
        data |= {"phase_number": phase.number, "phase_name": phase.title}
    if "steps" in data:
        data["phase_numbers"] = [p.number for p in phases.all if p.step in data["steps"]]
        del data["steps"]
    if "item" in data:
        data["panel_id"] = data.pop("item")
    if "progress" in data:
        data["progress_percentage"] = round(data.pop("progress") * 100, 1)
    return {
        "type": MESSAGE_OF_EVENT.get(event.kind, event.kind),
        "seq": event.seq,
        "session_id": job.id,
        "timestamp": timestamp(event.at),
        "data": data,
    }


timestamp = partial(iso, zone="Z")


def status_of(job: Job) -> SessionStatus:
    """The state of a job as a session status."""
    return STATUS_OF_STATE[job.state]
