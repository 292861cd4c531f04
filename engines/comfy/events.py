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
class Executed:
    """An output node is done; ``output`` is what ComfyUI shows of it: file names by kind."""

    node: str
    output: Mapping[str, Any]


Event = Cached | Executing | Progress | Executed
OnEvent = Callable[[Event], None]
