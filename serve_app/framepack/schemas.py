"""What the new FramePack routes take. Field names and defaults of the first fields are those of seed 002."""

import math
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

IMAGES, VIDEOS = "framepack", "framepack_video"
APPS = (IMAGES, VIDEOS)
JOB_ID = r"^[A-Za-z0-9_-]{1,64}$"
MOST_PROMPTS = 100
LARGEST_SEED = 2**63 - 1
MULTIPLE = 16
SMALLEST, LARGEST = 64, 2176


def _finite(value: float) -> float:
    if not math.isfinite(value):
        raise ValueError("must be a finite number")
    return value


def _written(value: str) -> str:
    if not value.strip() or "\0" in value:
        raise ValueError("must not be empty")
    return value


def _divisible(value: int) -> int:
    if value % MULTIPLE:
        raise ValueError(f"must be a multiple of {MULTIPLE}")
    return value


Finite = Annotated[float, AfterValidator(_finite)]
Prompt = Annotated[str, Field(min_length=1, max_length=10_000), AfterValidator(_written)]
Side = Annotated[int, Field(ge=SMALLEST, le=LARGEST), AfterValidator(_divisible)]
Seed = Annotated[int, Field(ge=-1, le=LARGEST_SEED)]
Scale = Annotated[Finite, Field(ge=-10, le=10)]
LoraName = Annotated[str, Field(min_length=1, max_length=255)]
Frame = Annotated[Finite, Field(ge=0, le=64)]


class Wish(BaseModel):
    """What is asked of every picture, whichever way it comes."""

    negative_prompt: str | None = Field(default="", max_length=10_000, pattern=r"^[^\x00]*$")
    steps: int = Field(default=30, ge=1, le=100)
    cfg: Finite = Field(default=1.0, ge=1, le=30, description="True CFG; above 1 the negative prompt counts.")
    lora_paths: Annotated[list[LoraName], Field(max_length=16)] | None = Field(
        default=None, description="Names of GET /loras."
    )
    lora_scales: Annotated[list[Scale], Field(max_length=16)] | None = Field(
        default=None, description="One for each of lora_paths; 1.0 by default."
    )
    gs: Finite = Field(default=10.0, ge=0, le=32, description="Distilled guidance.")
    rs: Finite = Field(default=0.0, ge=0, le=1, description="CFG rescale.")
    engine: Literal["auto", "draft", "local"] = Field(
        default="auto", description="auto: own weights if there are any, else a sketch."
    )
    sampler: Literal["unipc", "euler"] = "unipc"
    layout: Literal["eichi", "musubi", "minimal"] = Field(
        default="eichi", description="Which history frames there are."
    )
    target_index: Frame | None = Field(default=None, description="Place of the picture in time; the layout's own.")
    previews: bool = Field(default=True, description="Whether progress events carry small pictures.")
    metadata: bool = Field(default=True, description="Whether the PNG tells its parameters.")
    priority: int = Field(default=0, ge=-10, le=10, description="Jobs with more of it go first.")
    job_id: Annotated[str, Field(pattern=JOB_ID)] | None = Field(
        default=None, description="An id of your own: the same body again gives the same job."
    )

    @model_validator(mode="after")
    def _as_many_scales(self) -> "Wish":
        if self.lora_scales is not None and len(self.lora_scales) != len(self.lora_paths or []):
            raise ValueError("lora_scales must be as long as lora_paths")
        return self


class ImageRequest(Wish):
    """One picture of a prompt."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"prompt": "A girl with an umbrella on a rainy roof", "seed": 7, "steps": 30}]}
    )

    prompt: Prompt
    seed: Seed | None = Field(default=-1, description="-1: one that follows from the job's id.")
    width: Side = 1216
    height: Side = 704
    start_image: str | None = Field(default=None, description="The picture to begin with, in base64.")
    rope_sweep: int | None = Field(
        default=None, ge=1, le=64, description="So many pictures of one seed, the target index growing by 1."
    )


class BatchRequest(Wish):
    """One picture of each prompt."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"prompts": ["A harbour at dawn", "The same harbour at night"], "seeds": [1, 2]}]
        }
    )

    prompts: Annotated[list[Prompt], Field(min_length=1, max_length=MOST_PROMPTS)]
    seeds: Annotated[list[Seed], Field(max_length=MOST_PROMPTS)] | None = None
    batch_size: int = Field(default=4, ge=1, le=8, description="Pictures that may share one forward.")
    width: Side = 1216
    height: Side = 704

    @model_validator(mode="after")
    def _as_many_seeds(self) -> "BatchRequest":
        if self.seeds is not None and len(self.seeds) != len(self.prompts):
            raise ValueError("seeds must be as long as prompts")
        return self


class TransferRequest(Wish):
    """A picture that goes from the source towards the target (kisekaeichi)."""

    source_image: str = Field(description="The picture to begin with, PNG, JPEG or WebP in base64.")
    target_image: str = Field(description="The reference, in base64.")
    prompt: Prompt
    transfer_strength: Finite = Field(default=0.7, ge=0, le=1, description="0 keeps the source, 1 begins from noise.")
    seed: Seed | None = Field(default=-1, description="-1: one that follows from the job's id.")
    source_mask: str | None = Field(default=None, description="Grey picture in base64: white is kept of the source.")
    target_mask: str | None = Field(default=None, description="The same for the target.")
    control_index: Frame = Field(default=10.0, description="Place of the reference in time.")
    width: Side | None = Field(default=None, description="With height; by default the source's own size.")
    height: Side | None = None

    @model_validator(mode="after")
    def _both_sides(self) -> "TransferRequest":
        if (self.width is None) != (self.height is None):
            raise ValueError("width and height are given together")
        return self
