"""Jobs as answers: what is stored of them, in the shapes of seed 002 and of the older API."""

import asyncio
import json
from collections.abc import Mapping, Sequence
from typing import Any

from fastapi import Request, WebSocket

from foundation.errors import NotFound
from foundation.jobs.types import Event, Job, State
from serve_app.framepack.answers import BatchProgress, OlderStatus, QueuedJob, RowProgress
from serve_app.framepack.schemas import APPS
from serve_app.framepack.status import (
    FILM,
    PICTURE_FAILED,
    PREFIX,
    STATUS,
    iso,
    older_status,
    percent,
)
from serve_app.jobs.stores import Stores, http_base
from serve_app.jobs.warnings import RequestWarning

Json = Mapping[str, Any]
# the events of single rows are read; the rest of a stream is not needed for that
NOT_OF_REQUESTS = frozenset({"loras", "warnings", "job_id"})
NOT_OF_ROWS = ("accepted", "moved", "progress", "step_completed", "resumed")


async def job_of(stores: Stores, job_id: str) -> Job:
    """A job of either lane. Raises NotFound in the words of the original."""
    try:
        return await stores.jobs.get(job_id, APPS)
    except NotFound as error:
        raise NotFound("Job not found") from error


async def position_of(stores: Stores, job: Job) -> int | None:
    """A job's place in its lane, from 1 on; None for one that does not wait."""
    return await stores.jobs.ahead(job) + 1 if job.state is State.QUEUED else None


def links_base(connection: Request | WebSocket, job_id: str) -> str:
    """The URL of the routes of a job."""
    return f"{http_base(connection)}{PREFIX}/jobs/{job_id}"


def request_of(args: Json) -> dict[str, Any]:
    """The request of a job, by the names of its fields: sent again, it requests the same."""
    own = {name: value for name, value in args.items() if name not in NOT_OF_REQUESTS and not name.endswith("_key")}
    if args["type"] != "batch_image":
        own.pop("batch_size", None)
    names, scales = [name for name, _ in args["loras"]], [scale for _, scale in args["loras"]]
    if args["type"] == FILM:
        return own | ({"lora_path": names[0], "lora_scale": scales[0]} if names else {})
    return own | {"lora_paths": names, "lora_scales": scales}


def warnings_of_result(job: Job, result: Json | None) -> list[dict[str, Any]]:
    """What was ignored of a request, and what the engine did not do."""
    images = (result or {}).get("images", ())
    failed = [
        {"pointer": f"/prompts/{image['index']}", "code": image["error"]["code"], "detail": image["error"]["detail"]}
        for image in images
        if "error" in image
    ]
    blank = [image for image in images if image.get("drawn_words") == []]
    return [*job.args.get("warnings", ()), *failed, *(_not_understood(job, image) for image in blank)]


def _not_understood(job: Job, image: Json) -> dict[str, Any]:
    pointer = f"/prompts/{image['index']}" if job.args["type"] == "batch_image" else "/prompt"
    detail = "the draft engine understood no word of the prompt and drew an empty place"
    return {"pointer": pointer, "code": "prompt_not_understood", "detail": detail}


class View:
    """Shows jobs to the caller of one request."""

    def __init__(self, connection: Request | WebSocket, stores: Stores) -> None:
        self._connection = connection
        self._stores = stores

    async def answer(self, job: Job) -> QueuedJob:
        """A job as seed 002 has it."""
        rows, latest, position = await asyncio.gather(
            self._stores.jobs.events(job, without=NOT_OF_ROWS), self.latest(job), position_of(self._stores, job)
        )
        started = next((event.at for event in rows if event.kind == "step_started"), None)
        error = job.error if job.state is State.FAILED else None
        steps, result = steps_of(latest), await self.result(job)
        return QueuedJob(
            id=job.id,
            type=job.args["type"],
            data=request_of(job.args),
            status=STATUS[job.state],
            created_at=iso(job.created_at),
            started_at=iso(started) if started else None,
            completed_at=iso(job.finished_at) if job.finished_at else None,
            error=error["detail"] if error else None,
            error_code=error["code"] if error else None,
            error_hint=error.get("hint") if error else None,
            result=result,
            progress=percent(job),
            step=steps["step"],
            total=steps["total"],
            info=steps["info"],
            preview=await self._preview(job),
            batch_progress=self._batch_progress(job, rows),
            position=position,
            priority=job.priority,
            stage=job.step,
            job_id=job.id,
            progress_step=steps["step"],
            progress_total=steps["total"],
            progress_info=steps["info"],
            warnings=[RequestWarning(**warning) for warning in warnings_of_result(job, result)],
        )

    async def older(self, job: Job) -> OlderStatus:
        """A job as the older API has it."""
        steps = steps_of(await self.latest(job))
        return OlderStatus(
            job_id=job.id,
            status=older_status(job),
            progress=percent(job),
            progress_step=steps["step"],
            progress_total=steps["total"],
            progress_info=steps["info"] or info_of(job),
        )

    async def latest(self, job: Job) -> Json:
        """The last reported progress of a job."""
        event = await self._stores.jobs.latest(job, "progress")
        return event.data if event else {}

    async def _preview(self, job: Job) -> str | None:
        """The last small picture of a job that runs: not every step has one."""
        if job.state is not State.RUNNING:
            return None
        event = await self._stores.jobs.latest(job, "progress", "preview")
        return event.data["preview"] if event else None

    async def result(self, job: Job) -> dict[str, Any] | None:
        """The result of a completed job, with links; None for any other, and while its files are being removed."""
        if job.state is not State.COMPLETED:
            return None
        try:
            result = await self._stores.result(job)
        except NotFound:
            return None
        base = links_base(self._connection, job.id)
        if job.args["type"] == FILM:
            facts = {k: result[k] for k in ("width", "height", "frames", "fps", "seconds", "engine", "seed")}
            url = f"{base}/film"
            return {"video_path": url, "video_url": url, "thumbnail_url": f"{base}/thumbnail"} | facts
        images = [_picture(base, image) for image in result["images"]]
        first = next(image["url"] for image in images if "url" in image)
        return {"image_path": first, "images": images, "engine": result["engine"]}

    def _batch_progress(self, job: Job, rows: Sequence[Event]) -> BatchProgress | None:
        step = self._stores.graphs[job.app].item_step
        total = next((e.data["items"] for e in rows if e.kind == "step_started" and e.data["step"] == step), 0)
        if total < 2 and job.args["type"] != "batch_image":
            return None
        base = links_base(self._connection, job.id)
        failed = {e.data["index"]: e.data["error"] for e in rows if e.kind == PICTURE_FAILED}
        done = [int(e.data["item"]) for e in rows if e.kind == "item_completed" and e.data["step"] == step]
        items = [row_progress(job, base, index, failed.get(index)) for index in sorted(done)]
        count = sum(row.status == "failed" for row in items)
        known = total or len(job.args.get("prompts", ()))
        return BatchProgress(total=known, completed=len(items) - count, failed=count, items=items)


def row_progress(job: Job, base: str, index: int, error: str | None) -> RowProgress:
    """A picture or a section that has ended; sections have no link of their own."""
    if error is not None:
        return RowProgress(index=index, status="failed", error=error)
    url = f"{base}/film" if job.args["type"] == FILM else f"{base}/images/{index}"
    return RowProgress(index=index, status="completed", url=url)


def _picture(base: str, image: Json) -> dict[str, Any]:
    if "error" in image:
        error = {k: image["error"][k] for k in ("code", "detail", "hint")}
        return {"index": image["index"], "error": error}
    names = [name for name in ("index", "width", "height", "seed", "drawn_words") if name in image]
    return {"url": f"{base}/images/{image['index']}"} | {name: image[name] for name in names}


def steps_of(data: Json) -> dict[str, Any]:
    """The sampler's step in an event of progress, under the names of seed 002."""
    names = {"step": "step_now", "total": "total", "info": "info", "preview": "preview"}
    return {field: data.get(name) for field, name in names.items()}


def info_of(job: Job) -> str:
    """A line for a person when no sampler has reported one."""
    return {State.QUEUED: "Waiting for its turn", State.COMPLETED: "Completed"}.get(job.state, "")


async def rows_of(stores: Stores, job: Job) -> list[dict[str, Any]]:
    """The finished pictures or sections of a job in their order, also while it runs."""
    step = stores.graphs[job.app].item_step
    found = {row.item: row.blob for row in await stores.jobs.finished(job) if row.step == step and row.item}
    return [json.loads(await stores.blobs.get(found[item])) for item in sorted(found, key=int)]
