"""What a request may ask of the engine. Names and defaults are IOPaint's where it has them."""

import math
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

Strategy = Literal["Auto", "Original", "Crop", "Resize"]
MaskMode = Literal["rect", "glyph", "auto"]
Format = Literal["png", "webp", "jpeg"]


def _finite(value: float) -> float:
    if not math.isfinite(value):
        raise ValueError("must be a finite number")
    return value


Finite = Annotated[float, AfterValidator(_finite)]


class Region(BaseModel):
    """Where words are, in pixels of the upright picture: a box, or a polygon that overrides it."""

    model_config = ConfigDict(extra="forbid")

    x: Finite = 0.0
    y: Finite = 0.0
    width: Annotated[Finite, Field(ge=0)] = 0.0
    height: Annotated[Finite, Field(ge=0)] = 0.0
    polygon: list[tuple[Finite, Finite]] | None = Field(default=None, min_length=3, max_length=1000)


class FillOptions(BaseModel):
    """How to fill. ``Auto`` is Koma's own strategy, the others have IOPaint's exact meaning."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    model: str = "cv2"
    hd_strategy: Strategy = "Auto"
    hd_strategy_crop_trigger_size: int = Field(default=1280, ge=1)
    hd_strategy_crop_margin: int = Field(default=32, ge=0)
    hd_strategy_resize_limit: int = Field(default=1280, ge=64)
    mask_mode: MaskMode = "rect"
    seed: int = Field(default=42, ge=0, lt=2**63, description="Of the noise that ldm starts from.")
    ldm_steps: int = Field(default=20, ge=1, le=150)
    ldm_sampler: Literal["plms", "ddim"] = "plms"
    zits_wireframe: bool = True
    cv2_flag: Literal["INPAINT_NS", "INPAINT_TELEA"] = "INPAINT_NS"
    cv2_radius: int = Field(default=4, ge=1, le=64)
    format: Format = "png"

    @model_validator(mode="before")
    @classmethod
    def _drop_unset(cls, value: object) -> object:
        """None means the default."""
        return {k: v for k, v in value.items() if v is not None} if isinstance(value, dict) else value
