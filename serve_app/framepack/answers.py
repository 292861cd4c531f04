"""What the FramePack API answers: the first fields are those of seed 002 and of the older API."""

from typing import Any, Literal

from pydantic import BaseModel

from serve_app.framepack.status import Kind, Status
from serve_app.jobs.readiness import EngineState
from serve_app.jobs.warnings import RequestWarning


class Accepted(BaseModel):
    """An accepted job, or the job that already has this id."""

    job_id: str
    message: str
    type: Kind
    status: Status
    position: int | None
    status_url: str
    events_url: str
    websocket_url: str
    warnings: list[RequestWarning] = []


class RowProgress(BaseModel):
    """One picture of a batch, or one section of a film, that has ended."""

    index: int
    status: Literal["completed", "failed"]
    url: str | None = None
    error: str | None = None


class BatchProgress(BaseModel):
    """The number of pictures or sections, and the results of those that have ended."""

    total: int
    completed: int
    failed: int
    items: list[RowProgress]


class QueuedJob(BaseModel):
    """A job, with the names of the older API beside the new ones. Progress is in percent."""

    id: str
    type: Kind
    data: dict[str, Any]
    status: Status
    created_at: str
    started_at: str | None = None
    completed_at: str | None = None
    error: str | None = None
    result: dict[str, Any] | None = None
    progress: float | None = None
    step: int | None = None
    total: int | None = None
    info: str | None = None
    preview: str | None = None
    batch_progress: BatchProgress | None = None
    position: int | None = None
    priority: int = 0
    stage: str | None = None
    error_code: str | None = None
    error_hint: str | None = None
    job_id: str
    progress_step: int | None = None
    progress_total: int | None = None
    progress_info: str | None = None
    warnings: list[RequestWarning] = []


class JobsAnswer(BaseModel):
    """A page of jobs, newest first, and their total number."""

    jobs: list[QueuedJob]
    total: int


class Removed(BaseModel):
    """A removed job."""

    job_id: str
    message: str


class Parameters(BaseModel):
    """The parameters that a picture contains."""

    parameters: dict[str, Any]


class RootAnswer(BaseModel):
    """``GET /``."""

    name: str
    version: str
    docs: str
    engines: dict[str, EngineState]


class GenerateAnswer(BaseModel):
    """Older: ``POST /generate``."""

    job_id: str
    message: str
    warnings: list[RequestWarning] = []


class OlderStatus(BaseModel):
    """Older: ``GET /status/{id}``. Progress is in percent."""

    job_id: str
    status: str
    progress: float | None = None
    progress_step: int | None = None
    progress_total: int | None = None
    progress_info: str | None = None


class ResultAnswer(BaseModel):
    """Older: ``GET /result/{id}``. For a job of pictures, ``video_url`` is the URL of the first one."""

    video_url: str
    thumbnail_base64: str | None = None


class Message(BaseModel):
    """Older: a sentence about what was done."""

    message: str


class QueueEntry(BaseModel):
    """Older: a job that has not ended. ``video_length`` is 0 for pictures, as in the original."""

    job_id: str
    status: str
    prompt: str
    video_length: float
    progress: float
    progress_info: str
    type: Kind
    position: int | None
    priority: int


class QueueAnswer(BaseModel):
    """Older: ``GET /queue``: the running jobs, then the waiting ones in the order of processing."""

    queue: list[QueueEntry]


class WorkerAnswer(BaseModel):
    """Older: ``GET /worker/status``."""

    is_running: bool
    processing_job_id: str | None = None


class LorasAnswer(BaseModel):
    """Older: ``GET /loras``."""

    loras: list[str]
