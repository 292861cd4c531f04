"""What the service says of itself: root, health, statistics, styles and workflows."""

import asyncio
import time
from collections import Counter
from collections.abc import Mapping
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from foundation.graph import Model
from serve_app.http.health import probe_all
from serve_app.http.problems import problem_responses
from serve_app.jobs.readiness import state_of
from serve_app.jobs.stores import House, house_of
from serve_app.style.answers import (
    HealthAnswer,
    RootAnswer,
    Stats,
    StatsAnswer,
    StylesAnswer,
    WorkflowsAnswer,
)
from serve_app.style.catalogue import Catalogue
from serve_app.style.schemas import APP
from serve_app.style.view import PREFIX, STATUS, iso

VERSION = "1.0.0"
TITLE = "Style Transform API"
ENGINES = {"filters": "draft", "diffuser": "local", "comfy": "comfyui"}
HouseOf = Annotated[House, Depends(house_of)]


def service_router(catalogue: Catalogue) -> APIRouter:
    """The routes that tell of the service."""
    router = APIRouter()

    @router.get("/", response_model=RootAnswer, tags=["service"])
    async def root() -> RootAnswer:
        """Name the service."""
        return RootAnswer(message=TITLE, version=VERSION)

    @router.get("/health", response_model=HealthAnswer, responses={503: {"model": HealthAnswer}}, tags=["health"])
    async def health(request: Request, response: Response, house: HouseOf) -> HealthAnswer:
        """Tell which engines can work and whether ComfyUI servers answer."""
        answer = await _health(request.app.state.models, house)
        response.status_code = 503 if answer.status == "unhealthy" else 200
        return answer

    @router.get(f"{PREFIX}/stats", response_model=StatsAnswer, responses=problem_responses(503), tags=["service"])
    async def stats(house: HouseOf) -> StatsAnswer:
        """Count the tasks that are kept, by their status, and their users."""
        by_state, users = await house.jobs.counts(APP)
        told: Counter[str] = Counter(dict.fromkeys(STATUS.values(), 0))
        for state, count in by_state.items():
            told[STATUS[state]] += count
        return StatsAnswer(stats=Stats(total_tasks=told.total(), total_users=users, status_counts=dict(told)))

    @router.get(f"{PREFIX}/styles", response_model=StylesAnswer, tags=["service"])
    async def styles() -> StylesAnswer:
        """Name the styles."""
        return StylesAnswer(styles=catalogue.told_styles())

    @router.get(f"{PREFIX}/workflows", response_model=WorkflowsAnswer, tags=["service"])
    async def workflows() -> WorkflowsAnswer:
        """Name the workflow templates."""
        return WorkflowsAnswer(workflows=catalogue.told_workflows())

    return router


async def _health(models: Mapping[str, Model], house: House) -> HealthAnswer:
    states = await asyncio.gather(*[state_of(models[slot]) for slot in ENGINES])
    engines = dict(zip(ENGINES.values(), states, strict=True))
    probes = await probe_all(house)
    broken = [f"{name}: {probe.detail}" for name, probe in probes.items() if probe.status != "healthy"]
    remote = engines["comfyui"]
    asked_for = bool(house.settings.comfyui_urls)
    away = [] if remote.ready or not asked_for else [remote.detail]
    unable = bool(broken) or not any(state.ready for state in engines.values())
    return HealthAnswer(
        status="unhealthy" if unable else ("degraded" if away else "healthy"),
        comfyui_connected=remote.ready,
        comfyui_stats={"servers": remote.servers} if remote.servers else None,
        error="; ".join([*broken, *away]) or None,
        api_version=VERSION,
        timestamp=iso(time.time()),
        engines=engines,
    )
