"""Several ComfyUI servers as one: the least loaded takes a task, and another one when it fails.

A server that failed is left alone for a while, longer each time, and looked at again then.
"""

import asyncio
import time
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from typing import Any

from engines.comfycluster.errors import NoServer, ServerLost, WorkflowRefused
from engines.comfycluster.events import Preview, Progress
from engines.comfycluster.requirements import Workflow, missing_parts
from engines.comfycluster.server import Server, Task
from foundation.errors import KomaError

FIRST_PAUSE_S = 2.0
LONGEST_PAUSE_S = 60.0
MOST_FAILURES = 10
LOOK_S = 3.0
# models are installed now and then: what was there is looked for again
COMPLETE_S = 60.0


class ComfyCluster:
    """The servers at these URLs. All of it lives on one event loop."""

    def __init__(self, urls: Sequence[str]) -> None:
        # addresses stay inside: tasks and health are read by anybody
        self.servers = [Server(f"server {n}", url) for n, url in enumerate(urls, 1)]
        self._complete: dict[tuple[str, str], float] = {}

    async def run(self, task: Task) -> AsyncGenerator[Progress | Preview | list[bytes] | str]:
        """What a server tells of a task and at last its pictures; first, and after each failure, the server's name.

        Raises NoServer when none is left, WorkflowRefused when all that answer refuse, WorkflowFailed.
        """
        tried: set[str] = set()
        count = len(self.servers)
        error: KomaError = NoServer(
            f"none of {count} ComfyUI servers answers" if count else "no ComfyUI server is named"
        )
        while (server := await self._choose(tried)) is not None:
            tried.add(server.name)
            try:
                yield server.name
                async with aclosing(server.run(task)) as events:
                    async for event in events:
                        yield event
                server.failures, server.away_until = 0, 0.0
                return
            except ServerLost as lost:
                self._leave_alone(server)
                error = lost
            except WorkflowRefused as refused:
                # models are files of each server: what one lacks another may have
                error = refused
            finally:
                server.running -= 1
        if isinstance(error, ServerLost):
            raise NoServer(error.detail) from error
        raise error

    async def states(self) -> list[dict[str, Any]]:
        """Each server with what it has to do, or why it is away."""
        return await asyncio.gather(*[self._state(server) for server in self.servers])

    async def missing(self, name: str, workflow: Workflow) -> str:
        """What each server that answers lacks of the workflow ``name``; empty when one of them has everything."""
        now = time.monotonic()
        if any(self._complete.get((server.name, name), 0.0) > now for server in self.servers):
            return ""
        found = await asyncio.gather(*[self._missing(server, workflow) for server in self.servers])
        complete = [server for server, parts in zip(self.servers, found, strict=True) if parts == []]
        self._complete |= {(server.name, name): now + COMPLETE_S for server in complete}
        if complete:
            return ""
        lists = [(server.name, parts) for server, parts in zip(self.servers, found, strict=True) if parts]
        return "; ".join(f"{server} lacks {', '.join(parts)}" for server, parts in lists)

    async def _missing(self, server: Server, workflow: Workflow) -> list[str] | None:
        try:
            async with asyncio.timeout(LOOK_S):
                return await missing_parts(server, workflow)
        except (TimeoutError, ServerLost):
            return None

    async def close(self) -> None:
        """Close all connections."""
        await asyncio.gather(*[server.close() for server in self.servers])

    async def _state(self, server: Server) -> dict[str, Any]:
        state: dict[str, Any] = {"name": server.name, "connected": False, "running_here": server.running}
        try:
            async with asyncio.timeout(LOOK_S):
                stats, waiting = await asyncio.gather(server.stats(), server.waiting())
        except TimeoutError:
            return state | {"detail": f"no answer within {LOOK_S:g} s"}
        except ServerLost as error:
            return state | {"detail": error.detail}
        server.away_until = 0.0
        return state | {"connected": True, "queue_remaining": waiting} | stats

    async def _choose(self, tried: set[str]) -> Server | None:
        """Reserve the server with the least to do; one that is left alone only when no other answers."""
        now = time.monotonic()
        candidates = [server for server in self.servers if server.name not in tried]
        rested = [server for server in candidates if server.away_until <= now]
        for group in (rested, [server for server in candidates if server not in rested]):
            waiting = await asyncio.gather(*[self._waiting(server) for server in group])
            # what was chosen a moment ago may not be in the server's queue yet
            found = [(max(count, group[n].running), n) for n, count in enumerate(waiting) if count is not None]
            if found:
                server = group[min(found)[1]]
                server.running += 1
                return server
        return None

    async def _waiting(self, server: Server) -> int | None:
        try:
            async with asyncio.timeout(LOOK_S):
                return await server.waiting()
        except (TimeoutError, ServerLost):
            self._leave_alone(server)
            return None

    def _leave_alone(self, server: Server) -> None:
        # doubling for ever would leave the range of numbers
        server.failures = min(server.failures + 1, MOST_FAILURES)
        server.away_until = time.monotonic() + min(FIRST_PAUSE_S * 2 ** (server.failures - 1), LONGEST_PAUSE_S)
