"""``/prompt``, ``/queue``, ``/interrupt`` and ``/history``: prompts are durable jobs."""

import json
import re
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import JSONResponse

from foundation.errors import InvalidInput, KomaError, NotFound
from foundation.jobs.sweep import job_folder
from foundation.jobs.types import TERMINAL, Job, State
from foundation.models.diffuser import DiffuserClient
from serve_app.comfyui.accept import PromptAcceptance, check_storable
from serve_app.comfyui.route_class import BAD_REQUEST, ComfyRoute, refusals, refused
from serve_app.comfyui.schemas import MOST_LISTED, InterruptRequest, PromptRequest, QueueRequest
from serve_app.comfyui.uploads import named_pictures
from serve_app.comfyui.view import APP, entry_of, history_of, number_of, was_begun
from serve_app.http.application import models_of
from serve_app.jobs.accept import JOB_ID
from serve_app.jobs.stores import Stores, StoresOf

Json = dict[str, Any]
DIFFUSER = "diffuser"
NEWEST = 200
FAILS = refusals(400, 403, 409, 413, 503)


def diffuser_of(request: Request) -> DiffuserClient:
    """The engine that runs prompts."""
    return DiffuserClient(models_of(request)[DIFFUSER])


DiffuserOf = Annotated[DiffuserClient, Depends(diffuser_of)]


INTERRUPT_BODY = {"requestBody": {"content": {"application/json": {"schema": InterruptRequest.model_json_schema()}}}}


router = APIRouter(tags=["comfyui"], route_class=ComfyRoute)


@router.post("/prompt", responses=FAILS)
async def post_prompt(request: Request, stores: StoresOf, diffuser: DiffuserOf, body: PromptRequest) -> JSONResponse:
    """Validate a workflow and queue it. Errors name their nodes."""
    if body.prompt is None:
        return refused("no_prompt", "No prompt provided", "No prompt provided")
    if body.prompt_id is not None and not re.fullmatch(JOB_ID, body.prompt_id):
        return refused("invalid_prompt_id", "Invalid prompt_id", "1 to 64 letters, digits, - and _ are taken")
    check_storable([body.prompt, body.extra_data])
    pictures = await named_pictures(stores, body.prompt)
    report = await diffuser.validate(body.prompt, pictures, body.partial_execution_targets)
    if report.error is not None:
        return JSONResponse({"error": report.error, "node_errors": report.node_errors}, BAD_REQUEST)
    job = await PromptAcceptance(request).accept(body, pictures, report.outputs)
    return JSONResponse({"prompt_id": job.id, "number": number_of(job), "node_errors": report.node_errors})


@router.get("/prompt", responses=FAILS)
async def get_prompt(stores: StoresOf) -> Json:
    """Count the prompts in the queue."""
    return {"exec_info": {"queue_remaining": await remaining(stores)}}


@router.get("/queue", responses=FAILS)
async def get_queue(stores: StoresOf) -> Json:
    """List the running and the waiting prompts."""
    running, pending = await _jobs(stores, State.RUNNING), await _jobs(stores, State.QUEUED)
    return {
        "queue_running": [entry_of(job) for job in running],
        "queue_pending": [entry_of(job) for job in pending],
    }


@router.post("/queue", response_class=Response, responses=FAILS)
async def post_queue(stores: StoresOf, body: QueueRequest) -> Response:
    """Remove waiting prompts from the queue."""
    for job in await _jobs(stores, State.QUEUED):
        if body.clear or job.id in body.delete:
            await stores.jobs.cancel(job.id, APP)
    return Response()


@router.post("/interrupt", response_class=Response, responses=FAILS, openapi_extra=INTERRUPT_BODY)
async def interrupt(
    request: Request, stores: StoresOf, client_id: Annotated[str | None, Query(max_length=128)] = None
) -> Response:
    """Stop one running prompt before its next step: the one named, else the oldest of the client.

    A waiting prompt stays; ``POST /queue`` removes it. A body that is not JSON names no prompt.
    """
    named = _interrupt_request(await request.body())
    running = await _jobs(stores, State.RUNNING)
    owner = named.client_id or client_id
    chosen = [
        job
        for job in sorted(running, key=lambda job: job.created_at)
        if (job.id == named.prompt_id if named.prompt_id else not owner or job.subject == owner)
    ]
    # a second call stops the next one
    chosen = [job for job in chosen if not job.cancel_requested]
    if chosen:
        await stores.jobs.cancel(chosen[0].id, APP)
    return Response()


def _interrupt_request(body: bytes) -> InterruptRequest:
    try:
        value: Any = json.loads(body) if body else {}
    except (ValueError, RecursionError):
        value = {}
    if not isinstance(value, dict):
        raise InvalidInput('the body must be a JSON object such as {} or {"prompt_id": ...}')
    return InterruptRequest.model_validate(value)


@router.get("/history", responses=FAILS)
async def get_histories(
    stores: StoresOf,
    max_items: Annotated[int, Query(ge=0, le=MOST_LISTED)] = NEWEST,
    offset: Annotated[int, Query(ge=-1, le=1_000_000)] = -1,
) -> Json:
    """List the ended prompts, the oldest first: from ``offset`` on, or else the newest ones."""
    from_oldest = offset >= 0
    jobs, _ = await stores.jobs.find(
        APP, sorted(TERMINAL), max_items, max(0, offset), begun=True, oldest_first=from_oldest
    )
    return {job.id: await _history(stores, job) for job in (jobs if from_oldest else reversed(jobs))}


@router.get("/history/{prompt_id}", responses=FAILS)
async def get_history(stores: StoresOf, prompt_id: str) -> Json:
    """Return the history of a prompt; empty for one that is unknown or has not ended."""
    job = await _ended(stores, prompt_id)
    return {job.id: await _history(stores, job)} if job is not None and was_begun(job) else {}


@router.post("/history", response_class=Response, responses=FAILS)
async def post_history(stores: StoresOf, body: QueueRequest) -> Response:
    """Remove ended prompts and their files."""
    cleared = (await stores.jobs.find(APP, sorted(TERMINAL), limit=MOST_LISTED))[0] if body.clear else []
    for job in [*cleared, *[job for each in body.delete if (job := await _ended(stores, each)) is not None]]:
        # without its row nothing would sweep a prompt's files
        await stores.blobs.delete_folder(job_folder(job.tenant, job.id))
        await stores.jobs.delete(job)
    return Response()


async def _ended(stores: Stores, prompt_id: str) -> Job | None:
    try:
        job = await stores.jobs.get(prompt_id, APP)
    except NotFound:
        return None
    return job if job.state.terminal else None


async def remaining(stores: Stores) -> int:
    """The prompts that run or wait."""
    by_state, _ = await stores.jobs.counts(APP)
    return by_state.get(State.QUEUED, 0) + by_state.get(State.RUNNING, 0)


async def _jobs(stores: Stores, state: State) -> list[Job]:
    jobs, _ = await stores.jobs.find(APP, [state], limit=MOST_LISTED)
    return sorted(jobs, key=lambda job: (-job.priority, job.created_at))


async def _history(stores: Stores, job: Job) -> Json:
    result: Json | None = None
    if job.state is State.COMPLETED:
        try:
            result = await stores.result(job)
        except KomaError:
            result = None
    # the many events of steps, and their pictures, are in no history
    events = await stores.jobs.events(job, limit=100_000, without=["progress"])
    return history_of(job, events, result)
