"""The service itself: its engines."""

from fastapi import APIRouter

from serve_app.http.application import ApplicationOf
from serve_app.manga.engines import EngineStates, engine_states
from serve_app.manga.sessions import PREFIX

router = APIRouter(prefix=PREFIX, tags=["manga"])


@router.get("/engines", response_model=EngineStates)
async def engines(application: ApplicationOf) -> EngineStates:
    """Report which engines can write and draw now, and what makes the others ready."""
    return await engine_states(application)
