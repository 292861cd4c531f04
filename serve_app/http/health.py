"""The four health routes. Live: the process answers. Ready: it can accept a job. Detailed: why not."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Response
from pydantic import BaseModel
from sqlalchemy import text

from foundation.errors import KomaError
from foundation.jobs.store import UNFINISHED
from foundation.jobs.types import State
from serve_app.jobs.stores import House, house_of

PROBE_SECONDS = 3.0
STARTED = time.monotonic()


class Health(BaseModel):
    """The short answer."""

    status: Literal["healthy", "unhealthy"]
    service: str
    version: str


class Probe(BaseModel):
    """One thing that the app leans on."""

    status: Literal["healthy", "unhealthy"]
    detail: str = ""
    latency_ms: float = 0.0


class DetailedHealth(Health):
    """All that the app leans on, and its queue."""

    uptime_seconds: float
    checks: dict[str, Probe]
    jobs: dict[str, int]


def health_router(service: str, version: str, lanes: Sequence[str] = (), short: bool = True) -> APIRouter:
    """The health routes of one application whose jobs are those of ``lanes``; without ``short`` all but ``/health``."""
    router = APIRouter(tags=["health"])

    async def health(response: Response, house: Annotated[House, Depends(house_of)]) -> Health:
        """Tell in one word whether the app can do its work."""
        return _short(response, service, version, await probe_all(house))

    if short:
        router.get("/health", response_model=Health, responses={503: {"model": Health}})(health)

    @router.get("/health/ready", response_model=Health, responses={503: {"model": Health}})
    async def ready(response: Response, house: Annotated[House, Depends(house_of)]) -> Health:
        """Tell a load balancer whether to send requests here."""
        return _short(response, service, version, await probe_all(house))

    @router.get("/health/live", response_model=Health)
    async def live() -> Health:
        """Tell that the process answers; it leans on nothing."""
        return Health(status="healthy", service=service, version=version)

    @router.get("/health/detailed", response_model=DetailedHealth, responses={503: {"model": DetailedHealth}})
    async def detailed(response: Response, house: Annotated[House, Depends(house_of)]) -> DetailedHealth:
        """Tell of each thing that the app leans on, with the reason when it fails."""
        checks = await probe_all(house)
        short = _short(response, service, version, checks)
        return DetailedHealth(
            **short.model_dump(),
            uptime_seconds=round(time.monotonic() - STARTED, 1),
            checks=checks,
            jobs=await _jobs(house, lanes or [service]) if checks["database"].status == "healthy" else {},
        )

    return router


def _short(response: Response, service: str, version: str, checks: dict[str, Probe]) -> Health:
    well = all(probe.status == "healthy" for probe in checks.values())
    response.status_code = 200 if well else 503
    return Health(status="healthy" if well else "unhealthy", service=service, version=version)


async def probe_all(house: House) -> dict[str, Probe]:
    """What every app leans on: the database and the files."""
    probes = {"database": lambda: _ask_database(house), "files": house.blobs.check}
    results = await asyncio.gather(*[_probe(ask) for ask in probes.values()])
    return dict(zip(probes, results, strict=True))


async def _probe(ask: Callable[[], Awaitable[Any]]) -> Probe:
    started = time.monotonic()
    try:
        async with asyncio.timeout(PROBE_SECONDS):
            await ask()
    except KomaError as error:
        return Probe(status="unhealthy", detail=f"{error.detail}. {error.hint}")
    except TimeoutError:
        return Probe(status="unhealthy", detail=f"no answer within {PROBE_SECONDS:g} s")
    return Probe(status="healthy", latency_ms=round((time.monotonic() - started) * 1000, 1))


async def _ask_database(house: House) -> None:
    async with house.jobs.database.read() as connection:
        await connection.execute(text("select 1"))


async def _jobs(house: House, lanes: Sequence[str]) -> dict[str, int]:
    counts = [await house.jobs.find(lanes, [State(state)], limit=1) for state in UNFINISHED]
    return {state: total for state, (_, total) in zip(UNFINISHED, counts, strict=True)}
