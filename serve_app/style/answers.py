"""What the style API answers. The first fields of each are those of seed 004."""

from typing import Any, Literal

from pydantic import BaseModel

from serve_app.jobs.readiness import EngineState
from serve_app.jobs.warnings import RequestWarning

Status = Literal["pending", "processing", "completed", "failed"]


class TransformAnswer(BaseModel):
    """An accepted task, or a task of a batch."""

    success: bool = True
    task_id: str
    status: Status
    message: str
    output_image_url: str | None = None
    processing_time: float | None = None
    queue_position: int | None = None
    status_url: str | None = None
    events_url: str | None = None
    websocket_url: str | None = None
    warnings: list[RequestWarning] = []


class BatchAnswer(BaseModel):
    """The tasks of a batch."""

    success: bool = True
    batch_id: str
    total_count: int
    completed_count: int
    failed_count: int
    results: list[TransformAnswer]


class TaskAnswer(BaseModel):
    """The progress and the result of a task. A cancelled task is failed, with TASK_CANCELLED."""

    task_id: str
    status: Status
    progress: int
    output_image_url: str | None = None
    error_message: str | None = None
    created_at: str
    completed_at: str | None = None
    error_code: str | None = None
    error_hint: str | None = None
    output_image_urls: list[str] = []
    processing_time: float | None = None
    queue_position: int | None = None
    style_type: str
    engine: str | None = None
    warnings: list[RequestWarning] = []
    engine_reason: str | None = None
    seed: int | None = None


class UserTasksAnswer(BaseModel):
    """A user's tasks, newest first."""

    success: bool = True
    user_id: str
    total_count: int
    tasks: list[TaskAnswer]


class Stats(BaseModel):
    """Counts over all stored tasks."""

    total_tasks: int
    total_users: int
    status_counts: dict[str, int]


class StatsAnswer(BaseModel):
    """The statistics."""

    success: bool = True
    stats: Stats


class StyleAnswer(BaseModel):
    """One style."""

    name: str
    title: str
    description: str
    prompt: str
    negative_prompt: str
    workflow: str


class StylesAnswer(BaseModel):
    """The available styles."""

    success: bool = True
    styles: list[StyleAnswer]


class WorkflowAnswer(BaseModel):
    """One workflow template; ``nodes`` counts its node classes."""

    name: str
    nodes: dict[str, int]


class WorkflowsAnswer(BaseModel):
    """The available workflows."""

    success: bool = True
    workflows: list[WorkflowAnswer]


class HealthAnswer(BaseModel):
    """Degraded: a configured ComfyUI server is away, but tasks can still run."""

    status: Literal["healthy", "degraded", "unhealthy"]
    comfyui_connected: bool
    comfyui_stats: dict[str, Any] | None = None
    error: str | None = None
    api_version: str
    timestamp: str
    engines: dict[str, EngineState]


class RootAnswer(BaseModel):
    """The name and version of the service."""

    message: str
    version: str
    status: Literal["running"] = "running"
    docs: str = "/docs"
