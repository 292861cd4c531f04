"""Accepting a job: the checks of its fields, its files, its id and its webhook, the same for every application.

body -> decoded, checked fields (WrongField) -> id -> files into the job's folder -> job -> URLs to follow it by
"""

import asyncio
import hashlib
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Annotated, Any

from fastapi import Header, Request, UploadFile

from foundation.errors import KomaError, TooLarge
from foundation.images import decode_base64
from foundation.jobs.sweep import job_folder
from foundation.jobs.types import DEFAULT_TENANT, Job, NewJob, Webhook
from foundation.settings import Settings
from serve_app.jobs.fields import WrongField, check_field_url
from serve_app.jobs.stores import base_url, http_base, socket_url, stores_of
from serve_app.jobs.warnings import RequestWarning

JOB_ID = r"^[A-Za-z0-9_-]{1,64}$"
IdempotencyKey = Annotated[str | None, Header(alias="Idempotency-Key", max_length=255)]
Check = Callable[[bytes], Any]
"""Judges the bytes of a picture. Raises a KomaError for one that is refused."""


class Acceptance:
    """Accepts the jobs of one request. The applications' own build the arguments and the answer."""

    def __init__(self, request: Request) -> None:
        self.request = request
        self.stores = stores_of(request)
        self.settings: Settings = self.stores.settings

    async def store(self, job_id: str, files: Mapping[str, bytes | None]) -> dict[str, str | None]:
        """Put files into the folder of a job; their keys by the same names, None for those that are not there."""
        folder = f"{job_folder(DEFAULT_TENANT, job_id)}/input"
        return {
            name: None if data is None else await self.stores.blobs.put(folder, name, data)
            for name, data in files.items()
        }

    async def submit(self, new: NewJob, warnings: Sequence[RequestWarning] = ()) -> Job:
        """Accept the job. Its warnings become part of its arguments. Raises Conflict, Overloaded."""
        if warnings:
            new = replace(new, args={**new.args, "warnings": [warning.model_dump() for warning in warnings]})
        return await self.stores.submit(new)

    def webhook(self, field: str, url: str | None) -> Webhook | None:
        """Where the end of a job is announced. Raises WrongField for a URL that may not be called."""
        if url is None:
            return None
        check_field_url(field, url, self.settings.callback_hosts)
        return Webhook(url, base_url(self.request))

    def url(self, path: str) -> str:
        """The URL of a route of this application, as the caller reaches it."""
        return f"{http_base(self.request)}{path}"

    def socket_url(self, path: str) -> str:
        """The same for a WebSocket."""
        return f"{socket_url(self.request)}{path}"


def new_job_id(chosen: str | None, key: str | None = None) -> str:
    """The id that the client chose, else the one that follows from its ``Idempotency-Key``, else a new one."""
    if chosen:
        return chosen
    return hashlib.sha256(key.encode()).hexdigest()[:32] if key else uuid.uuid4().hex


def warnings_of_job(job: Job) -> list[RequestWarning]:
    """The warnings of a job's acceptance."""
    return [RequestWarning(**warning) for warning in job.args.get("warnings", ())]


async def decode_field(field: str, text: str, settings: Settings, check: Check | None = None) -> bytes:
    """The bytes of a base64 field of at most ``max_file_size``. Raises WrongField, also for what ``check`` raises."""

    def decode() -> bytes:
        data = decode_base64(text, settings.max_file_size)
        if check is not None:
            check(data)
        return data

    return await in_field(field, decode)


async def check_field(field: str, data: bytes, settings: Settings, check: Callable[[bytes], Any]) -> Any:
    """What ``check`` makes of the bytes of a field. Raises WrongField, also for more than ``max_file_size`` bytes."""

    def checked() -> Any:
        check_length(data, settings)
        return check(data)

    return await in_field(field, checked)


async def read_upload(upload: UploadFile, settings: Settings, field: str = "image") -> bytes:
    """The bytes of a form's file. Raises WrongField for more than ``max_file_size``."""
    # one byte more than may be tells that there is more
    data = await upload.read(settings.max_file_size + 1)
    try:
        check_length(data, settings)
    except TooLarge as error:
        raise WrongField(field, error) from error
    return data


def check_length(data: bytes, settings: Settings) -> None:
    """Raises TooLarge for more than ``max_file_size`` bytes."""
    if len(data) > settings.max_file_size:
        raise TooLarge(f"the image has more than {settings.max_file_size} bytes")


async def in_field(field: str, work: Callable[[], Any]) -> Any:
    """Run ``work`` in a thread; its errors name the field. Raises WrongField."""
    try:
        return await asyncio.to_thread(work)
    except KomaError as error:
        raise WrongField(field, error) from error
