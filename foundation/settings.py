"""Settings: the one place where the environment is read.

Every variable is described here with its default; ``.env`` in the working folder is read too.
"""

import base64
import contextlib
import hashlib
import os
import tempfile
from functools import lru_cache
from pathlib import Path
from secrets import token_urlsafe
from typing import Literal

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from foundation.errors import Misconfigured

MIN_SECRET_BYTES = 32
MIN_KEY_CHARACTERS = 16
# of 2026-11, from public pages of others; Google's own list decides
VERTEX_PRICES: dict[str, dict[Literal["input", "output", "image"], float]] = {
    "gemini-4-argon": {"input": 2.0, "output": 10.0},
    "gemini-3.8-flash": {"input": 0.75, "output": 3.75},
    "imagen-4.0-fast": {"image": 0.02},
    "imagen-4.0-generate": {"image": 0.04},
    "imagen-4.0-ultra": {"image": 0.06},
    "gemini-3.1-flash-image": {"image": 0.067},
    "gemini-3-pro-image": {"image": 0.134},
}


class Settings(BaseSettings):
    """All settings from outside. Names are those of the environment, in upper case."""

    model_config = SettingsConfigDict(env_file=".env", extra="ignore")

    koma_data_dir: Path = Field(
        default=Path("data"), description="Folder of the embedded database, blobs and the secret."
    )
    database_url: str | None = Field(default=None, description="SQLAlchemy URL; by default SQLite in KOMA_DATA_DIR.")
    redis_url: str | None = Field(default=None, description="Wake-up hints between processes; never truth.")
    blob_url: str | None = Field(
        default=None, description="file://, s3:// or gs:// URL; by default KOMA_DATA_DIR/blobs."
    )
    model_dir: Path | None = Field(default=None, description="Folder of weights; by default KOMA_DATA_DIR/models.")
    secret_key: SecretStr | None = Field(default=None, description="Signs file links; 32 bytes or more.")
    api_keys: list[SecretStr] = Field(
        default=[], description="Keys that requests must carry, as a JSON list; 16 characters or more each."
    )
    ray_redis_address: str | None = Field(
        default=None, description="Redis in which Ray keeps a cluster's state (host:port), on every node of a cloud."
    )
    cors_origins: list[str] = Field(default=[], description="Origins that a browser may call from, as a JSON list.")
    max_body_bytes: int = Field(default=2_000_000, gt=0, description="Largest request body of the text routes.")
    max_image_pixels: int = Field(default=50_000_000, gt=0, description="Largest image, counted before decoding.")
    max_image_size: int = Field(default=2048, gt=0, description="Longer side of an image for text removal, in pixels.")
    max_file_size: int = Field(default=52_428_800, gt=0, description="Largest image file, in bytes.")
    request_timeout: float = Field(default=300.0, gt=0, description="Seconds for a synchronous image request.")
    callback_hosts: list[str] = Field(
        default=[], description="Private hosts that callbacks may reach, as a JSON list; public ones always may."
    )
    iopaint_host: str = Field(default="127.0.0.1", description="Where `scripts/serve --app inpaint` listens.")
    iopaint_port: int = Field(default=8081, gt=0, lt=65536, description="Its port.")
    iopaint_model: str = Field(default="lama", description="The model of requests that name none.")
    iopaint_device: str = Field(default="cpu", pattern=r"^(cpu|mps|cuda(:\d+)?)$", description="Where models run.")
    iopaint_low_mem: bool = Field(default=True, description="Does nothing for erase models, in IOPaint as here.")
    iopaint_cpu_offload: bool = Field(default=True, description="Does nothing for erase models, in IOPaint as here.")
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(default="INFO", description="Of replicas.")
    file_link_seconds: int = Field(default=3600, gt=0, description="How long a signed link works.")
    job_lease_seconds: float = Field(default=15.0, gt=0, description="A worker silent for this long has lost its job.")
    socket_wait_seconds: float = Field(
        default=600.0, ge=0, description="How long a WebSocket waits for an id that no request has brought yet."
    )
    job_poll_seconds: float = Field(default=0.25, gt=0, description="How often stores are asked when no hint arrives.")
    job_stall_minutes: float = Field(
        default=60.0, gt=0, description="A running job that makes no progress for this long is failed."
    )
    job_max_attempts: int = Field(default=3, gt=0, description="Lost workers after which a job is failed.")
    job_queue_limit: int = Field(
        default=200, gt=0, description="Jobs of one application, queued or running, before 503."
    )
    job_retention_hours: float = Field(
        default=24.0, gt=0, description="Finished jobs and their files are swept after this."
    )
    feedback_timeout_minutes: float = Field(
        default=30.0, gt=0, description="Then a waiting phase is approved by itself."
    )

    comfyui_base_url: str | None = Field(
        default=None, description="ComfyUI servers for style transform: one URL, or several with commas between them."
    )
    comfyui_timeout: float = Field(default=300.0, gt=0, description="Seconds that one picture may take there.")
    comfyui_preview_method: Literal["none", "auto", "latent2rgb", "taesd"] = Field(
        default="none",
        description="Pictures of steps for prompts of ComfyUI clients that do not say; all but none are latent2rgb.",
    )
    max_concurrent_tasks: int = Field(default=10, ge=1, le=64, description="Style tasks that run side by side.")
    task_cleanup_hours: float = Field(default=24.0, gt=0, description="Ended style tasks are swept after this.")
    workflow_dir: Path | None = Field(default=None, description="Folder of more ComfyUI workflows in API format.")
    style_checkpoint: str | None = Field(
        default=None, description="Checkpoint of the style workflows, in place of the one that each names."
    )
    style_dir: Path | None = Field(default=None, description="Folder of more style presets.")
    image_hosts: list[str] = Field(
        default=[], description="Private hosts that image_url may name, as a JSON list; public ones always may be."
    )
    webhook_secret: SecretStr | None = Field(
        default=None, description="Signs webhooks, whsec_ and base64; by default made from SECRET_KEY."
    )
    manga_artists: list[str] = Field(
        default=["imagen", "gemini", "draft"],
        description="Who draws manga by auto, as a JSON list: the first that is ready, or with fallback the next ones.",
    )
    manga_text_budget_s: float = Field(default=90.0, gt=0, description="Seconds that a phase may wait for a writer.")
    manga_image_budget_s: float = Field(default=120.0, gt=0, description="Seconds that a panel may wait for Google.")
    lora_dir: Path | None = Field(default=None, description="Folder of FramePack's LoRAs; by default MODEL_DIR/loras.")
    video_dir: Path | None = Field(
        default=None, description="Finished films are copied here, and GET /videos tells all of its MP4s."
    )
    max_completed_jobs: int = Field(
        default=1000, ge=0, description="FramePack jobs that have ended and stay when POST /cleanup_jobs is called."
    )
    api_port: int = Field(default=8080, gt=0, lt=65536, description="Where `scripts/serve --app framepack` listens.")
    allowed_origins: str | None = Field(
        default=None, description="More origins like those of CORS_ORIGINS, with commas between them."
    )
    host: str = Field(
        default="127.0.0.1", description="Where `scripts/serve --app style` and `--app framepack` listen."
    )
    port: int = Field(default=8000, gt=0, lt=65536, description="The port of style.")
    debug: bool = Field(default=False, description="The same as LOG_LEVEL=DEBUG.")

    metrics_port: int | None = Field(
        default=None, gt=0, lt=65536, description="Where `scripts/serve` tells Prometheus; by default any free port."
    )
    otel_exporter_otlp_endpoint: str | None = Field(
        default=None, description="Spans of jobs, steps and model calls go to this collector, by OTLP over HTTP."
    )

    vertex_project: str | None = Field(default=None, description="Google Cloud project whose models are used.")
    vertex_base_url: str | None = Field(
        default=None, description="REST address of an emulator or a proxy in place of Google's."
    )
    vertex_grpc_target: str | None = Field(
        default=None, description="host:port of the same for gRPC; without TLS when it is this machine's own."
    )
    vertex_token: SecretStr | None = Field(
        default=None, description="Bearer token for an emulator or a proxy; Google's own credentials need none."
    )
    vertex_location: str = Field(default="global", description="Where Gemini models are asked.")
    vertex_imagen_location: str = Field(default="us-central1", description="Where Imagen models are asked.")
    vertex_text_model: str = Field(default="gemini-3.8-flash", description="Writes concept, characters and dialogue.")
    vertex_plan_model: str = Field(default="gemini-4-argon", description="Plans the story and the pages.")
    vertex_image_models: list[str] = Field(
        default=["imagen-4.0-generate-001", "gemini-3.1-flash-image"],
        description="Image models, best first, as a JSON list; one that has ended is passed over.",
    )
    vertex_text_calls: int = Field(default=8, ge=1, le=256, description="Text calls at once, over all replicas.")
    vertex_image_calls: int = Field(default=5, ge=1, le=256, description="Image calls at once, over all replicas.")
    vertex_text_rpm: float = Field(default=120.0, gt=0, description="Text calls that begin in a minute.")
    vertex_image_rpm: float = Field(default=60.0, gt=0, description="Image calls that begin in a minute.")
    vertex_attempts: int = Field(default=4, ge=1, le=10, description="Tries of one call, the first included.")
    vertex_prices: dict[str, dict[Literal["input", "output", "image"], float]] = Field(
        default=VERTEX_PRICES,
        description="US dollars by the beginning of a model's name: for a million tokens in and out, for a picture.",
    )

    @field_validator("secret_key")
    @classmethod
    def _long_enough(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and len(value.get_secret_value().encode()) < MIN_SECRET_BYTES:
            raise Misconfigured(f"SECRET_KEY is shorter than {MIN_SECRET_BYTES} bytes")
        return value

    @field_validator("api_keys")
    @classmethod
    def _sendable(cls, value: list[SecretStr]) -> list[SecretStr]:
        for number, key in enumerate(value, 1):
            text = key.get_secret_value()
            if len(text) < MIN_KEY_CHARACTERS or not (text.isascii() and text.isprintable()) or " " in text:
                raise Misconfigured(
                    f"key {number} of API_KEYS is not {MIN_KEY_CHARACTERS} or more ASCII characters without spaces; "
                    "`openssl rand -hex 24` makes a good one"
                )
        return value

    @property
    def data_dir(self) -> Path:
        """The data folder, absolute and present."""
        folder = self.koma_data_dir.expanduser().resolve()
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    @property
    def resolved_database_url(self) -> str:
        """The SQLAlchemy URL with an async driver."""
        if self.database_url is None:
            return f"sqlite+aiosqlite:///{self.data_dir / 'koma.db'}"
        scheme, separator, rest = self.database_url.partition("://")
        driver = {"postgres": "postgresql+asyncpg", "postgresql": "postgresql+asyncpg", "sqlite": "sqlite+aiosqlite"}
        return f"{driver.get(scheme, scheme)}{separator}{rest}"

    @property
    def resolved_blob_url(self) -> str:
        """The obstore URL of the blob store."""
        return self.blob_url or (self.data_dir / "blobs").as_uri()

    @property
    def resolved_model_dir(self) -> Path:
        """The folder of weights, absolute; it may not be there yet."""
        return (self.model_dir or self.data_dir / "models").expanduser().resolve()

    @property
    def resolved_lora_dir(self) -> Path:
        """The folder of FramePack's LoRAs, absolute; it may not be there yet."""
        return self.lora_dir.expanduser().resolve() if self.lora_dir else self.resolved_model_dir / "loras"

    @property
    def resolved_video_dir(self) -> Path | None:
        """The folder of more films, absolute, if there is one; it may not be there yet."""
        return self.video_dir.expanduser().resolve() if self.video_dir else None

    @property
    def origins(self) -> list[str]:
        """The origins that a browser may call from, each once."""
        more = [origin.strip() for origin in (self.allowed_origins or "").split(",") if origin.strip()]
        return list(dict.fromkeys([*self.cors_origins, *more]))

    @property
    def comfyui_urls(self) -> list[str]:
        """The ComfyUI servers, without a slash at the end."""
        return [url.strip().rstrip("/") for url in (self.comfyui_base_url or "").split(",") if url.strip()]

    def retention_hours(self, app: str) -> float:
        """How long ended jobs of an application are stored."""
        return self.task_cleanup_hours if app in {"style", "comfyui"} else self.job_retention_hours

    def webhook_key(self) -> bytes:
        """The key that signs webhooks. Raises Misconfigured when WEBHOOK_SECRET is not whsec_ and base64."""
        if self.webhook_secret is None:
            return hashlib.sha256(b"webhook:" + self.signing_key()).digest()
        try:
            return base64.b64decode(self.webhook_secret.get_secret_value().removeprefix("whsec_"), validate=True)
        except ValueError as error:
            raise Misconfigured("WEBHOOK_SECRET is not whsec_ followed by base64") from error

    def signing_key(self) -> bytes:
        """The key of file links: ``SECRET_KEY``, else one generated once and stored in the data folder."""
        if self.secret_key is not None:
            return self.secret_key.get_secret_value().encode()
        path = self.data_dir / "secret_key"
        if not path.exists():
            _create_whole(path, token_urlsafe(48).encode())
        key = path.read_bytes()
        if len(key) < MIN_SECRET_BYTES:
            raise Misconfigured("the file secret_key in KOMA_DATA_DIR is too short; delete it, and a new one is made")
        return key


def _create_whole(path: Path, content: bytes) -> None:
    """Make a private file that is never seen half written; a second process takes the first one's."""
    handle, name = tempfile.mkstemp(dir=path.parent)
    try:
        with open(handle, "wb") as file:
            file.write(content)
        with contextlib.suppress(FileExistsError):
            os.link(name, path)
    finally:
        os.unlink(name)


@lru_cache(maxsize=1)
def get_settings() -> Settings:
    """The settings of this process, read once."""
    return Settings()
