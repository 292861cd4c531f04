"""The three routes of seed 002 that accept pictures."""

from fastapi import APIRouter, Request

from serve_app.framepack.accept import FramePackAcceptance
from serve_app.framepack.answers import Accepted
from serve_app.framepack.schemas import BatchRequest, ImageRequest, TransferRequest
from serve_app.framepack.status import PREFIX
from serve_app.http.problems import problem_responses

FAILS = problem_responses(409, 413, 422, 503)


router = APIRouter(prefix=PREFIX, tags=["images"])


@router.post("/generate-image", response_model=Accepted, responses=FAILS)
async def generate_image(request: Request, body: ImageRequest) -> Accepted:
    """Accept one picture of a prompt, or with ``rope_sweep`` several, each further away in time."""
    acceptance = FramePackAcceptance(request)
    return await acceptance.answer(await acceptance.image(body))


@router.post("/batch-images", response_model=Accepted, responses=FAILS)
async def batch_images(request: Request, body: BatchRequest) -> Accepted:
    """Accept one picture of each prompt. A picture that fails does not stop the others."""
    acceptance = FramePackAcceptance(request)
    return await acceptance.answer(await acceptance.batch(body))


@router.post("/transfer-image", response_model=Accepted, responses=FAILS)
async def transfer_image(request: Request, body: TransferRequest) -> Accepted:
    """Accept a picture that starts from the source and takes on what the target shows (kisekaeichi)."""
    acceptance = FramePackAcceptance(request)
    return await acceptance.answer(await acceptance.transfer(body))
