"""The routes of seed 003 under ``/api/v1/manga``, and the pages, document and exports of a session."""

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Path, Query, Request, Response

from foundation.blobs import content_type
from foundation.jobs.types import NewJob
from serve_app.http.files import file_response
from serve_app.http.problems import problem_responses
from serve_app.http.warnings import warnings_of
from serve_app.jobs.stores import House, base_url, house_of
from serve_app.manga.engines import EngineStates, check_engines, engine_states
from serve_app.manga.feedback import leave_feedback
from serve_app.manga.schemas import (
    WITHOUT_EFFECT,
    FeedbackRequest,
    FeedbackResponse,
    GenerateRequest,
    GenerateResponse,
    PhaseResult,
    SessionDetail,
    SessionList,
)
from serve_app.manga.sessions import PREFIX, SessionReader, session_socket
from serve_app.manga.view import APP, STATE_OF_STATUS, Phases, SessionStatus, status_of

SECONDS_PER_100_CHARACTERS = 2
Export = Literal["pdf", "cbz", "epub", "png.zip", "svg.zip", "print.zip", "psd.zip", "webtoon.zip"]
SessionId = Annotated[str, Path(pattern=r"^[A-Za-z0-9_-]{1,64}$")]
HouseOf = Annotated[House, Depends(house_of)]


def manga_router(phases: Phases) -> APIRouter:
    """All manga routes for a pipeline of these phases."""
    router = APIRouter(prefix=PREFIX, tags=["manga"])
    _add_session_routes(router, phases)
    _add_steering_routes(router, phases)
    _add_result_routes(router, phases)
    return router


def _add_session_routes(router: APIRouter, phases: Phases) -> None:
    @router.post(
        "/generate", status_code=202, response_model=GenerateResponse, responses=problem_responses(409, 422, 503)
    )
    async def generate(request: Request, response: Response, house: HouseOf, body: GenerateRequest) -> GenerateResponse:
        """Accept a story; the seven phases run as a durable job."""
        await check_engines(body.engines, request.app.state.models)
        args = body.model_dump(exclude={"session_id"})
        if warnings := warnings_of(body, WITHOUT_EFFECT):
            args["warnings"] = [warning.model_dump() for warning in warnings]
        job = await house.jobs.submit(NewJob(APP, args, id=body.session_id))
        status_url = f"{base_url(request)}{PREFIX}/sessions/{job.id}"
        response.headers["Location"] = status_url
        return GenerateResponse(
            session_id=job.id,
            status=status_of(job),
            message="the story is accepted; follow the session by WebSocket or by its status URL",
            websocket_url=session_socket(request, job.id),
            status_url=status_url,
            estimated_time_seconds=5 + SECONDS_PER_100_CHARACTERS * len(body.text) // 100,
            warnings=warnings,
        )

    @router.get("/engines", response_model=EngineStates)
    async def engines(request: Request) -> EngineStates:
        """Tell which engines can write and draw now, and what makes the others ready."""
        return await engine_states(request.app.state.models)

    @router.get("/sessions", response_model=SessionList, responses=problem_responses(422, 503))
    async def sessions(
        request: Request,
        house: HouseOf,
        status: SessionStatus | None = None,
        limit: Annotated[int, Query(ge=1, le=100)] = 10,
        offset: Annotated[int, Query(ge=0, le=2**31)] = 0,
    ) -> SessionList:
        """List sessions, newest first."""
        states = [STATE_OF_STATUS[status]] if status else []
        jobs, total = await house.jobs.find(APP, states, limit, offset)
        briefs = [SessionReader(request, phases, job, []).brief() for job in jobs]
        return SessionList(sessions=briefs, total=total, limit=limit, offset=offset)

    @router.get("/sessions/{session_id}", response_model=SessionDetail, responses=problem_responses(404, 422, 503))
    async def session(request: Request, session_id: SessionId) -> SessionDetail:
        """Tell how far a session is, with links to all that it has made."""
        return await (await SessionReader.open(request, phases, session_id)).detail()


def _add_steering_routes(router: APIRouter, phases: Phases) -> None:
    @router.post(
        "/sessions/{session_id}/cancel", response_model=SessionDetail, responses=problem_responses(404, 422, 503)
    )
    async def cancel(request: Request, house: HouseOf, session_id: SessionId) -> SessionDetail:
        """Stop a session within one panel; what is finished stays readable. Stopping an ended one changes nothing."""
        await house.jobs.cancel(session_id, APP)
        return await (await SessionReader.open(request, phases, session_id)).detail()

    @router.post(
        "/sessions/{session_id}/feedback",
        response_model=FeedbackResponse,
        responses=problem_responses(400, 404, 409, 422, 503),
    )
    async def feedback(
        request: Request,
        session_id: SessionId,
        body: FeedbackRequest | None = None,
        phase_number: Annotated[int | None, Query(ge=1, le=7)] = None,
        feedback_text: Annotated[str | None, Query(max_length=2000)] = None,
    ) -> FeedbackResponse:
        """Approve, skip, comment on or ask again for a phase; the query serves older clients."""
        said = FeedbackRequest.model_validate(
            (body or FeedbackRequest()).model_dump() | _given(phase_number, feedback_text)
        )
        reader = await SessionReader.open(request, phases, session_id)
        return await leave_feedback(house_of(request).jobs, reader, said)


def _given(phase_number: int | None, feedback_text: str | None) -> dict[str, object]:
    values = {"phase_number": phase_number, "feedback_text": feedback_text}
    return {name: value for name, value in values.items() if value is not None}


def _add_result_routes(router: APIRouter, phases: Phases) -> None:
    here = "/sessions/{session_id}"
    fails = problem_responses(404, 409, 422, 503)

    @router.get(here + "/phase/{phase_number}", response_model=PhaseResult, responses=problem_responses(404, 422, 503))
    async def phase_result(
        request: Request, session_id: SessionId, phase_number: Annotated[int, Path(ge=1, le=7)]
    ) -> PhaseResult:
        """Give what a phase has made, finished or so far."""
        reader = await SessionReader.open(request, phases, session_id)
        return await reader.phase(phases.numbered(phase_number))

    @router.get(here + "/document", response_class=Response, responses=fails)
    async def document(request: Request, session_id: SessionId) -> Response:
        """Give the manga document: characters, pages, panels, balloons, as JSON."""
        reader = await SessionReader.open(request, phases, session_id)
        return Response(await reader.document(), media_type="application/json")

    @router.get(here + "/pages/{number}.{kind}", response_class=Response, responses=fails)
    async def page(
        request: Request,
        session_id: SessionId,
        number: Annotated[int, Path(ge=1, le=10_000)],
        kind: Literal["png", "svg"],
    ) -> Response:
        """Give a finished page as a picture or as editable SVG; a spread under the numbers of both its pages."""
        reader = await SessionReader.open(request, phases, session_id)
        data, key = await reader.page(number, "image" if kind == "png" else "svg")
        return file_response(data, key, house_of(request).settings.file_link_seconds)

    @router.get(here + "/export/{kind}", response_class=Response, responses=fails)
    async def export(request: Request, session_id: SessionId, kind: Export) -> Response:
        """Give the whole manga as one file.

        ``print.zip`` and ``psd.zip`` need ``quality_level=ultra_high``, ``webtoon.zip`` needs ``layout=webtoon``.
        """
        reader = await SessionReader.open(request, phases, session_id)
        data, key = await reader.export(kind)
        name = f'attachment; filename="{session_id}.{kind}"'
        return Response(data, media_type=content_type(key), headers={"Content-Disposition": name})
