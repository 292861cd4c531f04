"""Jobs told as sessions: states, phases and events in the words of the manga API."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

from foundation.errors import NotFound
from foundation.jobs.types import Event, Job, State

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
TERMINAL_EVENTS = frozenset({"completed", "failed", "cancelled"})


@dataclass(frozen=True)
class Phase:
    """A phase as clients count it, and the step of the graph that it is."""

    number: int
    step: str
    title: str
    review: bool


class Phases:
    """The phases of the pipeline in order; handed in by the builder, which knows the graph."""

    def __init__(self, phases: Sequence[Phase]) -> None:
        self.all = tuple(phases)
        self._by_step = {phase.step: phase for phase in phases}

    def numbered(self, number: int) -> Phase:
        """The phase with a number. Raises NotFound."""
        if not 1 <= number <= len(self.all):
            raise NotFound(f"there is no phase {number}; phases are 1 to {len(self.all)}")
        return self.all[number - 1]

    def of_step(self, step: str | None) -> Phase | None:
        """The phase of a step, if it is one."""
        return self._by_step.get(step) if step else None

    def message(self, job: Job, event: Event, final: Mapping[str, Any]) -> dict[str, Any]:
        """An event as a WebSocket message; ``seq`` orders them and is the cursor of ``?after=``.

        ``final`` is the result of the last phase, or empty before there is one.
        """
        data = dict(event.data)
        if event.kind == State.COMPLETED.value:
            data["warnings"] = [*job.args.get("warnings", ()), *final.get("warnings", ())]
        phase = self.of_step(data.pop("step", None))
        if phase is not None:
            data |= {"phase_number": phase.number, "phase_name": phase.title}
        if "steps" in data:
            data["phase_numbers"] = [p.number for p in self.all if p.step in data["steps"]]
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


def timestamp(seconds: float) -> str:
    """Seconds since 1970 as ISO 8601 in UTC."""
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def status_of(job: Job) -> SessionStatus:
    """The state of a job as a session status."""
    return STATUS_OF_STATE[job.state]
