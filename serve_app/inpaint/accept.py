"""Turns requests into durable tasks: the pictures are stored first, then the job."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from fastapi import Request

from foundation.errors import ClientError
from foundation.images import open_image, text_removal_limits
from foundation.jobs.types import Job, NewJob
from foundation.settings import Settings
from serve_app.inpaint.answers import AsyncAnswer
from serve_app.inpaint.formats import accepted_format
from serve_app.inpaint.schemas import APP, Asynchronous, BatchImage, Region, Tuning, warnings_of_tuning
from serve_app.inpaint.status import PREFIX, status_of
from serve_app.inpaint.view import region_count, result_url
from serve_app.jobs.accept import Acceptance, decode_field, new_job_id, warnings_of_job
from serve_app.jobs.fields import WrongField, check_field_url


class EmptyField(ClientError):
    """A part of the request that must not be empty is."""

    code = "bad_request"


async def decode_picture(text: str, field: str, settings: Settings, readable: bool = True) -> bytes:
    """The bytes of a base64 field, of a picture within the limits if it must be ``readable``.

    Raises WrongField for one that is empty, cannot be read or is too large.
    """
    if not text.strip():
        raise WrongField(field, EmptyField(f"No {field} provided"), prefix=False)
    limits = text_removal_limits(settings)
    return await decode_field(field, text, settings, (lambda data: open_image(data, limits)) if readable else None)


def dumped(regions: Sequence[Region]) -> list[dict[str, Any]]:
    """Regions for the engine. Raises WrongField when there are none."""
    if not regions:
        raise WrongField("regions", EmptyField("No regions provided"), prefix=False)
    return [region.model_dump() for region in regions]


class InpaintAcceptance(Acceptance):
    """Accepts the task of one request. ``key`` is its ``Idempotency-Key``."""

    def __init__(self, request: Request, key: str | None) -> None:
        super().__init__(request)
        self._key = key

    async def accept(self, images: Sequence[BatchImage], tuning: Tuning, following: Asynchronous) -> AsyncAnswer:
        """The answer to an accepted request. Raises Conflict when the id is taken by another body."""
        if following.callback_url:
            check_field_url("callback_url", following.callback_url, self.settings.callback_hosts)
        task_id = new_job_id(following.task_id, self._key)
        args = {
            "images": [await self._store_image(task_id, n, image, len(images)) for n, image in enumerate(images)],
            "options": asdict(tuning.options(self.settings.iopaint_model, accepted_format(self.request))),
            "engine": tuning.engine,
            "callback_url": following.callback_url,
        }
        job = await self.submit(NewJob(APP, args, id=task_id), warnings_of_tuning(tuning))
        return self._answer(job, following)

    async def _store_image(self, task_id: str, number: int, image: BatchImage, count: int) -> Mapping[str, Any]:
        # one of several that cannot be read is reported in the result, and does not stop the others
        where, alone = (f"images/{number}/", False) if count > 1 else ("", True)
        files = {"image": await decode_picture(image.image, f"{where}image", self.settings, alone), "mask": None}
        if image.mask is not None:
            files["mask"] = await decode_picture(image.mask, f"{where}mask", self.settings, alone)
        keys = await self.store(task_id, {f"{number}.{name}": data for name, data in files.items()})
        return {
            "name": image.name,
            "image_key": keys[f"{number}.image"],
            "mask_key": keys[f"{number}.mask"],
            "regions": [region.model_dump() for region in image.regions],
        }

    def _answer(self, job: Job, following: Asynchronous) -> AsyncAnswer:
        socket = self.socket_url(f"{PREFIX}/ws/progress/{job.id}")
        return AsyncAnswer(
            task_id=job.id,
            status=status_of(job),
            message=f"Started processing {region_count(job)} regions",
            websocket_url=socket if following.enable_progress else None,
            status_url=self.url(f"{PREFIX}/task-status/{job.id}"),
            result_url=result_url(self.request, job.id),
            warnings=warnings_of_job(job),
        )
