"""Every error that may reach a client.

    KomaError
    ├── ClientError                     4xx: the caller can correct it
    │   ├── InvalidInput       422
    │   ├── BadImage           422
    │   ├── TooLarge           413
    │   ├── NoKey              401
    │   ├── Forbidden          403
    │   ├── NotFound           404
    │   ├── Gone               410
    │   ├── Conflict           409
    │   └── NotWaiting         400
    └── ServerError                     5xx: the operator must correct it
        ├── StepFailed         500
        ├── Stalled            500
        ├── WorkerLost         500
        ├── EngineNotReady     503
        ├── ReplicaLost        503      retried by the runner
        ├── Overloaded         503
        ├── TimedOut           504
        ├── StoreUnavailable   503
        └── Misconfigured      500

An error crosses actor borders by pickle, so it takes exactly one positional argument, the detail.
Status, code and hint are class attributes. The detail of any error is read by the client: keep
secrets and local paths out of it.
"""

from collections.abc import Iterator, Mapping
from copy import copy
from typing import Any, Self


class KomaError(Exception):
    """The base of all errors. ``detail`` is one sentence about what happened, with values."""

    status: int = 500
    code: str = "internal"
    title: str = "Something went wrong"
    hint: str = "Try again; if it stays, report the request id."
    retryable: bool = False

    def __init__(self, detail: str = "") -> None:
        super().__init__(detail)
        self.detail = detail or self.title

    def with_detail(self, detail: str) -> Self:
        """The same error with another sentence."""
        other = copy(self)
        other.args, other.detail = (detail,), detail
        return other


class ClientError(KomaError):
    """The request cannot be served as it is."""

    status = 400
    code = "bad_request"
    title = "The request cannot be served"
    hint = "Correct the request and send it again."


class InvalidInput(ClientError):
    """A value is outside what the field allows."""

    status = 422
    code = "invalid_input"
    title = "A value is not valid"
    hint = "Correct the field that the detail names; the limits are in /docs."


class BadImage(ClientError):
    """Bytes that are not an image that is accepted here."""

    status = 422
    code = "bad_image"
    title = "The image cannot be read"
    hint = "Send a PNG, JPEG or WebP file within the pixel limit."


class TooLarge(ClientError):
    """The body, or a part of it, is over a limit."""

    status = 413
    code = "too_large"
    title = "The request or a part of it is too large"
    hint = "Send a smaller file or fewer pixels; the detail says what is too large."


class NoKey(ClientError):
    """An API key is needed, and no valid one was sent."""

    status = 401
    code = "no_key"
    title = "An API key is needed"
    hint = "Send Authorization: Bearer KEY or X-API-Key: KEY; a browser takes the key as password of any user name."


class Forbidden(ClientError):
    """The signature or key does not allow this."""

    status = 403
    code = "forbidden"
    title = "Not allowed"
    hint = "Ask the API for a fresh link; links expire."


class NotFound(ClientError):
    """There is no such thing."""

    status = 404
    code = "not_found"
    title = "Not found"
    hint = "Check the id; finished jobs are deleted after the retention time."


class Gone(ClientError):
    """It was there, and is not any more."""

    status = 410
    code = "gone"
    title = "Gone"
    hint = "Results are kept for the retention time only; run the job again."


class Conflict(ClientError):
    """The request contradicts what is stored."""

    status = 409
    code = "conflict"
    title = "The request conflicts with the present state"
    hint = "Read the present state, then decide."


class NotWaiting(ClientError):
    """Feedback came while the session waits for none."""

    status = 400
    code = "not_waiting"
    title = "The session is not waiting for feedback"
    hint = "Send feedback while the status is waiting_feedback."


class ServerError(KomaError):
    """The server failed."""


class StepFailed(ServerError):
    """A step of a job raised something that was not foreseen."""

    code = "step_failed"
    title = "A step of the job failed"
    hint = "The job is kept with its log; send it again, or report its id."


class Stalled(ServerError):
    """A job that could go on makes no progress."""

    code = "stalled"
    title = "The job made no progress"
    hint = "Send the job again; if it stays, report its id and the log of the pipeline."


class WorkerLost(ServerError):
    """One worker after another ended without a word while it ran the job."""

    code = "worker_lost"
    title = "The workers of the job were lost"
    hint = "Send the job again; if it stays, look for killed processes and for memory in the log of the pipeline."


class EngineNotReady(ServerError):
    """An engine requested by name lacks weights, keys or a server."""

    status = 503
    code = "engine_not_ready"
    title = "The engine is not ready"
    hint = "Use engine=auto, or make the engine ready as the detail says."


class ReplicaLost(ServerError):
    """A model replica died with the call in flight."""

    status = 503
    code = "replica_lost"
    title = "A replica died during the call"
    hint = "Send the request again; a fresh replica is starting."
    retryable = True


class Overloaded(ServerError):
    """The queue is full."""

    status = 503
    code = "overloaded"
    title = "Too many requests are waiting"
    hint = "Wait for the time in Retry-After, then send it again."
    retryable = True


class TimedOut(ServerError):
    """The answer took longer than a request may."""

    status = 504
    code = "timed_out"
    title = "The request took too long"
    hint = "Send less in one request, or use the asynchronous route."


class StoreUnavailable(ServerError):
    """The database or the blob store does not answer."""

    status = 503
    code = "store_unavailable"
    title = "The store does not answer"
    hint = "Check DATABASE_URL and BLOB_URL and that the server behind them runs."
    retryable = True


class Misconfigured(ServerError):
    """Koma does not start with this configuration."""

    code = "misconfigured"
    title = "The configuration cannot work"
    hint = "Change the setting that the detail names."


def error_as_json(error: KomaError) -> dict[str, Any]:
    """An error as the part of a result that goes on without it: a problem's members and the name of the class."""
    return error_record(error) | {"status": error.status, "class": type(error).__name__}


def error_record(error: KomaError) -> dict[str, str]:
    """What is stored of the error that ended a job."""
    return {"code": error.code, "title": error.title, "detail": error.detail, "hint": error.hint}


def error_from_json(record: Mapping[str, Any]) -> KomaError:
    """The error again. A class that this process does not know keeps its status, code, title and hint."""
    known = {each.__name__: each for each in _classes(KomaError)}
    found = known.get(record["class"])
    if found is not None:
        return found(record["detail"])
    status = record.get("status", ServerError.status)
    error = (ClientError if status < ServerError.status else ServerError)(record["detail"])
    error.status, error.code, error.title, error.hint = status, record["code"], record["title"], record["hint"]
    return error


def _classes(base: type[KomaError]) -> Iterator[type[KomaError]]:
    yield base
    for each in base.__subclasses__():
        yield from _classes(each)
