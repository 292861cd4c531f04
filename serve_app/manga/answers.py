"""The answers of the manga API, with the field names of seed 003."""

from typing import Any, Literal

from pydantic import BaseModel

from serve_app.jobs.warnings import RequestWarning
from serve_app.manga.schemas import FeedbackType
from serve_app.manga.view import SessionStatus


class GenerateResponse(BaseModel):
    """The accepted session and where to follow it."""

    session_id: str
    status: SessionStatus
    message: str
    websocket_url: str
    status_url: str
    estimated_time_seconds: int
    warnings: list[RequestWarning] = []


class Session(BaseModel):
    """A session in brief."""

    id: str
    title: str
    status: SessionStatus
    current_phase: int
    total_phases: int
    progress_percentage: float
    created_at: str
    updated_at: str
    preview_url: str | None
    download_url: str | None
    error_message: str | None


class SessionDetail(Session):
    """A session with all its links."""

    websocket_url: str
    page_urls: list[str] = []
    export_urls: dict[str, str] = {}
    waiting_phases: list[int] = []
    warnings: list[RequestWarning] = []


class SessionList(BaseModel):
    """One page of sessions, newest first."""

    sessions: list[Session]
    total: int
    limit: int
    offset: int


class PhaseResult(BaseModel):
    """The result of a phase."""

    phase_number: int
    phase_name: str
    status: Literal["pending", "processing", "waiting_feedback", "completed"]
    output_data: dict[str, Any] | None = None
    preview_data: dict[str, Any] | None = None
    processing_time_ms: int | None = None
    completed_at: str | None = None


class FeedbackResponse(BaseModel):
    """The receipt."""

    feedback_id: str
    session_id: str
    phase_number: int
    feedback_type: FeedbackType
    status: Literal["received"] = "received"
    message: str
