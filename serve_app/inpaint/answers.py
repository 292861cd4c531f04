"""What the text-removal API gives, to the letter of seed 000."""

from typing import Any, Literal

from pydantic import BaseModel

from serve_app.jobs.warnings import RequestWarning

TaskStatus = Literal["pending", "preparing", "processing", "completed", "error", "cancelled"]
Stage = Literal["preparing", "masking", "inpainting", "finalizing"]


class ServiceRoot(BaseModel):
    """``GET /``."""

    name: str
    version: str
    status: Literal["running"] = "running"
    docs: str
    health: str
    model: str
    device: str


class HealthAnswer(BaseModel):
    """``GET /api/v1/health``."""

    status: Literal["healthy", "unhealthy"]
    message: str
    timestamp: str
    version: str


class ModelAnswer(BaseModel):
    """``GET /api/v1/model``."""

    name: str
    device: str
    status: Literal["ready", "not_started", "error"]
    parameters: dict[str, Any] | None = None


class InfoLimits(BaseModel):
    """The enforced limits."""

    max_image_size: int
    max_file_size: int
    request_timeout: float
    supported_formats: list[str] = ["JPEG", "PNG", "WebP"]
    max_regions: int
    max_batch_images: int


class InfoAnswer(BaseModel):
    """``GET /api/v1/info``."""

    name: str
    version: str
    model: str
    capabilities: list[str]
    limits: InfoLimits
    settings: dict[str, Any]
    models: list[str]


class Dimensions(BaseModel):
    """Pixels."""

    width: int
    height: int


class ProcessingStats(BaseModel):
    """Statistics of a picture: ``processing_time`` in seconds; ``total_area`` counts overlaps twice."""

    regions_processed: int
    total_area: int
    processing_time: float
    image_dimensions: Dimensions


class InpaintAnswer(BaseModel):
    """``POST /api/v1/inpaint-regions-json``."""

    success: bool = True
    message: str
    processing_stats: ProcessingStats
    timestamp: str
    model: str
    engine: str
    warnings: list[RequestWarning] = []


class AsyncAnswer(BaseModel):
    """An accepted task and where to follow it."""

    task_id: str
    status: TaskStatus
    message: str
    estimated_time: float | None = None
    websocket_url: str | None
    status_url: str
    result_url: str
    warnings: list[RequestWarning] = []


class TaskAnswer(BaseModel):
    """``GET /api/v1/task-status/{id}``. Progress is in percent, times are seconds and ISO 8601."""

    task_id: str
    status: TaskStatus
    stage: Stage
    overall_progress: float
    stage_progress: float
    current_region: int
    total_regions: int
    message: str
    elapsed_time: float
    estimated_remaining: float | None
    created_at: str
    started_at: str | None
    completed_at: str | None
    error_message: str | None
    result_url: str | None = None
    warnings: list[RequestWarning] = []


class CancelAnswer(BaseModel):
    """``POST /api/v1/cancel-task/{id}``."""

    task_id: str
    status: TaskStatus
    message: str


class TasksAnswer(BaseModel):
    """``GET /api/v1/tasks``."""

    total_tasks: int
    active_tasks: int
    completed_tasks: int
    error_tasks: int
    active_task_ids: list[str]
