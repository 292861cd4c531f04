"""What a ComfyUI server's answers mean: the end of a prompt by its history, and why it was refused."""

from typing import Any

import httpx2

from engines.comfycluster.errors import WorkflowFailed
from engines.comfycluster.events import End

Json = Any


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


def reason_of(answer: httpx2.Response) -> str:
    """Why a prompt was refused, with the nodes at fault."""
    try:
        body = answer.json()
        parts = [
            f"node {node} ({told['class_type']}): {error['message']}: {error['details']}"
            for node, told in (body.get("node_errors") or {}).items()
            for error in told["errors"]
        ]
        return "; ".join(parts)[:1000] or f"{body['error']['message']} {body['error'].get('details') or ''}".strip()
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return "the server does not say why"
