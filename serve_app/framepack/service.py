"""The service itself."""

from fastapi import APIRouter

from serve_app.framepack.answers import RootAnswer
from serve_app.http.application import ApplicationOf, engine_models
from serve_app.jobs.readiness import states_of

TITLE = "FramePack API"
VERSION = "0.1.0"

router = APIRouter(tags=["service"])


@router.get("/", response_model=RootAnswer)
async def root(application: ApplicationOf) -> RootAnswer:
    """Name the service, and report which engines can work."""
    engines = await states_of(engine_models(application))
    return RootAnswer(name=TITLE, version=VERSION, docs="/docs", engines=engines)
