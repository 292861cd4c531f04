"""Models behind Serve handles, with Ray's errors turned into ours.

ActorDiedError, ...          -> ReplicaLost    the runner tries again
BackPressureError            -> Overloaded     the runner waits
DeploymentUnavailableError   -> EngineNotReady, as a deployment that does not appear
an error of ours, raised in a replica, comes through as itself: Ray wraps it in a class that is a subclass of both
"""

import asyncio
import time
from collections.abc import AsyncGenerator, Generator, Mapping
from contextlib import AbstractAsyncContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from typing import Any

from ray import serve
from ray.exceptions import RayError, RayTaskError
from ray.serve.exceptions import BackPressureError, DeploymentUnavailableError, RayServeException
from ray.serve.handle import DeploymentHandle, DeploymentResponse

from deployments.job_calls import named_after_job
from foundation.errors import EngineNotReady, KomaError, Overloaded, ReplicaLost, StepFailed
from foundation.log_context import job_id
from foundation.metrics import CALL_TIME, observe
from foundation.tracing import span

APPEAR_SECONDS = 60.0
APPEAR_POLL_SECONDS = 0.5
CLOSE_SECONDS = 1.0
# what a stream gives after its last value
END = object()


@dataclass(frozen=True)
class Slot:
    """Where a model runs: a handle or ``application/Deployment``, and how it may be called.

    ``timeout_s`` is for one call. ``calls`` go out at a time from one worker, as many as the replicas take;
    further ones wait here, in order: a call that waits in Serve sleeps between two looks for a free replica.
    """

    model: DeploymentHandle | str
    timeout_s: float
    calls: int | None = None


@dataclass(frozen=True)
class Absent:
    """A slot that nothing was bound to, and the setting that fixes it."""

    detail: str


class AbsentModel:
    """The model of such a slot: never ready."""

    def __init__(self, absent: Absent) -> None:
        self._detail = absent.detail

    async def call(self, method: str, *args: Any, holding: str = "") -> Any:
        """Raises EngineNotReady."""
        raise EngineNotReady(self._detail)

    async def stream(self, method: str, *args: Any, holding: str = "") -> AsyncGenerator[Any]:
        """Raises EngineNotReady."""
        raise EngineNotReady(self._detail)
        yield

    def close(self) -> None:
        """Nothing is out."""


class HandleModel:
    """A model slot; a name is resolved on first use.

    Applications start in any order, so a name that is not there yet is waited for: in the first ``appear_seconds`` of
    this object. What is not there after them is not waited for by each call anew.
    """

    def __init__(self, slot: Slot, appear_seconds: float = APPEAR_SECONDS) -> None:
        self._slot = slot.model
        self._timeout = slot.timeout_s
        self._appears_until = time.monotonic() + appear_seconds
        self._turn: AbstractAsyncContextManager[Any] = asyncio.Semaphore(slot.calls) if slot.calls else nullcontext()
        self._closed = False
        self._out: set[asyncio.Timeout] = set()
        self._longest = 0.0
        self._holding: dict[str, DeploymentHandle] = {}

    def close(self) -> None:
        """Let the calls that are out come back, and begin none: those that wait are Overloaded.

        One that takes much longer than any before was sent to replicas that are gone too, and is given up.
        """
        self._closed = True
        until = asyncio.get_running_loop().time() + CLOSE_SECONDS + 2 * self._longest
        for limit in self._out:
            limit.reschedule(min(until, limit.when() or until))

    async def call(self, method: str, *args: Any, holding: str = "") -> Any:
        """Call a method of one replica, best of one that is ``holding`` a model.

        A call that takes too long is cancelled and counts as a lost replica.
        """
        async with self._turn:
            if self._closed:
                raise Overloaded(f"{self.name} takes no more calls from here")
            return await self._call(method, args, holding)

    async def _call(self, method: str, args: tuple[Any, ...], holding: str) -> Any:
        with self._traced(method), self._errors(method):
            called = getattr(await self._handle(holding), method)
            with named_after_job():
                response = called.remote(*args)
            try:
                return await self._answer(response)
            except (TimeoutError, asyncio.CancelledError):
                response.cancel()
                raise

    async def stream(self, method: str, *args: Any, holding: str = "") -> AsyncGenerator[Any]:
        """The values that a generating method of one replica yields; ``timeout_s`` is for each of them.

        Closing the generator cancels the call.
        """
        async with self._turn:
            if self._closed:
                raise Overloaded(f"{self.name} takes no more calls from here")
            with self._traced(method, current=False), self._errors(method):
                called = getattr((await self._handle(holding)).options(stream=True), method)
                with named_after_job():
                    values = called.remote(*args)
                try:
                    while (value := await self._next(values)) is not END:
                        yield value
                except (TimeoutError, asyncio.CancelledError, GeneratorExit):
                    values.cancel()
                    raise

    async def _next(self, values: Any) -> Any:
        async with asyncio.timeout(self._timeout):
            return await anext(values, END)

    @contextmanager
    def _traced(self, method: str, current: bool = True) -> Generator[None]:
        """Measure a call and tell of it by a span; a stream that is closed early has given what was wanted."""
        model, started, outcome = self.name.rpartition("/")[2], time.monotonic(), "cancelled"
        try:
            with span(f"call {model}.{method}", current=current, job_id=job_id(), model=model, method=method):
                yield
            outcome = "ok"
        except GeneratorExit:
            outcome = "ok"
            raise
        except KomaError as error:
            outcome = error.code
            raise
        finally:
            observe(CALL_TIME, time.monotonic() - started, model=model, method=method, outcome=outcome)

    @contextmanager
    def _errors(self, method: str) -> Generator[None]:
        try:
            yield
        except RayTaskError as error:
            # first, as it may be a subclass of any error below
            raise self._from_replica(error) from error
        except TimeoutError as error:
            raise ReplicaLost(f"{self.name}.{method} gave no answer in time") from error
        except KomaError:
            raise
        except BackPressureError as error:
            raise Overloaded(f"{self.name} has too many calls waiting") from error
        except DeploymentUnavailableError as error:
            raise EngineNotReady(f"{self.name} failed to deploy; its log says why") from error
        except (RayError, RayServeException) as error:
            raise ReplicaLost(f"a replica of {self.name} was lost: {type(error).__name__}") from error

    async def _answer(self, response: DeploymentResponse[Any]) -> Any:
        started = time.monotonic()
        async with asyncio.timeout(self._timeout) as limit:
            self._out.add(limit)
            try:
                return await response
            finally:
                self._out.discard(limit)
                self._longest = max(self._longest, time.monotonic() - started)

    @property
    def name(self) -> str:
        """The name of the slot in errors."""
        return self._slot if isinstance(self._slot, str) else self._slot.deployment_name

    async def resting(self) -> bool:
        """Whether the deployment is well and has no replica, so that a call would start one."""
        if isinstance(self._slot, str):
            app, _, deployment = self._slot.partition("/")
        else:
            app, deployment = self._slot.app_name, self._slot.deployment_name
        # asks the controller and blocks meanwhile
        status = (await asyncio.to_thread(serve.status)).applications.get(app)
        found = status.deployments.get(deployment) if status else None
        return found is not None and found.status.value == "HEALTHY" and not any(found.replica_states.values())

    async def _handle(self, holding: str) -> DeploymentHandle:
        plain = await self._resolved()
        if holding and holding not in self._holding:
            # options() makes a new handle, which is worth keeping
            self._holding[holding] = plain.options(multiplexed_model_id=holding)
        return self._holding[holding] if holding else plain

    async def _resolved(self) -> DeploymentHandle:
        while isinstance(self._slot, str):
            app, _, deployment = self._slot.partition("/")
            try:
                # asks the controller and blocks meanwhile
                self._slot = await asyncio.to_thread(serve.get_deployment_handle, deployment, app)
            except KeyError as error:
                if time.monotonic() > self._appears_until:
                    raise EngineNotReady(f"there is no deployment {self._slot}") from error
                await asyncio.sleep(APPEAR_POLL_SECONDS)
        return self._slot

    def _from_replica(self, error: RayTaskError) -> KomaError:
        cause = error.cause
        while isinstance(cause, RayTaskError):
            cause = cause.cause
        return cause if isinstance(cause, KomaError) else StepFailed(f"{self.name} failed: {type(cause).__name__}")


def open_models(slots: Mapping[str, Slot | Absent]) -> dict[str, HandleModel | AbsentModel]:
    """The models of an application from what its builder bound."""
    return {name: AbsentModel(slot) if isinstance(slot, Absent) else HandleModel(slot) for name, slot in slots.items()}
