"""The step batcher: runs of many requests share calls of a model, and join and leave between them.

sample(run), from any thread -> waiting -> active -> one round after the other -> result, or the run's own error

A round asks each active run for its rows, puts rows with equal keys into one call, and feeds the answers back. So
every run moves by one query a round, whatever the others are; a run that fails or stops leaves alone. Runs of one
lane wait for places of that lane alone: long ones never keep the short ones out.
"""

import logging
import threading
import time
from collections import deque
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field

import torch
from torch import Tensor

from engines.batching.batched_run import Evaluate, Row, Run
from foundation.errors import Overloaded, ReplicaLost
from foundation.metrics import BATCH_ROWS, RUNS_ACTIVE, RUNS_WAITING, SAMPLER_STEP, level, observe

logger = logging.getLogger("ray.serve")


class Stopped(Exception):
    """The caller asked to stop between two steps."""


@dataclass(frozen=True)
class Bounds:
    """How much a batcher takes on.

    ``rows`` go into one call; ``active`` runs of a lane share rounds, or as many as ``lanes`` says of it;
    ``admission_s`` is how long an idle batcher waits for more rows.
    """

    rows: int = 16
    active: int = 16
    waiting: int = 64
    admission_s: float = 0.01
    lanes: Mapping[str, int] = field(default_factory=dict)

    def places(self, lane: str) -> int:
        """How many runs of a lane are active at most."""
        return self.lanes.get(lane, self.active)


@dataclass(frozen=True)
class Counts:
    """What was done: UNet calls, the rows in them, and rounds."""

    calls: int = 0
    rows: int = 0
    rounds: int = 0


@dataclass(eq=False)
class _Ticket:
    run: Run
    ended: threading.Event = field(default_factory=threading.Event)
    error: BaseException | None = None
    answers: dict[int, Tensor] = field(default_factory=dict)

    def fail(self, error: BaseException) -> None:
        self.error = error
        self.ended.set()


@dataclass(frozen=True)
class _Ask:
    """One row of a round, and whose it is."""

    ticket: _Ticket
    place: int
    row: Row


class StepBatcher:
    """Samples runs together on a thread of its own. ``close`` ends it. ``name`` is the engine's, in metrics."""

    def __init__(self, evaluate: Evaluate, bounds: Bounds | None = None, name: str = "sampler") -> None:
        self._evaluate = evaluate
        self._name = name
        self._bounds = bounds or Bounds()
        self._waiting: deque[_Ticket] = deque()
        self._active: list[_Ticket] = []
        self._changed = threading.Condition()
        self._closed = False
        self._counts = Counts()
        self._thread = threading.Thread(target=self._work, name="step-batcher", daemon=True)
        self._thread.start()

    @property
    def counts(self) -> Counts:
        """What was done so far."""
        return self._counts

    @property
    def alive(self) -> bool:
        """Whether it takes runs: until it is closed, or until its thread ends for a reason of its own."""
        return not self._closed

    @property
    def load(self) -> tuple[int, int]:
        """Runs that are active, and runs that wait."""
        with self._changed:
            return len(self._active), len(self._waiting)

    def sample(self, run: Run) -> Tensor:
        """Drive a run to its end among others; gives its result.

        Raises what the run itself raises, Stopped when its owner wants it, Overloaded when too many wait or it was
        closed, ReplicaLost when its thread ended.
        """
        ticket = _Ticket(run)
        with self._changed:
            if self._closed:
                raise Overloaded("the sampler takes no more runs")
            if len(self._waiting) >= self._bounds.waiting:
                raise Overloaded(f"{len(self._waiting)} runs wait already")
            self._waiting.append(ticket)
            self._changed.notify()
        self._report_load()
        ticket.ended.wait()
        if ticket.error is not None:
            raise ticket.error
        return run.result

    def close(self) -> None:
        """Fail what is on its way and end the thread."""
        with self._changed:
            self._closed = True
            self._changed.notify()
        self._thread.join()

    @torch.inference_mode()
    def _work(self) -> None:
        error: Exception = ReplicaLost("the sampler's thread ended; its log says why")
        try:
            while self._admit():
                self._round()
            error = Overloaded("the sampler was closed")
        except BaseException:
            logger.exception("the step batcher ends")
        finally:
            # nobody may wait for a thread that is gone
            with self._changed:
                self._closed = True
                left = [*self._active, *self._waiting]
                self._active, self._waiting = [], deque()
            for ticket in left:
                ticket.fail(error)

    def _admit(self) -> bool:
        """Take runs in, as many as may be active; waits while there are none. False when closed."""
        with self._changed:
            idle = not self._active
            while not (self._active or self._waiting or self._closed):
                self._changed.wait()
            if idle and not self._closed:
                self._wait_for_others()
            self._drop_stopped()
            for ticket in list(self._waiting):
                self._seat(ticket)
            return not self._closed

    def _seat(self, ticket: _Ticket) -> None:
        lane = ticket.run.lane
        if sum(each.run.lane == lane for each in self._active) < self._bounds.places(lane):
            self._waiting.remove(ticket)
            self._active.append(ticket)

    def _drop_stopped(self) -> None:
        """Runs that wait for a place end when their owners want it, not when the place is free."""
        for ticket in list(self._waiting):
            try:
                ticket.run.stop_if_requested()
            except Exception as error:
                self._waiting.remove(ticket)
                ticket.fail(error)

    def _wait_for_others(self) -> None:
        until = time.monotonic() + self._bounds.admission_s
        while len(self._waiting) < self._bounds.active and (left := until - time.monotonic()) > 0:
            self._changed.wait(left)

    def _report_load(self) -> None:
        active, waiting = self.load
        level(RUNS_ACTIVE, active, engine=self._name)
        level(RUNS_WAITING, waiting, engine=self._name)

    def _round(self) -> None:
        started = time.monotonic()
        groups: dict[Hashable, list[_Ask]] = {}
        for ticket in self._active:
            for ask in self._asks(ticket):
                groups.setdefault(ask.row.key, []).append(ask)
        for group in groups.values():
            for start in range(0, len(group), self._bounds.rows):
                self._call(group[start : start + self._bounds.rows])
        for ticket in self._active:
            self._feed(ticket)
        with self._changed:
            self._active = [ticket for ticket in self._active if not ticket.ended.is_set()]
        self._count(rounds=1)
        observe(SAMPLER_STEP, time.monotonic() - started, engine=self._name)
        self._report_load()

    def _asks(self, ticket: _Ticket) -> list[_Ask]:
        try:
            ticket.answers.clear()
            if ticket.run.done:
                return []
            ticket.run.stop_if_requested()
            return [_Ask(ticket, place, row) for place, row in enumerate(ticket.run.rows())]
        except Exception as error:
            ticket.fail(error)
            return []

    def _call(self, asks: Sequence[_Ask]) -> None:
        asks = [ask for ask in asks if not ask.ticket.ended.is_set()]
        if not asks:
            return
        try:
            answers = self._evaluate([ask.row for ask in asks])
        except torch.AcceleratorError:
            # the device takes nothing more from this process: a new one must take over
            raise
        except Exception as error:
            self._apart(asks, error)
            return
        self._count(calls=1, rows=len(asks))
        observe(BATCH_ROWS, len(asks), engine=self._name)
        for ask, answer in zip(asks, answers, strict=True):
            ask.ticket.answers[ask.place] = answer

    def _apart(self, asks: Sequence[_Ask], error: Exception) -> None:
        """A call failed: each run tries its rows alone, so that only the one that cannot be served fails."""
        owners = list({id(ask.ticket): ask.ticket for ask in asks}.values())
        if len(owners) == 1:
            owners[0].fail(error)
            return
        for owner in owners:
            self._call([ask for ask in asks if ask.ticket is owner])

    def _feed(self, ticket: _Ticket) -> None:
        if ticket.ended.is_set():
            return
        try:
            if not ticket.run.done:
                ticket.run.feed([ticket.answers[place] for place in range(len(ticket.answers))])
        except Exception as error:
            ticket.fail(error)
            return
        if ticket.run.done:
            ticket.ended.set()

    def _count(self, calls: int = 0, rows: int = 0, rounds: int = 0) -> None:
        was = self._counts
        self._counts = Counts(was.calls + calls, was.rows + rows, was.rounds + rounds)
