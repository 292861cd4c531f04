"""People in the loop of one run: which steps ask, what was answered, what follows."""

import asyncio
from collections.abc import Sequence

from foundation.jobs.types import Draft, Signal
from foundation.runner.ports import RunPort


class Reviews:
    """Applies signals to a run. ``woken`` is set when word may have come."""

    def __init__(self, run: RunPort) -> None:
        self._run = run
        self._timed_out = run.lease.timed_out
        self.woken = asyncio.Event()
        self.woken.set()

    def requests(self, step: str) -> Sequence[Draft]:
        """The event that requests feedback, if this job and this step need one."""
        asks = self._run.plan.reviewing and self._run.graph[step].review
        return [Draft("feedback_request", {"step": step})] if asks else []

    async def hear(self) -> None:
        """Apply all word that has come; approve what nobody answered in time."""
        run = self._run
        if self.woken.is_set():
            self.woken.clear()
            run.signals = await run.store.signals(run.lease.job)
            for signal in run.signals:
                if not signal.consumed:
                    await self._apply(signal)
        if self._timed_out:
            self._timed_out = False
            for step in run.plan.pending_reviews():
                await self._approve(step, "timeout", Draft("feedback_timeout", {"step": step}))

    async def _apply(self, signal: Signal) -> None:
        run = self._run
        if signal.action == "regenerate":
            steps = run.graph.descendants(signal.step)
            await run.stop_units(set(steps))
            event = Draft("steps_reset", {"steps": list(steps), "feedback_id": signal.id})
            await run.store.reset(run.lease, steps, signal, [event])
            run.forget(steps)
            return
        # word on a version that is gone approves nothing; the new one is asked about again
        if signal.action in {"approve", "skip"} and run.plan.complete(signal.step):
            event = Draft("feedback_applied", {"step": signal.step, "action": signal.action, "feedback_id": signal.id})
            await self._approve(signal.step, signal.action, event)
        await run.store.heard(run.lease, signal)

    async def _approve(self, step: str, action: str, event: Draft) -> None:
        await self._run.store.approve(self._run.lease, step, action, [event])
        self._run.plan.approved.add(step)
