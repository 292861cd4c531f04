"""Feedback from a person, by HTTP or by WebSocket, into a signal for the job."""

from foundation.jobs.store import JobStore
from serve_app.manga.schemas import FeedbackRequest, FeedbackResponse
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


async def leave_feedback(jobs: JobStore, reader: SessionReader, said: FeedbackRequest) -> FeedbackResponse:
    """Store the feedback. Raises NotWaiting when no person is asked, Conflict when the session has ended."""
    action = ACTION_OF_TYPE[said.feedback_type]
    phase = reader.target(said.phase_number, again=action == "regenerate")
    data = {
        "text": said.feedback_text,
        "data": said.feedback_data,
        "type": said.feedback_type,
        "satisfaction_score": said.satisfaction_score,
        "apply": said.apply_feedback,
    }
    feedback_id = await jobs.signal(reader.job, phase.step, action, data)
    return FeedbackResponse(
        feedback_id=feedback_id,
        session_id=reader.job.id,
        phase_number=phase.number,
        feedback_type=said.feedback_type,
        message=MESSAGES[action],
    )
