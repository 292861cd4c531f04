"""What can go wrong with a workflow."""

from collections.abc import Mapping
from typing import Any

from foundation.errors import ClientError, InvalidInput, KomaError, StepFailed


class PromptRefused(InvalidInput):
    """A workflow that cannot run; ``body`` is ComfyUI's answer with errors pinned to nodes."""

    code = "workflow_refused"
    title = "The workflow cannot run"
    hint = "Correct the nodes that the errors name."
    body: Mapping[str, Any]

    @classmethod
    def of(cls, body: Mapping[str, Any]) -> "PromptRefused":
        """The refusal with its body; the detail names the first nodes."""
        named = [
            f"node {node} ({entry['class_type']}): {error['message']}: {error['details']}"
            for node, entry in body["node_errors"].items()
            for error in entry["errors"]
        ]
        error = body["error"]
        refusal = cls("; ".join(named[:5]) or f"{error['message']} {error['details']}".strip())
        refusal.body = body
        return refusal


class NodeError:
    """What failures of a node have in common: which it was, and what was raised in it."""

    node_id: str
    class_type: str
    message: str
    exception_type: str


class NodeRefused(NodeError, InvalidInput):
    """A node got something that it cannot work with."""

    code = "node_refused"
    title = "A node of the workflow cannot work with its inputs"
    hint = "Correct the inputs of the node that the detail names."


class NodeFailed(NodeError, StepFailed):
    """A node failed for a reason of its own."""

    code = "node_failed"
    title = "A node of the workflow failed"
    hint = "The detail names the node; try with smaller sizes, or report it."


def node_error(node_id: str, class_type: str, cause: Exception) -> NodeRefused | NodeFailed:
    """The typed error for an exception in a node."""
    message = getattr(cause, "detail", None) or str(cause) or type(cause).__name__
    kind = NodeRefused if isinstance(cause, ClientError) else NodeFailed
    error = kind(f"node {node_id} ({class_type}): {message}")
    error.node_id, error.class_type, error.message = node_id, class_type, message
    error.exception_type = _type_name(cause)
    return error


def _type_name(error: BaseException) -> str:
    """The class as Python names it; of an error of ours that of what it came from, if there is one."""
    while isinstance(error, KomaError) and error.__cause__ is not None:
        error = error.__cause__
    module = type(error).__module__
    plain = isinstance(error, KomaError) or module == "builtins"
    return type(error).__qualname__ if plain else f"{module}.{type(error).__qualname__}"
