"""A picture contains its parameters, and can be generated again from them."""

import json
from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, File, Request, UploadFile
from fastapi.exceptions import RequestValidationError
from pydantic import ValidationError

from foundation.errors import InvalidInput, KomaError, NotFound
from foundation.images import png_text
from foundation.jobs.types import Job
from foundation.settings import Settings
from serve_app.framepack.accept import FramePackAcceptance
from serve_app.framepack.answers import Accepted, Parameters
from serve_app.framepack.schemas import APPS, ImageRequest, TransferRequest
from serve_app.framepack.status import PREFIX
from serve_app.framepack.view import request_of
from serve_app.http.problems import problem_responses
from serve_app.jobs.accept import in_field, read_upload
from serve_app.jobs.fields import WrongField
from serve_app.jobs.stores import Stores, StoresOf

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
Upload = Annotated[UploadFile, File(description="A PNG created by this service.")]


router = APIRouter(prefix=PREFIX, tags=["images"])


@router.post("/image-parameters", response_model=Parameters, responses=problem_responses(400, 413, 422))
async def image_parameters(stores: StoresOf, image: Upload) -> Parameters:
    """Return the parameters of a picture."""
    parameters = await _parameters(image, stores.settings)
    try:
        return Parameters(parameters=request_of(parameters))
    except (KeyError, TypeError, ValueError) as error:
        raise _refused(error) from error


@router.post("/repeat-image", response_model=Accepted, responses=problem_responses(400, 409, 413, 422, 503))
async def repeat_image(request: Request, stores: StoresOf, image: Upload) -> Accepted:
    """Generate a picture again: the same engine, seed and settings give the same picture."""
    parameters = await _parameters(image, stores.settings)
    acceptance = FramePackAcceptance(request)
    pictures = await _pictures(stores, parameters)
    body = _body(parameters, pictures)
    if isinstance(body, ImageRequest):
        return await acceptance.answer(await acceptance.image(body, pictures))
    return await acceptance.answer(await acceptance.transfer(body, pictures))


async def _parameters(image: UploadFile, settings: Settings) -> dict[str, Any]:
    data = await read_upload(image, settings)
    text = (await in_field("image", lambda: png_text(data))).get(CHUNK, "null")
    try:
        parameters = _parsed(text)
    except (ValueError, RecursionError):
        parameters = None
    if not isinstance(parameters, dict):
        raise WrongField("image", InvalidInput("this picture does not contain its parameters"))
    return parameters  # pyright: ignore[reportUnknownVariableType]


def _parsed(text: str) -> Any:
    """A JSON value that can be written as JSON again: no infinity, no half of a character. Raises ValueError."""
    value = json.loads(text)
    json.dumps(value, allow_nan=False, ensure_ascii=False).encode()
    return value


async def _pictures(stores: Stores, parameters: Mapping[str, Any]) -> dict[str, bytes]:
    """The pictures that the job started from. A key counts only if it belongs to that job."""
    keys = {name: parameters[name] for name in FIELDS if parameters.get(name)}
    if not keys:
        return {}
    gone = InvalidInput("the pictures it was made from are gone; send them with a new request")
    try:
        job: Job = await stores.jobs.get(str(parameters.get("job_id")), APPS)
        if any(job.args.get(name) != key for name, key in keys.items()):
            raise WrongField("image", gone)
        return {FIELDS[name]: await stores.blobs.get(key) for name, key in keys.items()}
    except NotFound as error:
        raise WrongField("image", gone) from error


def _body(parameters: Mapping[str, Any], pictures: Mapping[str, bytes]) -> ImageRequest | TransferRequest:
    kind = KINDS.get(str(parameters.get("type")))
    pairs: list[tuple[Any, Any]] = parameters.get("loras") or []
    fields = {name: value for name, value in parameters.items() if name != "job_id"} | dict.fromkeys(pictures, "")
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
