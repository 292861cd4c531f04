"""What the tests do to a running service: deploy, look, kill one replica, follow jobs."""

import contextlib
import json
import os
import signal
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from deployments.cluster import wait_until_ready
from foundation.database import Database
from foundation.hints import Hints
from foundation.jobs.store import JobStore
from foundation.jobs.types import Event, Job, NewJob, State
from foundation.migrate import migrate
from tests.support.waiting import eventually

DEADLINE_SECONDS = 90.0


@dataclass(frozen=True)
class ServeCluster:
    """A Ray with Serve at ``url`` whose replicas keep their data in ``data``; Prometheus would ask ``metrics_url``."""

    url: str
    data: Path
    metrics_url: str

    def deploy(
        self, target: Any, name: str, route_prefix: str | None = None, ready: bool = True, json_logs: bool = False
    ) -> None:
        """Deploy a bound application; wait until it runs if ``ready``. Raises ClusterFailed."""
        from ray import serve

        logging = {"encoding": "JSON"} if json_logs else None
        serve.run_many(
            [serve.RunTarget(target, name=name, route_prefix=route_prefix, logging_config=logging)],
            wait_for_ingress_deployment_creation=False,
            wait_for_applications_running=False,
        )
        if ready:
            wait_until_ready([name], lambda _: None)

    def start(self) -> None:
        """Start Serve, empty, at ``url``."""
        from ray import serve

        serve.start(http_options={"host": "127.0.0.1", "port": int(self.url.rpartition(":")[2])})

    def restart(self) -> None:
        """End Serve with all its applications, and start it again without them."""
        from ray import serve

        serve.shutdown()
        self.start()

    def delete(self, name: str) -> None:
        """Delete an application and wait until it is gone."""
        from ray import serve

        if name in serve.status().applications:
            serve.delete(name)

    def pids(self, app: str, deployment: str) -> dict[str, int]:
        """The process ids of a deployment's running replicas by replica id."""
        from deployments.cluster import _client

        found = _client().get_serve_details()["applications"][app]["deployments"][deployment]["replicas"]
        return {r["replica_id"]: r["pid"] for r in found if r["state"] == "RUNNING"}

    def log(self, app: str, deployment: str) -> list[dict[str, Any]]:
        """What the running replicas of a deployment logged, of an application with ``json_logs``."""
        import ray

        from deployments.cluster import _client

        folder = ray._private.worker._global_node.get_logs_dir_path()
        found = _client().get_serve_details()["applications"][app]["deployments"][deployment]["replicas"]
        paths = [Path(folder, replica["log_file_path"].lstrip("/")) for replica in found]
        return [json.loads(line) for path in paths for line in path.read_text().splitlines()]

    @contextlib.asynccontextmanager
    async def jobs(self, app: str) -> AsyncIterator["Jobs"]:
        """The jobs of an application, from the client's side."""
        database = Database(f"sqlite+aiosqlite:///{self.data / 'koma.db'}")
        await migrate(database)
        try:
            yield Jobs(JobStore(database, Hints()), app)
        finally:
            await database.close()


class Jobs:
    """Submits and follows jobs of one application."""

    def __init__(self, store: JobStore, app: str) -> None:
        self.store = store
        self.app = app

    async def submit(self, args: dict[str, Any]) -> Job:
        return await self.store.submit(NewJob(self.app, args))

    async def get(self, job: Job) -> Job:
        return await self.store.get(job.id, self.app)

    async def reaches(self, job: Job, *states: State) -> Job:
        """The job once it is in one of these states; a terminal state that is not among them fails at once."""

        async def look() -> Job | None:
            now = await self.get(job)
            assert now.state in states or not now.state.terminal, f"the job is {now.state}: {now.error}"
            return now if now.state in states else None

        return await eventually(look)

    async def events(self, job: Job) -> list[Event]:
        return await self.store.events(job)

    async def items_done(self, job: Job, number: int) -> None:
        """Return when so many items are journaled."""

        async def look() -> bool:
            return sum(event.kind == "item_completed" for event in await self.events(job)) >= number

        await eventually(look)


def kill(pid: int) -> None:
    """kill -9."""
    os.kill(pid, signal.SIGKILL)


def each_once(events: list[Event]) -> bool:
    """Whether the stream has no gap and names every finished item once."""
    items = [event.data["item"] for event in events if event.kind == "item_completed"]
    return [event.seq for event in events] == list(range(1, len(events) + 1)) and len(items) == len(set(items))
