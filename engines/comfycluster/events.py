"""Messages of ComfyUI's WebSocket. Text ones are JSON, binary ones pictures.

Source of the shapes: recorded traffic of ComfyUI 0.3.64.
"""

import json
import struct
from dataclasses import dataclass
from typing import Any, Literal

PREVIEW, PREVIEW_WITH_METADATA = 1, 4
# a preview becomes an event: what is larger is none
LARGEST_PREVIEW = 1_000_000
MOST_STEPS = 1_000_000
FEATURES = json.dumps({"type": "feature_flags", "data": {"supports_preview_metadata": True}})


@dataclass(frozen=True)
class Progress:
    """Steps of one node."""

    value: int
    max: int
    node: str


@dataclass(frozen=True)
class Preview:
    """A small picture of the work so far, as JPEG or PNG."""

    image: bytes


@dataclass(frozen=True)
class End:
    """The prompt has ended. ``detail`` is empty on success."""

    how: Literal["done", "failed", "interrupted"]
    detail: str = ""


def read_text(text: str, prompt_id: str) -> Progress | End | None:
    """The event of a text message about this prompt; None for other prompts, other kinds and garbage.

    ``execution_success`` is not the end: history may not be there yet. ``executing`` without a node is.
    """
    try:
        message = json.loads(text)
        kind, data = message["type"], message.get("data") or {}
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None
    if not isinstance(data, dict) or data.get("prompt_id") != prompt_id:
        return None
    return _event(kind, data)


def _event(kind: str, data: dict[str, Any]) -> Progress | End | None:
    if kind == "progress" and _number(data.get("value")) and _number(data.get("max")):
        return Progress(int(data["value"]), int(data["max"]), str(data.get("node") or ""))
    if kind == "executing" and data.get("node") is None:
        return End("done")
    if kind == "execution_error":
        where = f"node {data.get('node_id')} ({data.get('node_type')})"
        return End(
            "failed", f"{where}: {data.get('exception_type')}: {str(data.get('exception_message')).strip()[:500]}"
        )
    if kind == "execution_interrupted":
        return End("interrupted", f"it was interrupted at node {data.get('node_id')} ({data.get('node_type')})")
    return None


def _number(value: Any) -> bool:
    return isinstance(value, int | float) and 0 <= value <= MOST_STEPS


def read_binary(frame: bytes, prompt_id: str) -> Preview | None:
    """The preview in a binary message; None for other frames, and for one that says it is of another prompt."""
    if not 8 <= len(frame) <= LARGEST_PREVIEW:
        return None
    kind, length = struct.unpack(">II", frame[:8])
    if kind == PREVIEW:
        return Preview(frame[8:])
    if kind == PREVIEW_WITH_METADATA and len(frame) > 8 + length:
        try:
            metadata = json.loads(frame[8 : 8 + length])
        except (ValueError, RecursionError):
            return None
        mine = isinstance(metadata, dict) and metadata.get("prompt_id") == prompt_id
        return Preview(frame[8 + length :]) if mine else None
    return None
