"""A picture says how it was made, and can be made again from what it says."""

import asyncio
import json
from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, File, Request, UploadFile
from fastapi.exceptions import RequestValidationError
from pydantic import ValidationError

from foundation.errors import InvalidInput, KomaError, NotFound, TooLarge
from foundation.images import png_text
from foundation.jobs.types import Job
from foundation.settings import Settings
from serve_app.framepack.accept import Acceptance
from serve_app.framepack.answers import Accepted, Parameters
from serve_app.framepack.schemas import APPS, ImageRequest, TransferRequest
from serve_app.framepack.status import PREFIX
from serve_app.framepack.view import request_of
from serve_app.http.problems import WrongField, problem_responses
from serve_app.jobs.stores import House, house_of

CHUNK = "parameters"
KINDS: Mapping[str, type[ImageRequest] | type[TransferRequest]] = {
    "image": ImageRequest,
    "image_transfer": TransferRequest,
}
FIELDS = {
    "start_key": "start_image",
    "source_key": "source_image",
    "target_key": "target_image",
    "source_mask_key": "source_mask",
    "target_mask_key": "target_mask",
}
Upload = Annotated[UploadFile, File(description="A PNG that this service has made.")]


def repeat_router(settings: Settings) -> APIRouter:
    """The two routes that take a picture back."""
    router = APIRouter(prefix=PREFIX, tags=["images"])

    @router.post("/image-parameters", response_model=Parameters, responses=problem_responses(400, 413, 422))
    async def image_parameters(image: Upload) -> Parameters:
        """Tell how a picture was made."""
        parameters = await _parameters(image, settings)
        try:
            return Parameters(parameters=request_of(parameters))
        except (KeyError, TypeError, ValueError) as error:
            raise _refused(error) from error

    @router.post("/repeat-image", response_model=Accepted, responses=problem_responses(400, 409, 413, 422, 503))
    async def repeat_image(request: Request, image: Upload) -> Accepted:
        """Make a picture again: the same engine, seed and settings, so the same picture."""
        parameters = await _parameters(image, settings)
        acceptance = Acceptance(request, settings)
        pictures = await _pictures(house_of(request), parameters)
        body = _body(parameters, pictures)
        if isinstance(body, ImageRequest):
            return await acceptance.told(await acceptance.image(body, pictures))
        return await acceptance.told(await acceptance.transfer(body, pictures))

    return router


async def _parameters(image: UploadFile, settings: Settings) -> dict[str, Any]:
    data = await image.read(settings.max_file_size + 1)
    try:
        if len(data) > settings.max_file_size:
            raise TooLarge(f"the image has more than {settings.max_file_size} bytes")
        told = _read((await asyncio.to_thread(png_text, data)).get(CHUNK, "null"))
    except KomaError as error:
        raise WrongField("image", error) from error
    except (ValueError, RecursionError):
        told = None
    if not isinstance(told, dict):
        raise WrongField("image", InvalidInput("this picture does not say how it was made"))
    return told  # pyright: ignore[reportUnknownVariableType]


def _read(text: str) -> Any:
    """What JSON says, if it can be told in JSON again: no infinity, and no half of a character. Raises ValueError."""
    told = json.loads(text)
    json.dumps(told, allow_nan=False, ensure_ascii=False).encode()
    return told


async def _pictures(house: House, told: Mapping[str, Any]) -> dict[str, bytes]:
    """The pictures that the job began with. A key counts only if it is one of that job's own."""
    keys = {name: told[name] for name in FIELDS if told.get(name)}
    if not keys:
        return {}
    gone = InvalidInput("the pictures that it was made from are gone; send them with a new request")
    try:
        job: Job = await house.jobs.get(str(told.get("job_id")), APPS)
        if any(job.args.get(name) != key for name, key in keys.items()):
            raise WrongField("image", gone)
        return {FIELDS[name]: await house.blobs.get(key) for name, key in keys.items()}
    except NotFound as error:
        raise WrongField("image", gone) from error


def _body(told: Mapping[str, Any], pictures: Mapping[str, bytes]) -> ImageRequest | TransferRequest:
    kind = KINDS.get(str(told.get("type")))
    pairs: list[tuple[Any, Any]] = told.get("loras") or []
    fields = {name: value for name, value in told.items() if name != "job_id"} | dict.fromkeys(pictures, "")
    try:
        if kind is None:
            raise InvalidInput("this picture was made in a way that cannot be repeated")
        fields |= {"lora_paths": [name for name, _ in pairs], "lora_scales": [scale for _, scale in pairs]}
        return kind.model_validate(fields)
    except (TypeError, ValueError, InvalidInput) as error:
        raise _refused(error) from error


def _refused(error: Exception) -> Exception:
    if isinstance(error, ValidationError):
        found = [each | {"loc": ("body", "image", *each["loc"])} for each in error.errors(include_context=False)]
        return RequestValidationError(found)
    return WrongField("image", error if isinstance(error, KomaError) else InvalidInput("its parameters are damaged"))
