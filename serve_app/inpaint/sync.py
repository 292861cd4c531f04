"""The three synchronous routes: the picture, or its statistics, in the answer itself."""

import asyncio
import time
from dataclasses import replace
from typing import Any

from fastapi import APIRouter, Request, Response

from foundation.errors import ReplicaLost, TimedOut
from foundation.models.inpainter import InpainterClient, Removal, RemovalOptions, RemovalRequest
from foundation.settings import Settings
from serve_app.http.problems import problem_responses
from serve_app.inpaint.accept import decode_picture, dumped
from serve_app.inpaint.answers import Dimensions, InpaintAnswer, ProcessingStats
from serve_app.inpaint.formats import MEDIA_TYPES, accepted_format
from serve_app.inpaint.regions import total_area
from serve_app.inpaint.schemas import InpaintRegionsRequest, InpaintRequest, Tuning, warnings_of_tuning
from serve_app.inpaint.service import InpainterOf
from serve_app.inpaint.status import PREFIX
from serve_app.jobs.stores import StoresOf
from serve_app.jobs.times import iso
from serve_app.jobs.warnings import RequestWarning, warning_header

FAILS = problem_responses(400, 413, 422, 503, 504)
PICTURE: dict[int | str, dict[str, Any]] = {
    200: {"content": {media: {} for media in MEDIA_TYPES.values()}, "description": "The picture."}
}


class Remover:
    """Synchronous work on a model: one retry when a replica dies, an end when it takes too long."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    async def remove(self, inpainter: InpainterClient, request: RemovalRequest, tuning: Tuning, form: str) -> Removal:
        """The finished picture; its ``seconds`` are those from start to end here. Raises TimedOut."""
        options = tuning.options(self._settings.iopaint_model, form)
        started = time.monotonic()
        try:
            async with asyncio.timeout(self._settings.request_timeout):
                done = await self._twice(inpainter, request, options, tuning.engine)
        except TimeoutError as error:
            raise TimedOut(f"no answer within {self._settings.request_timeout:g} s (REQUEST_TIMEOUT)") from error
        return replace(done, seconds=time.monotonic() - started)

    async def _twice(
        self, inpainter: InpainterClient, request: RemovalRequest, options: RemovalOptions, engine: str
    ) -> Removal:
        try:
            return await inpainter.remove(request, options, engine)
        except ReplicaLost:
            return await inpainter.remove(request, options, engine)


router = APIRouter(prefix=PREFIX, tags=["inpaint"])


@router.post("/inpaint", response_class=Response, responses=PICTURE | FAILS)
async def inpaint(request: Request, inpainter: InpainterOf, stores: StoresOf, body: InpaintRequest) -> Response:
    """Fill what the mask covers. The answer is the picture as PNG, or as WebP or JPEG if ``Accept`` prefers it."""
    settings = stores.settings
    image = await decode_picture(body.image, "image", settings)
    mask = await decode_picture(body.mask, "mask", settings)
    form = accepted_format(request)
    done = await Remover(settings).remove(inpainter, RemovalRequest(image, mask=mask), body, form)
    return _picture(done, form, body, {})


@router.post("/inpaint-regions", response_class=Response, responses=PICTURE | FAILS)
async def inpaint_regions(
    request: Request, inpainter: InpainterOf, stores: StoresOf, body: InpaintRegionsRequest
) -> Response:
    """Fill the regions. The answer is the picture as PNG, or as WebP or JPEG if ``Accept`` prefers it."""
    work, form = await _removal_request(body, stores.settings), accepted_format(request)
    done = await Remover(stores.settings).remove(inpainter, work, body, form)
    area = total_area(work.regions, (done.width, done.height))
    counts = {"X-Regions-Count": str(len(body.regions)), "X-Total-Area": str(area)}
    return _picture(done, form, body, counts)


@router.post("/inpaint-regions-json", response_model=InpaintAnswer, responses=FAILS)
async def inpaint_regions_json(inpainter: InpainterOf, stores: StoresOf, body: InpaintRegionsRequest) -> InpaintAnswer:
    """Fill the regions and return statistics only. The picture is discarded, as in the original service."""
    work = await _removal_request(body, stores.settings)
    done = await Remover(stores.settings).remove(inpainter, work, body, "png")
    stats = ProcessingStats(
        regions_processed=len(body.regions),
        total_area=total_area(work.regions, (done.width, done.height)),
        processing_time=round(done.seconds, 3),
        image_dimensions=Dimensions(width=done.width, height=done.height),
    )
    return InpaintAnswer(
        message=f"Successfully processed {len(body.regions)} regions",
        processing_stats=stats,
        timestamp=iso(),
        model=done.model,
        engine=done.engine,
        warnings=_warnings(done, body),
    )


async def _removal_request(body: InpaintRegionsRequest, settings: Settings) -> RemovalRequest:
    image = await decode_picture(body.image, "image", settings)
    return RemovalRequest(image, dumped(body.regions))


def _warnings(done: Removal, body: Tuning) -> list[RequestWarning]:
    """What was ignored of the request, and what the engine did not do."""
    return warnings_of_tuning(body) + [RequestWarning(**each) for each in done.warnings]


def _picture(done: Removal, form: str, body: Tuning, headers: dict[str, str]) -> Response:
    ending = {"jpeg": "jpg"}.get(form, form)
    common = {
        "Content-Disposition": f"attachment; filename=inpainted_image.{ending}",
        "X-Processing-Time": f"{done.seconds:.3f}",
        "X-Timestamp": iso(),
        "X-Model": done.model,
        "X-Engine": done.engine,
        "X-Masked-Pixels": str(done.masked_pixels),
        "X-Content-Type-Options": "nosniff",
        "Vary": "Accept",
    }
    headers = common | headers | warning_header(_warnings(done, body))
    return Response(done.data, media_type=MEDIA_TYPES[form], headers=headers)
