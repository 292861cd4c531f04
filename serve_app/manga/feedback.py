"""Feedback from a person, by HTTP or by WebSocket, into a signal for the job."""

from collections.abc import Mapping
from typing import Any

from fastapi.exceptions import RequestValidationError
from pydantic import ValidationError

from foundation.jobs.store import JobStore
from serve_app.manga.answers import FeedbackResponse
from serve_app.manga.schemas import FeedbackRequest
from serve_app.manga.sessions import SessionReader

ACTION_OF_TYPE = {
    "approval": "approve",
    "skip": "skip",
    "regeneration": "regenerate",
    "text": "comment",
    "selection": "comment",
    "adjustment": "comment",
}
MESSAGES = {
    "approve": "the phase is approved",
    "skip": "the phase is taken as it is",
    "regenerate": "the phase and all that follows it run again",
    "comment": "kept for the next run of the phase; approve or regenerate to go on",
}


def with_query(body: FeedbackRequest, query: Mapping[str, Any]) -> FeedbackRequest:
    """The feedback of a body, with what the query gives in its place. Raises RequestValidationError."""
    given = {name: value for name, value in query.items() if value is not None}
    try:
        return FeedbackRequest.model_validate(body.model_dump() | given)
    except ValidationError as error:
        wrong = [{**each, "loc": ("query", *each["loc"])} for each in error.errors(include_context=False)]
        raise RequestValidationError(wrong) from error


async def leave_feedback(jobs: JobStore, reader: SessionReader, feedback: FeedbackRequest) -> FeedbackResponse:
    """Store the feedback. Raises NotWaiting when the session waits for nobody, Conflict when the session has ended."""
    action = ACTION_OF_TYPE[feedback.feedback_type]
    phase = reader.target(feedback.phase_number, again=action == "regenerate")
    data = {
        "text": feedback.feedback_text,
        "data": feedback.feedback_data,
        "type": feedback.feedback_type,
        "satisfaction_score": feedback.satisfaction_score,
        "apply": feedback.apply_feedback,
    }
    feedback_id = await jobs.signal(reader.job, phase.step, action, data)
    return FeedbackResponse(
        feedback_id=feedback_id,
        session_id=reader.job.id,
        phase_number=phase.number,
        feedback_type=feedback.feedback_type,
        message=MESSAGES[action],
    )
