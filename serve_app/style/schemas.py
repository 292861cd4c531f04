"""The requests of the style API. Field names, defaults and limits are those of seed 004."""

from typing import Annotated, ClassVar, Literal

from pydantic import ConfigDict, Field, FiniteFloat, model_validator

from serve_app.http.values import Written
from serve_app.jobs.accept import JOB_ID
from serve_app.jobs.warnings import TolerantBody

APP = "style"
NAME = r"^[\w-]{1,64}$"
MOST_IMAGES = 10
LARGEST_SEED = 2**63 - 1

UserId = Annotated[Written, Field(min_length=1, max_length=128)]
Url = Annotated[str, Field(min_length=1, max_length=2048)]
Strength = Annotated[FiniteFloat, Field(ge=0.1, le=1.0)]
Text = Annotated[str, Field(max_length=4000)]


class TransformOptions(TolerantBody):
    """The options of a transformation, however the picture is sent."""

    # the picture of a form comes beside these fields
    other_names: ClassVar[frozenset[str]] = frozenset({"image"})

    user_id: UserId
    style_type: Annotated[str, Field(pattern=NAME, description="One of GET /api/v1/styles.")] = "clay"
    custom_prompt: Text | None = Field(default=None, description="Replaces the prompt of the style.")
    strength: Strength = 0.6
    negative_prompt: Text | None = Field(default=None, description="Replaces the negative prompt of the style.")
    seed: int | None = Field(default=None, ge=0, le=LARGEST_SEED, description="Default: derived from the task id.")
    workflow: Annotated[str, Field(pattern=NAME)] | None = Field(
        default=None, description="One of GET /api/v1/workflows. Default: that of the style."
    )
    engine: Literal["auto", "draft", "local", "comfyui"] = Field(
        default="auto",
        description="auto: the first of ComfyUI servers, local weights and filters that has everything the task needs.",
    )
    priority: int = Field(default=0, ge=-10, le=10, description="Tasks of higher priority run first.")
    previews: bool = Field(default=False, description="Whether progress events carry preview pictures.")
    keep_metadata: bool = Field(
        default=False,
        description="Keep prompt and workflow in the file, where everybody who has it can read them.",
    )
    webhook_url: Url | None = Field(default=None, description="Receives a signed POST when the task has ended.")


class TransformRequest(TransformOptions):
    """One picture, by its URL or in base64."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "user_id": "user_12345",
                    "image_url": "https://example.com/input.jpg",
                    "style_type": "clay",
                    "custom_prompt": "Clay Style, lovely, 3d, cute",
                    "strength": 0.6,
                }
            ]
        }
    )

    image_url: Url | None = None
    image: str | None = Field(default=None, description="PNG, JPEG or WebP in base64, instead of image_url.")
    task_id: Annotated[str, Field(pattern=JOB_ID)] | None = Field(
        default=None, description="An id of your choice. The same body sent again returns the same task."
    )

    @model_validator(mode="after")
    def _one_picture(self) -> "TransformRequest":
        if (self.image_url is None) == (self.image is None):
            raise ValueError("either image_url or image is required")
        return self


class BatchTransformRequest(TransformOptions):
    """One to ten pictures by their URLs."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "user_id": "user_12345",
                    "image_urls": ["https://example.com/input1.jpg", "https://example.com/input2.jpg"],
                    "style_type": "anime",
                    "strength": 0.7,
                }
            ]
        }
    )

    image_urls: Annotated[list[Url], Field(min_length=1, max_length=MOST_IMAGES)]
