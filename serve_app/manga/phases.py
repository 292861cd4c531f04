"""The phases of the pipeline as clients count them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends
from fastapi.requests import HTTPConnection

from foundation.errors import NotFound
from foundation.graph import Graph
from serve_app.http.application import application_of


@dataclass(frozen=True)
class Phase:
    """A phase as clients count it, and the step of the graph that it is."""

    number: int
    step: str
    title: str
    review: bool


class Phases:
    """The phases of the pipeline in order: the steps of its graph."""

    def __init__(self, phases: Sequence[Phase]) -> None:
        self.all = tuple(phases)
        self._by_step = {phase.step: phase for phase in phases}

    def numbered(self, number: int) -> Phase:
        """The phase with a number. Raises NotFound."""
        if not 1 <= number <= len(self.all):
            raise NotFound(f"there is no phase {number}; phases are 1 to {len(self.all)}")
        return self.all[number - 1]

    def of_step(self, step: str | None) -> Phase | None:
        """The phase of a step, if it is one."""
        return self._by_step.get(step) if step else None


def phases_of_graph(graph: Graph) -> Phases:
    """A phase for each step."""
    return Phases([Phase(n, step.name, step.title, step.review) for n, step in enumerate(graph.steps, 1)])


def phases_of(connection: HTTPConnection) -> Phases:
    """The phases of the application that serves this request or socket."""
    return application_of(connection).extras["phases"]


PhasesOf = Annotated[Phases, Depends(phases_of)]
