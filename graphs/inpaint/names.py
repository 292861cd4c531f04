"""The names of steps and model slots."""

from enum import StrEnum


class InpaintStep(StrEnum):
    """The steps of a task, by the stages of seed 000."""

    PREPARING = "preparing"
    MASKING = "masking"
    INPAINTING = "inpainting"
    FINALIZING = "finalizing"
    NOTIFYING = "notifying"


MODEL = "inpainter"
