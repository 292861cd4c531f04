"""``/prompt``, ``/queue``, ``/interrupt`` and ``/history``: prompts are durable jobs."""

import json
import re
import uuid
from collections.abc import Mapping, Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field

from foundation.errors import InvalidInput, KomaError, NotFound, TooLarge
from foundation.graph import Model
from foundation.jobs.sweep import job_folder
from foundation.jobs.types import DEFAULT_TENANT, TERMINAL, Job, NewJob, State
from serve_app.comfyui.route_class import BAD_REQUEST, ComfyRoute, refusals, refused
from serve_app.comfyui.uploads import named_pictures
from serve_app.comfyui.view import APP, STEP, entry_of, history_of, number_of, was_begun
from serve_app.jobs.stores import House, house_of
from serve_app.style.schemas import TASK_ID

Json = dict[str, Any]
HouseOf = Annotated[House, Depends(house_of)]
MOST_LISTED = 1000
MOST_PRIORITY = 1000
MOST_CHARACTERS = 4_000_000
DEEPEST = 50
NEWEST = 200
FAILS = refusals(400, 403, 409, 413, 503)


def diffuser_of(request: Request) -> Model:
    """The engine."""
    return request.app.state.models["diffuser"]


DiffuserOf = Annotated[Model, Depends(diffuser_of)]


class PromptRequest(BaseModel):
    """A workflow in API format. ``number`` is a priority, smaller first; ``front`` goes before all.

    With ``partial_execution_targets`` only these output nodes run. ``extra_data.preview_method`` says whether pictures
    of the steps are sent.
    """

    model_config = ConfigDict(extra="ignore")

    prompt: Any = None
    prompt_id: str | None = Field(default=None, max_length=64)
    client_id: str | None = Field(default=None, max_length=128, pattern=r"^[^\x00]*$")
    number: float | None = Field(default=None, ge=-1e9, le=1e9)
    front: bool | None = None
    extra_data: Json | None = None
    partial_execution_targets: Annotated[list[str], Field(max_length=MOST_LISTED)] | None = None


class QueueRequest(BaseModel):
    """What leaves the queue, or the history."""

    clear: bool = False
    delete: Annotated[list[str], Field(max_length=MOST_LISTED)] = []


class InterruptRequest(BaseModel):
    """Which running prompt is stopped: the one of this id, else the oldest of this client, else the oldest of all."""

    model_config = ConfigDict(extra="ignore")

    prompt_id: Any = None
    client_id: Any = None


INTERRUPT_BODY = {"requestBody": {"content": {"application/json": {"schema": InterruptRequest.model_json_schema()}}}}


def prompt_router() -> APIRouter:
    """The routes of prompts."""
    router = APIRouter(tags=["comfyui"], route_class=ComfyRoute)
    _add_prompts(router)
    _add_queue(router)
    _add_history(router)
    return router


def _add_prompts(router: APIRouter) -> None:
    @router.post("/prompt", responses=FAILS)
    async def post_prompt(house: HouseOf, diffuser: DiffuserOf, body: PromptRequest) -> JSONResponse:
        """Validate a workflow and put it into the queue; errors are pinned to nodes."""
        if body.prompt is None:
            return refused("no_prompt", "No prompt provided", "No prompt provided")
        if body.prompt_id is not None and not re.fullmatch(TASK_ID, body.prompt_id):
            return refused("invalid_prompt_id", "Invalid prompt_id", "1 to 64 letters, digits, - and _ are taken")
        _refuse_untold([body.prompt, body.extra_data])
        pictures = await named_pictures(house, body.prompt)
        report = await diffuser.call("validate", body.prompt, pictures, body.partial_execution_targets)
        if report["error"] is not None:
            return JSONResponse({"error": report["error"], "node_errors": report["node_errors"]}, BAD_REQUEST)
        job = await _submit(house, body, pictures, report["outputs"])
        return JSONResponse({"prompt_id": job.id, "number": number_of(job), "node_errors": report["node_errors"]})

    @router.get("/prompt", responses=FAILS)
    async def get_prompt(house: HouseOf) -> Json:
        """Count what is in the queue."""
        return {"exec_info": {"queue_remaining": await remaining(house)}}


def _add_queue(router: APIRouter) -> None:
    @router.get("/queue", responses=FAILS)
    async def get_queue(house: HouseOf) -> Json:
        """List what runs and what waits."""
        running, pending = await _jobs(house, State.RUNNING), await _jobs(house, State.QUEUED)
        return {
            "queue_running": [entry_of(job) for job in running],
            "queue_pending": [entry_of(job) for job in pending],
        }

    @router.post("/queue", response_class=Response, responses=FAILS)
    async def post_queue(house: HouseOf, body: QueueRequest) -> Response:
        """Take prompts that wait out of the queue."""
        for job in await _jobs(house, State.QUEUED):
            if body.clear or job.id in body.delete:
                await house.jobs.cancel(job.id, APP)
        return Response()

    @router.post("/interrupt", response_class=Response, responses=FAILS, openapi_extra=INTERRUPT_BODY)
    async def interrupt(
        request: Request, house: HouseOf, client_id: Annotated[str | None, Query(max_length=128)] = None
    ) -> Response:
        """Stop one running prompt before its next step: the one that is named, else the oldest of the client.

        A prompt that waits stays; ``POST /queue`` takes it out. A body that is no JSON is one that names nothing.
        """
        named = _interrupt_request(await request.body())
        running = await _jobs(house, State.RUNNING)
        owner = named.client_id or client_id
        chosen = [
            job
            for job in sorted(running, key=lambda job: job.created_at)
            if (job.id == named.prompt_id if named.prompt_id else not owner or job.subject == owner)
        ]
        # a second call stops the next one
        chosen = [job for job in chosen if not job.cancel_requested]
        if chosen:
            await house.jobs.cancel(chosen[0].id, APP)
        return Response()


def _interrupt_request(body: bytes) -> InterruptRequest:
    try:
        given: Any = json.loads(body) if body else {}
    except (ValueError, RecursionError):
        given = {}
    if not isinstance(given, dict):
        raise InvalidInput('the body must be a JSON object such as {} or {"prompt_id": ...}')
    return InterruptRequest.model_validate(given)


def _add_history(router: APIRouter) -> None:
    @router.get("/history", responses=FAILS)
    async def get_histories(
        house: HouseOf,
        max_items: Annotated[int, Query(ge=0, le=MOST_LISTED)] = NEWEST,
        offset: Annotated[int, Query(ge=-1, le=1_000_000)] = -1,
    ) -> Json:
        """Tell the prompts that have ended, the oldest first: from ``offset`` on, or else the newest ones."""
        from_oldest = offset >= 0
        jobs, _ = await house.jobs.find(
            APP, sorted(TERMINAL), max_items, max(0, offset), begun=True, oldest_first=from_oldest
        )
        return {job.id: await _history(house, job) for job in (jobs if from_oldest else reversed(jobs))}

    @router.get("/history/{prompt_id}", responses=FAILS)
    async def get_history(house: HouseOf, prompt_id: str) -> Json:
        """Tell what became of a prompt; nothing of one that is unknown or has not ended."""
        job = await _ended(house, prompt_id)
        return {job.id: await _history(house, job)} if job is not None and was_begun(job) else {}

    @router.post("/history", response_class=Response, responses=FAILS)
    async def post_history(house: HouseOf, body: QueueRequest) -> Response:
        """Forget prompts that have ended, and their files."""
        cleared = (await house.jobs.find(APP, sorted(TERMINAL), limit=MOST_LISTED))[0] if body.clear else []
        for job in [*cleared, *[job for each in body.delete if (job := await _ended(house, each)) is not None]]:
            # without its row nothing would sweep a prompt's files
            await house.blobs.delete_folder(job_folder(job.tenant, job.id))
            await house.jobs.delete(job)
        return Response()


async def _ended(house: House, prompt_id: str) -> Job | None:
    try:
        job = await house.jobs.get(prompt_id, APP)
    except NotFound:
        return None
    return job if job.state.terminal else None


def _refuse_untold(given: Any) -> None:
    """What is kept must be told again by ``/queue`` and ``/history``. Raises InvalidInput, TooLarge."""
    level, depth = [given], 0
    while level := [each for value in level for each in _within(value)]:
        depth += 1
        if depth > DEEPEST:
            raise InvalidInput(f"prompt and extra_data may be nested {DEEPEST} levels deep")
    try:
        text = json.dumps(given, allow_nan=False, ensure_ascii=False)
        text.encode()
    except ValueError as error:
        raise InvalidInput("prompt and extra_data must have finite numbers and Unicode texts") from error
    if len(text) > MOST_CHARACTERS:
        raise TooLarge(f"prompt and extra_data have {len(text)} characters, the limit is {MOST_CHARACTERS}")


def _within(value: Any) -> list[Any]:
    inside: list[Any] = list(value.values()) if isinstance(value, dict) else value if isinstance(value, list) else []  # pyright: ignore
    return [each for each in inside if isinstance(each, dict | list)]


async def _submit(house: House, body: PromptRequest, pictures: Mapping[str, bytes], outputs: Sequence[str]) -> Job:
    job_id = body.prompt_id or str(uuid.uuid4())
    # a copy of its own: the upload of this name may be overwritten before the prompt's turn comes
    folder = f"{job_folder(DEFAULT_TENANT, job_id)}/input"
    stored = {
        name: await house.blobs.put(folder, f"{n}.image", data) for n, (name, data) in enumerate(pictures.items())
    }
    arguments = {
        "prompt": body.prompt,
        "extra_data": (body.extra_data or {}) | ({"client_id": body.client_id} if body.client_id else {}),
        "outputs": list(outputs),
        "pictures": stored,
        "front": bool(body.front),
    }
    priority = MOST_PRIORITY if body.front else -round(max(-MOST_PRIORITY, min(MOST_PRIORITY, body.number or 0)))
    return await house.submit(NewJob(APP, arguments, id=job_id, priority=priority, subject=body.client_id or ""))


async def remaining(house: House) -> int:
    """The prompts that run or wait."""
    by_state, _ = await house.jobs.counts(APP)
    return by_state.get(State.QUEUED, 0) + by_state.get(State.RUNNING, 0)


async def _jobs(house: House, state: State) -> list[Job]:
    jobs, _ = await house.jobs.find(APP, [state], limit=MOST_LISTED)
    return sorted(jobs, key=lambda job: (-job.priority, job.created_at))


async def _history(house: House, job: Job) -> Json:
    result: Json | None = None
    if job.state is State.COMPLETED:
        try:
            result = await house.result(job, STEP)
        except KomaError:
            result = None
    # the many events of steps, and their pictures, are in no history
    events = await house.jobs.events(job, limit=100_000, without=["progress"])
    return history_of(job, events, result)
