"""Turns requests into durable tasks: the picture is stored first, then the job.

image_url -> checked here, downloaded by the job        image, upload -> stored here
"""

from typing import Any

from foundation.errors import KomaError
from foundation.images import open_image
from foundation.jobs.types import Job, NewJob
from serve_app.jobs.accept import Acceptance, check_field, decode_field, new_job_id, warnings_of_job
from serve_app.jobs.fields import check_field_url
from serve_app.jobs.warnings import warnings_of
from serve_app.style.answers import BatchAnswer, TransformAnswer
from serve_app.style.catalogue import catalogue_of
from serve_app.style.schemas import APP, BatchTransformRequest, TransformOptions, TransformRequest
from serve_app.style.status import ACCEPTED, ACCEPTED_IN_BATCH, PREFIX, STATUS


class StyleAcceptance(Acceptance):
    """Accepts the tasks of one request. Raises WrongField, Conflict, Overloaded."""

    async def one(self, body: TransformRequest) -> TransformAnswer:
        """Accept a picture by its URL or in base64."""
        data = None if body.image is None else await decode_field("image", body.image, self.settings)
        return await self._accept(body, new_job_id(body.task_id), body.image_url, data, ACCEPTED)

    async def uploaded(self, options: TransformOptions, data: bytes) -> TransformAnswer:
        """Accept a picture that came as a file."""
        return await self._accept(options, new_job_id(None), None, data, ACCEPTED)

    async def batch(self, body: BatchTransformRequest) -> BatchAnswer:
        """Accept several pictures; those that the queue has no room for are reported as failed.

        Raises Overloaded when there was room for none.
        """
        batch_id = f"batch_{new_job_id(None)}"
        for number, url in enumerate(body.image_urls):
            self._check(url, f"image_urls/{number}")
        results = [await self._of_batch(body, batch_id, number) for number in range(len(body.image_urls))]
        refused = [each for each in results if isinstance(each, KomaError)]
        if len(refused) == len(results):
            raise refused[0]
        answers = [_refused(f"{batch_id}-{n}", each) for n, each in enumerate(results)]
        return BatchAnswer(
            batch_id=batch_id,
            total_count=len(answers),
            completed_count=0,
            failed_count=len(refused),
            results=answers,
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

    def _check(self, url: str, field: str) -> None:
        check_field_url(field, url, self.settings.image_hosts, "IMAGE_HOSTS")

    async def _accept(
        self,
        options: TransformOptions,
        task_id: str,
        url: str | None,
        data: bytes | None,
        message: str,
        *,
        batch: dict[str, Any] | None = None,
    ) -> TransformAnswer:
        args = catalogue_of(self.request).arguments(options) | {"image_url": url, "image_key": None}
        if batch:
            args["batch"] = batch
        # nothing is stored of a request that is refused
        webhook = self.webhook("webhook_url", options.webhook_url)
        if url is not None:
            self._check(url, "image_url")
        if data is not None:
            await check_field(
                "image", data, self.settings, lambda data: open_image(data, self.settings.max_image_pixels)
            )
            args["image_key"] = (await self.store(task_id, {"upload.image": data}))["upload.image"]
        new = NewJob(APP, args, id=task_id, priority=options.priority, subject=options.user_id, webhook=webhook)
        return await self._answer(await self.submit(new, warnings_of(options)), message)

    async def _answer(self, job: Job, message: str) -> TransformAnswer:
        task = f"{PREFIX}/task/{job.id}"
        status = STATUS[job.state]
        return TransformAnswer(
            task_id=job.id,
            status=status,
            message=message,
            queue_position=await self.stores.jobs.ahead(job) + 1 if status == "pending" else None,
            status_url=self.url(task),
            events_url=self.url(f"{task}/events"),
            websocket_url=self.socket_url(f"{task}/ws"),
            warnings=warnings_of_job(job),
        )


def _refused(task_id: str, result: TransformAnswer | KomaError) -> TransformAnswer:
    if isinstance(result, TransformAnswer):
        return result
    message = f"{result.detail}. {result.hint}"
    return TransformAnswer(success=False, task_id=task_id, status="failed", message=message)
