"""Graphs are data: steps, what they wait for, what they weigh, what they fan out over.

A step is an async function of a ``Context``. A step with ``fan_out`` runs once for each item. Two such
steps that share the same ``fan_out`` and follow one another are joined item by item: the second starts
for an item as soon as the first is done for it. ``gather`` then folds the items into the step's output.
"""

from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from foundation.errors import Misconfigured

Json = Any
"""A value that survives ``json.dumps``: each step's output is one."""


class Model(Protocol):
    """A model behind a slot, wherever it runs."""

    async def call(self, method: str, *args: Any, holding: str = "") -> Any:
        """Call a method of the model, best where the weights ``holding`` are loaded.

        Raises ReplicaLost or Overloaded, which the runner retries.
        """
        ...

    def stream(self, method: str, *args: Any, holding: str = "") -> AsyncGenerator[Any]:
        """The values that a generating method yields, as they come; closing it stops the work. Raises as ``call``."""
        ...


class Context(Protocol):
    """What a step may touch. Values are fixed while the step runs."""

    @property
    def job_id(self) -> str:
        """The job's id, unique in its tenant."""
        ...

    @property
    def args(self) -> Mapping[str, Json]:
        """The request that was accepted."""
        ...

    @property
    def models(self) -> Mapping[str, Model]:
        """The model slots by name."""
        ...

    def result(self, step: str) -> Json:
        """The output of a finished step. Raises KeyError for one that is not finished."""
        ...

    def item_result(self, step: str, item: str) -> Json:
        """The output of a finished item of a fan-out step."""
        ...

    def feedback(self, step: str) -> Sequence[Json]:
        """The feedback of people on a step, oldest first."""
        ...

    async def save(self, step: str, name: str, data: bytes) -> str:
        """Store a file and return its blob key, the same for the same content."""
        ...

    async def load(self, key: str) -> bytes:
        """The content of a stored file."""
        ...

    async def cached(self, key: str, compute: Callable[[], Awaitable[Json]]) -> Json:
        """A pure result by key, computed once and shared between jobs."""
        ...

    async def emit(self, kind: str, data: Mapping[str, Json]) -> None:
        """Add an event to the job's stream."""
        ...

    async def report(self, step: str, share: float, data: Mapping[str, Json], item: str = "") -> None:
        """Tell how much of a running step, or of one item of it, is done, from 0 to 1, as an event ``progress``."""
        ...


StepFunction = Callable[[Context], Awaitable[Json]]
ItemFunction = Callable[[Context, str], Awaitable[Json]]
ItemsFunction = Callable[[Context], Sequence[str]]
GatherFunction = Callable[[Context, Mapping[str, Json]], Awaitable[Json]]


@dataclass(frozen=True)
class FanOut:
    """One run for each item, at most ``limit`` at a time, each retried ``retries`` times when its replica dies."""

    items: ItemsFunction
    limit: int = 5
    retries: int = 4


@dataclass(frozen=True)
class Step:
    """A node of the graph. ``run`` takes ``(context)``, or ``(context, item)`` under ``fan_out``."""

    name: str
    run: StepFunction | ItemFunction
    after: tuple[str, ...] = ()
    weight: float = 1.0
    title: str = ""
    fan_out: FanOut | None = None
    gather: GatherFunction | None = None
    review: bool = False
    retries: int = 4


@dataclass(frozen=True)
class Ended:
    """A job that has ended, for its webhook. ``results`` are the outputs of its finished steps."""

    id: str
    state: str
    subject: str
    error: Mapping[str, Json] | None
    results: Mapping[str, Json]
    args: Mapping[str, Json]


Announce = Callable[[Ended, Callable[[str], str]], Mapping[str, Json]]
"""Makes the data of a webhook; the second argument turns a blob key into a link."""


def _never(_: Mapping[str, Json]) -> bool:
    return False


@dataclass(frozen=True)
class Graph:
    """The steps of one application, in the order in which they are listed.

    ``reviewed`` decides for a request whether a person reviews the steps marked ``review``.
    ``announce`` makes what the webhook of an ended job carries. ``result`` names the step whose output is the result
    of a job, by default the last one.
    Raises Misconfigured for unknown or later dependencies and for names used twice.
    """

    name: str
    steps: tuple[Step, ...]
    reviewed: Callable[[Mapping[str, Json]], bool] = field(default=_never)
    announce: Announce | None = None
    result: str = ""

    def __post_init__(self) -> None:
        seen: set[str] = set()
        for step in self.steps:
            if step.name in seen:
                raise Misconfigured(f"graph {self.name} has two steps named {step.name}")
            if missing := set(step.after) - seen:
                raise Misconfigured(f"step {step.name} comes before {', '.join(sorted(missing))}")
            if step.gather and not step.fan_out:
                raise Misconfigured(f"step {step.name} gathers without fan_out")
            seen.add(step.name)
        if self.result and self.result not in seen:
            raise Misconfigured(f"graph {self.name} has no step {self.result} to take the result of")

    @property
    def result_step(self) -> str:
        """The step whose output is the result of a job."""
        return self.result or self.steps[-1].name

    @property
    def item_step(self) -> str:
        """The last step that runs item by item; empty where none does."""
        return next((step.name for step in reversed(self.steps) if step.fan_out), "")

    def __getitem__(self, name: str) -> Step:
        for step in self.steps:
            if step.name == name:
                return step
        raise KeyError(name)

    def joined(self, step: Step) -> tuple[str, ...]:
        """The steps that ``step`` follows item by item."""
        if step.fan_out is None:
            return ()
        return tuple(
            n for n in step.after if (before := self[n].fan_out) is not None and before.items is step.fan_out.items
        )

    def descendants(self, name: str) -> tuple[str, ...]:
        """``name`` and every step that depends on it, in order."""
        found = {name}
        for step in self.steps:
            if found & set(step.after):
                found.add(step.name)
        return tuple(step.name for step in self.steps if step.name in found)

    def mermaid(self) -> str:
        """The picture of the graph for the docs."""
        lines = ["flowchart LR"]
        for number, step in enumerate(self.steps, 1):
            shape = (
                f'{step.name}[["{number}. {step.name} ×n"]]'
                if step.fan_out
                else f'{step.name}["{number}. {step.name}"]'
            )
            lines.append(f"    {shape}")
            joined = self.joined(step)
            lines += [f"    {b} {'-. each item .->' if b in joined else '-->'} {step.name}" for b in step.after]
        return "\n".join(lines)
