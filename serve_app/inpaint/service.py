"""The service itself: root, health, model, info."""

import asyncio
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from foundation.errors import KomaError, Overloaded
from foundation.models.inpainter import InpainterClient, InpainterDescription
from foundation.settings import Settings
from serve_app.http.application import application_of
from serve_app.inpaint.answers import HealthAnswer, InfoAnswer, InfoLimits, ModelAnswer, ServiceRoot
from serve_app.inpaint.schemas import MOST_IMAGES, MOST_REGIONS
from serve_app.inpaint.status import NAME, PREFIX, VERSION
from serve_app.jobs.stores import StoresOf
from serve_app.jobs.times import iso

LOOK_SECONDS = 10.0
CAPABILITIES = [
    "text_inpainting",
    "mask_based_inpainting",
    "region_based_inpainting",
    "multiple_models",
    "gpu_acceleration",
]
NO_EFFECT = "no effect: IOPaint's erase models do not read it either"


class ModelState:
    """The last description of the model: a replica that is busy answers later, and has answered before."""

    def __init__(self, settings: Settings) -> None:
        self._model = settings.iopaint_model
        self._known: InpainterDescription | None = None

    async def ask(self, inpainter: InpainterClient) -> InpainterDescription | None:
        """The description of the model; None until its first answer. Raises the error why it cannot load."""
        try:
            async with asyncio.timeout(LOOK_SECONDS):
                self._known = await inpainter.describe(self._model, "auto")
        except (TimeoutError, Overloaded):
            pass
        except KomaError:
            self._known = None
            raise
        return self._known


def model_state_of(request: Request) -> ModelState:
    """The state of the model, as far as this ingress knows it."""
    return application_of(request).extras["model_state"]


def inpainter_of(request: Request) -> InpainterClient:
    """The model of the application."""
    application = application_of(request)
    return InpainterClient(application.models[application.engines["inpainter"]])


InpainterOf = Annotated[InpainterClient, Depends(inpainter_of)]
ModelStateOf = Annotated[ModelState, Depends(model_state_of)]

router = APIRouter(tags=["service"])


@router.get("/", response_model=ServiceRoot)
async def root(stores: StoresOf) -> ServiceRoot:
    """Name the service and where to look further."""
    return ServiceRoot(
        name=NAME,
        version=VERSION,
        docs="/docs",
        health=f"{PREFIX}/health",
        model=stores.settings.iopaint_model,
        device=stores.settings.iopaint_device,
    )


@router.get(f"{PREFIX}/health", response_model=HealthAnswer, responses={503: {"model": HealthAnswer}})
async def health(response: Response, inpainter: InpainterOf, state: ModelStateOf) -> HealthAnswer:
    """Report whether pictures can be processed: 503 with the reason while the model cannot be loaded."""
    try:
        description = await state.ask(inpainter)
    except KomaError as error:
        return _unhealthy(response, f"{error.detail}. {error.hint}")
    if description is None:
        return _unhealthy(response, "the model is loading")
    return HealthAnswer(status="healthy", message="IOPaint service is running", timestamp=iso(), version=VERSION)


def _unhealthy(response: Response, message: str) -> HealthAnswer:
    response.status_code = 503
    return HealthAnswer(status="unhealthy", message=message, timestamp=iso(), version=VERSION)


@router.get(f"{PREFIX}/model", response_model=ModelAnswer)
async def model(inpainter: InpainterOf, state: ModelStateOf, stores: StoresOf) -> ModelAnswer:
    """Name the default model. Without its weights that is cv2."""
    name, device = stores.settings.iopaint_model, stores.settings.iopaint_device
    try:
        description = await state.ask(inpainter)
    except KomaError as error:
        return ModelAnswer(name=name, device=device, status="error", parameters={"error": error.detail})
    if description is None:
        return ModelAnswer(name=name, device=device, status="not_started")
    parameters = {
        "engine": description.engine,
        "ready": description.ready,
        "loaded": description.loaded,
        "requested": name,
    }
    return ModelAnswer(name=description.model, device=description.device, status="ready", parameters=parameters)


@router.get(f"{PREFIX}/info", response_model=InfoAnswer)
async def info(inpainter: InpainterOf, state: ModelStateOf, stores: StoresOf) -> InfoAnswer:
    """List the limits that are enforced, the settings in force and the models that are ready."""
    try:
        description = await state.ask(inpainter)
    except KomaError:
        description = None
    return _info(stores.settings, list(description.ready) if description else [])


def _info(settings: Settings, ready: list[str]) -> InfoAnswer:
    return InfoAnswer(
        name=NAME,
        version=VERSION,
        model=settings.iopaint_model,
        capabilities=CAPABILITIES,
        limits=InfoLimits(
            max_image_size=settings.max_image_size,
            max_file_size=settings.max_file_size,
            request_timeout=settings.request_timeout,
            max_regions=MOST_REGIONS,
            max_batch_images=MOST_IMAGES,
        ),
        settings={
            "IOPAINT_DEVICE": settings.iopaint_device,
            "IOPAINT_LOW_MEM": f"{settings.iopaint_low_mem} ({NO_EFFECT})".lower(),
            "IOPAINT_CPU_OFFLOAD": f"{settings.iopaint_cpu_offload} ({NO_EFFECT})".lower(),
            "LOG_LEVEL": settings.log_level,
        },
        models=ready,
    )
