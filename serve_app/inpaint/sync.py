"""The three synchronous routes: the picture, or its statistics, in the answer itself."""

import asyncio
import time
from typing import Any

from fastapi import APIRouter, Request, Response

from foundation.errors import KomaError, ReplicaLost, TimedOut
from foundation.graph import Model
from foundation.images import decode_base64, open_image, text_removal_limits
from foundation.settings import Settings
from serve_app.http.problems import WrongField, problem_responses
from serve_app.http.warnings import RequestWarning, warning_header
from serve_app.inpaint.answers import Dimensions, InpaintAnswer, ProcessingStats
from serve_app.inpaint.schemas import InpaintRegionsRequest, InpaintRequest, Region, Tuning, warnings_of_tuning
from serve_app.inpaint.status import (
    MEDIA_TYPES,
    PREFIX,
    InpainterOf,
    NothingGiven,
    iso,
    total_area,
    wanted_format,
)

FAILS = problem_responses(400, 413, 422, 503, 504)
PICTURE: dict[int | str, dict[str, Any]] = {
    200: {"content": {media: {} for media in MEDIA_TYPES.values()}, "description": "The picture."}
}


async def decode(text: str, what: str, settings: Settings, readable: bool = True) -> bytes:
    """The bytes of a base64 field, of a picture within the limits if it must be ``readable``.

    Raises NothingGiven, and WrongField for one that cannot be read or is too large.
    """
    if not text.strip():
        raise NothingGiven(f"No {what} provided")
    try:
        return await asyncio.to_thread(_decoded, text, settings, readable)
    except KomaError as error:
        raise WrongField(what, error) from error


def _decoded(text: str, settings: Settings, readable: bool) -> bytes:
    data = decode_base64(text, settings.max_file_size)
    if readable:
        open_image(data, text_removal_limits(settings))
    return data


def dumped(regions: list[Region]) -> list[dict[str, Any]]:
    """Regions for the engine. Raises NothingGiven when there are none."""
    if not regions:
        raise NothingGiven("No regions provided")
    return [region.model_dump() for region in regions]


class Remover:
    """Synchronous work on a model: one retry when a replica dies, an end when it takes too long."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    async def remove(self, inpainter: Model, work: dict[str, Any], tuning: Tuning, form: str) -> dict[str, Any]:
        """The finished picture and how it was made, with ``seconds`` from start to end."""
        options = tuning.options(self._settings.iopaint_model, form)
        started = time.monotonic()
        try:
            async with asyncio.timeout(self._settings.request_timeout):
                done = await self._twice(inpainter, work, options, tuning.engine)
        except TimeoutError as error:
            raise TimedOut(f"no answer within {self._settings.request_timeout:g} s (REQUEST_TIMEOUT)") from error
        return done | {"seconds": time.monotonic() - started}

    async def _twice(
        self, inpainter: Model, work: dict[str, Any], options: dict[str, Any], engine: str
    ) -> dict[str, Any]:
        try:
            return await inpainter.call("remove", work, options, engine, holding=options["model"])
        except ReplicaLost:
            return await inpainter.call("remove", work, options, engine, holding=options["model"])


def sync_router(settings: Settings) -> APIRouter:
    """The synchronous routes."""
    router = APIRouter(prefix=PREFIX, tags=["inpaint"])
    remover = Remover(settings)

    async def work_of(body: InpaintRegionsRequest) -> dict[str, Any]:
        image = await decode(body.image, "image", settings)
        return {"data": image, "regions": dumped(body.regions)}

    @router.post("/inpaint", response_class=Response, responses=PICTURE | FAILS)
    async def inpaint(request: Request, inpainter: InpainterOf, body: InpaintRequest) -> Response:
        """Fill what the mask shows and give the picture, as PNG, or WebP or JPEG if ``Accept`` prefers it."""
        image = await decode(body.image, "image", settings)
        mask = await decode(body.mask, "mask", settings)
        form = wanted_format(request)
        done = await remover.remove(inpainter, {"data": image, "mask": mask}, body, form)
        return _picture(done, form, body, {})

    @router.post("/inpaint-regions", response_class=Response, responses=PICTURE | FAILS)
    async def inpaint_regions(request: Request, inpainter: InpainterOf, body: InpaintRegionsRequest) -> Response:
        """Fill the regions and give the picture, as PNG, or WebP or JPEG if ``Accept`` prefers it."""
        work, form = await work_of(body), wanted_format(request)
        done = await remover.remove(inpainter, work, body, form)
        area = total_area(work["regions"], (done["width"], done["height"]))
        counts = {"X-Regions-Count": str(len(body.regions)), "X-Total-Area": str(area)}
        return _picture(done, form, body, counts)

    @router.post("/inpaint-regions-json", response_model=InpaintAnswer, responses=FAILS)
    async def inpaint_regions_json(inpainter: InpainterOf, body: InpaintRegionsRequest) -> InpaintAnswer:
        """Fill the regions and give statistics; the picture itself is thrown away, as in the original."""
        work = await work_of(body)
        done = await remover.remove(inpainter, work, body, "png")
        stats = ProcessingStats(
            regions_processed=len(body.regions),
            total_area=total_area(work["regions"], (done["width"], done["height"])),
            processing_time=round(done["seconds"], 3),
            image_dimensions=Dimensions(width=done["width"], height=done["height"]),
        )
        message = f"Successfully processed {len(body.regions)} regions"
        return InpaintAnswer(
            message=message,
            processing_stats=stats,
            timestamp=iso(),
            model=done["model"],
            engine=done["engine"],
            warnings=_warnings(done, body),
        )

    return router


def _warnings(done: dict[str, Any], body: Tuning) -> list[RequestWarning]:
    """What was ignored of the request, and what was not done of the rest."""
    return warnings_of_tuning(body) + [RequestWarning(**each) for each in done["warnings"]]


def _picture(done: dict[str, Any], form: str, body: Tuning, headers: dict[str, str]) -> Response:
    ending = {"jpeg": "jpg"}.get(form, form)
    common = {
        "Content-Disposition": f"attachment; filename=inpainted_image.{ending}",
        "X-Processing-Time": f"{done['seconds']:.3f}",
        "X-Timestamp": iso(),
        "X-Model": done["model"],
        "X-Engine": done["engine"],
        "X-Masked-Pixels": str(done["masked_pixels"]),
        "X-Content-Type-Options": "nosniff",
        "Vary": "Accept",
    }
    headers = common | headers | warning_header(_warnings(done, body))
    return Response(done["data"], media_type=MEDIA_TYPES[form], headers=headers)
