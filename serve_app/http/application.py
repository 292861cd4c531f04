"""What sets one application's ingress apart from the others: filled in by its builder, read by its routes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any

from fastapi import APIRouter, Depends
from fastapi.requests import HTTPConnection

from foundation.graph import Graph, Model
from serve_app.http.problems import Members

VERSION = "0.1.0"


@dataclass(frozen=True)
class Application:
    """One application's ingress.

    ``graphs`` are those of its jobs; ``engines`` maps the engines that requests name to model slots. ``members`` are
    added to each problem. With ``own_health`` the routers bring ``/health`` themselves. ``extras`` are what its own
    routes need besides: a catalogue, the phases.
    """

    name: str
    title: str
    summary: str
    routers: Sequence[APIRouter]
    graphs: Sequence[Graph] = ()
    engines: Mapping[str, str] = field(default_factory=dict[str, str])
    max_body_bytes: int | None = None
    models: Mapping[str, Model] = field(default_factory=dict[str, Model])
    members: Members | None = None
    own_health: bool = False
    extras: Mapping[str, Any] = field(default_factory=dict[str, Any])

    @property
    def lanes(self) -> list[str]:
        """The names under which its jobs are stored."""
        return [graph.name for graph in self.graphs] or [self.name]


def application_of(connection: HTTPConnection) -> Application:
    """The application that serves this request or socket."""
    return connection.app.state.application


ApplicationOf = Annotated[Application, Depends(application_of)]


def models_of(connection: HTTPConnection) -> Mapping[str, Model]:
    """The model slots by name."""
    return application_of(connection).models


def engine_models(application: Application) -> dict[str, Model]:
    """The models by the names of engines in requests."""
    return {engine: application.models[slot] for engine, slot in application.engines.items()}
