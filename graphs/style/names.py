"""The names of steps and model slots."""

from enum import StrEnum


class StyleStep(StrEnum):
    """The steps of a task."""

    FETCHING = "fetching"
    CHOOSING = "choosing"
    TRANSFORMING = "transforming"
    FINISHING = "finishing"


FILTERS, DIFFUSER, COMFY = "filters", "diffuser", "comfy"
# engines by the names of requests, best first
ENGINES = {"comfyui": COMFY, "local": DIFFUSER, "draft": FILTERS}
EXECUTING = "executing"
