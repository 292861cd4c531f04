"""The format of a picture in an answer, by the request's ``Accept``."""

from fastapi import Request

MEDIA_TYPES = {"png": "image/png", "webp": "image/webp", "jpeg": "image/jpeg"}


def accepted_format(request: Request) -> str:
    """The format that ``Accept`` prefers: png, webp or jpeg; PNG where it names none of them."""
    best, form = 0.0, "png"
    for entry in request.headers.get("accept", "").split(","):
        name, _, parameters = entry.strip().partition(";")
        quality = _quality(parameters)
        found = next((f for f, media in MEDIA_TYPES.items() if media == name.strip().lower()), None)
        if found is not None and quality > best:
            best, form = quality, found
    return form


def _quality(parameters: str) -> float:
    for parameter in parameters.split(";"):
        key, _, value = parameter.strip().partition("=")
        if key == "q":
            try:
                return float(value)
            except ValueError:
                return 0.0
    return 1.0
