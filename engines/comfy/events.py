"""What is heard of a workflow while it runs."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from engines.comfy.context import Preview


@dataclass(frozen=True)
class Cached:
    """These nodes need not run again."""

    nodes: tuple[str, ...]


@dataclass(frozen=True)
class Executing:
    """A node begins."""

    node: str


@dataclass(frozen=True)
class Progress:
    """A node has finished ``value`` of ``maximum`` steps; ``preview`` makes a picture of how it stands, if asked."""

    node: str
    value: int
    maximum: int
    preview: Preview | None = None


@dataclass(frozen=True)
class Sent:
    """A node sends a picture, the ``value``-th of ``maximum``, as PNG to whoever listens."""

    node: str
    value: int
    maximum: int
    png: bytes


@dataclass(frozen=True)
class Executed:
    """An output node is done; ``output`` is what ComfyUI shows of it: file names by kind."""

    node: str
    output: Mapping[str, Any]


@dataclass(frozen=True)
class Failed:
    """A node failed, and the run ends; ``inputs`` has each of its inputs as a list of one, large ones shortened."""

    node: str
    class_type: str
    exception_type: str
    message: str
    inputs: Mapping[str, list[Any]]


Event = Cached | Executing | Progress | Sent | Executed | Failed
OnEvent = Callable[[Event], None]
