"""One leased job, driven to its end, to a wait, or to the loss of its lease.

restore journal -> hear people -> start ready units -> first one done -> journal -> again
"""

import asyncio
import contextlib
import json
import logging
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from foundation.errors import KomaError, NotFound, Overloaded, Stalled, StepFailed, StoreUnavailable, error_record
from foundation.graph import Graph, Json, Step
from foundation.jobs.leases import REVIEW_PREFIX, JobCancelled
from foundation.jobs.sweep import job_folder
from foundation.jobs.types import Draft, Finished, Lease, LeaseLost, Signal, State
from foundation.log_context import work_on
from foundation.metrics import LEASES_LOST, STEP_RETRIES, STEP_TIME, count, observe
from foundation.runner.context import Resources, RunContext
from foundation.runner.plan import WHOLE, Plan, Unit
from foundation.runner.review import Reviews
from foundation.runner.units import compute, persist
from foundation.tracing import span

logger = logging.getLogger("ray.serve")
FIRST_BACKOFF_SECONDS = 0.1
MAX_BACKOFF_SECONDS = 3.0
STOP_SECONDS = 30.0


class GivenUp(Exception):
    """A unit that cannot go on here, in a worker that is about to end; another worker runs it again."""


class JobRun:
    """Drives one job. Units run as tasks; all writes of this run go one after the other."""

    def __init__(self, graph: Graph, lease: Lease, resources: Resources) -> None:
        self.graph = graph
        self.lease = lease
        self.store = resources.store
        self.plan = Plan(graph, reviewing=graph.reviewed(lease.job.args))
        self.signals: list[Signal] = []
        self.draining = False
        self._blobs = resources.blobs
        self._context = RunContext(self, resources)
        self._reviews = Reviews(self)
        self._poll_seconds = resources.settings.job_poll_seconds
        self._review_seconds = resources.settings.feedback_timeout_minutes * 60
        self._stall_seconds = resources.settings.job_stall_minutes * 60
        self._progressed_at = time.monotonic()
        self._tasks: dict[Unit, asyncio.Task[None]] = {}
        self._started: set[str] = set()
        self._writing = asyncio.Lock()

    async def run(self) -> None:
        """Run until nothing is left to do for this worker. Never raises but for cancellation."""
        work_on(self.lease.job.id)
        logger.info("job %s begins, attempt %d", self.lease.job.id, self.lease.job.attempts + 1)
        with span(
            f"job {self.graph.name}", job_id=self.lease.job.id, app=self.graph.name, attempt=self.lease.job.attempts + 1
        ):
            await self._run()

    async def _run(self) -> None:
        beat = asyncio.create_task(self._beat())
        try:
            await self._conclude(beat)
        except LeaseLost:
            count(LEASES_LOST, app=self.graph.name)
            logger.warning("job %s: the lease is lost, another worker goes on", self.lease.job.id)
        except StoreUnavailable:
            logger.exception("job %s: the store is gone, the lease will run out", self.lease.job.id)
        except asyncio.CancelledError:
            await self.stop_units()
            await self.store.release(self.lease)
            raise
        finally:
            beat.cancel()
            await self.stop_units()
            await asyncio.wait([beat], timeout=STOP_SECONDS)

    async def _conclude(self, beat: "asyncio.Task[None]") -> None:
        try:
            await self._drive(beat)
        except JobCancelled:
            await self.stop_units()
            await self._persist(lambda: self.store.finish(self.lease, State.CANCELLED))
        except (LeaseLost, StoreUnavailable):
            raise
        except KomaError as error:
            await self.stop_units()
            await self._fail(error)
        except Exception as error:
            logger.exception("job %s failed outside its steps", self.lease.job.id)
            await self.stop_units()
            await self._fail(StepFailed(f"the job failed with {type(error).__name__}"))

    async def _fail(self, error: KomaError) -> None:
        try:
            await self._persist(lambda: self.store.finish(self.lease, State.FAILED, error_record(error)))
        except JobCancelled:
            await self._persist(lambda: self.store.finish(self.lease, State.CANCELLED))

    async def _drive(self, beat: "asyncio.Task[None]") -> None:
        await self._restore()
        while True:
            await self._reviews.hear()
            if not self.draining:
                await self._start_ready()
            if not self._tasks:
                if await self._rest():
                    return
                continue
            woken = asyncio.create_task(self._reviews.woken.wait())
            await asyncio.wait({*self._tasks.values(), beat, woken}, return_when=asyncio.FIRST_COMPLETED)
            woken.cancel()
            if beat.done():
                beat.result()
            self._settle()

    async def _rest(self) -> bool:
        """Nothing runs: end, wait for a person, or give the job back. False to look again."""
        if self.plan.done():
            await self._persist(lambda: self.store.finish(self.lease, State.COMPLETED))
        elif self.draining:
            await self._persist(lambda: self.store.release(self.lease))
        elif self.plan.pending_reviews():
            return await self._persist(lambda: self.store.wait(self.lease, self._review_seconds))
        else:
            # to leave here would hold the job until its lease runs out, and the next worker would do the same
            raise Stalled(f"nothing of the job can run, and {', '.join(self.plan.missing())} is not done")
        return True

    async def _restore(self) -> None:
        """Read what earlier workers have done. A result that cannot be read is made again."""
        job = self.lease.job
        for row in await self._persist(lambda: self.store.finished(job)):
            if row.step.startswith(REVIEW_PREFIX):
                self.plan.approved.add(row.step.removeprefix(REVIEW_PREFIX))
                continue
            with contextlib.suppress(NotFound):
                self.plan.values[row.step, row.item] = json.loads(await self._blobs.get(row.blob))
        # events of progress are many, and may carry pictures
        for event in await self._persist(lambda: self.store.events(job, limit=1_000_000, without=["progress"])):
            if event.kind == "step_started":
                self._started.add(event.data["step"])
            elif event.kind == "steps_reset":
                self._started -= set(event.data["steps"])
        if job.attempts:
            await self.emit("resumed", {"attempt": job.attempts + 1})

    async def _start_ready(self) -> None:
        for unit in self.plan.ready(self._context):
            step = self.graph[unit[0]]
            running = sum(name == step.name for name, _ in self._tasks)
            limit = step.fan_out.limit if step.fan_out else 1
            if unit in self._tasks or running >= limit:
                continue
            if step.name not in self._started:
                self._started.add(step.name)
                items = len(self.plan.items(step.name))
                await self.emit("step_started", {"step": step.name, "items": items}, step=step.name)
            self._tasks[unit] = asyncio.create_task(self._run_unit(step, unit))

    def _settle(self) -> None:
        for unit, task in list(self._tasks.items()):
            if task.done():
                del self._tasks[unit]
                task.result()

    async def _run_unit(self, step: Step, unit: Unit) -> None:
        with (
            contextlib.suppress(GivenUp),
            span(f"step {step.name}", job_id=self.lease.job.id, step=step.name, item=unit[1]),
        ):
            await self._finish_unit(step, unit)

    async def _finish_unit(self, step: Step, unit: Unit) -> None:
        started = time.time()
        value = await self._retried(step, lambda: compute(self._context, self.plan, step, unit[1]))
        raw = json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
        folder = f"{job_folder(self.lease.job.tenant, self.lease.job.id)}/{step.name}"
        name = f"{unit[1] or 'result'}.json"
        key = await self._retried(step, lambda: self._blobs.put(folder, name, raw))
        observe(STEP_TIME, time.time() - started, app=self.graph.name, step=step.name)
        await self._journal(unit, value, Finished(step.name, unit[1], key, started))

    async def _retried(self, step: Step, work: Callable[[], Awaitable[Any]]) -> Any:
        """Do the work again when a replica died; wait as long as it takes while the models are full."""
        lost, backoff = 0, FIRST_BACKOFF_SECONDS
        while True:
            try:
                return await work()
            except KomaError as error:
                self._progressed_at = time.monotonic()
                lost += not isinstance(error, Overloaded)
                if not error.retryable or lost > (step.fan_out.retries if step.fan_out else step.retries):
                    raise
                if self.draining:
                    raise GivenUp from error
                count(STEP_RETRIES, app=self.graph.name, step=step.name, reason=error.code)
                logger.warning("job %s step %s: %s; trying again", self.lease.job.id, step.name, error.detail)
            except Exception as error:
                logger.exception("job %s step %s failed", self.lease.job.id, step.name)
                raise StepFailed(f"the step {step.name} failed with {type(error).__name__}") from error
            await asyncio.sleep(backoff)
            backoff = min(backoff * 2, MAX_BACKOFF_SECONDS)

    async def _journal(self, unit: Unit, value: Json, done: Finished) -> None:
        self._progressed_at = time.monotonic()
        async with self._writing:
            self.plan.values[unit] = value
            step, item = unit
            if item != WHOLE:
                finished = {"done": len(self.plan.values_of(step)), "items": len(self.plan.items(step))}
                events = [Draft("item_completed", {"step": step, "item": item, **finished})]
            else:
                events = [Draft("step_completed", {"step": step}), *self._reviews.requests(step)]
            progress = self.plan.progress()
            drafts = [Draft(e.kind, {**e.data, "progress": round(progress, 4)}) for e in events]
            await self._persist(lambda: self.store.journal(self.lease, done, drafts, progress=progress, step=step))

    async def emit(self, kind: str, data: Mapping[str, Json], **values: Any) -> None:
        """Add an event to the job's stream."""
        self._progressed_at = time.monotonic()
        async with self._writing:
            await self._persist(lambda: self.store.emit(self.lease, [Draft(kind, data)], **values))

    async def report(self, unit: Unit, share: float, data: Mapping[str, Json]) -> None:
        """Move the job's progress within a running unit. One that is tried again takes nothing back."""
        self._progressed_at = time.monotonic()
        self.plan.begun[unit] = max(share, self.plan.begun.get(unit, 0.0))
        async with self._writing:
            # counted where writes go one after the other: items that report at once are stored in this order
            progress = self.plan.progress()
            drafts = [Draft("progress", {"step": unit[0], **data, "progress": round(progress, 4)})]
            await self._persist(lambda: self.store.emit(self.lease, drafts, progress=progress))

    async def stop_units(self, steps: set[str] | None = None) -> None:
        """Stop the running units of these steps, or all."""
        chosen = [unit for unit in self._tasks if steps is None or unit[0] in steps]
        tasks = [self._tasks.pop(unit) for unit in chosen]
        for task in tasks:
            task.cancel()
        if tasks:
            # one that does not hear its cancellation must not hold the job's place
            await asyncio.wait(tasks, timeout=STOP_SECONDS)

    def forget(self, steps: tuple[str, ...]) -> None:
        """Drop what these steps have done, after the store has."""
        self.plan.reset(steps)
        self._started -= set(steps)

    def drain(self) -> None:
        """Start nothing more; the job is given back when the running units are done."""
        self.draining = True
        self._reviews.woken.set()

    async def _beat(self) -> None:
        """Keep the lease and listen for people. Raises JobCancelled, LeaseLost or Stalled into the drive."""
        job, last = self.lease.job, time.monotonic()
        while True:
            await self.store.hints.wait(f"job:{job.tenant}:{job.id}", self._poll_seconds)
            if time.monotonic() - self._progressed_at > self._stall_seconds:
                raise Stalled(f"the job made no progress for {self._stall_seconds:g} seconds")
            try:
                if time.monotonic() - last > self.store.lease_seconds / 3:
                    await self.store.heartbeat(self.lease)
                    last = time.monotonic()
                if await self.store.look(self.lease):
                    self._reviews.woken.set()
            except StoreUnavailable as error:
                if time.monotonic() - last > self.store.lease_seconds:
                    raise LeaseLost("the store was silent for longer than the lease") from error

    async def _persist(self, write: Callable[[], Awaitable[Any]]) -> Any:
        return await persist(write, self.store.lease_seconds, self._poll_seconds)
