"""What a ComfyUI server's answers mean: the end of a prompt by its history, and why it was refused."""

import json
from dataclasses import dataclass
from typing import Any

from engines.comfycluster.errors import WorkflowFailed
from engines.comfycluster.events import End

Json = Any


@dataclass(frozen=True)
class ServerResponse:
    """A response of the server, with its whole body."""

    status: int
    body: bytes

    @property
    def succeeded(self) -> bool:
        """Whether the status is one of success."""
        return 200 <= self.status < 300

    def json(self) -> Json:
        """The body as JSON. Raises ValueError or RecursionError for others."""
        return json.loads(self.body)


def end_of(entry: dict[str, Json]) -> End:
    """The end by an entry of the history. Raises LookupError, TypeError or AttributeError for other shapes."""
    status = entry["status"]
    if status["status_str"] == "success":
        return End("done")
    for kind, data in status.get("messages", []):
        if kind == "execution_interrupted":
            return End("interrupted", f"it was interrupted at node {data.get('node_id')}")
        if kind == "execution_error":
            where = f"node {data.get('node_id')} ({data.get('node_type')})"
            return End("failed", f"{where}: {str(data.get('exception_message')).strip()[:500]}")
    return End("failed", "the server does not say why")


def raise_for(end: End) -> None:
    """Raises WorkflowFailed unless the prompt is done."""
    if end.how != "done":
        raise WorkflowFailed(end.detail)


def reason_of(answer: ServerResponse) -> str:
    """Why a prompt was refused, with the nodes at fault."""
    try:
        body = answer.json()
        parts = [
            f"node {node} ({refusal['class_type']}): {error['message']}: {error['details']}"
            for node, refusal in (body.get("node_errors") or {}).items()
            for error in refusal["errors"]
        ]
        return "; ".join(parts)[:1000] or f"{body['error']['message']} {body['error'].get('details') or ''}".strip()
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return "the server does not say why"
