"""The context of a running job: reads go to the plan, writes go through the run."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass

from foundation.blobs import BlobStore
from foundation.cache import Cache
from foundation.graph import Json, Model
from foundation.jobs.leases import WorkerStore
from foundation.jobs.sweep import job_folder
from foundation.jobs.types import Job
from foundation.runner.plan import WHOLE, Plan
from foundation.runner.ports import RunPort
from foundation.settings import Settings


@dataclass(frozen=True)
class Resources:
    """What a worker works with; all of it lives on the worker's event loop."""

    store: WorkerStore
    blobs: BlobStore
    cache: Cache
    models: Mapping[str, Model]
    settings: Settings


class RunContext:
    """See ``foundation.graph.Context``."""

    def __init__(self, run: RunPort, resources: Resources) -> None:
        self._run = run
        self._blobs = resources.blobs
        self._cache = resources.cache
        self._models = resources.models

    @property
    def _job(self) -> Job:
        return self._run.lease.job

    @property
    def _plan(self) -> Plan:
        return self._run.plan

    @property
    def job_id(self) -> str:
        """The job's id."""
        return self._job.id

    @property
    def args(self) -> Mapping[str, Json]:
        """The accepted request."""
        return self._job.args

    @property
    def models(self) -> Mapping[str, Model]:
        """The model slots by name."""
        return self._models

    def result(self, step: str) -> Json:
        """The output of a finished step."""
        return self._plan.values[step, WHOLE]

    def item_result(self, step: str, item: str) -> Json:
        """The output of a finished item."""
        return self._plan.values[step, item]

    def feedback(self, step: str) -> Sequence[Json]:
        """The feedback of people on the step, oldest first."""
        return [dict(s.data) | {"action": s.action} for s in self._run.signals if s.step == step]

    async def save(self, step: str, name: str, data: bytes) -> str:
        """Store a file of the job; gives its key."""
        return await self._blobs.put(f"{job_folder(self._job.tenant, self._job.id)}/{step}", name, data)

    async def load(self, key: str) -> bytes:
        """The content of a stored file."""
        return await self._blobs.get(key)

    async def cached(self, key: str, compute: Callable[[], Awaitable[Json]]) -> Json:
        """A pure result by key."""
        return await self._cache.get_or_compute(key, compute)

    async def emit(self, kind: str, data: Mapping[str, Json]) -> None:
        """Add an event to the stream."""
        await self._run.emit(kind, data)

    async def report(self, step: str, share: float, data: Mapping[str, Json], item: str = WHOLE) -> None:
        """Tell how much of a running step, or of one item of it, is done."""
        await self._run.report((step, item), share, data)
