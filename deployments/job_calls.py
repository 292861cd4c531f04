"""Calls out of a job carry its id to the replicas that they reach, so that their log names it.

Serve hands a request's id on from call to call and writes it into each line; a call out of a job has no request, and
would get an id that nobody knows. So the job's takes its place, as ``job:`` and the id: no client can send that, since
an ingress takes no id with a colon.

Serve has no public way to say so. What is used here is one context variable; without it calls go out as they are.
"""

import logging
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from ray.serve import context as serve_context

from foundation.log_context import job_id

PREFIX = "job:"
logger = logging.getLogger("ray.serve")


@contextmanager
def named_after_job() -> Generator[None]:
    """Calls that go out in this block carry the id of the job that is worked on."""
    variable, job = _variable(), job_id()
    if variable is None or not job:
        yield
        return
    token = variable.set(replace(_current(), request_id=PREFIX + job))
    try:
        yield
    finally:
        variable.reset(token)


def job_of_call() -> str:
    """The job that the call being served came from; empty where it came from none."""
    return job_of(_current().request_id) if _variable() is not None else ""


def job_of(request_id: str) -> str:
    """The job that a request's id stands for; empty where it stands for none."""
    return request_id.removeprefix(PREFIX) if request_id.startswith(PREFIX) else ""


def _variable() -> Any:
    return getattr(serve_context, "_serve_request_context", None)


def _current() -> Any:
    return serve_context._get_serve_request_context()
