"""The older API's routes of the whole stores: queue, worker, cleaning up, LoRAs."""

import asyncio

from fastapi import APIRouter

from foundation.jobs.types import TERMINAL, Job, State
from serve_app.framepack.answers import LorasAnswer, Message, QueueAnswer, QueueEntry, WorkerAnswer
from serve_app.framepack.jobs import remove
from serve_app.framepack.loras import list_loras
from serve_app.framepack.queue import unfinished
from serve_app.framepack.schemas import APPS
from serve_app.framepack.status import older_status, percent, prompt_of
from serve_app.framepack.view import info_of, position_of
from serve_app.http.problems import problem_responses
from serve_app.jobs.stores import Stores, StoresOf

LONGEST_EXCERPT = 50
AT_ONCE = 200


router = APIRouter(tags=["older"])


@router.get("/queue", response_model=QueueAnswer, responses=problem_responses(503))
async def queue(stores: StoresOf) -> QueueAnswer:
    """List the running and the waiting jobs, in the order in which they are processed."""
    return QueueAnswer(queue=[await _entry(stores, job) for job in await unfinished(stores)])


@router.get("/worker/status", response_model=WorkerAnswer, responses=problem_responses(503))
async def worker_status(stores: StoresOf) -> WorkerAnswer:
    """Return the job that has been running longest."""
    running = [job for job in await unfinished(stores) if job.state is State.RUNNING]
    # Koma keeps its workers alive; one that dies is replaced
    return WorkerAnswer(is_running=True, processing_job_id=running[0].id if running else None)


@router.post("/cleanup_jobs", response_model=Message, responses=problem_responses(503))
async def cleanup_jobs(stores: StoresOf) -> Message:
    """Remove ended jobs and their files, except the newest MAX_COMPLETED_JOBS."""
    removed = 0
    while old := (await stores.jobs.find(APPS, list(TERMINAL), AT_ONCE, stores.settings.max_completed_jobs))[0]:
        for job in old:
            await remove(stores, job)
        removed += len(old)
    return Message(message=f"Cleanup process completed. Removed {removed} old job entries.")


@router.get("/loras", response_model=LorasAnswer)
async def loras(stores: StoresOf) -> LorasAnswer:
    """List the LoRAs in LORA_DIR. New files appear without a restart."""
    return LorasAnswer(loras=await asyncio.to_thread(list_loras, stores.settings.resolved_lora_dir))


async def _entry(stores: Stores, job: Job) -> QueueEntry:
    prompt = prompt_of(job.args)
    latest = await stores.jobs.latest(job, "progress") if job.state is State.RUNNING else None
    return QueueEntry(
        job_id=job.id,
        status=older_status(job),
        prompt=prompt if len(prompt) <= LONGEST_EXCERPT else f"{prompt[:LONGEST_EXCERPT]}...",
        video_length=job.args.get("video_length", 0.0),
        progress=percent(job),
        progress_info=latest.data.get("info", "") if latest else info_of(job),
        type=job.args["type"],
        position=await position_of(stores, job),
        priority=job.priority,
    )
