"""Webhooks: the end of a job is announced to the client's server, signed, and retried until it is received.

job ends -> its row in job_webhook is due -> claimed (next_at moves on) -> POST -> delivered, or due later

A row is written with the job itself, so that no end is forgotten; it may be delivered twice, with the same id.
The headers are those of the Standard Webhooks specification: ``webhook-id``, ``webhook-timestamp``, and
``webhook-signature`` with HMAC-SHA256 over ``id.timestamp.body``.
"""

import asyncio
import base64
import hashlib
import hmac
import json
import logging
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import and_, select, update

from foundation.blobs import BlobStore
from foundation.database import epoch_now
from foundation.errors import KomaError, StoreUnavailable
from foundation.fetch import Reach, post_bytes
from foundation.graph import Ended, Graph
from foundation.jobs.rows import to_job
from foundation.jobs.schema import job, job_webhook
from foundation.jobs.store import JobStore
from foundation.jobs.types import TERMINAL, Job
from foundation.settings import Settings
from foundation.signing import LinkSigner

logger = logging.getLogger("ray.serve")
AT_ONCE = 8
ATTEMPTS = 12
FIRST_PAUSE_S = 5.0
LONGEST_PAUSE_S = 6 * 3600.0
LOOK_EVERY_S = 0.5
# longer than an attempt takes: nobody else may begin one meanwhile
CLAIMED_S = 60.0


@dataclass(frozen=True)
class Delivery:
    """A webhook that is due. ``attempt`` starts at 1."""

    job: Job
    url: str
    base_url: str
    attempt: int


def signed_headers(message_id: str, body: bytes, key: bytes, at: int) -> dict[str, str]:
    """The headers of a webhook whose body was written at ``at``, in seconds since 1970."""
    signed = f"{message_id}.{at}.".encode() + body
    signature = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    return {"webhook-id": message_id, "webhook-timestamp": str(at), "webhook-signature": f"v1,{signature}"}


class Outbox:
    """Delivers the webhooks of one application. ``pause_s`` is the wait after the first failure."""

    def __init__(
        self, graph: Graph, store: JobStore, blobs: BlobStore, settings: Settings, pause_s: float = FIRST_PAUSE_S
    ) -> None:
        self._graph = graph
        self._store = store
        self._blobs = blobs
        self._reach = Reach(settings.callback_hosts)
        self._key = settings.webhook_key()
        self._signer = LinkSigner(settings.signing_key(), settings.file_link_seconds)
        self._pause_s = pause_s

    async def run_forever(self) -> None:
        """Deliver what is due until cancelled."""
        while True:
            try:
                tried = await self.deliver_due()
            except StoreUnavailable:
                tried = 0
            if tried < AT_ONCE:
                await self._store.hints.wait(f"app:{self._graph.name}", LOOK_EVERY_S)

    async def deliver_due(self) -> int:
        """Try each webhook that is due once; gives how many were tried."""
        due = await self._claim()
        await asyncio.gather(*[self._deliver(each) for each in due])
        return len(due)

    async def _claim(self) -> Sequence[Delivery]:
        where = and_(
            job_webhook.c.tenant == job.c.tenant,
            job_webhook.c.job_id == job.c.id,
            job.c.app == self._graph.name,
            job.c.state.in_([state.value for state in TERMINAL]),
            job_webhook.c.delivered_at.is_(None),
            job_webhook.c.attempts < ATTEMPTS,
            job_webhook.c.next_at <= epoch_now(),
        )
        columns = [job, job_webhook.c.url, job_webhook.c.base_url, job_webhook.c.attempts.label("tries")]
        due = select(*columns).where(where).order_by(job_webhook.c.next_at).limit(AT_ONCE)
        async with self._store.database.read() as connection:
            if (await connection.execute(due.limit(1))).first() is None:
                return []
        async with self._store.database.write() as connection:
            rows = (await connection.execute(due.with_for_update(skip_locked=True, of=job_webhook))).all()
            for row in rows:
                moved = {"attempts": row.tries + 1, "next_at": epoch_now() + CLAIMED_S}
                await connection.execute(self._row(row.tenant, row.id).values(**moved))
        return [Delivery(to_job(row), row.url, row.base_url, row.tries + 1) for row in rows]

    def _row(self, tenant: str, job_id: str) -> Any:
        return update(job_webhook).where(job_webhook.c.tenant == tenant, job_webhook.c.job_id == job_id)

    async def _deliver(self, due: Delivery) -> None:
        try:
            body = await self._body(due)
            headers = signed_headers(f"job_{due.job.id}", body, self._key, int(time.time()))
            await post_bytes(due.url, body, headers, self._reach)
            outcome: dict[str, Any] = {"delivered_at": epoch_now(), "last_error": None}
        except KomaError as error:
            logger.warning("job %s: webhook attempt %d: %s", due.job.id, due.attempt, error.detail)
            outcome = self._later(due, error.detail)
        except Exception as error:
            # one webhook that cannot be delivered must not keep the others, and all jobs, from going on
            logger.exception("job %s: webhook attempt %d", due.job.id, due.attempt)
            outcome = self._later(due, f"it could not be delivered: {type(error).__name__}")
        async with self._store.database.write() as connection:
            await connection.execute(self._row(due.job.tenant, due.job.id).values(**outcome))

    def _later(self, due: Delivery, why: str) -> dict[str, Any]:
        pause = min(self._pause_s * 4 ** (due.attempt - 1), LONGEST_PAUSE_S)
        return {"last_error": why, "next_at": epoch_now() + pause}

    async def _body(self, due: Delivery) -> bytes:
        assert self._graph.announce is not None
        results = {
            row.step: json.loads(await self._blobs.get(row.blob))
            for row in await self._store.finished(due.job)
            if not row.item and row.step in {step.name for step in self._graph.steps}
        }
        ended = Ended(due.job.id, due.job.state.value, due.job.subject, due.job.error, results, due.job.args)
        data = self._graph.announce(ended, lambda key: self._signer.link(due.base_url, key))
        at = datetime.fromtimestamp(due.job.finished_at or time.time(), UTC).isoformat()
        return _json({"type": f"{self._graph.name}.{due.job.state.value}", "timestamp": at, "data": data})


def _json(value: Mapping[str, Any]) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
