"""What the service says of itself: root, health, model, info."""

import asyncio
from typing import Any

from fastapi import APIRouter, Response

from foundation.errors import KomaError, Overloaded
from foundation.graph import Model
from foundation.settings import Settings
from serve_app.inpaint.answers import HealthAnswer, InfoAnswer, InfoLimits, ModelAnswer, ServiceRoot
from serve_app.inpaint.schemas import MOST_IMAGES, MOST_REGIONS
from serve_app.inpaint.status import NAME, PREFIX, VERSION, InpainterOf, iso

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
    """What is known of the model; a replica that is busy answers later, and is known to have answered before."""

    def __init__(self, settings: Settings) -> None:
        self._model = settings.iopaint_model
        self._known: dict[str, Any] | None = None

    async def ask(self, inpainter: Model) -> dict[str, Any] | None:
        """The description of the model; None while a first answer is waited for. Raises why it cannot load."""
        try:
            async with asyncio.timeout(LOOK_SECONDS):
                self._known = await inpainter.call("describe", self._model, "auto")
        except (TimeoutError, Overloaded):
            pass
        except KomaError:
            self._known = None
            raise
        return self._known


def service_router(settings: Settings) -> APIRouter:
    """The four routes that tell of the service."""
    router = APIRouter(tags=["service"])
    state = ModelState(settings)

    @router.get("/", response_model=ServiceRoot)
    async def root() -> ServiceRoot:
        """Name the service and where to look further."""
        return ServiceRoot(
            name=NAME,
            version=VERSION,
            docs="/docs",
            health=f"{PREFIX}/health",
            model=settings.iopaint_model,
            device=settings.iopaint_device,
        )

    @router.get(f"{PREFIX}/health", response_model=HealthAnswer, responses={503: {"model": HealthAnswer}})
    async def health(response: Response, inpainter: InpainterOf) -> HealthAnswer:
        """Tell whether pictures can be worked on: 503 with the reason while the model cannot be loaded."""
        try:
            known = await state.ask(inpainter)
        except KomaError as error:
            response.status_code = 503
            return HealthAnswer(
                status="unhealthy", message=f"{error.detail}. {error.hint}", timestamp=iso(), version=VERSION
            )
        if known is None:
            response.status_code = 503
            return HealthAnswer(status="unhealthy", message="the model is loading", timestamp=iso(), version=VERSION)
        return HealthAnswer(status="healthy", message="IOPaint service is running", timestamp=iso(), version=VERSION)

    @router.get(f"{PREFIX}/model", response_model=ModelAnswer)
    async def model(inpainter: InpainterOf) -> ModelAnswer:
        """Name the model that serves requests that name none; without its weights that is cv2."""
        try:
            known = await state.ask(inpainter)
        except KomaError as error:
            reason = {"error": error.detail}
            return ModelAnswer(
                name=settings.iopaint_model, device=settings.iopaint_device, status="error", parameters=reason
            )
        if known is None:
            return ModelAnswer(name=settings.iopaint_model, device=settings.iopaint_device, status="not_started")
        parameters = {k: known[k] for k in ("engine", "ready", "loaded")} | {"requested": settings.iopaint_model}
        return ModelAnswer(name=known["model"], device=known["device"], status="ready", parameters=parameters)

    @router.get(f"{PREFIX}/info", response_model=InfoAnswer)
    async def info(inpainter: InpainterOf) -> InfoAnswer:
        """Tell the limits that are enforced, the settings in force and the models that are ready."""
        try:
            known = await state.ask(inpainter)
        except KomaError:
            known = None
        return _info(settings, known["ready"] if known else [])

    return router


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
