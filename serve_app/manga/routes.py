"""The routes of seed 003 under ``/api/v1/manga``, and the pages, document and exports of a session."""

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Path, Query, Request, Response

from foundation.blobs import content_type
from serve_app.http.files import file_response
from serve_app.http.problems import problem_responses
from serve_app.jobs.accept import JOB_ID
from serve_app.jobs.stores import StoresOf
from serve_app.manga.accept import SessionAcceptance
from serve_app.manga.answers import (
    FeedbackResponse,
    GenerateResponse,
    PhaseResult,
    SessionDetail,
    SessionList,
)
from serve_app.manga.feedback import leave_feedback, with_query
from serve_app.manga.phases import PhasesOf
from serve_app.manga.schemas import FeedbackRequest, GenerateRequest
from serve_app.manga.sessions import PREFIX, SessionReader
from serve_app.manga.view import APP, STATE_OF_STATUS, SessionStatus

Export = Literal["pdf", "cbz", "epub", "png.zip", "svg.zip", "print.zip", "psd.zip", "webtoon.zip"]
SessionId = Annotated[str, Path(pattern=JOB_ID)]
SESSION = "/sessions/{session_id}"
FAILS = problem_responses(404, 422, 503)
RESULT_FAILS = problem_responses(404, 409, 422, 503)


async def open_session(request: Request, phases: PhasesOf, session_id: SessionId) -> SessionReader:
    """The session of a route. Raises NotFound."""
    return await SessionReader.open(request, phases, session_id)


SessionOf = Annotated[SessionReader, Depends(open_session)]

router = APIRouter(prefix=PREFIX, tags=["manga"])


@router.post("/generate", status_code=202, response_model=GenerateResponse, responses=problem_responses(409, 422, 503))
async def generate(request: Request, response: Response, body: GenerateRequest) -> GenerateResponse:
    """Accept a story. The seven phases run as a durable job."""
    answer = await SessionAcceptance(request).accept(body)
    response.headers["Location"] = answer.status_url
    return answer


@router.get("/sessions", response_model=SessionList, responses=problem_responses(422, 503))
async def sessions(
    *,
    request: Request,
    stores: StoresOf,
    phases: PhasesOf,
    status: SessionStatus | None = None,
    limit: Annotated[int, Query(ge=1, le=100)] = 10,
    offset: Annotated[int, Query(ge=0, le=2**31)] = 0,
) -> SessionList:
    """List sessions, newest first."""
    states = [STATE_OF_STATUS[status]] if status else []
    jobs, total = await stores.jobs.find(APP, states, limit, offset)
    briefs = [SessionReader(request, phases, job, []).brief() for job in jobs]
    return SessionList(sessions=briefs, total=total, limit=limit, offset=offset)


@router.get(SESSION, response_model=SessionDetail, responses=FAILS)
async def session(reader: SessionOf) -> SessionDetail:
    """Return the progress of a session, with links to everything it has created."""
    return await reader.detail()


@router.post(SESSION + "/cancel", response_model=SessionDetail, responses=FAILS)
async def cancel(request: Request, stores: StoresOf, phases: PhasesOf, session_id: SessionId) -> SessionDetail:
    """Cancel a session within one panel. Finished parts stay readable. A session that has ended does not change."""
    await stores.jobs.cancel(session_id, APP)
    return await (await open_session(request, phases, session_id)).detail()


@router.post(
    SESSION + "/feedback",
    response_model=FeedbackResponse,
    responses=problem_responses(400, 404, 409, 422, 503),
)
async def feedback(
    stores: StoresOf,
    reader: SessionOf,
    body: FeedbackRequest | None = None,
    phase_number: Annotated[int | None, Query(ge=1, le=7)] = None,
    feedback_text: Annotated[str | None, Query(max_length=2000)] = None,
) -> FeedbackResponse:
    """Approve, skip, comment on or regenerate a phase. The query parameters serve older clients."""
    query = {"phase_number": phase_number, "feedback_text": feedback_text}
    return await leave_feedback(stores.jobs, reader, with_query(body or FeedbackRequest(), query))


@router.get(SESSION + "/phase/{phase_number}", response_model=PhaseResult, responses=FAILS)
async def phase_result(
    reader: SessionOf, phases: PhasesOf, phase_number: Annotated[int, Path(ge=1, le=7)]
) -> PhaseResult:
    """Return the result of a phase, or its result so far."""
    return await reader.phase(phases.numbered(phase_number))


@router.get(SESSION + "/document", response_class=Response, responses=RESULT_FAILS)
async def document(reader: SessionOf) -> Response:
    """Return the manga document as JSON: characters, pages, panels, balloons."""
    return Response(await reader.document(), media_type="application/json")


@router.get(SESSION + "/pages/{number}.{kind}", response_class=Response, responses=RESULT_FAILS)
async def page(
    stores: StoresOf, reader: SessionOf, number: Annotated[int, Path(ge=1, le=10_000)], kind: Literal["png", "svg"]
) -> Response:
    """Return a finished page as a picture or as editable SVG. A spread has the numbers of both its pages."""
    data, key = await reader.page(number, "image" if kind == "png" else "svg")
    return file_response(data, key, stores.settings.file_link_seconds)


@router.get(SESSION + "/export/{kind}", response_class=Response, responses=RESULT_FAILS)
async def export(reader: SessionOf, session_id: SessionId, kind: Export) -> Response:
    """Return the whole manga as one file.

    ``print.zip`` and ``psd.zip`` require ``quality_level=ultra_high``, ``webtoon.zip`` requires ``layout=webtoon``.
    """
    data, key = await reader.export(kind)
    name = f'attachment; filename="{session_id}.{kind}"'
    return Response(data, media_type=content_type(key), headers={"Content-Disposition": name})
