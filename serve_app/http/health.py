"""The four health routes. Live: the process answers. Ready: it can accept a job. Detailed: why not."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Literal

from fastapi import APIRouter, Response
from pydantic import BaseModel
from sqlalchemy import text

from foundation.errors import KomaError
from foundation.jobs.store import UNFINISHED
from foundation.jobs.types import State
from serve_app.http.application import VERSION, Application, ApplicationOf
from serve_app.jobs.stores import Stores, StoresOf

PROBE_SECONDS = 3.0
STARTED = time.monotonic()


class Health(BaseModel):
    """The health of the service in one word."""

    status: Literal["healthy", "unhealthy"]
    service: str
    version: str


class Probe(BaseModel):
    """One dependency of the app."""

    status: Literal["healthy", "unhealthy"]
    detail: str = ""
    latency_ms: float = 0.0


class DetailedHealth(Health):
    """All dependencies of the app, and its queue."""

    uptime_seconds: float
    checks: dict[str, Probe]
    jobs: dict[str, int]


router = APIRouter(tags=["health"])
short_router = APIRouter(tags=["health"])


@short_router.get("/health", response_model=Health, responses={503: {"model": Health}})
async def health(response: Response, application: ApplicationOf, stores: StoresOf) -> Health:
    """Report in one word whether the application can do its work."""
    return _short(response, application, await probe_all(stores))


@router.get("/health/ready", response_model=Health, responses={503: {"model": Health}})
async def ready(response: Response, application: ApplicationOf, stores: StoresOf) -> Health:
    """Tell a load balancer whether to send requests here."""
    return _short(response, application, await probe_all(stores))


@router.get("/health/live", response_model=Health)
async def live(application: ApplicationOf) -> Health:
    """Report that the process answers. This depends on nothing else."""
    return Health(status="healthy", service=application.name, version=VERSION)


@router.get("/health/detailed", response_model=DetailedHealth, responses={503: {"model": DetailedHealth}})
async def detailed(response: Response, application: ApplicationOf, stores: StoresOf) -> DetailedHealth:
    """Report the state of each dependency, with the reason when it fails."""
    checks = await probe_all(stores)
    short = _short(response, application, checks)
    return DetailedHealth(
        **short.model_dump(),
        uptime_seconds=round(time.monotonic() - STARTED, 1),
        checks=checks,
        jobs=await _jobs(stores, application.lanes) if checks["database"].status == "healthy" else {},
    )


def _short(response: Response, application: Application, checks: dict[str, Probe]) -> Health:
    healthy = all(probe.status == "healthy" for probe in checks.values())
    response.status_code = 200 if healthy else 503
    return Health(status="healthy" if healthy else "unhealthy", service=application.name, version=VERSION)


async def probe_all(stores: Stores) -> dict[str, Probe]:
    """The dependencies of every app: the database and the files."""
    probes = {"database": lambda: _query_database(stores), "files": stores.blobs.check}
    results = await asyncio.gather(*[_probe(check) for check in probes.values()])
    return dict(zip(probes, results, strict=True))


async def _probe(check: Callable[[], Awaitable[Any]]) -> Probe:
    started = time.monotonic()
    try:
        async with asyncio.timeout(PROBE_SECONDS):
            await check()
    except KomaError as error:
        return Probe(status="unhealthy", detail=f"{error.detail}. {error.hint}")
    except TimeoutError:
        return Probe(status="unhealthy", detail=f"no answer within {PROBE_SECONDS:g} s")
    return Probe(status="healthy", latency_ms=round((time.monotonic() - started) * 1000, 1))


async def _query_database(stores: Stores) -> None:
    async with stores.jobs.database.read() as connection:
        await connection.execute(text("select 1"))


async def _jobs(stores: Stores, lanes: Sequence[str]) -> dict[str, int]:
    counts = [await stores.jobs.find(lanes, [State(state)], limit=1) for state in UNFINISHED]
    return {state: total for state, (_, total) in zip(UNFINISHED, counts, strict=True)}
