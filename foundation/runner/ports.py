"""A run as its context and its reviews see it."""

from collections.abc import Mapping
from typing import Any, Protocol

from foundation.graph import Graph, Json
from foundation.jobs.leases import WorkerStore
from foundation.jobs.types import Lease, Signal
from foundation.runner.plan import Plan, Unit


class RunPort(Protocol):
    """One leased job that is being driven."""

    graph: Graph
    lease: Lease
    store: WorkerStore
    plan: Plan
    signals: list[Signal]

    async def emit(self, kind: str, data: Mapping[str, Json], **values: Any) -> None:
        """Add an event to the job's stream."""
        ...

    async def report(self, unit: Unit, share: float, data: Mapping[str, Json]) -> None:
        """Move the job's progress within a running unit."""
        ...

    async def stop_units(self, steps: set[str] | None = None) -> None:
        """Stop the running units of these steps, or all."""
        ...

    def forget(self, steps: tuple[str, ...]) -> None:
        """Drop what these steps have done, after the store has."""
        ...
