"""The form of the older ``POST /generate``. Names and defaults of its first fields are those of the original."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field, FiniteFloat, field_validator

from serve_app.framepack.schemas import SMALLEST, CommonOptions, LoraName, Negative, Prompt, Scale, Seed

LONGEST_FILM_S = 120
# a section of this size takes 0.8 GB while it is decoded
LARGEST_FILM = 960
WITHOUT_EFFECT = {
    "use_teacache": "every step is computed",
    "gpu_memory_preservation": "the deployment's memory mode decides",
}


class FilmForm(CommonOptions):
    """The options of a film; its pictures are files of the form."""

    other_names: ClassVar[frozenset[str]] = frozenset({"type", "image", "end_image"})

    prompt: Prompt = "A character doing some simple body movements."
    video_length: Annotated[FiniteFloat, Field(gt=0, le=LONGEST_FILM_S)] = Field(default=5.0, description="Seconds.")
    seed: Seed = Field(default=-1, description="-1: derived from the job id.")
    use_teacache: bool = Field(default=True, description="Returned as sent, without effect: every step is computed.")
    gpu_memory_preservation: Annotated[FiniteFloat, Field(ge=0, le=1024)] = Field(
        default=6.0, description="Returned as sent, without effect: the deployment decides the memory mode."
    )
    steps: int = Field(default=25, ge=1, le=100)
    mp4_crf: Annotated[FiniteFloat, Field(ge=0, le=51)] = Field(default=16.0, description="Lower is better and larger.")
    lora_scale: Scale = 1.0
    lora_path: LoraName | None = Field(default=None, description="A name from GET /loras.")
    sampling_mode: Literal["reverse", "forward"] = Field(
        default="reverse",
        description="reverse: from the end to the beginning (FramePack); forward: from the beginning (F1).",
    )
    negative_prompt: Negative = ""
    resolution: int = Field(
        default=640,
        ge=SMALLEST,
        le=LARGEST_FILM,
        description="The film has about this number squared of pixels, in the shape of its picture.",
    )

    @field_validator("lora_path", mode="before")
    @classmethod
    def _none_if_empty(cls, value: object) -> object:
        # a form cannot leave a value out of a field that it has
        return value or None
