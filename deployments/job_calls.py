"""Calls out of a job carry its id to the replicas that they reach, so that their log names it.

Serve hands a request's id on from call to call and writes it into each line; a call out of a job has no request, and
would get an id that nobody knows. So the job's takes its place, as ``job:`` and the id: no client can send that, since
an ingress takes no id with a colon.

Serve has no public way to say so. What is used here is one context variable; without it calls go out as they are.
"""

from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from ray.serve import context as serve_context

from foundation.log_context import job_id

PREFIX = "job:"
# how Python tells that a newer Serve keeps its context otherwise
ABSENT = (AttributeError, NameError, TypeError)


@contextmanager
def named_after_job() -> Generator[None]:
    """Calls that go out in this block carry the id of the job that is worked on."""
    job = job_id()
    token = _set(PREFIX + job) if job else None
    try:
        yield
    finally:
        if token is not None:
            serve_context._serve_request_context.reset(token)


def _set(request_id: str) -> Any:
    try:
        variable: Any = serve_context._serve_request_context
        return variable.set(replace(serve_context._get_serve_request_context(), request_id=request_id))
    except ABSENT:
        return None


def job_of_call() -> str:
    """The job that the call being served came from; empty where it came from none."""
    try:
        return job_of(serve_context._get_serve_request_context().request_id)
    except ABSENT:
        return ""


def job_of(request_id: str) -> str:
    """The job that a request's id stands for; empty where it stands for none."""
    return request_id.removeprefix(PREFIX) if request_id.startswith(PREFIX) else ""
