"""Turns requests into durable tasks: the picture is stored first, then the job.

image_url -> checked here, downloaded by the job        image, upload -> stored here
"""

import asyncio
import uuid
from typing import Any

from fastapi import Request

from foundation.errors import KomaError
from foundation.images import decode_base64, open_image
from foundation.jobs.sweep import job_folder
from foundation.jobs.types import DEFAULT_TENANT, Job, NewJob, Webhook
from foundation.settings import Settings
from serve_app.http.problems import WrongField, check_field_url
from serve_app.http.warnings import warnings_of
from serve_app.jobs.stores import base_url, house_of, socket_url
from serve_app.style.answers import BatchAnswer, TransformAnswer
from serve_app.style.catalogue import Catalogue
from serve_app.style.schemas import APP, BatchTransformRequest, TransformRequest, Wish
from serve_app.style.view import ACCEPTED, ACCEPTED_IN_BATCH, PREFIX, STATUS, warnings_of_task


class Acceptance:
    """Accepts the tasks of one request."""

    def __init__(self, request: Request, settings: Settings, catalogue: Catalogue) -> None:
        self._request = request
        self._house = house_of(request)
        self._settings = settings
        self._catalogue = catalogue

    async def one(self, body: TransformRequest) -> TransformAnswer:
        """Accept a picture. Raises WrongField, Conflict, Overloaded."""
        data = None if body.image is None else await self._decoded(body.image)
        return await self._accept(body, body.task_id or uuid.uuid4().hex, body.image_url, data, ACCEPTED)

    async def uploaded(self, wish: Wish, task_id: str | None, data: bytes) -> TransformAnswer:
        """Accept a picture that came as a file."""
        return await self._accept(wish, task_id or uuid.uuid4().hex, None, data, ACCEPTED)

    async def batch(self, body: BatchTransformRequest) -> BatchAnswer:
        """Accept several pictures; those that the queue has no room for are told as failed.

        Raises Overloaded when there was room for none.
        """
        batch_id = f"batch_{uuid.uuid4().hex}"
        for number, url in enumerate(body.image_urls):
            self._check(url, f"image_urls/{number}")
        results = [await self._of_batch(body, batch_id, number) for number in range(len(body.image_urls))]
        refused = [each for each in results if isinstance(each, KomaError)]
        if len(refused) == len(results):
            raise refused[0]
        told = [_refused(f"{batch_id}-{n}", each) for n, each in enumerate(results)]
        return BatchAnswer(
            batch_id=batch_id,
            total_count=len(told),
            completed_count=0,
            failed_count=len(refused),
            results=told,
        )

    async def _of_batch(self, body: BatchTransformRequest, batch_id: str, number: int) -> TransformAnswer | KomaError:
        url, count = body.image_urls[number], len(body.image_urls)
        try:
            return await self._accept(
                body, f"{batch_id}-{number}", url, None, ACCEPTED_IN_BATCH, batch={"id": batch_id, "count": count}
            )
        except KomaError as error:
            if error.status < 500:
                raise
            return error

    async def _decoded(self, text: str) -> bytes:
        try:
            return await asyncio.to_thread(decode_base64, text, self._settings.max_file_size)
        except KomaError as error:
            raise WrongField("image", error) from error

    async def _look_at(self, data: bytes) -> None:
        """Refuse by the header alone what the task could not read."""
        try:
            await asyncio.to_thread(open_image, data, self._settings.max_image_pixels)
        except KomaError as error:
            raise WrongField("image", error) from error

    def _check(self, url: str, field: str) -> None:
        check_field_url(field, url, self._settings.image_hosts, "IMAGE_HOSTS")

    async def _accept(
        self,
        wish: Wish,
        task_id: str,
        url: str | None,
        data: bytes | None,
        message: str,
        *,
        batch: dict[str, Any] | None = None,
    ) -> TransformAnswer:
        arguments = self._catalogue.arguments(wish) | {"image_url": url, "image_key": None}
        if batch:
            arguments["batch"] = batch
        if warnings := warnings_of(wish):
            arguments["warnings"] = [warning.model_dump() for warning in warnings]
        # nothing is stored of a request that is refused
        webhook = self._webhook(wish)
        if url is not None:
            self._check(url, "image_url")
        if data is not None:
            await self._look_at(data)
            folder = f"{job_folder(DEFAULT_TENANT, task_id)}/input"
            arguments["image_key"] = await self._house.blobs.put(folder, "upload.image", data)
        new = NewJob(APP, arguments, id=task_id, priority=wish.priority, subject=wish.user_id, webhook=webhook)
        return await self._told(await self._house.submit(new), message)

    def _webhook(self, wish: Wish) -> Webhook | None:
        if wish.webhook_url is None:
            return None
        check_field_url("webhook_url", wish.webhook_url, self._settings.callback_hosts)
        return Webhook(wish.webhook_url, base_url(self._request))

    async def _told(self, job: Job, message: str) -> TransformAnswer:
        task = f"{PREFIX}/task/{job.id}"
        status = STATUS[job.state]
        return TransformAnswer(
            task_id=job.id,
            status=status,
            message=message,
            queue_position=await self._house.jobs.ahead(job) + 1 if status == "pending" else None,
            status_url=f"{base_url(self._request)}{task}",
            events_url=f"{base_url(self._request)}{task}/events",
            websocket_url=f"{socket_url(self._request)}{task}/ws",
            warnings=warnings_of_task(job),
        )


def _refused(task_id: str, result: TransformAnswer | KomaError) -> TransformAnswer:
    if isinstance(result, TransformAnswer):
        return result
    message = f"{result.detail}. {result.hint}"
    return TransformAnswer(success=False, task_id=task_id, status="failed", message=message)
