"""The names of steps and model slots."""

from enum import StrEnum

IMAGES, VIDEOS = "framepack", "framepack_video"


class ImageStep(StrEnum):
    """The steps of a job of pictures."""

    PREPARING = "preparing"
    PAINTING = "painting"
    FINISHING = "finishing"


class FilmStep(StrEnum):
    """The steps of a job of films."""

    PREPARING = "preparing"
    FILMING = "filming"
    FINISHING = "finishing"


# engines by the names of requests, best first
ENGINES = {"local": "framepack", "draft": "draft"}
