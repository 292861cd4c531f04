"""The service itself: root, health, statistics, styles and workflows."""

import time
from collections import Counter

from fastapi import APIRouter, Response

from serve_app.http.application import Application, ApplicationOf, engine_models
from serve_app.http.health import probe_all
from serve_app.http.problems import problem_responses
from serve_app.jobs.readiness import states_of
from serve_app.jobs.stores import Stores, StoresOf
from serve_app.jobs.times import iso
from serve_app.style.answers import (
    HealthAnswer,
    RootAnswer,
    Stats,
    StatsAnswer,
    StylesAnswer,
    WorkflowsAnswer,
)
from serve_app.style.catalogue import CatalogueOf
from serve_app.style.schemas import APP
from serve_app.style.status import PREFIX, STATUS

VERSION = "1.0.0"
TITLE = "Style Transform API"

router = APIRouter()


@router.get("/", response_model=RootAnswer, tags=["service"])
async def root() -> RootAnswer:
    """Name the service."""
    return RootAnswer(message=TITLE, version=VERSION)


@router.get("/health", response_model=HealthAnswer, responses={503: {"model": HealthAnswer}}, tags=["health"])
async def health(response: Response, application: ApplicationOf, stores: StoresOf) -> HealthAnswer:
    """Report which engines can work and whether the ComfyUI servers answer."""
    answer = await _health(application, stores)
    response.status_code = 503 if answer.status == "unhealthy" else 200
    return answer


@router.get(f"{PREFIX}/stats", response_model=StatsAnswer, responses=problem_responses(503), tags=["service"])
async def stats(stores: StoresOf) -> StatsAnswer:
    """Count the stored tasks by their status, and their users."""
    by_state, users = await stores.jobs.counts(APP)
    counts: Counter[str] = Counter(dict.fromkeys(STATUS.values(), 0))
    for state, count in by_state.items():
        counts[STATUS[state]] += count
    return StatsAnswer(stats=Stats(total_tasks=counts.total(), total_users=users, status_counts=dict(counts)))


@router.get(f"{PREFIX}/styles", response_model=StylesAnswer, tags=["service"])
async def styles(catalogue: CatalogueOf) -> StylesAnswer:
    """List the styles."""
    return StylesAnswer(styles=catalogue.style_answers())


@router.get(f"{PREFIX}/workflows", response_model=WorkflowsAnswer, tags=["service"])
async def workflows(catalogue: CatalogueOf) -> WorkflowsAnswer:
    """List the workflow templates."""
    return WorkflowsAnswer(workflows=catalogue.workflow_answers())


async def _health(application: Application, stores: Stores) -> HealthAnswer:
    engines = await states_of(engine_models(application))
    probes = await probe_all(stores)
    broken = [f"{name}: {probe.detail}" for name, probe in probes.items() if probe.status != "healthy"]
    remote = engines["comfyui"]
    configured = bool(stores.settings.comfyui_urls)
    away = [] if remote.ready or not configured else [remote.detail]
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
