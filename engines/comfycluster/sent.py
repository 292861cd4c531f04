"""Pictures that a workflow's SaveImageWebsocket nodes send over the socket, and no history names."""

import json
import struct
from collections.abc import Mapping
from typing import Any

from engines.comfycluster.errors import WorkflowFailed
from engines.comfycluster.events import PREVIEW, PREVIEW_WITH_METADATA

SENDER = "SaveImageWebsocket"
PNG = b"\x89PNG\r\n\x1a\n"
MOST_BYTES = 512_000_000


class SentPictures:
    """The pictures of one prompt, in the order in which they come."""

    def __init__(self, workflow: Mapping[str, Mapping[str, Any]], prompt_id: str) -> None:
        self._senders = {node for node, entry in workflow.items() if entry["class_type"] == SENDER}
        self._prompt_id = prompt_id
        self._running: Any = None
        self._images: list[bytes] = []

    def takes(self, message: str | bytes) -> bool:
        """Whether a message is such a picture, which is kept then."""
        if not self._senders:
            return False
        if isinstance(message, str):
            self._follow(message)
            return False
        image = self._image_of(message)
        if not image.startswith(PNG) or sum(map(len, self._images)) + len(image) > MOST_BYTES:
            return False
        self._images.append(image)
        return True

    def checked(self) -> list[bytes]:
        """The pictures. Raises WorkflowFailed when there are none."""
        if not self._images:
            raise WorkflowFailed("the workflow gave no picture; it needs a SaveImage node")
        return self._images

    def _follow(self, text: str) -> None:
        try:
            message = json.loads(text)
            if message["type"] == "executing" and message["data"]["prompt_id"] == self._prompt_id:
                self._running = message["data"]["node"]
        except (ValueError, LookupError, TypeError, RecursionError):
            return

    def _image_of(self, frame: bytes) -> bytes:
        """The bytes behind the head of a frame; none for one that is of another node or prompt."""
        if len(frame) < 8:
            return b""
        kind, length = struct.unpack(">II", frame[:8])
        if kind == PREVIEW:
            return frame[8:] if self._running in self._senders else b""
        if kind != PREVIEW_WITH_METADATA:
            return b""
        try:
            metadata = json.loads(frame[8 : 8 + length])
            mine = metadata["prompt_id"] == self._prompt_id and metadata["node_id"] in self._senders
        except (ValueError, LookupError, TypeError, RecursionError):
            return b""
        return frame[8 + length :] if mine else b""
