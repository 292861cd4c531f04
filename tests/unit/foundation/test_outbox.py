"""Webhooks: every end is told, signed, until it is heard; a real server listens."""

import asyncio
import base64
import hashlib
import hmac
import json
import re
import threading
from dataclasses import replace

import pytest
from fastapi import FastAPI, Request, Response

from foundation.graph import Graph, Step
from foundation.jobs.types import TERMINAL, NewJob, Webhook
from foundation.runner import Outbox
from foundation.settings import Settings
from tests.support.web import served
from tests.unit.foundation.small import reached, running

KEY = base64.b64encode(b"k" * 32).decode()


async def work(context):
    if context.args.get("broken"):
        raise ValueError("a private detail")
    return {"key": await context.save("work", "result.txt", b"done")}


def announce(ended, link):
    if ended.args.get("strange"):
        raise KeyError("key")
    result = ended.results.get("work")
    return {"id": ended.id, "state": ended.state, "subject": ended.subject, "url": result and link(result["key"])}


GRAPH = Graph("style", (Step("work", work),), announce=announce)


class Listener:
    """A server that fails the first ``failures`` times."""

    def __init__(self, failures=0):
        self.failures = failures
        self.heard = []
        self.app = FastAPI()

        @self.app.post("/hook")
        async def hook(request: Request):
            self.heard.append((dict(request.headers), await request.body()))
            return Response(status_code=500 if len(self.heard) <= self.failures else 204)


@pytest.fixture
def outbox(resources):
    settings = Settings(callback_hosts=["127.0.0.1"], webhook_secret=f"whsec_{KEY}")
    return Outbox(GRAPH, resources.store, resources.blobs, settings, pause_s=0.01)


async def submit(resources, url, job_id, **args):
    webhook = Webhook(f"{url}/hook", "https://api.example/style")
    return await resources.store.submit(NewJob("style", args, id=job_id, subject="user_1", webhook=webhook))


async def run_all(resources, *names):
    async with running(GRAPH, resources):
        for name in names:
            await reached(resources.store, name, *TERMINAL, app="style")


async def test_the_ends_of_all_jobs_are_told_once_and_signed(resources, outbox):
    listener = Listener()
    with served(listener.app) as url:
        await submit(resources, url, "good")
        await submit(resources, url, "bad", broken=True)
        await submit(resources, url, "stopped")
        await resources.store.cancel("stopped", "style")
        await run_all(resources, "good", "bad", "stopped")
        assert await outbox.deliver_due() == 3
        assert await outbox.deliver_due() == 0
    options = {json.loads(body)["data"]["id"]: (headers, body) for headers, body in listener.heard}
    assert {name: json.loads(body)["type"] for name, (_, body) in options.items()} == {
        "good": "style.completed",
        "bad": "style.failed",
        "stopped": "style.cancelled",
    }
    headers, body = options["good"]
    assert json.loads(body)["data"]["url"].startswith("https://api.example/style/files/public/good/work/result-")
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    expected = base64.b64encode(hmac.new(b"k" * 32, signed, hashlib.sha256).digest()).decode()
    assert headers["webhook-signature"] == f"v1,{expected}"
    assert headers["webhook-id"] == "job_good"


async def test_nothing_is_told_before_the_end(resources, outbox):
    listener = Listener()
    with served(listener.app) as url:
        await submit(resources, url, "waiting")
        assert await outbox.deliver_due() == 0
    assert listener.heard == []


async def test_a_server_that_fails_is_told_again(resources, outbox):
    listener = Listener(failures=2)
    with served(listener.app) as url:
        await submit(resources, url, "a")
        await run_all(resources, "a")
        tried = 0
        while tried < 3:
            tried += await outbox.deliver_due()
            await asyncio.sleep(0.01)
        await asyncio.sleep(0.3)
        assert await outbox.deliver_due() == 0
    assert len(listener.heard) == 3
    # each telling signs its link anew, so that a late one still opens: all else stays as it was
    assert len({re.sub(rb"exp=\d+&sig=\w+", b"", body) for _, body in listener.heard}) == 1
    assert len({headers["webhook-id"] for headers, _ in listener.heard}) == 1


async def test_two_outboxes_do_not_tell_the_same_twice(resources, outbox):
    listener = Listener()
    with served(listener.app) as url:
        for n in range(6):
            await submit(resources, url, f"j{n}")
        await run_all(resources, *[f"j{n}" for n in range(6)])
        patient = Outbox(GRAPH, resources.store, resources.blobs, outbox_settings(), pause_s=60)
        other = Outbox(GRAPH, resources.store, resources.blobs, outbox_settings(), pause_s=60)
        tried = await asyncio.gather(patient.deliver_due(), other.deliver_due())
    assert sum(tried) == 6
    assert len(listener.heard) == 6


def outbox_settings():
    return Settings(callback_hosts=["127.0.0.1"], webhook_secret=f"whsec_{KEY}")


async def test_a_webhook_that_cannot_be_told_keeps_no_other_from_it(resources, outbox):
    listener = Listener()
    with served(listener.app) as url:
        await submit(resources, f"{url}/\x01", "odd")
        await submit(resources, url, "good")
        await submit(resources, url, "strange", strange=True)
        await run_all(resources, "odd", "good", "strange")
        assert await outbox.deliver_due() == 3
    assert [headers["webhook-id"] for headers, _ in listener.heard] == ["job_good"]


async def test_nobody_else_begins_while_an_attempt_is_under_way(resources, outbox):
    gate, heard, app = threading.Event(), asyncio.Event(), FastAPI()
    loop = asyncio.get_running_loop()

    @app.post("/hook")
    def hook():
        loop.call_soon_threadsafe(heard.set)
        gate.wait(10)
        return Response(status_code=204)

    with served(app) as url:
        await submit(resources, url, "slow")
        await run_all(resources, "slow")
        first = asyncio.create_task(outbox.deliver_due())
        await heard.wait()
        # the pause after a failure is over by now
        await asyncio.sleep(0.05)
        assert await outbox.deliver_due() == 0
        gate.set()
        assert await first == 1


async def test_a_swept_job_takes_its_webhook_along(resources, outbox):
    job = await submit(resources, "http://127.0.0.1:9", "gone")
    await resources.store.cancel("gone", "style")
    await resources.store.delete(replace(job))
    assert await outbox.deliver_due() == 0
