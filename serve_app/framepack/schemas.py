"""The requests of the new FramePack routes. Field names and defaults of the first fields are those of seed 002."""

from typing import Annotated, ClassVar, Literal

from pydantic import AfterValidator, ConfigDict, Field, FiniteFloat, ValidationInfo, field_validator

from foundation.settings import Settings
from serve_app.http.body_limit import largest_body as body_with_pictures
from serve_app.http.values import Text, Written
from serve_app.jobs.accept import JOB_ID
from serve_app.jobs.warnings import TolerantBody

IMAGES, VIDEOS = "framepack", "framepack_video"
APPS = (IMAGES, VIDEOS)
MOST_PROMPTS = 100
LONGEST_PROMPT = 10_000
LARGEST_SEED = 2**63 - 1
MULTIPLE = 16
SMALLEST, LARGEST = 64, 2176
# prompts of a batch, each of their characters in four bytes
PROMPT_BYTES = 4 * MOST_PROMPTS * LONGEST_PROMPT


def largest_body(settings: Settings) -> int:
    """Bytes of a body with two pictures of the largest size; masks are small."""
    return body_with_pictures(settings, 2) + PROMPT_BYTES


def _divisible(value: int) -> int:
    if value % MULTIPLE:
        raise ValueError(f"must be a multiple of {MULTIPLE}")
    return value


Prompt = Annotated[Written, Field(min_length=1, max_length=LONGEST_PROMPT)]
Negative = Annotated[Text, Field(max_length=LONGEST_PROMPT)]
Side = Annotated[int, Field(ge=SMALLEST, le=LARGEST), AfterValidator(_divisible)]
Seed = Annotated[int, Field(ge=-1, le=LARGEST_SEED)]
Scale = Annotated[FiniteFloat, Field(ge=-10, le=10)]
LoraName = Annotated[Text, Field(min_length=1, max_length=255)]
Frame = Annotated[FiniteFloat, Field(ge=0, le=64)]
Engine = Literal["auto", "draft", "local"]
Sampler = Literal["unipc", "euler"]
Layout = Literal["eichi", "musubi", "minimal"]


class CommonOptions(TolerantBody):
    """The options of pictures and films."""

    # a job's own data and a picture's parameters have it, and may be sent back
    other_names: ClassVar[frozenset[str]] = frozenset({"type"})

    cfg: FiniteFloat = Field(default=1.0, ge=1, le=30, description="True CFG; above 1 the negative prompt counts.")
    gs: FiniteFloat = Field(default=10.0, ge=0, le=32, description="Distilled guidance.")
    rs: FiniteFloat = Field(default=0.0, ge=0, le=1, description="CFG rescale.")
    engine: Engine = Field(default="auto", description="auto: local weights if they are there, else a sketch.")
    sampler: Sampler = "unipc"
    previews: bool = Field(default=True, description="Whether progress events carry preview pictures.")
    priority: int = Field(default=0, ge=-10, le=10, description="Jobs of higher priority run first.")
    job_id: Annotated[str, Field(pattern=JOB_ID)] | None = Field(
        default=None, description="An id of your choice. The same body sent again returns the same job."
    )


class PictureOptions(CommonOptions):
    """The options of every picture."""

    negative_prompt: Negative | None = ""
    steps: int = Field(default=30, ge=1, le=100)
    lora_paths: Annotated[list[LoraName], Field(max_length=16)] | None = Field(
        default=None, description="Names from GET /loras."
    )
    lora_scales: Annotated[list[Scale], Field(max_length=16)] | None = Field(
        default=None, description="One for each of lora_paths; 1.0 by default."
    )
    layout: Layout = Field(default="eichi", description="The history frames of the context.")
    target_index: Frame | None = Field(
        default=None, description="Position of the picture in time; the layout has its own."
    )
    metadata: bool = Field(default=True, description="Whether the PNG contains its parameters.")

    @field_validator("lora_scales")
    @classmethod
    def _as_many_scales(cls, value: list[float] | None, info: ValidationInfo) -> list[float] | None:
        # an error in lora_paths is reported at lora_paths
        if value is not None and "lora_paths" in info.data and len(value) != len(info.data["lora_paths"] or []):
            raise ValueError("must be as long as lora_paths")
        return value


class ImageRequest(PictureOptions):
    """One picture of a prompt."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"prompt": "A girl with an umbrella on a rainy roof", "seed": 7, "steps": 30}]}
    )

    prompt: Prompt
    seed: Seed | None = Field(default=-1, description="-1: derived from the job id.")
    width: Side = 1216
    height: Side = 704
    start_image: str | None = Field(default=None, description="The picture to start from, in base64.")
    rope_sweep: int | None = Field(
        default=None, ge=1, le=64, description="That many pictures of one seed, with the target index increasing by 1."
    )


class BatchRequest(PictureOptions):
    """One picture of each prompt."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"prompts": ["A harbour at dawn", "The same harbour at night"], "seeds": [1, 2]}]
        }
    )

    prompts: Annotated[list[Prompt], Field(min_length=1, max_length=MOST_PROMPTS)]
    seeds: Annotated[list[Seed], Field(max_length=MOST_PROMPTS)] | None = Field(
        default=None, description="One for each of prompts. -1: derived from the job id and the row."
    )
    batch_size: int = Field(default=4, ge=1, le=8, description="Pictures that may share one forward pass.")
    width: Side = 1216
    height: Side = 704

    @field_validator("seeds")
    @classmethod
    def _as_many_seeds(cls, value: list[int] | None, info: ValidationInfo) -> list[int] | None:
        if value is not None and "prompts" in info.data and len(value) != len(info.data["prompts"]):
            raise ValueError("must be as long as prompts")
        return value


class TransferRequest(PictureOptions):
    """A picture that moves from the source towards the target (kisekaeichi)."""

    source_image: str = Field(description="The picture to start from: PNG, JPEG or WebP in base64.")
    target_image: str = Field(description="The reference, in base64.")
    prompt: Prompt
    transfer_strength: FiniteFloat = Field(
        default=0.7, ge=0, le=1, description="0 keeps the source, 1 starts from noise."
    )
    seed: Seed | None = Field(default=-1, description="-1: derived from the job id.")
    source_mask: str | None = Field(default=None, description="Greyscale, in base64: white areas keep the source.")
    target_mask: str | None = Field(
        default=None, description="Greyscale, in base64: white areas of the target are used."
    )
    control_index: Frame = Field(default=10.0, description="Position of the reference in time.")
    width: Side | None = Field(
        default=None, description="Sent with height. By default that of the source, within limits."
    )
    height: Side | None = Field(default=None, validate_default=True)

    @field_validator("height")
    @classmethod
    def _both_sides(cls, value: int | None, info: ValidationInfo) -> int | None:
        if "width" in info.data and (info.data["width"] is None) != (value is None):
            raise ValueError("must be sent together with width")
        return value
