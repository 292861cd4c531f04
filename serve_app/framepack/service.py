"""What the service says of itself."""

import asyncio

from fastapi import APIRouter, Request

from serve_app.framepack.answers import RootAnswer
from serve_app.jobs.readiness import state_of

TITLE = "FramePack API"
VERSION = "0.1.0"
ENGINES = {"draft": "draft", "framepack": "local"}


def service_router() -> APIRouter:
    """The front page for programs."""
    router = APIRouter(tags=["service"])

    @router.get("/", response_model=RootAnswer)
    async def root(request: Request) -> RootAnswer:
        """Name the service, and tell which engines can work."""
        states = await asyncio.gather(*[state_of(request.app.state.models[slot]) for slot in ENGINES])
        engines = dict(zip(ENGINES.values(), states, strict=True))
        return RootAnswer(name=TITLE, version=VERSION, docs="/docs", engines=engines)

    return router
