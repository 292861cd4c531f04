"""The older API, as FramePack-FastAPI has it: a form, jobs by their ids at the root, and their results.

Its paths, fields, messages and status codes are kept; what was broken in it is not.
"""

import asyncio
import base64
import io
from collections.abc import AsyncGenerator
from contextlib import suppress
from typing import Annotated, Any

from fastapi import APIRouter, File, Form, Request, Response, UploadFile
from fastapi.responses import StreamingResponse
from PIL import Image

from foundation.errors import BadImage, ClientError, NotFound, StoreUnavailable
from foundation.images import decode_image
from foundation.jobs.types import Job, State
from serve_app.framepack.accept import MESSAGES, FramePackAcceptance
from serve_app.framepack.answers import GenerateAnswer, Message, OlderStatus, ResultAnswer
from serve_app.framepack.films import JPEG, left_film
from serve_app.framepack.form import FilmForm
from serve_app.framepack.jobs import FAILS, PNG, JobId, picture
from serve_app.framepack.status import FILM, STATUS, older_status
from serve_app.framepack.view import View, job_of, rows_of
from serve_app.http.problems import problem_responses
from serve_app.jobs.accept import read_upload, warnings_of_job
from serve_app.jobs.fields import WrongField
from serve_app.jobs.follow import follow
from serve_app.jobs.stores import Stores, StoresOf, base_url
from serve_app.jobs.streams import KEEP_ALIVE_S, STREAM, sse, sse_response

ORIENTATION = 0x0112
THUMBNAIL_SIDE = 320


class BadUpload(ClientError):
    """An upload that is no picture: the older API answers 400."""

    code = "bad_image"
    title = BadImage.title
    hint = BadImage.hint


router = APIRouter(tags=["older"])


@router.post(
    "/generate",
    response_model=GenerateAnswer,
    response_model_exclude_unset=True,
    responses=problem_responses(400, 409, 413, 422, 503),
)
async def generate(
    request: Request,
    stores: StoresOf,
    form: Annotated[FilmForm, Form()],
    image: Annotated[UploadFile, File(description="The first picture of the film: PNG, JPEG or WebP.")],
    end_image: Annotated[UploadFile | None, File(description="The last picture of the film.")] = None,
) -> GenerateAnswer:
    """Accept a film."""
    first = await read_upload(image, stores.settings)
    last = (
        await read_upload(end_image, stores.settings, "end_image")
        if end_image is not None and end_image.filename
        else None
    )
    try:
        job = await FramePackAcceptance(request).film(form, first, last)
    except WrongField as error:
        if isinstance(error.error, BadImage):
            raise WrongField(error.field.pointer.removeprefix("/"), BadUpload(error.error.detail)) from error
        raise
    warnings = warnings_of_job(job)
    answer = GenerateAnswer(job_id=job.id, message=MESSAGES[FILM])
    return answer.model_copy(update={"warnings": warnings}) if warnings else answer


@router.get("/status/{job_id}", response_model=OlderStatus, responses=FAILS)
async def status(request: Request, stores: StoresOf, job_id: JobId) -> OlderStatus:
    """Return the progress of a job."""
    try:
        return await View(request, stores).older(await job_of(stores, job_id))
    except NotFound:
        if await asyncio.to_thread(left_film, stores.settings, job_id) is None:
            raise
        return OlderStatus(job_id=job_id, status="completed", progress=100.0, progress_info="Completed")


@router.get("/stream/status/{job_id}", response_class=StreamingResponse, responses=STREAM | problem_responses(422))
async def stream_status(request: Request, stores: StoresOf, job_id: JobId) -> StreamingResponse:
    """Follow a job as server-sent events: the answer of ``/status`` whenever it changes, until the job ends."""
    view = View(request, stores)
    try:
        job = await job_of(stores, job_id)
    except NotFound:
        return sse_response(_gone())
    # what fails before the first line is an answer of its own
    return sse_response(_statuses(view, stores, job, await view.older(job)))


@router.post("/cancel/{job_id}", response_model=Message, responses=FAILS)
async def cancel(stores: StoresOf, job_id: JobId) -> Message:
    """Request that a job stop."""
    try:
        job = await job_of(stores, job_id)
    except NotFound:
        if await asyncio.to_thread(left_film, stores.settings, job_id) is None:
            raise
        return Message(message="Job is already completed (output file exists).")
    if job.state.terminal and job.state is not State.CANCELLED:
        return Message(message=f"Job is already {STATUS[job.state]}.")
    await stores.jobs.cancel(job_id, job.app)
    return Message(message=f"Cancellation requested for job {job_id}.")


async def _gone() -> AsyncGenerator[str]:
    yield sse("status", {"status": "error", "message": "Job not found or cleaned up."})


async def _statuses(view: View, stores: Stores, job: Job, status: OlderStatus) -> AsyncGenerator[str]:
    yield sse("progress", status.model_dump())
    try:
        async for found in follow(stores, job, job.last_seq, KEEP_ALIVE_S):
            job, before = found[0] if found else job, status
            # nothing is sent while the store is away; the next event makes up for it
            with suppress(StoreUnavailable):
                status = await view.older(job) if found else status
            if status != before:
                yield sse("progress", status.model_dump())
            elif found is None:
                yield ": still here\n\n"
        yield sse("status", {"status": older_status(job), "message": "Job finished."})
    except NotFound:
        async for line in _gone():
            yield line


@router.get("/result/{job_id}", response_model=ResultAnswer, responses=FAILS)
async def result(request: Request, stores: StoresOf, job_id: JobId) -> ResultAnswer:
    """Return the URL of the film of a finished job, or of its first picture."""
    try:
        job = await job_of(stores, job_id)
    except NotFound:
        if await asyncio.to_thread(left_film, stores.settings, job_id) is None:
            raise NotFound(f"Job '{job_id}' not found or result file does not exist.") from None
        return ResultAnswer(video_url=f"{base_url(request)}/download/video/{job_id}")
    if job.state is not State.COMPLETED:
        raise NotFound(f"Job '{job_id}' is not completed yet (status: {older_status(job)}).")
    kind = "video" if job.args["type"] == FILM else "image"
    small = base64.b64encode(await _thumbnail(stores, job)).decode()
    return ResultAnswer(
        video_url=f"{base_url(request)}/download/{kind}/{job_id}",
        thumbnail_base64=f"data:image/jpeg;base64,{small}",
    )


@router.get("/download/image/{job_id}", response_class=Response, responses=PNG | FAILS)
@router.get("/api/image/{job_id}", response_class=Response, responses=PNG | FAILS)
async def download_image(stores: StoresOf, job_id: JobId) -> Response:
    """Return the first finished picture of a job."""
    job = await job_of(stores, job_id)
    rows = [] if job.args["type"] == FILM else await rows_of(stores, job)
    return await picture(stores, job, next((row["index"] for row in rows if "key" in row), 0))


@router.get("/input_image/{job_id}", response_class=Response, responses=JPEG | FAILS)
async def input_image(stores: StoresOf, job_id: JobId) -> Response:
    """Return the picture that a job starts from, as JPEG with its Exif."""
    job = await job_of(stores, job_id)
    key = next((job.args[name] for name in ("image_key", "start_key", "source_key") if job.args.get(name)), None)
    if key is None:
        raise NotFound(f"Input image file not found for job '{job_id}': it starts from none.")
    data = await asyncio.to_thread(_as_jpeg, await stores.blobs.get(key), stores.settings.max_image_pixels)
    headers = {"Content-Disposition": f'inline; filename="input_{job_id}.jpg"', "X-Content-Type-Options": "nosniff"}
    return Response(data, media_type="image/jpeg", headers=headers)


async def _thumbnail(stores: Stores, job: Job) -> bytes:
    result = await stores.result(job)
    if job.args["type"] == FILM:
        return await stores.blobs.get(result["thumbnail"])
    key = next(image["key"] for image in result["images"] if "key" in image)
    return await asyncio.to_thread(_thumbnail_of, await stores.blobs.get(key))


def _thumbnail_of(data: bytes) -> bytes:
    with Image.open(io.BytesIO(data)) as image:
        image.thumbnail((THUMBNAIL_SIDE, THUMBNAIL_SIDE))
        return _jpeg(image, b"")


def _as_jpeg(data: bytes, max_pixels: int) -> bytes:
    return _jpeg(decode_image(data, max_pixels), _exif_of(data))


def _exif_of(data: bytes) -> bytes:
    """The Exif of a picture without its orientation, as the pixels are upright; nothing where it is broken."""
    try:
        with Image.open(io.BytesIO(data)) as image:
            exif: Any = image.getexif()
        exif.pop(ORIENTATION, None)
        return exif.tobytes() if exif else b""
    except Exception:
        return b""


def _jpeg(image: Image.Image, exif: bytes) -> bytes:
    out = io.BytesIO()
    image.convert("RGB").save(out, "JPEG", quality=90, exif=exif)
    return out.getvalue()
