"""Jobs as prompts, in ComfyUI's words."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from foundation.jobs.types import Event, Job, State

APP = "comfyui"
PROTOCOL = "0.3.64"


def number_of(job: Job) -> int:
    """The number of a prompt in the queue: smaller is earlier; those put in front are below zero."""
    return round(job.created_at * 1000) * (-1 if job.args["front"] else 1)


def entry_of(job: Job) -> list[Any]:
    """A prompt as the queue and the history list it."""
    return [number_of(job), job.id, job.args["prompt"], job.args["extra_data"], job.args["outputs"]]


def millis(seconds: float) -> int:
    """A moment as ComfyUI writes it."""
    return round(seconds * 1000)


def was_begun(job: Job) -> bool:
    """Whether anything was done: a prompt that is deleted from the queue leaves no trace."""
    return job.state is not State.CANCELLED or job.step is not None


def history_of(job: Job, events: Sequence[Event], result: Mapping[str, Any] | None) -> dict[str, Any]:
    """An ended prompt as ``/history`` returns it."""
    outputs, nodes = dict((result or {}).get("outputs", {})), Nodes(job.id)
    sent = [message for event in events for message in messages_of(job, event, nodes)]
    messages = [[each["type"], each["data"]] for each in sent if each["type"].startswith("execution_")]
    completed = job.state is State.COMPLETED
    return {
        "prompt": entry_of(job),
        "outputs": outputs,
        "status": {
            "status_str": "success" if completed else "error",
            "completed": completed,
            "messages": messages,
        },
        "meta": {
            node: {"node_id": node, "display_node": node, "parent_node": None, "real_node_id": node} for node in outputs
        },
    }


class Nodes:
    """How far each node of a prompt is, for ``progress_state``."""

    def __init__(self, prompt_id: str) -> None:
        self._prompt_id = prompt_id
        self._nodes: dict[str, dict[str, Any]] = {}
        self.running = ""
        self.failure: Mapping[str, Any] = {}

    def begin(self, node: str) -> dict[str, Any]:
        """A node starts; the one before it is finished."""
        self.finish()
        self.running = node
        return self._set(node, 0.0, 1.0, "running")

    def move(self, node: str, value: float, maximum: float) -> dict[str, Any]:
        """A node has done some of its steps."""
        self.running = node
        return self._set(node, value, maximum, "running")

    def finish(self) -> dict[str, Any] | None:
        """The running node is done."""
        if not self.running:
            return None
        before = self._nodes[self.running]
        node, self.running = self.running, ""
        return self._set(node, before["max"], before["max"], "finished")

    def done(self) -> list[str]:
        """The finished nodes."""
        return [name for name, state in self._nodes.items() if state["state"] == "finished"]

    def _set(self, node: str, value: float, maximum: float, state: str) -> dict[str, Any]:
        ids = {"node_id": node, "prompt_id": self._prompt_id, "display_node_id": node}
        progress = {"value": value, "max": maximum, "state": state, **ids, "parent_node_id": None, "real_node_id": node}
        self._nodes[node] = progress
        return {"type": "progress_state", "data": {"prompt_id": self._prompt_id, "nodes": dict(self._nodes)}}


Messages = list[dict[str, Any]]


def messages_of(job: Job, event: Event, nodes: Nodes) -> Messages:
    """The text messages of one event of a job, in their order."""
    make = MESSAGE_MAKERS.get(event.kind)
    return make(job, event, nodes) if make else []


def _stamped(job: Job, event: Event) -> dict[str, Any]:
    return {"prompt_id": job.id, "timestamp": millis(event.at)}


def _end(job: Job) -> dict[str, Any]:
    return {"type": "executing", "data": {"node": None, "prompt_id": job.id}}


def _started(job: Job, event: Event, _nodes: Nodes) -> Messages:
    return [{"type": "execution_start", "data": _stamped(job, event)}]


def _cached(job: Job, event: Event, _nodes: Nodes) -> Messages:
    return [{"type": "execution_cached", "data": {"nodes": event.data["nodes"]} | _stamped(job, event)}]


def _executing(job: Job, event: Event, nodes: Nodes) -> Messages:
    node = event.data["node"]
    data = {"node": node, "display_node": node, "prompt_id": job.id}
    return [nodes.begin(node), {"type": "executing", "data": data}]


def _progress(job: Job, event: Event, nodes: Nodes) -> Messages:
    value, most, node = event.data["value"], event.data["max"], event.data["node"]
    data = {"value": value, "max": most, "prompt_id": job.id, "node": node}
    return [{"type": "progress", "data": data}, nodes.move(node, value, most)]


def _executed(job: Job, event: Event, nodes: Nodes) -> Messages:
    node = event.data["node"]
    data = {"node": node, "display_node": node, "output": event.data["output"], "prompt_id": job.id}
    finished = nodes.finish()
    return [{"type": "executed", "data": data}, *([finished] if finished else [])]


def _failed_node(job: Job, event: Event, nodes: Nodes) -> Messages:
    nodes.failure = event.data
    return []


def _completed(job: Job, event: Event, nodes: Nodes) -> Messages:
    finished = nodes.finish()
    success = {"type": "execution_success", "data": _stamped(job, event)}
    return [*([finished] if finished else []), success, _end(job)]


def _failed(job: Job, event: Event, nodes: Nodes) -> Messages:
    return [{"type": "execution_error", "data": _error(event.data, job, nodes) | _stamped(job, event)}, _end(job)]


def _cancelled(job: Job, event: Event, nodes: Nodes) -> Messages:
    if not was_begun(job):
        return []
    node = nodes.running
    data = {"node_id": node, "node_type": _class_of(job, node), "executed": nodes.done()}
    return [{"type": "execution_interrupted", "data": data | _stamped(job, event)}, _end(job)]


def _class_of(job: Job, node: str) -> str:
    return str(job.args["prompt"].get(node, {}).get("class_type", ""))


def _error(data: Mapping[str, Any], job: Job, nodes: Nodes) -> dict[str, Any]:
    failure = nodes.failure
    node = failure.get("node", nodes.running)
    message, kind = failure.get("message", data["detail"]), failure.get("exception_type") or _class_name(data["code"])
    return {
        "node_id": node,
        "node_type": _class_of(job, node),
        "executed": nodes.done(),
        "exception_message": message,
        "exception_type": kind,
        "traceback": [f"{kind}: {message}\n"],
        "current_inputs": failure.get("inputs", {}),
        "current_outputs": nodes.done(),
    }


def _class_name(code: str) -> str:
    return "".join(part.title() for part in code.split("_"))


MESSAGE_MAKERS: Mapping[str, Callable[[Job, Event, Nodes], Messages]] = {
    "step_started": _started,
    "cached": _cached,
    "executing": _executing,
    "progress": _progress,
    "sent": _progress,
    "failed_node": _failed_node,
    "executed": _executed,
    "completed": _completed,
    "failed": _failed,
    "cancelled": _cancelled,
}
