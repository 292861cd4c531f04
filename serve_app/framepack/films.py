"""Films: the finished one, the film so far, and those of VIDEO_DIR."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response
from fastapi import Path as InPath
from fastapi.responses import FileResponse, StreamingResponse

from foundation.errors import ClientError, NotFound, StoreUnavailable
from foundation.jobs.types import Job, State
from foundation.settings import Settings
from serve_app.framepack.jobs import FAILS, JobId
from serve_app.framepack.schemas import VIDEOS
from serve_app.framepack.status import FILM, PREFIX, STATUS
from serve_app.framepack.view import job_of, rows_of
from serve_app.http.application import application_of
from serve_app.http.files import file_response
from serve_app.http.problems import problem_responses
from serve_app.http.ranges import ranged_file
from serve_app.jobs.stores import Stores, StoresOf
from serve_app.jobs.streams import KEEP_ALIVE_S, STREAM, sse_response

SUFFIX = ".mp4"
MOST_LISTED = 1000
LOOK_EVERY_S = 1.0
MP4: dict[int | str, dict[str, Any]] = {
    200: {"content": {"video/mp4": {}}, "description": "The film."},
    206: {"content": {"video/mp4": {}}, "description": "The part of it that Range requests."},
    416: {"description": "The range is outside the film."},
}
JPEG: dict[int | str, dict[str, Any]] = {200: {"content": {"image/jpeg": {}}, "description": "The picture."}}
JoinSections = Callable[[str, Sequence[Mapping[str, Any]], Callable[[str], Awaitable[bytes]]], Awaitable[bytes]]
"""Joins the sections of a mode into one film; the third argument loads a file by its key."""


def join_of(request: Request) -> JoinSections:
    """How the application joins sections."""
    return application_of(request).extras["join_sections"]


JoinOf = Annotated[JoinSections, Depends(join_of)]


class BadName(ClientError):
    """Not a valid name of a film."""

    code = "bad_request"


router = APIRouter(tags=["films"])


@router.get("/download/video/{job_id}", response_class=Response, responses=MP4 | FAILS)
async def download_video(request: Request, stores: StoresOf, job_id: JobId) -> Response:
    """Return the finished film of a job, or the part of it that ``Range`` requests."""
    return await film_response(request, stores, job_id)


@router.get(f"{PREFIX}/jobs/{{job_id}}/film", response_class=Response, responses=MP4 | FAILS)
async def get_film(request: Request, stores: StoresOf, join: JoinOf, job_id: JobId) -> Response:
    """Return the film of a job. While it is in progress, that is the film so far (``X-Film: partial``)."""
    job = await job_of(stores, job_id)
    if job.args["type"] != FILM or job.state is State.COMPLETED:
        return await film_response(request, stores, job_id)
    sections = await rows_of(stores, job)
    if not sections:
        raise NotFound(f"the job {job_id} is {STATUS[job.state]} and has no section yet")
    film = await join(job.args["sampling_mode"], sections, stores.blobs.get)
    return Response(film, media_type="video/mp4", headers={"X-Film": "partial", "Cache-Control": "no-store"})


@router.get(f"{PREFIX}/jobs/{{job_id}}/thumbnail", response_class=Response, responses=JPEG | FAILS)
async def get_thumbnail(stores: StoresOf, job_id: JobId) -> Response:
    """Return a thumbnail from the middle of a finished film."""
    film = await _film_of(stores, await job_of(stores, job_id))
    return file_response(
        await stores.blobs.get(film["thumbnail"]), film["thumbnail"], stores.settings.file_link_seconds
    )


async def film_response(request: Request, stores: Stores, job_id: str) -> Response:
    """The film of a job, also of a removed one that left it in VIDEO_DIR. Raises NotFound."""
    try:
        job = await stores.jobs.get(job_id, VIDEOS)
    except NotFound:
        left = await asyncio.to_thread(left_film, stores.settings, job_id)
        if left is None:
            raise NotFound(f"Video file for job '{job_id}' not found.") from None
        return FileResponse(left, media_type="video/mp4", filename=left.name)
    film = await _film_of(stores, job)
    return await ranged_file(request, stores.blobs, film["key"], f"{job_id}{SUFFIX}")


async def _film_of(stores: Stores, job: Job) -> dict[str, Any]:
    if job.args["type"] != FILM or job.state is not State.COMPLETED:
        raise NotFound(f"Video file for job '{job.id}' not found, status is '{STATUS[job.state]}'.")
    return await stores.result(job)


def left_film(settings: Settings, job_id: str) -> Path | None:
    """The film that a removed job left in VIDEO_DIR, if there is one."""
    return _file_of_folder(settings, f"{job_id}{SUFFIX}")


def _file_of_folder(settings: Settings, name: str) -> Path | None:
    folder = settings.resolved_video_dir
    try:
        return folder / name if folder and (folder / name).is_file() else None
    except OSError:
        # no file system has a name like this
        return None


@router.get("/videos", response_model=list[str], responses=problem_responses(503))
async def list_videos(stores: StoresOf) -> list[str]:
    """List the films: those in VIDEO_DIR, and those of stored jobs."""
    return await film_names(stores)


@router.get("/videos/{filename}", response_class=Response, responses=MP4 | FAILS | problem_responses(400))
async def get_video(
    request: Request, stores: StoresOf, filename: Annotated[str, InPath(min_length=1, max_length=255)]
) -> Response:
    """Return one of these films."""
    if ".." in filename or "/" in filename or "\\" in filename or "\0" in filename:
        raise BadName("Invalid filename.")
    if not filename.lower().endswith(SUFFIX):
        raise BadName("Invalid file type, only MP4 is supported.")
    path = await asyncio.to_thread(_file_of_folder, stores.settings, filename)
    if path is not None:
        return FileResponse(path, media_type="video/mp4", filename=filename)
    return await film_response(request, stores, filename[: -len(SUFFIX)])


@router.get("/video_stream", response_class=StreamingResponse, responses=STREAM)
async def video_stream(stores: StoresOf) -> StreamingResponse:
    """Stream the names of new films as server-sent events, without end."""
    return sse_response(_new_names(stores, set(await film_names(stores))))


async def film_names(stores: Stores) -> list[str]:
    """The names of all films, sorted."""
    jobs, _ = await stores.jobs.find(VIDEOS, [State.COMPLETED], MOST_LISTED)
    return sorted({f"{job.id}{SUFFIX}" for job in jobs} | set(await asyncio.to_thread(_in_folder, stores.settings)))


def _in_folder(settings: Settings) -> list[str]:
    folder = settings.resolved_video_dir
    if folder is None or not folder.is_dir():
        return []
    return [path.name for path in folder.iterdir() if path.suffix.lower() == SUFFIX and path.is_file()]


async def _new_names(stores: Stores, known: set[str]) -> AsyncGenerator[str]:
    quiet = 0.0
    # a client that has seen this misses none that comes later
    yield ": watching\n\n"
    while True:
        await asyncio.sleep(LOOK_EVERY_S)
        quiet += LOOK_EVERY_S
        try:
            names = await film_names(stores)
        except StoreUnavailable:
            continue
        for name in names:
            if name not in known:
                quiet = 0.0
                yield f"data: {name}\n\n"
        known = set(names)
        if quiet >= KEEP_ALIVE_S:
            quiet = 0.0
            yield ": still here\n\n"
