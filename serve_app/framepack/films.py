"""Films: the finished one, the film so far, and those of VIDEO_DIR."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, Request, Response
from fastapi import Path as InPath
from fastapi.responses import FileResponse, StreamingResponse

from foundation.errors import ClientError, NotFound, StoreUnavailable
from foundation.jobs.types import Job, State
from foundation.settings import Settings
from serve_app.framepack.jobs import FAILS, HouseOf, JobId
from serve_app.framepack.schemas import VIDEOS
from serve_app.framepack.status import FILM, FINISHING, PREFIX, STATUS
from serve_app.framepack.view import job_of, rows_of
from serve_app.http.files import file_response
from serve_app.http.problems import problem_responses
from serve_app.http.ranges import ranged_file
from serve_app.jobs.stores import House
from serve_app.jobs.streams import KEEP_ALIVE_S, STREAM, sse_response

SUFFIX = ".mp4"
MOST_LISTED = 1000
LOOK_EVERY_S = 1.0
MP4: dict[int | str, dict[str, Any]] = {
    200: {"content": {"video/mp4": {}}, "description": "The film."},
    206: {"content": {"video/mp4": {}}, "description": "The part of it that Range asks for."},
    416: {"description": "There is no such part."},
}
JPEG: dict[int | str, dict[str, Any]] = {200: {"content": {"image/jpeg": {}}, "description": "The picture."}}
Joined = Callable[[str, Sequence[Mapping[str, Any]], Callable[[str], Awaitable[bytes]]], Awaitable[bytes]]
"""Makes one film of the sections of a mode, with what loads a file by its key."""


class BadName(ClientError):
    """A name that no film can have."""

    code = "bad_request"


def film_router(settings: Settings, joined: Joined) -> APIRouter:
    """The routes that give films."""
    router = APIRouter(tags=["films"])
    _add_films_of_jobs(router, settings, joined)
    _add_films_of_folder(router, settings)
    return router


def _add_films_of_jobs(router: APIRouter, settings: Settings, joined: Joined) -> None:
    @router.get("/download/video/{job_id}", response_class=Response, responses=MP4 | FAILS)
    async def download_video(request: Request, house: HouseOf, job_id: JobId) -> Response:
        """Give the finished film of a job, or the part of it that ``Range`` asks for."""
        return await film_response(request, house, settings, job_id)

    @router.get(f"{PREFIX}/jobs/{{job_id}}/film", response_class=Response, responses=MP4 | FAILS)
    async def get_film(request: Request, house: HouseOf, job_id: JobId) -> Response:
        """Give the film of a job: while it is made, what there is of it so far (``X-Film: partial``)."""
        job = await job_of(house, job_id)
        if job.args["type"] != FILM or job.state is State.COMPLETED:
            return await film_response(request, house, settings, job_id)
        sections = await rows_of(house, job)
        if not sections:
            raise NotFound(f"the job {job_id} is {STATUS[job.state]} and has no section yet")
        film = await joined(job.args["sampling_mode"], sections, house.blobs.get)
        return Response(film, media_type="video/mp4", headers={"X-Film": "partial", "Cache-Control": "no-store"})

    @router.get(f"{PREFIX}/jobs/{{job_id}}/thumbnail", response_class=Response, responses=JPEG | FAILS)
    async def get_thumbnail(house: HouseOf, job_id: JobId) -> Response:
        """Give a small picture of the middle of a finished film."""
        made = await _made(house, await job_of(house, job_id))
        return file_response(
            await house.blobs.get(made["thumbnail"]), made["thumbnail"], house.settings.file_link_seconds
        )


async def film_response(request: Request, house: House, settings: Settings, job_id: str) -> Response:
    """The film of a job, also of one that is forgotten and has left it in VIDEO_DIR. Raises NotFound."""
    try:
        job = await house.jobs.get(job_id, VIDEOS)
    except NotFound:
        left = await asyncio.to_thread(left_film, settings, job_id)
        if left is None:
            raise NotFound(f"Video file for job '{job_id}' not found.") from None
        return FileResponse(left, media_type="video/mp4", filename=left.name)
    made = await _made(house, job)
    return await ranged_file(request, house.blobs, made["key"], f"{job_id}{SUFFIX}")


async def _made(house: House, job: Job) -> dict[str, Any]:
    if job.args["type"] != FILM or job.state is not State.COMPLETED:
        raise NotFound(f"Video file for job '{job.id}' not found, status is '{STATUS[job.state]}'.")
    return await house.result(job, FINISHING)


def left_film(settings: Settings, job_id: str) -> Path | None:
    """The film that a forgotten job has left in VIDEO_DIR, if there is one."""
    return _file_of_folder(settings, f"{job_id}{SUFFIX}")


def _file_of_folder(settings: Settings, name: str) -> Path | None:
    folder = settings.resolved_video_dir
    try:
        return folder / name if folder and (folder / name).is_file() else None
    except OSError:
        # no file system has a name like this
        return None


def _add_films_of_folder(router: APIRouter, settings: Settings) -> None:
    @router.get("/videos", response_model=list[str], responses=problem_responses(503))
    async def list_videos(house: HouseOf) -> list[str]:
        """Name the films: those of VIDEO_DIR, and those of the jobs that are kept."""
        return await film_names(house, settings)

    @router.get("/videos/{filename}", response_class=Response, responses=MP4 | FAILS | problem_responses(400))
    async def get_video(
        request: Request, house: HouseOf, filename: Annotated[str, InPath(min_length=1, max_length=255)]
    ) -> Response:
        """Give one of these films."""
        if ".." in filename or "/" in filename or "\\" in filename or "\0" in filename:
            raise BadName("Invalid filename.")
        if not filename.lower().endswith(SUFFIX):
            raise BadName("Invalid file type, only MP4 is supported.")
        path = await asyncio.to_thread(_file_of_folder, settings, filename)
        if path is not None:
            return FileResponse(path, media_type="video/mp4", filename=filename)
        return await film_response(request, house, settings, filename[: -len(SUFFIX)])

    @router.get("/video_stream", response_class=StreamingResponse, responses=STREAM)
    async def video_stream(house: HouseOf) -> StreamingResponse:
        """Tell the names of films as they come, as server-sent events, for ever."""
        return sse_response(_new_names(house, settings, set(await film_names(house, settings))))


async def film_names(house: House, settings: Settings) -> list[str]:
    """The names of all films, sorted."""
    jobs, _ = await house.jobs.find(VIDEOS, [State.COMPLETED], MOST_LISTED)
    return sorted({f"{job.id}{SUFFIX}" for job in jobs} | set(await asyncio.to_thread(_in_folder, settings)))


def _in_folder(settings: Settings) -> list[str]:
    folder = settings.resolved_video_dir
    if folder is None or not folder.is_dir():
        return []
    return [path.name for path in folder.iterdir() if path.suffix.lower() == SUFFIX and path.is_file()]


async def _new_names(house: House, settings: Settings, known: set[str]) -> AsyncGenerator[str]:
    quiet = 0.0
    # a client that has seen this misses none that comes later
    yield ": watching\n\n"
    while True:
        await asyncio.sleep(LOOK_EVERY_S)
        quiet += LOOK_EVERY_S
        try:
            names = await film_names(house, settings)
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
