"""Turns a story into a durable session."""

from foundation.jobs.types import NewJob
from serve_app.http.application import application_of
from serve_app.jobs.accept import Acceptance, warnings_of_job
from serve_app.jobs.warnings import warnings_of
from serve_app.manga.answers import GenerateResponse
from serve_app.manga.engines import check_engines
from serve_app.manga.schemas import WITHOUT_EFFECT, GenerateRequest
from serve_app.manga.sessions import PREFIX
from serve_app.manga.view import APP, status_of

START_SECONDS = 5
SECONDS_PER_100_CHARACTERS = 2


class SessionAcceptance(Acceptance):
    """Accepts the session of one request. Raises WrongField, Conflict, Overloaded."""

    async def accept(self, body: GenerateRequest) -> GenerateResponse:
        """Check the engines, store the job, and say where to follow it."""
        await check_engines(body.engines, application_of(self.request))
        args = body.model_dump(exclude={"session_id"})
        job = await self.submit(NewJob(APP, args, id=body.session_id), warnings_of(body, WITHOUT_EFFECT))
        return GenerateResponse(
            session_id=job.id,
            status=status_of(job),
            message="the story is accepted; follow the session by WebSocket or by its status URL",
            websocket_url=self.socket_url(f"/ws/session/{job.id}"),
            status_url=self.url(f"{PREFIX}/sessions/{job.id}"),
            estimated_time_seconds=START_SECONDS + SECONDS_PER_100_CHARACTERS * len(body.text) // 100,
            warnings=warnings_of_job(job),
        )
