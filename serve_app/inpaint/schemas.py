"""What the text-removal API takes. Field names, defaults and limits are those of seed 000."""

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    FiniteFloat,
    ModelWrapValidatorHandler,
    model_validator,
)

from foundation.models.inpainter import RemovalOptions
from serve_app.jobs.accept import JOB_ID
from serve_app.jobs.warnings import RequestWarning, StrictBody, TolerantBody, unknown_names, warnings_of

APP = "inpaint"
MOST_REGIONS = 1000
MOST_IMAGES = 32
# Windows takes them for devices, whatever follows a dot
RESERVED_NAMES = {"con", "prn", "aux", "nul", *(f"{port}{n}" for port in ("com", "lpt") for n in range(10))}
SAMPLE_IMAGE = (
    "iVBORw0KGgoAAAANSUhEUgAAAEAAAAAgCAIAAAAt/+nTAAAAOklEQVR42u3PMQ0AAAgDsGnA/6sIRAIfgaROZuyypgIBAQEBAQEBAQEBAQEB"
    "AQEBAQEBAQEBAYGTBTFhA8G5VLyAAAAAAElFTkSuQmCC"
)


Length = Annotated[FiniteFloat, Field(ge=0)]


class Region(TolerantBody):
    """An area of text in pixels from the top left: a box, or a polygon that overrides it."""

    other_names: ClassVar[frozenset[str]] = frozenset({"bounding_box"})
    model_config = ConfigDict(json_schema_extra={"examples": [{"x": 8, "y": 8, "width": 40, "height": 12}]})

    x: FiniteFloat
    y: FiniteFloat
    width: Length
    height: Length
    polygon: Annotated[list[tuple[FiniteFloat, FiniteFloat]], Field(min_length=3, max_length=1000)] | None = None

    @model_validator(mode="before")
    @classmethod
    def _unwrap(cls, value: Any) -> Any:
        """Take a region within ``bounding_box`` too, and one that is a polygon alone."""
        if not isinstance(value, dict):
            return value
        given: dict[str, Any] = dict(value)  # pyright: ignore[reportUnknownArgumentType]
        if isinstance(given.get("bounding_box"), dict):
            given = {**given["bounding_box"], "polygon": given.get("polygon")}
        if given.get("polygon") is not None:
            given = {"x": 0.0, "y": 0.0, "width": 0.0, "height": 0.0} | given
        return given

    @model_validator(mode="wrap")
    @classmethod
    def _note_unknown_sides(cls, value: Any, handler: ModelWrapValidatorHandler[Self]) -> Self:
        region = handler(value)
        box: Any = value.get("bounding_box") if isinstance(value, dict) else None  # pyright: ignore
        region._unknown += [f"bounding_box/{name}" for name in unknown_names(box, cls.model_fields)]
        return region


NO_DIFFUSION = "no diffusion model is served here"
WITHOUT_EFFECT: Mapping[str, str] = dict.fromkeys(
    ("sd_strength", "sd_guidance_scale", "prompt", "negative_prompt"), NO_DIFFUSION
) | {"progress_interval": "progress is sent when there is some"}
SAMPLERS = ("ddim", "plms")


class Tuning(TolerantBody):
    """The fields that all requests share. ``hd_strategy`` Auto is Koma's own; the others are IOPaint's."""

    sd_seed: int = Field(default=-1, ge=-1, lt=2**63, description="-1: any seed. The same seed gives the same result.")
    sd_steps: int = Field(default=25, ge=1, le=150, description="Steps of ldm.")
    sd_strength: Annotated[
        FiniteFloat, Field(ge=0, le=1, description="For diffusion models, which are not served here.")
    ] = 1.0
    sd_guidance_scale: Annotated[FiniteFloat, Field(ge=0, le=100, description="See sd_strength.")] = 7.5
    sd_sampler: str = Field(default="ddim", max_length=64, description="For ldm: ddim or plms.")
    hd_strategy: Literal["Auto", "Original", "Crop", "Resize"] = "Auto"
    hd_strategy_crop_trigger_size: int = Field(default=1280, ge=1, le=1_000_000)
    hd_strategy_crop_margin: int = Field(default=32, ge=0, le=4096)
    hd_strategy_resize_limit: int = Field(default=1280, ge=64, le=16384)
    prompt: str = Field(default="", max_length=4000, description="See sd_strength.")
    negative_prompt: str = Field(default="", max_length=4000, description="See sd_strength.")
    mask_mode: Literal["rect", "glyph", "auto"] = Field(
        default="rect", description="Fill whole regions, only the glyphs in them, or glyphs where they can be detected."
    )
    model: str | None = Field(default=None, max_length=64, description="Default: IOPAINT_MODEL.")
    engine: Literal["auto", "draft", "local"] = Field(
        default="auto",
        description="auto: the model if its weights are installed, else cv2. local: the model, or an error.",
    )

    def options(self, default_model: str, form: str) -> RemovalOptions:
        """The options of the engine."""
        sampler = self.sd_sampler.lower()
        return RemovalOptions(
            model=self.model or default_model,
            hd_strategy=self.hd_strategy,
            hd_strategy_crop_trigger_size=self.hd_strategy_crop_trigger_size,
            hd_strategy_crop_margin=self.hd_strategy_crop_margin,
            hd_strategy_resize_limit=self.hd_strategy_resize_limit,
            mask_mode=self.mask_mode,
            ldm_steps=self.sd_steps,
            ldm_sampler=sampler if sampler in SAMPLERS else SAMPLERS[0],
            seed=self.sd_seed if self.sd_seed >= 0 else None,
            format=form,
        )


def warnings_of_tuning(body: Tuning) -> list[RequestWarning]:
    """What is ignored or replaced of a request."""
    here = {name: reason for name, reason in WITHOUT_EFFECT.items() if name in type(body).model_fields}
    replaced = RequestWarning(
        pointer="/sd_sampler",
        code="value_replaced",
        detail=f"the samplers are {' and '.join(SAMPLERS)}; {SAMPLERS[0]} is used",
    )
    return warnings_of(body, here) + ([] if body.sd_sampler.lower() in SAMPLERS else [replaced])


Base64 = Annotated[str, Field(description="PNG, JPEG or WebP in base64, with or without a data: prefix.")]
Regions = Annotated[list[Region], Field(max_length=MOST_REGIONS)]


class InpaintRequest(Tuning):
    """A picture and a mask of the same size. Bright parts of the mask are filled."""

    image: Base64
    mask: Base64


class InpaintRegionsRequest(Tuning):
    """A picture and the regions to fill."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"image": SAMPLE_IMAGE, "regions": [{"x": 8, "y": 8, "width": 40, "height": 12}]}]
        }
    )

    image: Base64
    regions: Regions


class Asynchronous(BaseModel):
    """How a task is followed."""

    enable_progress: bool = True
    progress_interval: Annotated[FiniteFloat, Field(gt=0, le=3600)] = 1.0
    callback_url: str | None = Field(
        default=None, max_length=2048, description="Receives a POST when the task has ended."
    )
    task_id: Annotated[str, Field(pattern=JOB_ID)] | None = None


class AsyncInpaintRequest(InpaintRegionsRequest, Asynchronous):
    """The same as InpaintRegionsRequest, in the background."""


def _file_name(value: str) -> str:
    if value != value.strip(". ") or value.partition(".")[0].lower() in RESERVED_NAMES:
        raise ValueError("must be a name that a file can have on every system")
    return value


class BatchImage(StrictBody):
    """One picture of a batch, with regions or a mask."""

    image: Base64
    regions: Regions = Field(default=[])
    mask: Base64 | None = None
    name: Annotated[str, Field(pattern=r"^[\w. -]{1,100}$"), AfterValidator(_file_name)] | None = Field(
        default=None, description="Its name in the archive."
    )

    @model_validator(mode="after")
    def _say_where(self) -> "BatchImage":
        if not self.regions and self.mask is None:
            raise ValueError("regions or a mask are needed")
        return self


class BatchRequest(Tuning, Asynchronous):
    """Several pictures as one task."""

    model_config = ConfigDict(extra="forbid")

    images: Annotated[list[BatchImage], Field(min_length=1, max_length=MOST_IMAGES)]
