"""The older API's routes of the whole house: queue, worker, cleaning up, LoRAs."""

import asyncio

from fastapi import APIRouter

from foundation.jobs.types import TERMINAL, Job, State
from foundation.settings import Settings
from serve_app.framepack.answers import LorasAnswer, Message, QueueAnswer, QueueEntry, WorkerAnswer
from serve_app.framepack.jobs import HouseOf, remove
from serve_app.framepack.loras import list_loras
from serve_app.framepack.queue import unfinished
from serve_app.framepack.schemas import APPS
from serve_app.framepack.status import older_status, percent, prompt_of
from serve_app.framepack.view import info_of, position_of
from serve_app.http.problems import problem_responses
from serve_app.jobs.stores import House

SHOWN_OF_PROMPT = 50
AT_ONCE = 200


def upkeep_router(settings: Settings) -> APIRouter:
    """The routes."""
    router = APIRouter(tags=["older"])

    @router.get("/queue", response_model=QueueAnswer, responses=problem_responses(503))
    async def queue(house: HouseOf) -> QueueAnswer:
        """List what runs and what waits, in the order in which it is taken."""
        return QueueAnswer(queue=[await _entry(house, job) for job in await unfinished(house)])

    @router.get("/worker/status", response_model=WorkerAnswer, responses=problem_responses(503))
    async def worker_status(house: HouseOf) -> WorkerAnswer:
        """Tell the job that has been worked on for longest."""
        running = [job for job in await unfinished(house) if job.state is State.RUNNING]
        # workers are kept alive by the house; one that dies is replaced
        return WorkerAnswer(is_running=True, processing_job_id=running[0].id if running else None)

    @router.post("/cleanup_jobs", response_model=Message, responses=problem_responses(503))
    async def cleanup_jobs(house: HouseOf) -> Message:
        """Remove ended jobs with their files, but for the MAX_COMPLETED_JOBS newest."""
        removed = 0
        while old := (await house.jobs.find(APPS, list(TERMINAL), AT_ONCE, settings.max_completed_jobs))[0]:
            for job in old:
                await remove(house, job)
            removed += len(old)
        return Message(message=f"Cleanup process completed. Removed {removed} old job entries.")

    @router.get("/loras", response_model=LorasAnswer)
    async def loras() -> LorasAnswer:
        """Name the LoRAs of LORA_DIR; new files are there without a restart."""
        return LorasAnswer(loras=await asyncio.to_thread(list_loras, settings.resolved_lora_dir))

    return router


async def _entry(house: House, job: Job) -> QueueEntry:
    prompt = prompt_of(job.args)
    latest = await house.jobs.latest(job, "progress") if job.state is State.RUNNING else None
    return QueueEntry(
        job_id=job.id,
        status=older_status(job),
        prompt=prompt if len(prompt) <= SHOWN_OF_PROMPT else f"{prompt[:SHOWN_OF_PROMPT]}...",
        video_length=job.args.get("video_length", 0.0),
        progress=percent(job),
        progress_info=latest.data.get("info", "") if latest else info_of(job),
        type=job.args["type"],
        position=await position_of(house, job),
        priority=job.priority,
    )
