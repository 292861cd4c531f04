"""What the style API takes. Field names, defaults and limits are those of seed 004."""

from typing import Annotated, ClassVar, Literal

from pydantic import ConfigDict, Field, FiniteFloat, model_validator

from foundation.settings import Settings
from serve_app.http.values import Written
from serve_app.http.warnings import TolerantBody

APP = "style"
TASK_ID = r"^[A-Za-z0-9_-]{1,64}$"
NAME = r"^[\w-]{1,64}$"
MOST_IMAGES = 10
LARGEST_SEED = 2**63 - 1
# base64 takes 4 characters for 3 bytes
BASE64_SHARE = 4 / 3
ROOM_FOR_THE_REST = 1_000_000


def largest_body(settings: Settings) -> int:
    """Bytes of a body with an image of the largest size."""
    return int(settings.max_file_size * BASE64_SHARE) + ROOM_FOR_THE_REST


UserId = Annotated[Written, Field(min_length=1, max_length=128)]
Url = Annotated[str, Field(min_length=1, max_length=2048)]
Strength = Annotated[FiniteFloat, Field(ge=0.1, le=1.0)]
Text = Annotated[str, Field(max_length=4000)]


class Wish(TolerantBody):
    """What is asked of a picture, whichever way it comes."""

    # the picture of a form comes beside these fields
    other_names: ClassVar[frozenset[str]] = frozenset({"image"})

    user_id: UserId
    style_type: Annotated[str, Field(pattern=NAME, description="One of GET /api/v1/styles.")] = "clay"
    custom_prompt: Text | None = Field(default=None, description="In place of the style's own prompt.")
    strength: Strength = 0.6
    negative_prompt: Text | None = Field(default=None, description="In place of the style's own.")
    seed: int | None = Field(default=None, ge=0, le=LARGEST_SEED, description="By default one made from the task id.")
    workflow: Annotated[str, Field(pattern=NAME)] | None = Field(
        default=None, description="One of GET /api/v1/workflows; by default the style's own."
    )
    engine: Literal["auto", "draft", "local", "comfyui"] = Field(
        default="auto",
        description="auto: the first of ComfyUI servers, own weights and filters that has all that the task needs.",
    )
    priority: int = Field(default=0, ge=-10, le=10, description="Tasks with more of it go first.")
    previews: bool = Field(default=False, description="Whether progress events carry small pictures.")
    keep_metadata: bool = Field(
        default=False, description="Leave prompt and workflow in the file. Whoever gets the picture can read them."
    )
    webhook_url: Url | None = Field(default=None, description="Gets a signed POST when the task has ended.")


class TransformRequest(Wish):
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
    image: str | None = Field(default=None, description="PNG, JPEG or WebP in base64, in place of image_url.")
    task_id: Annotated[str, Field(pattern=TASK_ID)] | None = Field(
        default=None, description="An id of your own: the same body again gives the same task."
    )

    @model_validator(mode="after")
    def _one_picture(self) -> "TransformRequest":
        if (self.image_url is None) == (self.image is None):
            raise ValueError("either image_url or image is needed")
        return self


class BatchTransformRequest(Wish):
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
