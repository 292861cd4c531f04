"""The three routes of seed 002 that accept pictures."""

from fastapi import APIRouter, Request

from foundation.settings import Settings
from serve_app.framepack.accept import Acceptance
from serve_app.framepack.answers import Accepted
from serve_app.framepack.schemas import BatchRequest, ImageRequest, TransferRequest
from serve_app.framepack.status import PREFIX
from serve_app.http.problems import problem_responses

FAILS = problem_responses(409, 413, 422, 503)


def image_router(settings: Settings) -> APIRouter:
    """The routes that make pictures."""
    router = APIRouter(prefix=PREFIX, tags=["images"])

    @router.post("/generate-image", response_model=Accepted, responses=FAILS)
    async def generate_image(request: Request, body: ImageRequest) -> Accepted:
        """Accept one picture of a prompt, or with ``rope_sweep`` several that lie further and further in time."""
        acceptance = Acceptance(request, settings)
        return await acceptance.told(await acceptance.image(body))

    @router.post("/batch-images", response_model=Accepted, responses=FAILS)
    async def batch_images(request: Request, body: BatchRequest) -> Accepted:
        """Accept one picture of each prompt; one that fails keeps the others from nothing."""
        acceptance = Acceptance(request, settings)
        return await acceptance.told(await acceptance.batch(body))

    @router.post("/transfer-image", response_model=Accepted, responses=FAILS)
    async def transfer_image(request: Request, body: TransferRequest) -> Accepted:
        """Accept a picture that begins as the source and takes on what the target shows (kisekaeichi)."""
        acceptance = Acceptance(request, settings)
        return await acceptance.told(await acceptance.transfer(body))

    return router
