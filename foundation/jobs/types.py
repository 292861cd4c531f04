"""What the job store speaks in."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from foundation.errors import ServerError

DEFAULT_TENANT = "public"


class State(StrEnum):
    """The states of a job."""

    QUEUED = "queued"
    RUNNING = "running"
    WAITING = "waiting"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def terminal(self) -> bool:
        """Whether nothing can follow."""
        return self in TERMINAL


TERMINAL = frozenset({State.COMPLETED, State.FAILED, State.CANCELLED})


class LeaseLost(ServerError):
    """Another worker owns the job now: stop without writing."""

    status = 409
    code = "lease_lost"
    title = "Another worker has taken over"
    hint = "Nothing to do: the job goes on elsewhere."


@dataclass(frozen=True)
class Job:
    """A job as stored. ``args`` is the accepted request, ``error`` the problem of a failed one.

    ``queued_at`` is its place among jobs of one priority: when it was accepted, until somebody moves it.
    """

    tenant: str
    id: str
    app: str
    state: State
    args: Mapping[str, Any]
    digest: str
    progress: float
    step: str | None
    attempts: int
    cancel_requested: bool
    last_seq: int
    error: Mapping[str, Any] | None
    created_at: float
    updated_at: float
    finished_at: float | None
    priority: int = 0
    subject: str = ""
    queued_at: float = 0.0


@dataclass(frozen=True)
class Webhook:
    """Where the end of a job is announced, and the address of the API as the client knows it."""

    url: str
    base_url: str


@dataclass(frozen=True)
class NewJob:
    """What is accepted. Without an id one is made; with one, the same body gives the same job.

    ``subject`` is the user of the client's app that the job is for. ``webhook`` is called at the job's end.
    """

    app: str
    args: Mapping[str, Any]
    id: str | None = None
    tenant: str = DEFAULT_TENANT
    priority: int = 0
    subject: str = ""
    webhook: Webhook | None = None


@dataclass(frozen=True)
class Lease:
    """The right to write to a job. ``fence`` grows with each claim, so an old holder is recognised.

    ``timed_out`` tells that the job was waiting for a person who did not come.
    """

    job: Job
    owner: str
    fence: int
    timed_out: bool = False


@dataclass(frozen=True)
class Event:
    """One entry of a job's ordered stream; ``seq`` starts at 1 and has no gap."""

    seq: int
    kind: str
    data: Mapping[str, Any]
    at: float


@dataclass(frozen=True)
class Draft:
    """An event that is not stored yet."""

    kind: str
    data: Mapping[str, Any] = field(default_factory=dict[str, Any])


@dataclass(frozen=True)
class Finished:
    """A journal row: the result of a step (``item`` empty) or of one of its items."""

    step: str
    item: str
    blob: str
    started_at: float
    finished_at: float = 0.0


@dataclass(frozen=True)
class Signal:
    """The decision of a person on a step: approve, skip, regenerate or comment."""

    id: str
    step: str
    action: str
    data: Mapping[str, Any]
    at: float
    consumed: bool
