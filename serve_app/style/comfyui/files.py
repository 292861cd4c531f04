"""``/upload/image`` and ``/view``: pictures by the names that workflows use.

Uploads are the one place where a key may come to mean another content, as ComfyUI's input folder does; a prompt
keeps a copy of what it was given.
"""

import asyncio
import contextlib
import hashlib
import io
import re
from pathlib import PurePosixPath
from typing import Annotated, Any, Literal
from urllib.parse import quote

from fastapi import APIRouter, Depends, File, Form, Query, Response, UploadFile
from PIL import Image
from pydantic import BaseModel, Field

from foundation.blobs import content_type
from foundation.errors import BadImage, InvalidInput, NotFound, TooLarge
from foundation.images import open_image
from serve_app.files import SAFE_HEADERS
from serve_app.house import House, house_of
from serve_app.problems import problem_responses
from serve_app.style.comfyui.words import STEP, refuse_foreign_origin
from serve_app.style.schemas import TASK_ID

HouseOf = Annotated[House, Depends(house_of)]
INPUTS = "comfyui/input"
LONGEST_NAME = 200
MOST_COPIES = 1000
# pictures of the largest size that one prompt may name
MOST_PICTURES = 8
NAME = re.compile(r"[^/\\\0]{1,200}")
FOLDER = re.compile(r"[\w. -]{1,64}(/[\w. -]{1,64}){0,4}")
SAVED_AS = {"webp": "WEBP", "jpeg": "JPEG"}
MEDIA_TYPES = {"WEBP": "image/webp", "JPEG": "image/jpeg", "PNG": "image/png"}


class ViewQuery(BaseModel):
    """Which picture, and in what form."""

    filename: str = Field(max_length=300)
    subfolder: str = Field(default="", max_length=300)
    type: Literal["input", "temp", "output"] = "output"
    preview: str | None = Field(default=None, pattern=r"^(webp|jpeg)(;\d{1,3})?$")
    channel: Literal["rgba", "rgb", "a"] = "rgba"


def file_router() -> APIRouter:
    """The routes of pictures."""
    router = APIRouter(tags=["comfyui"], dependencies=[Depends(refuse_foreign_origin)])

    @router.post("/upload/image", responses=problem_responses(400, 403, 413, 422, 503))
    async def upload(
        house: HouseOf,
        image: Annotated[UploadFile, File(description="A picture.")],
        overwrite: Annotated[str, Form(max_length=8)] = "false",
        type: Annotated[str, Form(pattern="^(input|temp|output)$")] = "input",
        subfolder: Annotated[str, Form(max_length=300)] = "",
    ) -> dict[str, str]:
        """Keep a picture under its name, or under another one if that is taken."""
        data = await image.read(house.settings.max_file_size + 1)
        if len(data) > house.settings.max_file_size:
            raise TooLarge(f"the image has more than {house.settings.max_file_size} bytes")
        await asyncio.to_thread(open_image, data, house.settings.max_image_pixels)
        place = _place(subfolder, image.filename or "")
        if overwrite not in {"true", "1"}:
            place = await _free(house, place, data)
        await house.blobs.replace(f"{INPUTS}/{place}", data)
        return {"name": place.name, "subfolder": str(place.parent).removeprefix("."), "type": type}

    @router.get("/view", response_class=Response, responses=problem_responses(400, 403, 404, 422, 503))
    async def view(house: HouseOf, asked: Annotated[ViewQuery, Query()]) -> Response:
        """Give a picture, in another form or one channel of it if asked."""
        data = await house.blobs.get(_key(asked.filename, asked.subfolder, asked.type))
        media = content_type(asked.filename)
        if asked.preview or asked.channel != "rgba":
            data, media = await asyncio.to_thread(_converted, data, asked.preview, asked.channel)
        headers = SAFE_HEADERS | {"Content-Disposition": f"filename*=UTF-8''{quote(asked.filename)}"}
        return Response(data, media_type=media, headers=headers)

    return router


def _place(subfolder: str, filename: str) -> PurePosixPath:
    """Where an upload lies below the input folder. Raises InvalidInput for names that lead out."""
    # file systems count bytes
    long = len(filename.encode(errors="replace")) > LONGEST_NAME
    if not NAME.fullmatch(filename) or filename in {".", ".."} or long:
        raise InvalidInput(f"the picture needs a file name of at most {LONGEST_NAME} bytes without slashes")
    if subfolder and (not FOLDER.fullmatch(subfolder) or ".." in subfolder.split("/")):
        raise InvalidInput("the subfolder must be plain names with slashes between")
    return PurePosixPath(subfolder) / filename


async def _free(house: House, place: PurePosixPath, data: bytes) -> PurePosixPath:
    """The name itself where it is free or holds the same bytes, else ``name (1)`` and so on."""
    digest = hashlib.sha256(data).digest()
    for number in range(MOST_COPIES):
        name = place if number == 0 else place.with_name(f"{place.stem} ({number}){place.suffix}")
        try:
            there = await house.blobs.get(f"{INPUTS}/{name}")
        except NotFound:
            return name
        if hashlib.sha256(there).digest() == digest:
            return name
    raise InvalidInput(f"there are {MOST_COPIES} pictures named {place.name}; use overwrite or another name")


def _key(filename: str, subfolder: str, kind: str) -> str:
    if not NAME.fullmatch(filename) or ".." in subfolder.split("/"):
        raise InvalidInput("filename and subfolder must not lead elsewhere")
    if kind == "input":
        return f"{INPUTS}/{_place(subfolder, filename)}"
    if not re.fullmatch(TASK_ID, subfolder):
        raise NotFound("there is no such picture")
    return f"public/{subfolder}/{STEP}/{filename}"


def _converted(data: bytes, preview: str | None, channel: str) -> tuple[bytes, str]:
    form, _, quality = (preview or "png").partition(";")
    saved_as = SAVED_AS.get(form, "PNG")
    try:
        with Image.open(io.BytesIO(data)) as opened:
            image = _of_channel(opened, channel, opaque=saved_as == "JPEG")
        out = io.BytesIO()
        options: dict[str, Any] = {"quality": min(100, int(quality or 90))} if saved_as != "PNG" else {}
        image.save(out, saved_as, **options)
    except (OSError, ValueError) as error:
        raise BadImage("this file is no picture that can be shown") from error
    return out.getvalue(), MEDIA_TYPES[saved_as]


def _of_channel(image: Image.Image, channel: str, opaque: bool) -> Image.Image:
    if channel == "a":
        alpha = "A" in image.getbands()
        return image.getchannel("A") if alpha else Image.new("L", image.size, 255)
    return image.convert("RGB") if channel == "rgb" or opaque else image.copy()


async def uploaded_pictures(house: House, prompt: Any) -> dict[str, bytes]:
    """The uploaded pictures that a workflow names, by name; what is not there is left out.

    Raises TooLarge where they have more bytes than one prompt may hold.
    """
    found: dict[str, bytes] = {}
    most = MOST_PICTURES * house.settings.max_file_size
    for name in _named_pictures(prompt):
        path = PurePosixPath(name.removesuffix(" [input]"))
        with contextlib.suppress(NotFound, InvalidInput):
            place = _place(str(path.parent).removeprefix("."), path.name)
            found[str(path)] = await house.blobs.get(f"{INPUTS}/{place}")
        if sum(map(len, found.values())) > most:
            raise TooLarge(f"the pictures of one prompt have more than {most} bytes")
    return found


def _named_pictures(prompt: Any) -> set[str]:
    nodes: list[Any] = list(prompt.values()) if isinstance(prompt, dict) else []  # pyright: ignore
    inputs: list[Any] = [node.get("inputs") for node in nodes if isinstance(node, dict)]  # pyright: ignore
    named: list[Any] = [given.get("image") for given in inputs if isinstance(given, dict)]  # pyright: ignore
    return {name for name in named if isinstance(name, str) and len(name) < 300}
