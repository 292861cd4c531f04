"""Stray lettering is taken out of a picture: Gemini says where it is, the text-removal application's model fills it."""

from collections.abc import Mapping
from dataclasses import replace

from foundation.errors import KomaError
from foundation.graph import Context, Json
from foundation.jobs.leases import JobCancelled
from foundation.jobs.types import LeaseLost
from foundation.models.gemini import GeminiClient
from foundation.models.inpainter import InpainterClient, RemovalOptions, RemovalRequest
from foundation.settings import get_settings
from graphs.common.choice import AUTO, description_of
from graphs.manga.artists import Picture
from graphs.manga.engines import failure_of
from graphs.manga.names import ModelName

READER, FILLER = ModelName.GEMINI, ModelName.INPAINTER


async def cleaned(context: Context, picture: Picture) -> tuple[Picture, dict[str, Json]]:
    """The picture without lettering, and a report; one that cannot be inspected stays as it is, which is reported."""
    if not context.args.get("clean_lettering", False):
        return picture, {}
    if not (await description_of(context, READER))["ready"]:
        return picture, {"lettering": {"checked": False, "why": "no reader is ready; set VERTEX_PROJECT"}}
    try:
        return await _cleaned(context, picture)
    except (JobCancelled, LeaseLost):
        raise
    except KomaError as error:
        return picture, {"lettering": {"checked": False, "why": failure_of(READER, error)["detail"]}}


async def _cleaned(context: Context, picture: Picture) -> tuple[Picture, dict[str, Json]]:
    settings = get_settings()
    found = await GeminiClient(context.models[READER]).lettering(picture.image, settings.manga_text_budget_s)
    usage = added(picture.usage, found.usage)
    report: dict[str, Json] = {"lettering": {"checked": True, "removed": len(found.regions)}}
    if not found.regions:
        return replace(picture, usage=usage), report
    request, options = RemovalRequest(picture.image, found.regions), RemovalOptions(settings.iopaint_model)
    filled = await InpainterClient(context.models[FILLER]).remove(request, options, AUTO)
    return replace(picture, image=filled.data, usage=usage), report


def added(one: Mapping[str, Json], other: Mapping[str, Json]) -> dict[str, Json]:
    """Two usages together."""
    return {name: round(one.get(name, 0) + other.get(name, 0), 5) for name in (*one, *other)}
