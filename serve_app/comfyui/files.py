"""``/upload/image`` and ``/view``: pictures by ComfyUI's names."""

import asyncio
from typing import Annotated, Literal
from urllib.parse import quote

from fastapi import APIRouter, File, Form, Query, Request, Response, UploadFile
from pydantic import BaseModel, Field

from foundation.blobs import content_type
from serve_app.comfyui.pictures import converted, open_picture
from serve_app.comfyui.route_class import ComfyRoute, refusals
from serve_app.comfyui.uploads import annotation, free_place, place_of, stored_key, upload_key
from serve_app.http.files import SAFE_HEADERS
from serve_app.http.ranges import ranged_file
from serve_app.jobs.accept import check_length
from serve_app.jobs.stores import Stores, StoresOf

PLAIN_BYTES = "application/octet-stream"
VIEW_FAILS = refusals(400, 403, 404, 413, 503) | {
    206: {"description": "A part."},
    416: {"description": "No such part."},
}


class ViewQuery(BaseModel):
    """Which picture, and in what form. The name may say its folder: ``a.png [input]``."""

    filename: str = Field(max_length=300)
    subfolder: str = Field(default="", max_length=300)
    type: Literal["input", "temp", "output"] = "output"
    preview: str | None = Field(default=None, pattern=r"^(webp|jpeg)(;\d{1,3})?$")
    channel: Literal["rgba", "rgb", "a"] = "rgba"


router = APIRouter(tags=["comfyui"], route_class=ComfyRoute)


@router.post("/upload/image", responses=refusals(400, 403, 413, 503))
async def upload(
    stores: StoresOf,
    image: Annotated[UploadFile, File(description="A picture that Pillow opens.")],
    overwrite: Annotated[str, Form(max_length=8)] = "false",
    type: Annotated[str, Form(pattern="^(input|temp|output)$")] = "input",
    subfolder: Annotated[str, Form(max_length=300)] = "",
) -> dict[str, str]:
    """Store a picture under its name, or under another one if that is taken."""
    data = await image.read(stores.settings.max_file_size + 1)
    check_length(data, stores.settings)
    await asyncio.to_thread(open_picture, data, stores.settings.max_image_pixels)
    place = place_of(subfolder, image.filename or "")
    if overwrite not in {"true", "1"}:
        place = await free_place(stores, type, place, data)
    await stores.blobs.replace(upload_key(type, place), data)
    return {"name": place.name, "subfolder": str(place.parent).removeprefix("."), "type": type}


@router.get("/view", response_class=Response, responses=VIEW_FAILS)
async def view(request: Request, stores: StoresOf, query: Annotated[ViewQuery, Query()]) -> Response:
    """Return a picture, a part of its file, the picture in another format, or one channel of it."""
    name, kind = annotation(query.filename, query.type)
    key = await stored_key(stores, kind, query.subfolder, name)
    answer = await _answer(request, stores, key, query)
    answer.headers["Content-Disposition"] = _disposition(name)
    answer.headers.update(SAFE_HEADERS)
    return answer


async def _answer(request: Request, stores: Stores, key: str, query: ViewQuery) -> Response:
    if query.preview or query.channel != "rgba":
        data = await stores.blobs.get(key)
        most = stores.settings.max_image_pixels
        data, media = await asyncio.to_thread(converted, data, query.preview, query.channel, most)
        return Response(data, media_type=media)
    answer = await ranged_file(request, stores.blobs, key, "picture", await stores.blobs.version(key))
    if not content_type(key).startswith("image/"):
        # a browser must not take an upload for a page
        answer.headers["Content-Type"] = PLAIN_BYTES
    return answer


def _disposition(name: str) -> str:
    """As ComfyUI sends it, which clients split at ``=``; a name that no header can hold also by RFC 6266."""
    plain = "".join(c if c.isascii() and c.isprintable() and c not in '"\\' else "_" for c in name)
    header = f'filename="{plain}"'
    return header if plain == name else f"{header}; filename*=UTF-8''{quote(name)}"
