"""Results of nodes that did not change, by signature."""

import contextlib
import hashlib
import json
import threading
from collections.abc import Mapping
from dataclasses import dataclass, fields, is_dataclass
from typing import Any

from cachetools import LRUCache
from torch import Tensor

from engines.comfy.catalogue import catalogue
from engines.comfy.context import ComfyContext
from engines.comfy.graph import is_link
from engines.comfy.validate import Report


@dataclass(frozen=True)
class Entry:
    """A node's outputs, and what a client displays of it. Nodes that hold weights have no ``values`` here."""

    values: tuple[Any, ...] | None
    ui: Mapping[str, Any] | None = None


def size_of(value: Any) -> int:
    """The bytes of the tensors within a value."""
    if isinstance(value, Tensor):
        # a slice keeps all of what it is a slice of
        return value.untyped_storage().nbytes()
    if is_dataclass(value):
        return sum(size_of(getattr(value, each.name)) for each in fields(value))
    return sum(map(size_of, value)) if isinstance(value, tuple | list) else 0  # pyright: ignore


class NodeCache:
    """The last ``room`` results of at most ``room_bytes`` together. Safe to use from several threads."""

    def __init__(self, room: int = 64, room_bytes: int = 2**30) -> None:
        self.room = room
        self._entries: LRUCache[str, Entry] = LRUCache(room_bytes, getsizeof=lambda entry: size_of(entry.values))
        self._lock = threading.Lock()

    def get(self, signature: str) -> Entry | None:
        """The entry of this signature, now the youngest."""
        with self._lock:
            return self._entries.get(signature)

    def put(self, signature: str, entry: Entry) -> None:
        """Store an entry; the oldest ones may go for it. One that has no room even alone is not stored."""
        with self._lock:
            # ValueError: larger than the whole cache
            with contextlib.suppress(ValueError):
                self._entries[signature] = entry
            while len(self._entries) > self.room:
                self._entries.popitem()

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            self._entries.clear()


def signatures(report: Report, context: ComfyContext) -> dict[str, str]:
    """For each node a hash of its class, inputs, files, and of the same of all that it needs."""
    found: dict[str, str] = {}
    for node in report.order:
        name = report.prompt[node]["class_type"]
        values = report.values[node]
        inputs = {
            key: ["link", found[value[0]], value[1]] if is_link(value) else ["value", value]
            for key, value in values.items()
        }
        text = json.dumps([name, inputs, catalogue()[name].fingerprint(context, values)], sort_keys=True)
        found[node] = hashlib.sha256(text.encode()).hexdigest()
    return found
